/** The other open questions, a line each: one stop of the Tab key, and the arrows go from line to line. */

import { useRef, useState } from "preact/hooks";
import type { OpenQuestion } from "../protocol";
import { neighbour } from "../stack";
import type { Store } from "../store";
import { timeLeft } from "./deadline";
import type { Props } from "./props";

interface MoreProps extends Props {
  questions: OpenQuestion[];
  whereOf: (store: Store, question: OpenQuestion) => string;
  onOpen: (question: OpenQuestion) => void;
}

export function More({ store, questions, whereOf, onOpen }: MoreProps) {
  const list = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState<string>();
  if (questions.length === 0) return null;
  const title = `${questions.length} more question${questions.length > 1 ? "s" : ""}`;
  const stop = questions.find(({ question_id }) => question_id === current) ?? questions[0];
  const move = (event: KeyboardEvent) => {
    const buttons = [...(list.current?.querySelectorAll("button") ?? [])];
    const target = targetOf(event.key, buttons, event.target as HTMLButtonElement);
    if (!target) return;
    event.preventDefault();
    target.focus();
  };
  return (
    <div class="snb-queue">
      <p class="snb-dim">{title}</p>
      <div role="toolbar" aria-orientation="vertical" aria-label={title} tabIndex={-1} ref={list} onKeyDown={move}>
        {questions.map((question) => (
          <button
            key={question.question_id}
            type="button"
            class="snb-queued"
            tabIndex={question === stop ? 0 : -1}
            onFocus={() => setCurrent(question.question_id)}
            onClick={() => onOpen(question)}
          >
            <span class="snb-ask" aria-hidden="true">
              ◆
            </span>
            <b>{whereOf(store, question)}</b>
            <span class="snb-what">{question.prompt}</span>
            <Waiting store={store} question={question} />
          </button>
        ))}
      </div>
    </div>
  );
}

function targetOf(key: string, buttons: HTMLButtonElement[], from: HTMLButtonElement): HTMLButtonElement | undefined {
  switch (key) {
    case "ArrowDown":
      return neighbour(buttons, from, 1);
    case "ArrowUp":
      return neighbour(buttons, from, -1);
    case "Home":
      return buttons[0];
    case "End":
      return buttons.at(-1);
    default:
      return undefined;
  }
}

/** How long it waits, or what has become of its answer. */
function Waiting({ store, question }: Props & { question: OpenQuestion }) {
  const delivery = store.steering.deliveries.value.get(question.question_id);
  if (delivery?.state === "refused") return <span class="snb-bad">refused</span>;
  return <span class="snb-dim">{delivery ? "sent" : timeLeft(store, question)}</span>;
}
