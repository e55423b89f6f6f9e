/** Under an open row: have this step done again, and what its new outcome changes. */

import type { UnitState } from "../state";
import type { Props } from "./props";

export function Rerun({ store, unit }: Props & { unit: UnitState }) {
  const status = store.status.value;
  const possible = store.live.value && store.head.value.menu === true;
  if (!possible || status === "running" || status === "cancelled" || unit.kind === "scope") return null;
  return (
    <p class="snb-again">
      <button
        type="button"
        class="snb-button"
        title="Do this step again, and what its new outcome changes; the rest is kept"
        disabled={store.menu.busy.value}
        onClick={() => store.menu.rerun(unit.key)}
      >
        Rerun from here
      </button>
    </p>
  );
}
