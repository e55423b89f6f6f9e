/** How long there is to answer, what happens then, and more time. */

import { countdown } from "../format";
import type { OpenQuestion } from "../protocol";
import { isUnderway } from "../steering";
import type { Props } from "./props";

const MORE_SECONDS = 300;

export function Deadline({ store, question }: Props & { question: OpenQuestion }) {
  const { deadline, default: fallback, question_id } = question;
  if (!deadline) return null;
  const delivery = store.steering.deliveries.value.get(`${question_id}+`);
  const left = (Date.parse(deadline) - store.clock.now.value) / 1000;
  const then = fallback === null ? "" : `, then “${fallback}”`;
  const extend = () => void store.steering.extend(question_id, MORE_SECONDS);
  return (
    <span class="snb-deadline">
      {left > 0 ? `${countdown(left)} left${then}` : "time is up"} ·{" "}
      <button type="button" class="snb-link" disabled={isUnderway(delivery)} onClick={extend}>
        +5 min
      </button>
      {delivery?.state === "refused" && <span class="snb-bad"> {delivery.error}</span>}
    </span>
  );
}
