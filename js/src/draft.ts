/** An answer in the making: one per question and view, kept while another question is shown. */

import { batch, signal } from "@preact/signals";
import { type Faults, filledIn, placeOf, prefilled, type Raw, type Values } from "./filled";
import { baseKey } from "./fold";
import { type Field, formOf, type Json } from "./form";
import type { Action, OpenQuestion } from "./protocol";
import type { UnitState } from "./state";

/** Units whose answer is passed on as a text; an evaluator's or a planner's gate takes it as a remark. */
const PASSES_ON: ReadonlySet<string> = new Set(["step", "task", "node"]);

export class Draft {
  readonly comment = signal("");
  readonly choice = signal<string | undefined>(undefined);
  /** The text under review as it is edited; nothing while nobody edits it. */
  readonly edited = signal<string | undefined>(undefined);
  readonly values = signal<Values>(new Map());
  readonly faults = signal<Faults>(new Map());
  /** What keeps it from being sent, where no field can say it. */
  readonly hint = signal("");
  readonly form: Field | undefined;
  readonly #question: OpenQuestion;
  #sent = false;

  constructor(question: OpenQuestion) {
    const { choices, schema } = question;
    this.#question = question;
    this.choice.value = choices.find((text) => text === question.default);
    this.form = schema && choices.length === 0 ? formOf(schema) : undefined;
    if (this.form) this.values.value = prefilled(this.form, this.#proposed());
  }

  /** Whether an approval says something of its own, so that the comment goes with the other actions only. */
  get apart(): boolean {
    return this.form !== undefined || this.#question.choices.length > 0 || this.edited.value !== undefined;
  }

  fill(at: string, raw: Raw): void {
    batch(() => {
      this.values.value = new Map(this.values.value).set(at, raw);
      this.faults.value = new Map([...this.faults.value].filter(([place]) => place !== at));
      this.hint.value = "";
    });
  }

  /** What an action says; nothing where it cannot be sent yet: `hint` and `faults` tell why. */
  textFor(action: Action, original: string | undefined): string | undefined {
    const { text, hint } = action === "approve" ? this.#approval(original) : this.#remark(action);
    this.hint.value = hint ?? "";
    this.#sent = text !== undefined;
    return text;
  }

  /** Put what the kernel has refused where it belongs. */
  refused(error: string): void {
    const place = this.#sent && this.form ? placeOf(error, this.form) : undefined;
    if (place) this.faults.value = new Map([[place.at, place.text]]);
  }

  #remark(action: Action): Saying {
    const text = this.comment.value;
    return action === "modify" && !text.trim() ? { hint: "say what to change" } : { text };
  }

  #approval(original: string | undefined): Saying {
    if (this.apart && this.comment.value.trim())
      return { hint: "the comment goes with Modify or Reject only: clear it to approve" };
    if (this.form) return this.#filled(this.form);
    if (this.#question.choices.length > 0)
      return this.choice.value === undefined ? { hint: "choose one" } : { text: this.choice.value };
    const edited = this.edited.value;
    if (edited === undefined) return { text: this.comment.value };
    return edited === original ? { text: "" } : this.#rewritten(edited);
  }

  #filled(form: Field): Saying {
    const { value, faults } = filledIn(form, this.values.value);
    this.faults.value = faults;
    if (faults.size > 0 || value === undefined) return {};
    const typed = this.#question.schema?.type === "string" && typeof value === "string";
    return { text: typed ? value : JSON.stringify(value) };
  }

  /** An empty text would count as none, and a plan that is no JSON as a remark. */
  #rewritten(edited: string): Saying {
    if (!edited.trim()) return { hint: "the text is empty; reject it, or reset it" };
    return this.#question.edits && !isStructure(edited)
      ? { hint: "what stands there is JSON: keep it so" }
      : { text: edited };
  }

  /** The default as JSON, where the form asks for any. */
  #proposed(): Json | undefined {
    const { default: text, schema } = this.#question;
    if (text === null || schema?.type === "string") return text ?? undefined;
    try {
      return JSON.parse(text);
    } catch {
      return undefined; // the kernel will say so
    }
  }
}

interface Saying {
  text?: string;
  hint?: string;
}

function isStructure(text: string): boolean {
  try {
    const json = JSON.parse(text);
    return typeof json === "object" && json !== null;
  } catch {
    return false;
  }
}

/** The text that a person may edit and approve so; nothing where an answer is something else. */
export function textToEdit(question: OpenQuestion, unitAt: (key: string) => UnitState | undefined): string | undefined {
  const { reviews, edits, role, choices, schema } = question;
  if (reviews === null || choices.length > 0 || schema) return undefined;
  const unit = unitAt(baseKey(reviews));
  if (!edits) return (PASSES_ON.has(role) && unit?.response) || undefined;
  return unit?.value ? JSON.stringify(unit.value, null, 2) : (unit?.response ?? undefined);
}
