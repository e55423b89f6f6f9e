/** When what was done: rows of bars. All times are in seconds since the first of them began. */

import { shownRows } from "./shown";
import type { RunState, Span, UnitState } from "./state";

/** What a bar stands for; `failed` is an attempt that did not work, `cut` one that was given up. */
export type Kind = "work" | "wait" | "failed" | "cut";

export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly kind: Kind;
  /** Whether a later revision has taken its place. */
  readonly former: boolean;
}

/** A tool call within a bar; calls at the same time are in lanes of their own. */
export interface ToolBar {
  readonly from: number;
  readonly to: number;
  readonly lane: number;
  readonly ok: boolean | null;
}

export interface Row {
  readonly key: string;
  readonly depth: number;
  /** Whether it only groups others: its bar reaches from the first to the last of them. */
  readonly heading: boolean;
  readonly bars: readonly Bar[];
  readonly tools: readonly ToolBar[];
  readonly lanes: number;
}

/** More tool calls at a time share lanes. */
const MAX_LANES = 3;

/** When the first unit began, in milliseconds since 1970. */
export function beginOf({ units }: Pick<RunState, "units">): number {
  const starts = [...units.values()]
    .flatMap(({ spans }) => spans.slice(0, 1))
    .map((span) => Date.parse(span.started_at));
  return Math.min(...starts);
}

/** A row for everything that has begun, in the order of the workflow; `now` is in milliseconds since 1970. */
export function rowsOf(run: Pick<RunState, "units">, now: number): Row[] {
  const begin = beginOf(run);
  const until = (now - begin) / 1000;
  const bars = new Map([...run.units].map(([key, unit]) => [key, barsOf(unit, begin, until)]));
  const begun = [...bars].filter(([, own]) => own.length > 0).map(([key]) => key);
  const shown = [...run.units.keys()].filter((key) =>
    begun.some((other) => other === key || other.startsWith(`${key}/`)),
  );
  return shownRows(shown, () => false).map(({ key, depth }) => {
    const own = bars.get(key) ?? [];
    const tools = own.length > 0 ? toolsOf(run.units.get(key), begin, until) : [];
    const heading = own.length === 0;
    const reach = heading
      ? reachOf(begun.filter((other) => other.startsWith(`${key}/`)).flatMap((it) => bars.get(it) ?? []))
      : own;
    return { key, depth, heading, bars: reach, tools, lanes: Math.max(0, ...tools.map(({ lane }) => lane + 1)) };
  });
}

function barsOf({ spans, kind, revision, status }: UnitState, begin: number, until: number): Bar[] {
  const open = status === "running" || status === "asking";
  return spans.map((span) => {
    const from = since(begin, span.started_at) ?? 0;
    // Of what died with its process nobody knows when.
    const to = since(begin, span.ended_at) ?? (open ? Math.max(from, until) : from);
    return { from, to, kind: kindOf(span, kind), former: span.revision < revision };
  });
}

function kindOf({ ended_at, ok }: Span, kind: UnitState["kind"]): Kind {
  if (ok === false) return "failed";
  if (ended_at !== null && ok === null) return "cut";
  return kind === "hitl" ? "wait" : "work";
}

function toolsOf(unit: UnitState | undefined, begin: number, until: number): ToolBar[] {
  const free: number[] = []; // when each lane is free again
  return (unit?.tools ?? []).flatMap(({ started_at, duration, ok }) => {
    const from = since(begin, started_at);
    if (from === undefined) return [];
    const to = duration === null ? Math.max(from, until) : from + duration;
    const found = free.findIndex((time) => time <= from);
    const lane = Math.min(found < 0 ? free.length : found, MAX_LANES - 1);
    free[lane] = to;
    return [{ from, to, lane, ok }];
  });
}

function reachOf(bars: readonly Bar[]): Bar[] {
  const [from, to] = [Math.min(...bars.map((bar) => bar.from)), Math.max(...bars.map((bar) => bar.to))];
  return [{ from, to, kind: "work", former: false }];
}

function since(begin: number, at: string | null): number | undefined {
  const time = Date.parse(at ?? "");
  return Number.isFinite(time) ? (time - begin) / 1000 : undefined;
}

/** How long the last revision of a unit took, all its attempts together. */
export function lengthOf(bars: readonly Bar[]): number {
  return bars.filter((bar) => !bar.former).reduce((sum, { from, to }) => sum + to - from, 0);
}
