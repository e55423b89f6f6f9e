/** What an answer says, the three buttons and their keys, and what became of it. */

import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { type Draft, textToEdit } from "../draft";
import { placeOf } from "../filled";
import { type Keys, useKeys } from "../keys";
import type { Action, OpenQuestion } from "../protocol";
import { BUSY, type Delivery, isUnderway } from "../steering";
import type { Store } from "../store";
import { Choices } from "./choices";
import { Editor } from "./editor";
import { Form } from "./form";
import type { Props } from "./props";
import type { Place } from "./question";

interface AnsweringProps extends Props {
  question: OpenQuestion;
  draft: Draft;
  box: RefObject<HTMLDivElement | null>;
  place: Place | undefined;
}

export function Answering(props: AnsweringProps) {
  const { store, question, draft, box, place } = props;
  const delivery = store.steering.deliveries.value.get(question.question_id);
  const original = useOriginal(store, question);
  const acts = actsOf(props, original);
  useKeys(box, store.live.value ? keysOf(acts, question, place, original) : {});
  useRefusal(draft, delivery, box);
  if (!store.live.value) return null;
  const busy = isUnderway(delivery);
  const edited = draft.edited.value;
  return (
    <>
      <Choices choices={question.choices} draft={draft} />
      {draft.form && <Form form={draft.form} draft={draft} />}
      {edited !== undefined && original !== undefined && (
        <Editor original={original} draft={draft} question={question} onClose={acts.close} />
      )}
      <Comment draft={draft} question={question} editable={original !== undefined} />
      <div class="snb-answers">
        <Button
          label={edited === undefined || edited === original ? "Approve" : "Approve edited text"}
          primary
          busy={busy}
          onClick={acts.approve}
        />
        {original !== undefined && edited === undefined && <Button label="Edit" busy={busy} onClick={acts.edit} />}
        <Button label="Modify" busy={busy || question.reviews === null} onClick={acts.modify} />
        <Button label="Reject" busy={busy} onClick={acts.reject} />
        <span class="snb-other">
          or <code class="snb-magic">{commandFor(question, draft, place)}</code>
        </span>
      </div>
      <Said hint={draft.hint.value} delivery={delivery} draft={draft} />
    </>
  );
}

type Act = "approve" | "modify" | "reject" | "edit" | "close" | "leave";

function actsOf(
  { store, question, draft, box }: AnsweringProps,
  original: string | undefined,
): Record<Act, () => void> {
  const { question_id } = question;
  const leave = () => box.current?.focus({ preventScroll: true });
  const answer = (action: Action) => {
    if (isUnderway(store.steering.deliveries.peek().get(question_id))) return;
    const text = draft.textFor(action, original);
    if (text === undefined) return focusOnMissing(box.current, draft, action);
    leave(); // a button that gets disabled would drop the focus
    void store.steering.answer(question_id, action, text);
  };
  const edit = () => {
    draft.edited.value ??= original;
    setTimeout(() => box.current?.querySelector<HTMLElement>(".snb-editor")?.focus());
  };
  const close = () => {
    draft.edited.value = undefined;
    leave();
  };
  return {
    approve: () => answer("approve"),
    modify: () => answer("modify"),
    reject: () => answer("reject"),
    edit,
    close,
    leave,
  };
}

function keysOf(
  acts: Record<Act, () => void>,
  question: OpenQuestion,
  place: Place | undefined,
  original: string | undefined,
): Keys {
  return {
    a: acts.approve,
    Enter: acts.approve,
    Escape: acts.leave,
    r: acts.reject,
    ...(question.reviews !== null && { m: acts.modify }),
    ...(original !== undefined && { e: acts.edit }),
    ...(place && { n: () => place.turn(1), p: () => place.turn(-1) }),
  };
}

/** The text under review, where it may be edited. */
function useOriginal({ picture }: Store, question: OpenQuestion): string | undefined {
  const known = new Set(picture.keys.value);
  return textToEdit(question, (key) => (known.has(key) ? picture.row(key).unit.value : undefined));
}

/** Go where something is still missing. */
function focusOnMissing(box: Element | null, draft: Draft, action: Action): void {
  const [fault] = draft.faults.value.keys();
  const remark = action !== "approve" || draft.comment.value.trim() !== "";
  const controls = [...(box?.querySelectorAll<HTMLElement>("[data-at]") ?? [])];
  const field = remark ? undefined : controls.find((control) => control.dataset.at === fault);
  (field ?? box?.querySelector<HTMLElement>(remark ? ".snb-comment" : ".snb-choices input, .snb-editor"))?.focus();
}

/** A refusal that names a field is shown there, and leads there whoever has not gone elsewhere. */
function useRefusal(draft: Draft, delivery: Delivery | undefined, box: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    if (delivery?.state !== "refused") return;
    draft.refused(delivery.error);
    const stayed = box.current?.matches(":focus");
    if (stayed && draft.faults.value.size > 0) focusOnMissing(box.current, draft, "approve");
  }, [draft, delivery, box]);
}

function Comment({ draft, question, editable }: { draft: Draft; question: OpenQuestion; editable: boolean }) {
  const remark = question.reviews === null ? "To reject: say why" : "To modify or reject: say why";
  const label = draft.apart ? remark : editable ? "Comment (optional)" : "Comment or edited text (optional)";
  return (
    <textarea
      class="snb-comment"
      rows={draft.apart ? 1 : 2}
      aria-label={label}
      placeholder={label}
      value={draft.comment.value}
      onInput={(event) => {
        draft.comment.value = event.currentTarget.value;
        draft.hint.value = "";
      }}
    />
  );
}

function Button(props: { label: string; primary?: boolean; busy: boolean; onClick: () => void }) {
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

/** The same without a card. */
function commandFor({ key, choices, schema }: OpenQuestion, draft: Draft, place: Place | undefined): string {
  const text = choices.length > 0 ? ` "${draft.choice.value ?? choices[0]}"` : schema ? ` '…'` : "";
  return `%workflow answer approve${text}${place ? ` --question ${key}` : ""}`;
}

function Said({ hint, delivery, draft }: { hint: string; delivery: Delivery | undefined; draft: Draft }) {
  const refused = delivery?.state === "refused" && !hint;
  const text = refused ? refusal(delivery, draft) : delivery?.state === "late" ? BUSY.answer : hint;
  return <div role="status">{text && <p class={refused ? "snb-say snb-bad" : "snb-say"}>{text}</p>}</div>;
}

function refusal({ error, first }: Extract<Delivery, { state: "refused" }>, { form, faults }: Draft): string {
  if (form && placeOf(error, form)) return faults.value.size > 0 ? "not taken: see above" : "";
  return first ? `${first} was first: ${error}` : error;
}
