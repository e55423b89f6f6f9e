/** One per model, shared by its views: the model's traits and messages as signals. */

import type { AnyModel } from "@anywidget/types";
import { batch, computed, signal } from "@preact/signals";
import { Clock } from "./clock";
import { Engagement } from "./engagement";
import { isDurable, readEvents } from "./events";
import { Menu } from "./menu";
import { Picture } from "./picture";
import {
  type Head,
  type Incoming,
  type OpenQuestion,
  type Outgoing,
  type Patch,
  readMessage,
  type Snapshot,
  type Traits,
} from "./protocol";
import { SpecText } from "./spec";
import { type RunStatus, stateFromJson } from "./state";
import { Steering } from "./steering";

const HELLO_REPEATS = 3;
const HELLO_MS = 300;
/** A resync that brought nothing may be asked for again after this long. */
const RESYNC_MS = 1000;
/**
 * A stream that falls silent for this long is asked after. A server that is flooded by other output drops ours as well,
 * for up to a second; a message from here makes it count anew, as every message does.
 */
const SILENCE_MS = 100;
/** A page that is slow to hear the reply has too much to do already: it waits this many times as long to ask again. */
const PATIENCE = 20;

export class Store {
  readonly head = signal<Partial<Head>>({});
  readonly questions = signal<readonly OpenQuestion[]>([]);
  readonly note = signal("");
  readonly picture = new Picture();
  readonly clock = new Clock();
  readonly spec = new SpecText();
  readonly steering: Steering;
  readonly engagement: Engagement;
  readonly menu: Menu;

  readonly #model: AnyModel<Traits>;
  readonly #status = signal<RunStatus | "">("");
  readonly #attached = signal(false);
  readonly #connected = signal(true);
  /** The number of the last patch in the picture. */
  #have: number | undefined;
  #heard = 0;
  readonly #views = new Set<string>();
  #askedAt = Number.NEGATIVE_INFINITY;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #patientUntil = 0;

  /** Whether the kernel that this card belongs to is gone. */
  readonly lost = computed(() => !this.#connected.value);
  /** Whether somebody at the other end can be steered. */
  readonly live = computed(() => this.#attached.value && this.#connected.value);
  readonly status = computed<RunStatus>(() => {
    const status = this.#status.value || this.picture.run.value.status;
    return status === "running" && !this.#connected.value ? "interrupted" : status;
  });
  /** Whether a person is waited for, as opposed to being shown an answer that was given. */
  readonly asking = computed(() => this.questions.value.some((question) => !question.answered));
  readonly name = computed(() => this.head.value.name || this.picture.run.value.spec_name || "workflow");
  readonly session = computed(() => this.head.value.session || this.picture.run.value.session_id);
  readonly #counting = computed(() => this.status.value === "running" || this.asking.value);

  constructor(model: AnyModel<Traits>) {
    this.#model = model;
    this.steering = new Steering(
      (message, done) => this.#send(message, done),
      () => this.#lost(),
    );
    this.menu = new Menu(this.steering);
    this.engagement = new Engagement((yes) => this.#send({ v: 1, type: "engaged", yes }));
  }

  /** Follow the model; returns how to stop. */
  connect(): () => void {
    const listeners: [string, (content?: unknown) => void][] = [
      ["change:head", () => this.#readTraits()],
      ["change:questions", () => this.#readTraits()],
      ["change:status", () => this.#readTraits()],
      ["change:note", () => this.#readTraits()],
      ["change:live", () => this.#readTraits()],
      ["change:snapshot", () => this.#readSnapshot()],
      ["msg:custom", (content) => this.#receive(content)],
      ["comm_live_update", () => this.#lost()],
    ];
    for (const [name, listener] of listeners) this.#model.on(name, listener);
    this.#readTraits();
    this.#readSnapshot();
    const stopClock = this.clock.runWhile(this.#counting);
    return () => {
      stopClock();
      clearTimeout(this.#silence);
      for (const [name, listener] of listeners) this.#model.off(name as "msg:custom", listener);
    };
  }

  /** Say that a view is there, and again: the kernel may not listen yet. Returns how to stop. */
  hello(view: string): () => void {
    const heard = this.#heard;
    let left = HELLO_REPEATS;
    this.#views.add(view);
    this.#send({ v: 1, type: "hello", view });
    const timer = setInterval(() => {
      if (this.#heard > heard || left-- === 0) return clearInterval(timer);
      this.#send({ v: 1, type: "hello", view });
    }, HELLO_MS);
    return () => {
      clearInterval(timer);
      this.#views.delete(view);
    };
  }

  #readTraits(): void {
    const model = this.#model;
    batch(() => {
      this.head.value = model.get("head") ?? {};
      this.questions.value = model.get("questions") ?? [];
      this.note.value = model.get("note") ?? "";
      this.#status.value = model.get("status") ?? "";
      this.#attached.value = model.get("live") ?? false;
      this.steering.keepOnly(this.questions.value.map((question) => question.question_id));
    });
  }

  /** Take the snapshot if it knows more than we do. Another session counts as more: a card may be given a new run. */
  #readSnapshot(): void {
    const { n, state } = (this.#model.get("snapshot") ?? {}) as Partial<Snapshot>;
    if (n === undefined || state === undefined) return;
    const { seq, session_id } = this.picture.state;
    const news = n > (this.#have ?? -1) || state.seq > seq || state.session_id !== session_id;
    if (news) this.#adopt(n, state);
  }

  #adopt(n: number, state: Snapshot["state"]): void {
    this.#have = n;
    this.picture.show(stateFromJson(state));
  }

  #receive(content: unknown): void {
    const message = readMessage(content);
    if (!message) return;
    this.#heard += 1;
    this.#connected.value = true;
    this.#take(message);
  }

  #take(message: Incoming): void {
    switch (message.type) {
      case "patch":
        this.#patch(message);
        break;
      case "again":
        this.#wasTold();
        for (const patch of message.patches) this.#patch(patch);
        break;
      case "snap":
        this.#wasTold();
        this.#adopt(message.n, message.state);
        break;
      case "ack":
        this.steering.acknowledge(message);
        break;
      case "call":
        for (const view of this.#views) this.#send({ v: 1, type: "hello", view });
        break;
      case "welcome":
        this.clock.learn(message.at); // no event may come for a long time
        break;
    }
  }

  #patch(patch: Patch): void {
    if (this.#have !== undefined && patch.n <= this.#have) return; // a snapshot brought it already
    if (patch.n > (this.#have ?? 0) + 1) this.#resync();
    else this.#apply(patch);
  }

  #apply(patch: Patch): void {
    this.#have = patch.n;
    const known = this.picture.state.seq;
    const events = readEvents(patch.events).filter((event) => !isDurable(event) || event.seq > known);
    this.clock.learn(events.at(-1)?.timestamp);
    this.picture.take(events);
    this.picture.stream(patch.text);
    clearTimeout(this.#silence);
    if (patch.text.length > 0) this.#silence = setTimeout(() => this.#askAfterSilence(), SILENCE_MS);
  }

  #askAfterSilence(): void {
    if (performance.now() >= this.#patientUntil) this.#resync();
  }

  /** Ask for what is missing, once. */
  #resync(): void {
    const now = performance.now();
    if (now - this.#askedAt < RESYNC_MS) return;
    this.#askedAt = now;
    this.#send({ v: 1, type: "resync", have: this.#have ?? -1 });
  }

  #wasTold(): void {
    const now = performance.now();
    if (Number.isFinite(this.#askedAt)) this.#patientUntil = now + PATIENCE * (now - this.#askedAt);
    this.#askedAt = Number.NEGATIVE_INFINITY;
  }

  #send(message: Outgoing, done?: () => void): void {
    const status = (reply: { content?: { execution_state?: string } }) => {
      if (reply.content?.execution_state === "idle") done?.();
    };
    this.#model.send(message, done && { iopub: { status } });
  }

  /** The kernel was restarted or is gone. The next message says otherwise. */
  #lost(): void {
    this.#connected.value = false;
  }
}
