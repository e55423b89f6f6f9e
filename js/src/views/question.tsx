/** One question: what is asked, what about, and how it is answered. */

import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { focusedElement, mayTakeFocus } from "../focus";
import type { OpenQuestion } from "../protocol";
import { did } from "../signs";
import { Answering } from "./answering";
import { Deadline } from "./deadline";
import { Markdown } from "./markdown";
import type { Props } from "./props";

const DIALOG = "[role=alertdialog]";

interface QuestionProps extends Props {
  question: OpenQuestion;
  /** Who asks, and `1 of 2`, where there are several. */
  where: string;
  place: string;
}

export function Question({ store, question, where, place }: QuestionProps) {
  const box = useRef<HTMLDivElement>(null);
  const { prompt, context_display, answered } = question;
  const open = store.live.value && !answered;
  useFocus(box, open);
  return (
    <section
      class={answered ? "snb-question snb-answered" : "snb-question"}
      role={open ? "alertdialog" : "group"}
      aria-label={where ? `${where}: ${prompt}` : prompt}
      tabIndex={-1}
      ref={box}
    >
      <p class="snb-asked">
        <b>{prompt}</b>
        {place && <span class="snb-dim">{[where, place].filter(Boolean).join(" · ")}</span>}
        {open && <Deadline store={store} question={question} />}
      </p>
      {context_display && <Markdown class="snb-context" text={context_display} />}
      {answered ? <Answered {...answered} /> : <Answering store={store} question={question} box={box} alone={!place} />}
    </section>
  );
}

function Answered({ action, text, by }: NonNullable<OpenQuestion["answered"]>) {
  return (
    <p class="snb-say">
      <span class="snb-ok">✓</span> {did(action, by)}
      {text && `: “${text}”`}
    </p>
  );
}

/** Take the focus if nobody else has it; give it to the next question, or back to the card, at the end. */
function useFocus(box: RefObject<HTMLDivElement | null>, open: boolean): void {
  useLayoutEffect(() => {
    const own = box.current;
    const card = own?.closest<HTMLElement>(".snb");
    if (!open || !own || !card) return undefined;
    takeFocus(own, card);
    return () => passOn(own, card);
  }, [box, open]);
}

function takeFocus(own: HTMLElement, card: HTMLElement): void {
  const answering = focusedElement(card)?.closest(DIALOG); // another question: its turn comes
  if (mayTakeFocus(card) && !answering) own.focus({ preventScroll: true });
}

function passOn(own: HTMLElement, card: HTMLElement): void {
  if (!own.contains(focusedElement(card))) return;
  const next = [...card.querySelectorAll<HTMLElement>(DIALOG)].find((other) => other !== own);
  (next ?? card).focus({ preventScroll: true });
}
