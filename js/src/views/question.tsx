/** One question: what is asked, what about, and how it is answered. */

import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Draft } from "../draft";
import { focusedElement, isTyping, mayTakeFocus } from "../focus";
import { type OpenQuestion, uuid } from "../protocol";
import { did } from "../signs";
import { Answering } from "./answering";
import { Deadline } from "./deadline";
import { Markdown } from "./markdown";
import type { Props } from "./props";
import { Scrolling } from "./scrolling";

/** A longer context is not read aloud as a whole: who wants it goes there. */
const SHORT = 400;
const DIALOG = "[role=alertdialog]";

/** Who asks, and which of several questions it is. */
export interface Place {
  where: string;
  at: number;
  of: number;
  /** Show the one after or before it. */
  turn: (by: number) => void;
}

interface QuestionProps extends Props {
  question: OpenQuestion;
  draft: Draft;
  /** Nothing where it is the only one. */
  place: Place | undefined;
}

export function Question({ store, question, draft, place }: QuestionProps) {
  const box = useRef<HTMLDivElement>(null);
  const [id] = useState(uuid);
  const { prompt, context_display, answered } = question;
  const open = store.live.value && !answered;
  useFocus(box, open);
  return (
    <section
      class={answered ? "snb-question snb-answered" : "snb-question"}
      role={open ? "alertdialog" : "group"}
      aria-label={place?.where ? `${place.where}: ${prompt}` : prompt}
      aria-describedby={context_display && context_display.length <= SHORT ? id : undefined}
      tabIndex={-1}
      ref={box}
    >
      <div class="snb-asked">
        <b>{prompt}</b>
        {place && <Turning {...place} />}
        {open && <Deadline store={store} question={question} box={box} />}
      </div>
      {context_display && (
        <Scrolling class="snb-about" label="What it is about" id={id}>
          <Markdown class="snb-context" text={context_display} />
        </Scrolling>
      )}
      {answered ? (
        <Answered {...answered} />
      ) : (
        <Answering store={store} question={question} draft={draft} box={box} place={place} />
      )}
    </section>
  );
}

function Turning({ where, at, of, turn }: Place) {
  return (
    <span class="snb-dim">
      {[where, `${at + 1} of ${of}`].filter(Boolean).join(" · ")}
      <button
        type="button"
        class="snb-link"
        aria-label="Previous question"
        aria-keyshortcuts="P"
        onClick={() => turn(-1)}
      >
        ‹
      </button>
      <button type="button" class="snb-link" aria-label="Next question" aria-keyshortcuts="N" onClick={() => turn(1)}>
        ›
      </button>
    </span>
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

/** Take the focus if nobody else has it; give it back to the card at the end, where the next question may take it. */
function useFocus(box: RefObject<HTMLDivElement | null>, open: boolean): void {
  useLayoutEffect(() => {
    const own = box.current;
    const card = own?.closest<HTMLElement>(".snb");
    if (!open || !own || !card) return undefined;
    takeFocus(own, card);
    return () => giveBack(own, card);
  }, [box, open]);
}

/** Cards whose reader was writing when the question went: what is still typed must not answer the next one. */
const writing = new WeakSet<Element>();

function takeFocus(own: HTMLElement, card: HTMLElement): void {
  const answering = focusedElement(card)?.closest(DIALOG); // another question: its turn comes
  if (mayTakeFocus(card) && !answering && !writing.has(card)) own.focus({ preventScroll: true });
}

function giveBack(own: HTMLElement, card: HTMLElement): void {
  const focused = focusedElement(card);
  if (!own.contains(focused)) return;
  card.focus({ preventScroll: true });
  if (!isTyping(focused)) return;
  writing.add(card);
  card.addEventListener("blur", () => writing.delete(card), { once: true });
}
