/** Below a picture: the steps of what was chosen in it, as they are among the steps. */

import { pathName } from "../shown";
import type { ViewProps } from "./props";
import { Step } from "./step";

export function Picked({ store, view, keys }: ViewProps & { keys: readonly string[] }) {
  if (keys.length === 0) return null;
  const known = new Set(store.picture.keys.value);
  const unitAt = (key: string) => (known.has(key) ? store.picture.row(key).unit.value : undefined);
  return (
    <ol class="snb-steps snb-picked">
      {keys.map((key) => (
        <Step key={key} store={store} view={view} unitKey={key} name={pathName(key, unitAt)} />
      ))}
    </ol>
  );
}
