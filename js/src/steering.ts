/** What people click, on its way to the kernel: sent, late, taken or refused. */

import { signal } from "@preact/signals";
import { type Ack, type Action, type Steering as Message, type Outgoing, uuid } from "./protocol";

/** No acknowledgement for this long: say that the kernel is busy. */
export const LATE_MS = 300;

/** No acknowledgement for this long after the kernel was done with a request: nobody in there knows the run. */
export const GONE_MS = 5000;

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

/** Sends, and says when the kernel is done with it, where the front end tells. */
export type Send = (message: Outgoing, done: () => void) => void;

export class Steering {
  /** By subject, shared by all views: what one view has sent is disabled in the other. */
  readonly deliveries = signal<ReadonlyMap<Subject, Delivery>>(new Map());
  readonly #pending = new Map<string, (ack: Ack) => void>();
  readonly #send: Send;
  readonly #gone: () => void;

  /** `gone` is called when a request has come to a kernel that does not know the run, such as one that was restarted. */
  constructor(send: Send, gone: () => void = () => undefined) {
    this.#send = send;
    this.#gone = gone;
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
    this.#send({ v: 1, id, ...message }, () => setTimeout(() => this.#missed(id), GONE_MS));
    return reply;
  }

  #missed(id: string): void {
    if (!this.#pending.has(id)) return;
    this.acknowledge({ v: 1, type: "ack", id, ok: false, error: "the kernel does not know this run any more" });
    this.#gone();
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
