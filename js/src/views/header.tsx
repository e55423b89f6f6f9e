/** Name, status, and what the run has taken so far. */

import { clock, cost, tokens } from "../format";
import { runSign } from "../signs";
import type { Store } from "../store";
import type { Props } from "./props";

export function Header({ store }: Props) {
  const { sign, word, tone } = runSign(store.status.value, store.asking.value);
  return (
    <header class="snb-header">
      <span class="snb-name">{store.name}</span>
      <span class={`snb-pill snb-${tone}`}>
        <span aria-hidden="true">{sign}</span> {word}
      </span>
      <span class="snb-meta">
        <Timer store={store} />
        <Spent store={store} />
      </span>
    </header>
  );
}

function Timer({ store }: Props) {
  const seconds = elapsed(store);
  return seconds === null ? null : <span>{clock(seconds)}</span>;
}

/** Seconds since this leg began, up to now or to its last event; where that makes no sense, the time worked. */
function elapsed(store: Store): number | null {
  const { started_at, updated_at, duration } = store.picture.run.value;
  const began = Date.parse(store.head.value.at || started_at || "");
  const until = store.status.value === "running" ? store.clock.now.value : Date.parse(updated_at ?? "");
  return until >= began ? (until - began) / 1000 : duration;
}

function Spent({ store }: Props) {
  const run = store.picture.run.value;
  const { budget, model } = store.head.value;
  const parts = [
    tokens(run.tokens, { limit: budget?.max_tokens ?? null, estimated: run.estimated }),
    cost(run.cost, budget?.max_cost ?? null),
    model,
  ];
  return (
    <>
      {parts.filter(Boolean).map((part) => (
        <span key={part}>{part}</span>
      ))}
    </>
  );
}
