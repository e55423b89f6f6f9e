/** How much is done, as a thin bar. */

import { runSign } from "../signs";
import type { RunState } from "../state";
import type { Props } from "./props";

/** Finished units, and all: at the end no more than were reached. What merely groups others does not count. */
export function progressOf(run: RunState): { done: number; total: number } {
  const units = [...run.units.values()].filter((unit) => unit.kind !== "scope");
  const done = units.filter((unit) => unit.status === "completed").length;
  return { done, total: run.status === "completed" ? done : units.length };
}

export function Progress({ store }: Props) {
  const { done, total } = progressOf(store.picture.run.value);
  const { tone } = runSign(store.status.value, store.asking.value);
  const width = tone === "ok" || total === 0 ? 0 : (100 * done) / total; // nothing to look forward to: just a line
  return (
    <div
      class={`snb-bar snb-${tone}`}
      role="progressbar"
      aria-label="Steps done"
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={done}
    >
      <i style={{ width: `${width}%` }} />
    </div>
  );
}
