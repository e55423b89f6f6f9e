/** A model without a kernel: traits in a dictionary, messages in a list. */

import type { AnyModel } from "@anywidget/types";
import type { Incoming, Traits } from "../src/protocol";

type Listener = (content?: unknown) => void;
type Callbacks = { iopub: { status: (reply: object) => void } };

export class FakeModel {
  /** What the front end has sent. */
  readonly sent: { type: string; id?: string; [key: string]: unknown }[] = [];
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #callbacks: Callbacks[] = [];
  #traits: Traits;

  constructor(traits: Partial<Traits> = {}) {
    this.#traits = { head: {}, snapshot: {}, questions: [], status: "", note: "", live: true, ...traits };
  }

  get<K extends keyof Traits>(name: K): Traits[K] {
    return this.#traits[name];
  }

  on(name: string, listener: Listener): void {
    this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(listener));
  }

  off(name: string, listener: Listener): void {
    this.#listeners.get(name)?.delete(listener);
  }

  send(message: FakeModel["sent"][number], callbacks?: Callbacks): void {
    this.sent.push(message);
    if (callbacks) this.#callbacks.push(callbacks);
  }

  /** The kernel is done with all it was sent. */
  idle(): void {
    for (const { iopub } of this.#callbacks.splice(0)) iopub.status({ content: { execution_state: "idle" } });
  }

  /** As anywidget hands it over. */
  get model(): AnyModel<Traits> {
    return this as unknown as AnyModel<Traits>;
  }

  get listening(): number {
    return [...this.#listeners.values()].reduce((sum, listeners) => sum + listeners.size, 0);
  }

  trigger(name: string, content?: unknown): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(content);
  }

  /** The kernel changes a trait. */
  sync(traits: Partial<Traits>): void {
    this.#traits = { ...this.#traits, ...traits };
    for (const name of Object.keys(traits)) this.trigger(`change:${name}`);
  }

  /** The kernel sends a message. */
  message(message: Incoming): void {
    this.trigger("msg:custom", message);
  }
}
