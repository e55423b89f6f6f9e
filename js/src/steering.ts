/** What people click, on its way to the kernel: sent, late, taken or refused. */

import { signal } from "@preact/signals";
import { type Ack, type Action, type Steering as Message, type Outgoing, uuid } from "./protocol";

/** No acknowledgement for this long: say that the kernel is busy. */
export const LATE_MS = 300;

/** What a card says meanwhile. */
export const BUSY = {
  answer: "the kernel is busy; your answer will be delivered as soon as it is free",
  request: "the kernel is busy; your request will be delivered as soon as it is free",
};

export type Delivery =
  | { state: "sent" | "late" | "taken" }
  | { state: "refused"; error: string; first: string | undefined };

/** What a delivery is about: a question's id, `<id>+` for its deadline, or the run. */
export type Subject = string;
export const RUN: Subject = "run";

export class Steering {
  /** By subject, shared by all views: what one view has sent is disabled in the other. */
  readonly deliveries = signal<ReadonlyMap<Subject, Delivery>>(new Map());
  readonly #pending = new Map<string, (ack: Ack) => void>();
  readonly #send: (message: Outgoing) => void;

  constructor(send: (message: Outgoing) => void) {
    this.#send = send;
  }

  async answer(question: string, action: Action, text: string): Promise<void> {
    const ack = await this.#steer(question, { type: "answer", question, action, text });
    if (ack.ok) this.#note(question, { state: "taken" }); // stays until the question itself is gone
  }

  async extend(question: string, seconds: number): Promise<void> {
    const subject = `${question}+`;
    const ack = await this.#steer(subject, { type: "extend", question, seconds });
    if (ack.ok) this.#forget(subject);
  }

  async command(type: "pause" | "cancel" | "resume"): Promise<void> {
    const ack = await this.#steer(RUN, { type });
    if (ack.ok) this.#forget(RUN);
  }

  /** What came of a request that changes nothing; rejects with the kernel's reason. */
  async ask<T>(message: Message): Promise<T> {
    const ack = await this.#request(message);
    if (!ack.ok) throw new Error(refusal(ack));
    return ack.result as T;
  }

  /** The kernel's word on an earlier message, also a late one. */
  acknowledge(ack: Ack): void {
    this.#pending.get(ack.id)?.(ack);
    this.#pending.delete(ack.id);
  }

  /** Drop what was said about questions that are no longer open. */
  keepOnly(questions: readonly string[]): void {
    const kept = [...this.deliveries.value].filter(([subject]) => {
      return subject === RUN || questions.includes(subject.replace(/\+$/, ""));
    });
    this.deliveries.value = new Map(kept);
  }

  async #steer(subject: Subject, message: Message): Promise<Ack> {
    this.#note(subject, { state: "sent" });
    const late = setTimeout(() => this.#note(subject, { state: "late" }), LATE_MS);
    const ack = await this.#request(message);
    clearTimeout(late);
    if (!ack.ok) this.#note(subject, { state: "refused", error: refusal(ack), first: ack.first });
    return ack;
  }

  #request(message: Message): Promise<Ack> {
    const id = uuid();
    const reply = new Promise<Ack>((resolve) => this.#pending.set(id, resolve));
    this.#send({ v: 1, id, ...message });
    return reply;
  }

  #note(subject: Subject, delivery: Delivery): void {
    this.deliveries.value = new Map(this.deliveries.value).set(subject, delivery);
  }

  #forget(subject: Subject): void {
    const rest = new Map(this.deliveries.value);
    rest.delete(subject);
    this.deliveries.value = rest;
  }
}

function refusal(ack: Ack): string {
  return ack.error || "the kernel refused it";
}

/** Whether the kernel has not said yes or no yet, or has said yes. */
export function isUnderway(delivery: Delivery | undefined): boolean {
  return delivery !== undefined && delivery.state !== "refused";
}
