/** A pure fold over a run's events: the twin of strands_nb/engine/state.py, held to it by tests/golden. */

import type { OutlineData, QuestionData, RunEndData, Tag, UnitStartData } from "../generated/events";
import { type Event, isDurable } from "./events";
import { newUnit, type RunState, type RunStatus, type UnitState } from "./state";

type Of<T extends Tag> = Extract<Event, { tag: T }>;

/** A private, mutable copy that lives for one call. */
type Draft = { -readonly [K in keyof RunState]: RunState[K] } & {
  units: Map<string, UnitState>;
  questions: Map<string, QuestionData>;
};

type Identity = Pick<UnitStartData, "role" | "index" | "id" | "agent">;

/** The key without its revision: `steps/0` for `steps/0~2`. */
export function baseKey(key: string): string {
  const end = key.indexOf("~");
  return end < 0 ? key : key.slice(0, end);
}

/** The state after `events`; `state` itself stays as it was. One copy of the units per call: hand over batches. */
export function fold(state: RunState, events: readonly Event[]): RunState {
  const draft = copy(state);
  for (const event of events) take(draft, event);
  return draft;
}

/** The state after pieces of text have arrived: what `token` events would do. */
export function appendText(state: RunState, pieces: readonly (readonly [key: string, text: string])[]): RunState {
  const draft = copy(state);
  for (const [key, text] of pieces) addText(draft, key, text);
  return draft;
}

function copy(state: RunState): Draft {
  return { ...state, units: new Map(state.units), questions: new Map(state.questions) };
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
  workflow_complete: (draft, { data }) => takeEnd(draft, "completed", data),
  workflow_cancelled: (draft, { data }) => takeEnd(draft, "cancelled", data),
  error: (draft, { data }) => takeEnd(draft, "failed", data),
  unit_start: takeUnitStart,
  unit_complete: takeUnitComplete,
  unit_error: (draft, { key, data }) =>
    change(draft, key, { ...identity(data), status: "failed", error: data.error, duration: data.duration }),
  retry: (draft, { key, data }) => change(draft, key, { text: "", error: data.error }),
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

function change(draft: Draft, eventKey: string, changes: Partial<UnitState>): void {
  const key = baseKey(eventKey);
  draft.units.set(key, { ...(draft.units.get(key) ?? newUnit(key, key)), ...changes });
}

function addText(draft: Draft, eventKey: string, text: string): void {
  const soFar = draft.units.get(baseKey(eventKey))?.text ?? "";
  change(draft, eventKey, { text: soFar + text });
}

function takeUnitStart(draft: Draft, { key, data, timestamp }: Of<"unit_start">): void {
  const { kind, revision, prompt, model } = data;
  const fresh = { text: "", response: null, error: null, answer: null, tools: [] };
  const now = { kind, status: "running", revision, prompt, model, started_at: timestamp } as const;
  change(draft, key, { ...identity(data), ...fresh, ...now });
}

function takeUnitComplete(draft: Draft, { key, data }: Of<"unit_complete">): void {
  const { response, duration, model, answer } = data;
  // A gate that sent its step back will ask again.
  const status = answer?.action === "modify" ? "waiting" : "completed";
  const done = { status, response, text: "", duration, model, answer, error: null } as const;
  change(draft, key, { ...identity(data), ...done });
}

function identity({ role, index, id, agent }: Identity): Identity {
  return { role, index, id, agent };
}

function takeSpend(draft: Draft, { key, data: { usage, attempt } }: Of<"spend">): void {
  const unit = draft.units.get(baseKey(key)) ?? newUnit("");
  const tokens = usage.input + usage.output;
  change(draft, key, { attempts: attempt, tokens: unit.tokens + tokens, cost: sum(unit.cost, usage.cost) });
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
  return baseKey(toolKey.slice(0, Math.max(0, toolKey.lastIndexOf("/tools/"))));
}

function takeToolStart(draft: Draft, { data }: Of<"tool_start">): void {
  const { key, tool_id, name, arguments: args } = data;
  const tools = draft.units.get(ownerOf(key))?.tools ?? [];
  const tool = { tool_id, name, arguments: args, result: null, ok: null, duration: null };
  change(draft, ownerOf(key), { tools: [...tools, tool] });
}

function takeToolComplete(draft: Draft, { data }: Of<"tool_complete">): void {
  const { key, tool_id, result, ok, duration } = data;
  const tools = draft.units.get(ownerOf(key))?.tools ?? [];
  const finished = tools.map((tool) => (tool.tool_id === tool_id ? { ...tool, result, ok, duration } : tool));
  change(draft, ownerOf(key), { tools: finished });
}

function takeQuestion(draft: Draft, { key, data }: Of<"hitl_requested">): void {
  draft.questions.set(data.question_id, data);
  change(draft, key, { status: "asking" });
}

function closeQuestion(draft: Draft, { key, data }: Of<"hitl_answered" | "hitl_timeout">): void {
  draft.questions.delete(data.question_id);
  change(draft, key, { status: "running" });
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
  Object.assign(draft, { status: "running", error: null, error_type: null, result: null, agent: null });
  goOn(draft);
}

/** Units made of others do not begin again when the run goes on: they never ended. */
function goOn(draft: Draft): void {
  for (const unit of draft.units.values()) {
    if (unit.kind === "scope" && unit.status === "interrupted") change(draft, unit.key, { status: "running" });
  }
}

function takeEnd(draft: Draft, status: RunStatus, data: RunEndData): void {
  const { result, agent, error, error_type, duration, waiting } = data;
  stop(draft, status);
  draft.questions.clear();
  Object.assign(draft, { result, agent, error, error_type, duration, waiting });
}

function stop(draft: Draft, status: RunStatus): void {
  draft.status = status;
  for (const unit of draft.units.values()) {
    const halted = unit.status === "running" || (unit.status === "asking" && status !== "paused");
    if (halted) change(draft, unit.key, { status: "interrupted" });
  }
}

/** Put the rows of the outline in its order; rows that events have already made keep what they hold. */
function draw(draft: Draft, outline: OutlineData): void {
  const known = draft.units;
  draft.units = new Map();
  for (const { key, role, agent, kind, label, detail } of outline.nodes) {
    draft.units.set(key, { ...(known.get(key) ?? newUnit(key)), role, agent, kind, label, detail });
    known.delete(key);
  }
  for (const [key, unit] of known) draft.units.set(key, unit); // what the outline does not know (yet) goes last
  draft.edges = outline.edges;
}
