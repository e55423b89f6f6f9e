/**
 * What a screen reader says by itself: that it started, waits for somebody, for how much longer, or that it ended; never
 * every token, and never every second.
 */

import { useComputed } from "@preact/signals";
import type { OpenQuestion } from "../protocol";
import type { RunStatus } from "../state";
import type { Store } from "../store";
import { secondsLeft } from "./deadline";
import type { Props } from "./props";

const SAID: Record<RunStatus, string> = {
  running: "started",
  paused: "is paused",
  interrupted: "was interrupted",
  completed: "is done",
  failed: "has failed",
  cancelled: "was cancelled",
};

export function Announcer({ store }: Props) {
  const said = useComputed(() => announcement(store));
  return (
    <p class="snb-hidden" role="status" aria-live="polite">
      {said}
    </p>
  );
}

function announcement(store: Store): string {
  const open = store.questions.value.filter((question) => !question.answered);
  if (isLate(store, open)) return "the kernel is busy; it will be delivered";
  const [first] = open;
  if (!first) return `${store.name.value} ${SAID[store.status.value]}`;
  return [`${store.name.value} needs you: ${first.prompt}`, ...open.flatMap((question) => hurry(store, question))].join(
    ". ",
  );
}

/** Whether the kernel has not heard a request yet; of an answer its question says so itself. */
function isLate(store: Store, open: OpenQuestion[]): boolean {
  const late = [...store.steering.deliveries.value].filter(([, delivery]) => delivery.state === "late");
  return late.some(([subject]) => !open.some((question) => question.question_id === subject));
}

/** Twice: when the last minute begins, and the last ten seconds. */
function hurry(store: Store, question: OpenQuestion): string[] {
  const left = secondsLeft(store, question);
  const time = left <= 0 || left > 60 ? "" : left > 10 ? "1 minute" : "10 seconds";
  const then = question.default === null ? "" : `, then “${question.default}”`;
  return time ? [`Less than ${time} left for “${question.prompt}”${then}`] : [];
}
