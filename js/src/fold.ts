/** A pure fold over a run's events: the twin of strands_nb/engine/state.py, held to it by tests/golden. */

import type { OutlineData, OutlineNode, QuestionData, RunEndData, Tag, UnitStartData } from "../generated/events";
import { type Event, isDurable } from "./events";
import { arrange, type Placed } from "./rows";
import { newUnit, type RunState, type RunStatus, type Span, type UnitState } from "./state";

type Of<T extends Tag> = Extract<Event, { tag: T }>;

type Units = ReadonlyMap<string, UnitState>;

/** A private, mutable copy that lives for one call. Changes are collected, and each unit is made anew once. */
type Draft = { -readonly [K in keyof RunState]: RunState[K] } & {
  units: Map<string, UnitState>;
  questions: Map<string, QuestionData>;
  changes: Map<string, Partial<UnitState>>;
};

type Identity = Pick<UnitStartData, "role" | "index" | "id" | "agent">;

const NO_UNIT = newUnit("");

/** Roles of units that decide how the run goes on: what they reply is JSON. */
const DECIDING: ReadonlySet<string> = new Set(["router", "evaluator", "orchestrator"]);

/** The key without its revision: `steps/0` for `steps/0~2`. */
export function baseKey(key: string): string {
  const end = key.indexOf("~");
  return end < 0 ? key : key.slice(0, end);
}

function revisionOf(key: string): number {
  return Number(/^[^~]*~([0-9]+)$/.exec(key)?.[1] ?? 1);
}

/** The state after `events`; `state` itself stays as it was. One copy of the units per call: hand over batches. */
export function fold(state: RunState, events: readonly Event[]): RunState {
  const draft = begin(state);
  for (const event of events) take(draft, event);
  return finish(draft);
}

/** The state after pieces of text have arrived: what `token` events would do. */
export function appendText(state: RunState, pieces: readonly (readonly [key: string, text: string])[]): RunState {
  const draft = begin(state);
  for (const [key, text] of pieces) addText(draft, key, text);
  return finish(draft);
}

function begin(state: RunState): Draft {
  return { ...state, units: new Map(state.units), questions: new Map(state.questions), changes: new Map() };
}

function finish(draft: Draft): RunState {
  settle(draft);
  const { changes: _, ...state } = draft;
  return state;
}

/** Make the units that have changed. */
function settle(draft: Draft): void {
  const fresh = [...draft.changes.keys()].filter((key) => !draft.units.has(key));
  if (fresh.length > 0) draft.units = placed(draft.units, arrange(draft.units.keys(), fresh));
  for (const [key, changes] of draft.changes) {
    const unit = draft.units.get(key);
    if (unit) draft.units.set(key, { ...unit, ...changes }); // unless its `*` is no placeholder, but was taken for one
  }
  draft.changes.clear();
}

function take(draft: Draft, event: Event): void {
  draft.updated_at = event.timestamp;
  if (isDurable(event)) draft.seq = event.seq;
  const handle = HANDLERS[event.tag] as (draft: Draft, event: Event) => void; // the tag says which it is
  handle(draft, event);
}

/** One entry per kind of event: a new kind does not compile before it has one. */
const HANDLERS: { [T in Tag]: (draft: Draft, event: Of<T>) => void } = {
  workflow_start: takeStart,
  workflow_resume: takeResume,
  workflow_paused: (draft) => stop(draft, "paused"),
  rerun: forget,
  workflow_complete: (draft, { data }) => takeEnd(draft, "completed", data),
  workflow_cancelled: (draft, { data }) => takeEnd(draft, "cancelled", data),
  error: (draft, { data }) => takeEnd(draft, "failed", data),
  unit_start: takeUnitStart,
  unit_complete: takeUnitComplete,
  unit_error: takeUnitError,
  retry: takeRetry,
  spend: takeSpend,
  tool_start: takeToolStart,
  tool_complete: takeToolComplete,
  hitl_requested: takeQuestion,
  hitl_pause: (draft, { key }) => change(draft, key, { status: "asking" }),
  hitl_answered: closeQuestion,
  hitl_timeout: closeQuestion,
  hitl_extended: extendQuestion,
  token: (draft, { key, data }) => addText(draft, key, data.text),
  routing_decision: nothing,
  plan_created: nothing,
  budget_warning: nothing,
  note: nothing,
};

function nothing(): void {}

/** Change a unit; what still comes of an earlier revision changes nothing. */
function change(draft: Draft, key: string, changes: Partial<UnitState>): void {
  const base = baseKey(key);
  if (revisionOf(key) >= of(draft, base, "revision")) put(draft, base, changes);
}

function put(draft: Draft, base: string, changes: Partial<UnitState>): void {
  const before = draft.changes.get(base);
  if (before) Object.assign(before, changes);
  else draft.changes.set(base, { ...changes });
}

/** A field of a unit as it is now. */
function of<K extends keyof UnitState>(draft: Draft, key: string, name: K): UnitState[K] {
  const changes: Partial<UnitState> = draft.changes.get(key) ?? {};
  return name in changes ? (changes[name] as UnitState[K]) : (draft.units.get(key) ?? NO_UNIT)[name];
}

/** The spans of a unit that ends now. */
function over(draft: Draft, key: string, ok: boolean | null): Span[] {
  return ended(of(draft, baseKey(key), "spans"), draft.updated_at ?? "", ok);
}

/** The spans with another one; of one that died with its process nobody knows when. */
function begun(spans: readonly Span[], started_at: string, revision: number): Span[] {
  return [...spans.filter((span) => span.ended_at !== null), { started_at, revision, ended_at: null, ok: null }];
}

/** The spans when what still goes on ends. */
function ended(spans: readonly Span[], ended_at: string, ok: boolean | null): Span[] {
  return spans.map((span) => (span.ended_at === null ? { ...span, ended_at, ok } : span));
}

function addText(draft: Draft, key: string, text: string): void {
  change(draft, key, { text: of(draft, baseKey(key), "text") + text });
}

function takeUnitStart(draft: Draft, { key, data, timestamp }: Of<"unit_start">): void {
  const { kind, revision, prompt, model } = data;
  const fresh = { text: "", response: null, value: null, error: null, answer: null, tools: [] };
  const former = of(draft, baseKey(key), "spans");
  const spans = kind === "scope" ? former : begun(former, timestamp, revision);
  const now = { kind, status: "running", revision, prompt, model, spans, started_at: timestamp } as const;
  put(draft, baseKey(key), { ...identity(data), ...fresh, ...now });
}

function takeUnitComplete(draft: Draft, { key, data }: Of<"unit_complete">): void {
  const { response, duration, model, answer } = data;
  // A gate that sent its step back will ask again.
  const status = answer?.action === "modify" ? "waiting" : "completed";
  const value = DECIDING.has(data.role) ? data.value : null;
  const done = { status, response, value, text: "", duration, model, answer, error: null } as const;
  change(draft, key, { ...identity(data), ...done, spans: over(draft, key, true) });
}

function takeUnitError(draft: Draft, { key, data }: Of<"unit_error">): void {
  const { error, duration } = data;
  change(draft, key, { ...identity(data), status: "failed", error, duration, spans: over(draft, key, false) });
}

function takeRetry(draft: Draft, { key, data, timestamp }: Of<"retry">): void {
  const spans = begun(over(draft, key, false), timestamp, revisionOf(key));
  change(draft, key, { text: "", error: data.error, spans });
}

function identity({ role, index, id, agent }: Identity): Identity {
  return { role, index, id, agent };
}

function takeSpend(draft: Draft, { key, data: { usage, attempt } }: Of<"spend">): void {
  const [base, tokens] = [baseKey(key), usage.input + usage.output];
  const [before, spent] = [of(draft, base, "tokens"), of(draft, base, "cost")];
  put(draft, base, { tokens: before + tokens, cost: sum(spent, usage.cost) });
  change(draft, key, { attempts: attempt });
  draft.cost = sum(draft.cost, usage.cost);
  draft.input_tokens += usage.input;
  draft.output_tokens += usage.output;
  draft.tokens += tokens;
  draft.estimated ||= usage.estimated;
}

/** A sum that stays unknown once a part of it is. */
function sum(soFar: number | null, more: number | null): number | null {
  return soFar === null || more === null ? null : soFar + more;
}

/** A tool's key is `<unit>/tools/<n>`. */
function ownerOf(toolKey: string): string {
  return toolKey.slice(0, Math.max(0, toolKey.lastIndexOf("/tools/")));
}

function takeToolStart(draft: Draft, { data, timestamp }: Of<"tool_start">): void {
  const { key, tool_id, name, arguments: args } = data;
  const tool = { tool_id, name, arguments: args, result: null, ok: null, duration: null, started_at: timestamp };
  change(draft, ownerOf(key), { tools: [...of(draft, baseKey(ownerOf(key)), "tools"), tool] });
}

function takeToolComplete(draft: Draft, { data }: Of<"tool_complete">): void {
  const { key, tool_id, result, ok, duration } = data;
  const tools = of(draft, baseKey(ownerOf(key)), "tools");
  const finished = tools.map((tool) => (tool.tool_id === tool_id ? { ...tool, result, ok, duration } : tool));
  change(draft, ownerOf(key), { tools: finished });
}

function takeQuestion(draft: Draft, { key, data }: Of<"hitl_requested">): void {
  draft.questions.set(data.question_id, data);
  change(draft, key, { status: "asking" });
}

function closeQuestion(draft: Draft, { key, data }: Of<"hitl_answered" | "hitl_timeout">): void {
  draft.questions.delete(data.question_id);
  change(draft, key, { status: "running", spans: over(draft, key, true) });
}

function extendQuestion(draft: Draft, { data: { question_id, deadline } }: Of<"hitl_extended">): void {
  const question = draft.questions.get(question_id);
  if (question) draft.questions.set(question_id, { ...question, deadline });
}

function takeStart(draft: Draft, { session_id, spec_name, pattern_type, timestamp, data }: Of<"workflow_start">): void {
  Object.assign(draft, { session_id, spec_name, pattern_type, started_at: timestamp, status: "running" });
  draw(draft, data.outline);
}

function takeResume(draft: Draft, { data }: Of<"workflow_resume">): void {
  if (data.outline) {
    draw(draft, data.outline);
    draft.questions.clear(); // of another workflow: what is still wanted is asked anew
  }
  Object.assign(draft, { ...UNENDED, status: "running", unknown: data.unknown ?? [] });
  goOn(draft);
}

/** Units made of others do not begin again when the run goes on: they never ended. */
function goOn(draft: Draft): void {
  settle(draft);
  for (const unit of draft.units.values()) {
    if (unit.kind === "scope" && unit.status === "interrupted") put(draft, unit.key, { status: "running" });
  }
  for (const { key } of draft.unknown) change(draft, key, { status: "unknown" });
}

const UNENDED = { error: null, error_type: null, result: null, agent: null };

/** Whether `other` is a revision of the unit `key`, or a unit in it. */
function isWithin(key: string, other: string): boolean {
  const base = baseKey(other);
  return base === key || base.startsWith(`${key}/`);
}

/** A unit is to be done again, with all units in it; those it is in have not ended then. */
function forget(draft: Draft, { data: { key } }: Of<"rerun">): void {
  stop(draft, "paused");
  Object.assign(draft, UNENDED);
  const fresh = {
    status: "waiting",
    revision: 1,
    response: null,
    value: null,
    text: "",
    error: null,
    answer: null,
  } as const;
  for (const unit of draft.units.values()) {
    if (isWithin(key, unit.key)) put(draft, unit.key, { ...fresh, spans: over(draft, unit.key, null) });
    else if (isWithin(unit.key, key) && unit.status !== "waiting") put(draft, unit.key, { status: "interrupted" });
  }
  for (const [id, question] of draft.questions) if (isWithin(key, question.key)) draft.questions.delete(id);
}

function takeEnd(draft: Draft, status: RunStatus, data: RunEndData): void {
  const { result, agent, error, error_type, duration, waiting } = data;
  stop(draft, status);
  draft.questions.clear();
  Object.assign(draft, { result, agent, error, error_type, duration, waiting });
}

function stop(draft: Draft, status: RunStatus): void {
  draft.status = status;
  settle(draft);
  for (const unit of draft.units.values()) {
    const halted = unit.status === "running" || (unit.status === "asking" && status !== "paused");
    if (halted) put(draft, unit.key, { status: "interrupted", spans: over(draft, unit.key, null) });
  }
}

/** Put the rows of the outline in its order; rows that events have already made keep what they hold. */
function draw(draft: Draft, outline: OutlineData): void {
  settle(draft);
  const drawn = new Map(outline.nodes.map((node) => [node.key, drawnUnit(node)]));
  const others = [...draft.units.keys()].filter((key) => !drawn.has(key) && !key.includes("*")); // what never came
  draft.units = redrawn(draft.units, drawn, arrange(drawn.keys(), others));
  draft.edges = outline.edges;
}

function drawnUnit({ key, role, agent, kind, label, detail }: OutlineNode): UnitState {
  return { ...newUnit(key), role, agent, kind, label, detail };
}

/** All units in their places; new ones are named like others of their kind. */
function placed(units: Units, rows: readonly Placed[]): Map<string, UnitState> {
  const place = ({ key, was, like }: Placed) => {
    const unit = was === null ? undefined : units.get(was);
    if (unit) return key === was ? unit : { ...unit, key };
    const { label, detail } = (like === null ? undefined : units.get(like)) ?? NO_UNIT;
    // The label of what was never drawn is its key.
    return like === null || label === like ? newUnit(key, key) : { ...newUnit(key, label), detail };
  };
  return new Map(rows.map((row) => [row.key, place(row)]));
}

/** All units as the outline has them; those that it does not know as they were. */
function redrawn(units: Units, drawn: Units, rows: readonly Placed[]): Map<string, UnitState> {
  const draw = ({ key, was, like }: Placed) => {
    const unit = units.get(key);
    const box = was !== null || like?.includes("*") ? drawn.get(like ?? "") : undefined;
    if (!box) return unit ?? newUnit(key);
    const { role, agent, kind, label, detail } = box;
    return { ...(unit ?? newUnit(key)), role, agent, kind, label, detail };
  };
  return new Map(rows.map((row) => [row.key, draw(row)]));
}
