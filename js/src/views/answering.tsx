/** Choices, comment, the three buttons and their keys, and what became of the answer. */

import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Action, type OpenQuestion, uuid } from "../protocol";
import { BUSY, type Delivery, isUnderway } from "../steering";
import type { Props } from "./props";

interface AnsweringProps extends Props {
  question: OpenQuestion;
  box: RefObject<HTMLDivElement | null>;
  /** Whether no other question is open, so that none need be named. */
  alone: boolean;
}

export function Answering({ store, question, box, alone }: AnsweringProps) {
  const { question_id, key, choices, reviews } = question;
  const comment = useRef<HTMLTextAreaElement>(null);
  const [choice, choose] = useState(choices.find((text) => text === question.default));
  const [hint, setHint] = useState("");
  const delivery = store.steering.deliveries.value.get(question_id);
  const busy = isUnderway(delivery);

  const answer = (action: Action) => {
    const text = comment.current?.value ?? "";
    const missing = missingIn(action, text);
    setHint(missing);
    if (busy) return;
    if (missing) return comment.current?.focus();
    box.current?.focus({ preventScroll: true }); // a button that gets disabled would drop it
    void store.steering.answer(question_id, action, action === "approve" ? (choice ?? text) : text);
  };
  const missingIn = (action: Action, text: string) => {
    if (action === "modify") return text.trim() ? "" : "say what to change";
    return action === "approve" && choices.length > 0 && choice === undefined ? "choose one" : "";
  };
  const live = store.live.value;
  useKeys(box, (action) => {
    if (live && !(action === "modify" && reviews === null)) answer(action);
  });

  if (!live) return null;
  return (
    <>
      <Choices choices={choices} choice={choice} onChoose={choose} />
      <label>
        <span class="snb-hidden">Comment or edited text</span>
        <textarea class="snb-comment" rows={2} placeholder="Comment or edited text (optional)" ref={comment} />
      </label>
      <div class="snb-answers">
        <AnswerButton label="Approve" primary busy={busy} onClick={() => answer("approve")} />
        <AnswerButton label="Modify" busy={busy || reviews === null} onClick={() => answer("modify")} />
        <AnswerButton label="Reject" busy={busy} onClick={() => answer("reject")} />
        <span class="snb-other">
          or <code class="snb-magic">%workflow answer approve{alone ? "" : ` --question ${key}`}</code>
        </span>
      </div>
      <Said hint={hint} delivery={delivery} />
    </>
  );
}

function AnswerButton(props: { label: string; primary?: boolean; busy: boolean; onClick: () => void }) {
  const { label, primary, busy, onClick } = props;
  return (
    <button
      type="button"
      class={primary ? "snb-button snb-primary" : "snb-button"}
      aria-keyshortcuts={label[0]}
      disabled={busy}
      onClick={onClick}
    >
      {label}
      <span class="snb-key" aria-hidden="true">
        {label[0]}
      </span>
    </button>
  );
}

function Choices(props: { choices: string[]; choice: string | undefined; onChoose: (choice: string) => void }) {
  const { choices, choice, onChoose } = props;
  const [group] = useState(uuid); // another view of the same question is another group
  if (choices.length === 0) return null;
  return (
    <fieldset class="snb-choices">
      <legend class="snb-hidden">Choose one</legend>
      {choices.map((text) => (
        <label key={text}>
          <input type="radio" name={group} checked={text === choice} onChange={() => onChoose(text)} />
          {text}
        </label>
      ))}
    </fieldset>
  );
}

function Said({ hint, delivery }: { hint: string; delivery: Delivery | undefined }) {
  const refused = delivery?.state === "refused";
  const text = refused ? refusal(delivery) : delivery?.state === "late" ? BUSY.answer : hint;
  return <div role="status">{text && <p class={refused ? "snb-say snb-bad" : "snb-say"}>{text}</p>}</div>;
}

function refusal({ error, first }: Extract<Delivery, { state: "refused" }>): string {
  return first ? `${first} was first: ${error}` : error;
}

const KEYS: Record<string, Action> = { a: "approve", m: "modify", r: "reject" };

/** A, M and R while focus is in the question but not in its text; Ctrl or Cmd + Enter in the text. */
function useKeys(box: RefObject<HTMLDivElement | null>, act: (action: Action) => void): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const action = actionOf(event);
      if (!action) return;
      event.preventDefault(); // or the M that moves to the text would be typed there
      latest.current(action);
    };
    const element = box.current;
    element?.addEventListener("keydown", listen);
    return () => element?.removeEventListener("keydown", listen);
  }, [box]);
}

function actionOf(event: KeyboardEvent): Action | undefined {
  const command = event.ctrlKey || event.metaKey;
  if (event.repeat || event.isComposing || event.altKey) return undefined;
  if (event.target instanceof HTMLTextAreaElement) return command && event.key === "Enter" ? "approve" : undefined;
  return command ? undefined : KEYS[event.key.toLowerCase()];
}
