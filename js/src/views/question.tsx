/** One question: what is asked, what about, and how it is answered. */

import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { focusedElement, mayTakeFocus } from "../focus";
import type { OpenQuestion } from "../protocol";
import { Answering } from "./answering";
import type { Props } from "./card";
import { Deadline } from "./deadline";
import { Markdown } from "./markdown";

export interface QuestionProps extends Props {
  question: OpenQuestion;
  /** `1 of 2`, where there are several. */
  place: string;
}

export function Question({ store, question, place }: QuestionProps) {
  const box = useRef<HTMLDivElement>(null);
  useFocus(box);
  return (
    <div class="snb-question" role="alertdialog" aria-label={question.prompt} tabIndex={-1} ref={box}>
      <p class="snb-asked">
        <b>{question.prompt}</b>
        {place && <span class="snb-dim">{place}</span>}
        {store.live.value && !question.answered && <Deadline store={store} question={question} />}
      </p>
      {question.context_display && <Markdown class="snb-context" text={question.context_display} />}
      {question.answered ? (
        <Answered {...question.answered} />
      ) : (
        <Answering store={store} question={question} box={box} />
      )}
    </div>
  );
}

const DID = { approve: "approved", reject: "rejected", modify: "asked for a change" };

function Answered({ action, text, by }: NonNullable<OpenQuestion["answered"]>) {
  return (
    <p class="snb-say">
      <span class="snb-ok">✓</span> {DID[action]}
      {by && ` by ${by}`}
      {text && `: “${text}”`}
    </p>
  );
}

/** Take the focus if nobody else has it; give it to the next question, or back to the card, at the end. */
function useFocus(box: RefObject<HTMLDivElement | null>): void {
  useLayoutEffect(() => {
    const own = box.current;
    const card = own?.closest<HTMLElement>(".snb");
    if (!own || !card) return undefined;
    if (mayTakeFocus(card) && !focusedElement(card)?.closest(".snb-question")) own.focus({ preventScroll: true });
    return () => {
      if (!own.contains(focusedElement(card))) return;
      const others = [...card.querySelectorAll<HTMLElement>(".snb-question")].filter((other) => other !== own);
      (others[0] ?? card).focus({ preventScroll: true });
    };
  }, [box]);
}
