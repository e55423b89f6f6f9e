/** Calls of which nobody knows how they ended, said before they run again. */

import { cost, tokens } from "../format";
import type { RunState } from "../state";
import type { Props } from "./props";

/** As `unknown_text` in strands_nb/app/shown.py; nothing where there are none. */
export function unknownText({ unknown }: Pick<RunState, "unknown">): string {
  if (unknown.length === 0) return "";
  const [were, it] = unknown.length === 1 ? ["1 call was", "it runs"] : [`${unknown.length} calls were`, "they run"];
  const count = unknown.reduce((sum, call) => sum + call.tokens, 0);
  const price = unknown.reduce<number | null>(
    (sum, call) => (sum === null || call.cost === null ? null : sum + call.cost),
    0,
  );
  const about = [`about ${tokens(count)}`, cost(price)].filter(Boolean).join(", ");
  return `${were} under way when the process died, and may have been paid: ${about}; ${it} again`;
}

export function Unknown({ store }: Props) {
  const text = unknownText(store.picture.run.value);
  return text ? <p class="snb-unknown">{text}</p> : null;
}
