/** One row per unit of work, in the order of the workflow. */

import type { Props } from "./props";
import { Step } from "./step";

export function Steps({ store }: Props) {
  const keys = store.picture.keys.value;
  if (keys.length === 0) return null;
  return (
    <ol class="snb-steps">
      {keys.map((key) => (
        <Step key={key} store={store} unitKey={key} depth={depthOf(key, keys)} />
      ))}
    </ol>
  );
}

/** How many of the other rows hold this one: `branches/web` holds `branches/web/steps/0`. */
function depthOf(key: string, keys: readonly string[]): number {
  return keys.filter((other) => key.startsWith(`${other}/`)).length;
}
