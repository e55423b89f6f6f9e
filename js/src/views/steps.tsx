/** One row per unit of work, in the order of the workflow; units made of others are headings. */

import { hasEnded, type ShownRow, shownRows, shownStatus } from "../shown";
import type { Store } from "../store";
import type { ViewProps } from "./props";
import { Step } from "./step";

export function Steps({ store, view }: ViewProps) {
  const rows = rowsOf(store);
  if (rows.length === 0) return null;
  return (
    <ol class="snb-steps">
      {rows.map(({ key, depth }) => (
        <Step key={key} store={store} view={view} unitKey={key} depth={depth} />
      ))}
    </ol>
  );
}

/** At the end, of what was not reached as a whole the heading alone. */
function rowsOf({ picture, status }: Store): ShownRow[] {
  const units = hasEnded(status.value) ? picture.run.value.units : undefined;
  return shownRows(picture.keys.value, (key) => {
    const unit = units?.get(key);
    return unit?.kind === "scope" && shownStatus(unit, status.value) === "unreached";
  });
}
