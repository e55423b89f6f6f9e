/** How long there is to answer, what happens then, and more time. */

import type { RefObject } from "preact";
import { countdown } from "../format";
import type { OpenQuestion } from "../protocol";
import { isUnderway } from "../steering";
import type { Store } from "../store";
import type { Props } from "./props";

const MORE_SECONDS = 300;

interface DeadlineProps extends Props {
  question: OpenQuestion;
  box: RefObject<HTMLElement | null>;
}

export function Deadline({ store, question, box }: DeadlineProps) {
  const { deadline, default: fallback, question_id } = question;
  if (!deadline) return null;
  const delivery = store.steering.deliveries.value.get(`${question_id}+`);
  const busy = isUnderway(delivery);
  const left = secondsLeft(store, question);
  const then = fallback === null ? "" : `, then “${fallback}”`;
  const extend = () => {
    if (busy) return;
    box.current?.focus({ preventScroll: true }); // the button goes when the time is up
    void store.steering.extend(question_id, MORE_SECONDS);
  };
  return (
    <span class="snb-deadline">
      <span role="timer">
        {timeLeft(store, question)}
        {left > 0 && then}
      </span>
      {left > 0 && (
        <>
          {" · "}
          <button type="button" class="snb-link" aria-disabled={busy} onClick={extend}>
            +5 min
          </button>
        </>
      )}
      {delivery?.state === "refused" && <span class="snb-bad"> {delivery.error}</span>}
    </span>
  );
}

/** By the kernel's clock. */
export function secondsLeft(store: Store, { deadline }: OpenQuestion): number {
  return deadline ? (Date.parse(deadline) - store.clock.now.value) / 1000 : Number.POSITIVE_INFINITY;
}

/** `4:52 left`; nothing where there is no end to it. */
export function timeLeft(store: Store, question: OpenQuestion): string {
  const left = secondsLeft(store, question);
  if (left === Number.POSITIVE_INFINITY) return "";
  return left > 0 ? `${countdown(left)} left` : "time is up";
}
