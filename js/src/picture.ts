/** The state of a run as signals: one per row, so that a token redraws no more than its own text. */

import { batch, type Signal, signal } from "@preact/signals";
import type { Event } from "./events";
import { appendText, baseKey, fold } from "./fold";
import { EMPTY, newUnit, type RunState, type UnitState } from "./state";

/** What a row of the card listens to; `unit.text` may be behind `text`. */
export interface Row {
  readonly unit: Signal<UnitState>;
  readonly text: Signal<string>;
}

export class Picture {
  /** The run without what is streaming: changes with durable events only. */
  readonly run = signal<RunState>(EMPTY);
  readonly keys = signal<readonly string[]>([]);
  readonly #rows = new Map<string, Row>();
  /** Everything, streaming text included. */
  #state: RunState = EMPTY;

  get state(): RunState {
    return this.#state;
  }

  row(key: string): Row {
    const known = this.#rows.get(key);
    if (known) return known;
    const unit = this.#state.units.get(key) ?? newUnit(key, key);
    const row = { unit: signal(unit), text: signal(unit.text) };
    this.#rows.set(key, row);
    return row;
  }

  take(events: readonly Event[]): void {
    if (events.length > 0) this.show(fold(this.#state, events));
  }

  show(state: RunState): void {
    const before = this.#state.units;
    this.#state = state;
    batch(() => {
      this.run.value = state;
      const keys = [...state.units.keys()];
      if (keys.join("\n") !== this.keys.value.join("\n")) this.keys.value = keys;
      for (const [key, unit] of state.units) if (unit !== before.get(key)) this.#showUnit(key, unit);
    });
  }

  /** Add what has streamed; too late for a unit whose reply is there. */
  stream(pieces: readonly (readonly [key: string, delta: string])[]): void {
    const text = pieces.filter(([key]) => (this.#state.units.get(baseKey(key))?.response ?? null) === null);
    if (text.length === 0) return;
    this.#state = appendText(this.#state, text);
    batch(() => {
      for (const [key] of text) this.#showText(baseKey(key));
    });
  }

  #showUnit(key: string, unit: UnitState): void {
    const row = this.row(key);
    row.unit.value = unit;
    row.text.value = unit.text;
  }

  #showText(key: string): void {
    const unit = this.#state.units.get(key);
    if (unit) this.row(key).text.value = unit.text;
    if (!this.keys.value.includes(key)) this.keys.value = [...this.#state.units.keys()];
  }
}
