/** What a screen reader says by itself: that it started, waits for somebody, or ended; never every token. */

import type { RunStatus } from "../state";
import type { Store } from "../store";
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
  return (
    <p class="snb-hidden" role="status" aria-live="polite">
      {announcement(store)}
    </p>
  );
}

function announcement(store: Store): string {
  const deliveries = [...store.steering.deliveries.value.values()];
  if (deliveries.some((delivery) => delivery.state === "late")) return "the kernel is busy; it will be delivered";
  const open = store.questions.value.filter((question) => !question.answered);
  const prompt = open[0]?.prompt;
  return prompt ? `${store.name.value} needs you: ${prompt}` : `${store.name.value} ${SAID[store.status.value]}`;
}
