/** The picture of a run, as in strands_nb/engine/state.py. */

import type { AnswerData, OutlineNode, QuestionData, UnknownCall } from "../generated/events";

export type RunStatus = "running" | "paused" | "interrupted" | "completed" | "failed" | "cancelled";
export type UnitStatus = "waiting" | "running" | "asking" | "completed" | "failed" | "interrupted" | "unknown";

export interface ToolState {
  readonly tool_id: string;
  readonly name: string;
  readonly arguments: unknown;
  readonly result: string | null;
  readonly ok: boolean | null;
  readonly duration: number | null;
  readonly started_at: string | null;
}

/** One attempt at one revision of a unit; of a question, how long it was open. */
export interface Span {
  readonly started_at: string;
  readonly revision: number;
  readonly ended_at: string | null;
  /** Null while it goes on, and where it was given up. */
  readonly ok: boolean | null;
}

/** One row of the card: a unit of work in its latest revision. */
export interface UnitState {
  readonly key: string;
  readonly role: string;
  readonly index: number | null;
  readonly id: string | null;
  readonly agent: string | null;
  readonly kind: OutlineNode["kind"];
  readonly label: string;
  readonly detail: string;
  readonly status: UnitStatus;
  readonly revision: number;
  readonly attempts: number;
  readonly prompt: string | null;
  readonly text: string;
  readonly response: string | null;
  /** What a unit that decides has decided, as JSON; null for every other, whose `response` says it all. */
  readonly value: unknown;
  readonly started_at: string | null;
  readonly duration: number | null;
  readonly tokens: number;
  readonly cost: number | null;
  readonly model: string;
  readonly error: string | null;
  readonly answer: AnswerData | null;
  readonly tools: readonly ToolState[];
  /** All attempts of all revisions, the oldest first; none of a unit that is made of others. */
  readonly spans: readonly Span[];
}

interface Run {
  readonly session_id: string;
  readonly spec_name: string;
  readonly pattern_type: string;
  readonly status: RunStatus;
  readonly seq: number;
  readonly started_at: string | null;
  readonly updated_at: string | null;
  /** From, to, and what the arrow says where it says something. */
  readonly edges: readonly (readonly string[])[];
  /** The calls that were under way when the process before this one died, as of the latest resume. */
  readonly unknown: readonly UnknownCall[];
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly tokens: number;
  readonly cost: number | null;
  readonly estimated: boolean;
  readonly result: string | null;
  readonly agent: string | null;
  readonly error: string | null;
  readonly error_type: string | null;
  readonly duration: number | null;
  readonly waiting: number | null;
}

/** Everything a reader of a run needs; `units` by key, `questions` by id, both in order. */
export interface RunState extends Run {
  readonly units: ReadonlyMap<string, UnitState>;
  readonly questions: ReadonlyMap<string, QuestionData>;
}

/** The same as JSON (`state_to_json`). */
export interface StateJson extends Run {
  readonly units: readonly UnitState[];
  readonly questions: readonly QuestionData[];
}

/** Before the first event. */
export const EMPTY: RunState = {
  session_id: "",
  spec_name: "",
  pattern_type: "",
  status: "running",
  seq: -1,
  started_at: null,
  updated_at: null,
  units: new Map(),
  edges: [],
  questions: new Map(),
  unknown: [],
  input_tokens: 0,
  output_tokens: 0,
  tokens: 0,
  cost: 0,
  estimated: false,
  result: null,
  agent: null,
  error: null,
  error_type: null,
  duration: null,
  waiting: null,
};

/** A unit that nothing has happened to yet. */
export function newUnit(key: string, label = ""): UnitState {
  return {
    key,
    role: "step",
    index: null,
    id: null,
    agent: null,
    kind: "agent",
    label,
    detail: "",
    status: "waiting",
    revision: 1,
    attempts: 0,
    prompt: null,
    text: "",
    response: null,
    value: null,
    started_at: null,
    duration: null,
    tokens: 0,
    cost: 0,
    model: "",
    error: null,
    answer: null,
    tools: [],
    spans: [],
  };
}

export function stateFromJson(json: StateJson): RunState {
  return {
    ...json,
    units: new Map(json.units.map((unit) => [unit.key, unit])),
    questions: new Map(json.questions.map((question) => [question.question_id, question])),
  };
}

export function stateToJson(state: RunState): StateJson {
  return { ...state, units: [...state.units.values()], questions: [...state.questions.values()] };
}
