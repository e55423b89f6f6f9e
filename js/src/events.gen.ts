// Written by `npm run generate` from strands_nb/engine/events.py; do not edit.

/** What a human said: `by` and `at` say who and when. */
export interface AnswerData {
  action: "approve" | "reject" | "modify";
  text: string;
  by: string;
  at: string;
}

/** `response` is the text as later steps see it. */
export interface AnsweredData {
  action: "approve" | "reject" | "modify";
  text: string;
  by: string;
  at: string;
  question_id: string;
  response: string;
}

/** Which budget is nearly used up. */
export interface BudgetData {
  budget: string;
  spent: number;
  limit: number;
}

/** A new deadline, or one that has passed with its default. */
export interface DeadlineData {
  question_id: string;
  deadline: string | null;
  default: string | null;
}

/** A value from outside (time, random, an id), recorded once and read back ever after. */
export interface NoteData {
  value: unknown;
}

/** The static picture of a workflow: boxes in file order, arrows between their keys. */
export interface OutlineData {
  nodes: OutlineNode[];
  edges: [string, string][];
}

/** One box of the static picture; `key` is what the run's events will carry. */
export interface OutlineNode {
  key: string;
  role: string;
  label: string;
  agent: string | null;
  kind: "agent" | "hitl" | "scope";
  detail: string;
}

/** The tasks a decomposition gave. */
export interface PlanData {
  key: string;
  tasks: unknown[];
}

/** A question to a human. `deadline` is absolute (ISO 8601), `reviews` the key a `modify` runs again. */
export interface QuestionData {
  key: string;
  role: string;
  index: number | null;
  step_index: number | null;
  id: string | null;
  agent: string | null;
  question_id: string;
  prompt: string;
  context_display: string | null;
  default: string | null;
  choices: string[];
  schema: Record<string, unknown> | null;
  timeout_seconds: number | null;
  deadline: string | null;
  reviews: string | null;
  revision: number;
}

/** Attempt `attempt` failed; the next starts in `delay` seconds. */
export interface RetryData {
  key: string;
  attempt: number;
  delay: number;
  error: string;
}

/** The chosen route. */
export interface RouteData {
  key: string;
  route: string;
  routes: string[];
}

/** How it ended. `result` is the last response; times are seconds of work and of waiting for people. */
export interface RunEndData {
  result: string;
  agent: string | null;
  duration: number;
  waiting: number;
  error: string | null;
  error_type: string | null;
  artifacts: string[];
}

/** Why it stopped; `in_flight` names the calls that were given up. */
export interface RunPausedData {
  reason: string;
  questions: string[];
  in_flight: string[];
}

/** All but the hash only where the workflow, its options or its variables have changed. */
export interface RunResumeData {
  spec_hash: string;
  spec?: Record<string, unknown> | null;
  options?: Record<string, unknown>;
  variables?: Record<string, unknown>;
  outline?: OutlineData;
}

/** All that a new process needs to go on with the run. */
export interface RunStartData {
  format: number;
  spec_hash: string;
  spec: Record<string, unknown> | null;
  options: Record<string, unknown>;
  variables: Record<string, unknown>;
  outline: OutlineData;
}

/** What one attempt cost, also a failed one. `active_s` is the run's working time so far, in seconds. */
export interface SpendData {
  key: string;
  agent: string;
  attempt: number;
  model: string;
  usage: UsageData;
  ok: boolean;
  error: string | null;
  active_s: number;
}

/** A piece of a reply's text. */
export interface TokenData {
  text: string;
}

/** What the tool answered. */
export interface ToolCompleteData {
  key: string;
  tool_id: string;
  name: string;
  result: string;
  ok: boolean;
  duration: number;
}

/** A tool call inside a unit; its own key is `<unit>/tools/<n>`. */
export interface ToolStartData {
  key: string;
  tool_id: string;
  name: string;
  arguments: unknown;
}

/** The recorded outcome: found again by key and `fingerprint`, it is never paid for twice. */
export interface UnitCompleteData {
  key: string;
  role: string;
  index: number | null;
  step_index: number | null;
  id: string | null;
  agent: string | null;
  response: string;
  duration: number;
  tokens: number;
  cost: number | null;
  status: "completed";
  fingerprint: string;
  usage: UsageData | null;
  model: string;
  stop_reason: string;
  messages: unknown[] | null;
  value: unknown;
  answer: AnswerData | null;
}

/** Why it failed; nothing of it is reused. */
export interface UnitErrorData {
  key: string;
  role: string;
  index: number | null;
  step_index: number | null;
  id: string | null;
  agent: string | null;
  error: string;
  error_type: string;
  duration: number;
  status: "failed";
}

/** `prompt` is what the agent (or human) is asked; `revision` counts from 1. */
export interface UnitStartData {
  key: string;
  role: string;
  index: number | null;
  step_index: number | null;
  id: string | null;
  agent: string | null;
  kind: "agent" | "hitl" | "scope";
  prompt: string;
  revision: number;
  model: string;
}

/** Tokens and US dollars; `cost` is None where no price is known. */
export interface UsageData {
  input: number;
  output: number;
  cached: number;
  cost: number | null;
  estimated: boolean;
}

/** A unit that waits for the answer to an open question. */
export interface WaitingData {
  key: string;
  role: string;
  index: number | null;
  step_index: number | null;
  id: string | null;
  agent: string | null;
  question_id: string;
  prompt: string;
}

/** What every event has beside its data. */
export interface Envelope {
  seq: number;
  event_type: string;
  timestamp: string;
  session_id: string;
  spec_name: string;
  pattern_type: string;
  key: string;
}

/** What each kind of event carries, by its tag. */
export interface EventData {
  workflow_start: RunStartData;
  workflow_resume: RunResumeData;
  workflow_paused: RunPausedData;
  workflow_complete: RunEndData;
  workflow_cancelled: RunEndData;
  error: RunEndData;
  unit_start: UnitStartData;
  unit_complete: UnitCompleteData;
  unit_error: UnitErrorData;
  hitl_requested: QuestionData;
  hitl_pause: WaitingData;
  hitl_answered: AnsweredData;
  hitl_timeout: DeadlineData;
  hitl_extended: DeadlineData;
  routing_decision: RouteData;
  plan_created: PlanData;
  tool_start: ToolStartData;
  tool_complete: ToolCompleteData;
  retry: RetryData;
  spend: SpendData;
  budget_warning: BudgetData;
  note: NoteData;
  token: TokenData;
}

export type Tag = keyof EventData;

/** Tag, and whether such an event is part of the journal. */
export const DURABLE: Record<Tag, boolean> = {
  workflow_start: true,
  workflow_resume: true,
  workflow_paused: true,
  workflow_complete: true,
  workflow_cancelled: true,
  error: true,
  unit_start: true,
  unit_complete: true,
  unit_error: true,
  hitl_requested: true,
  hitl_pause: true,
  hitl_answered: true,
  hitl_timeout: true,
  hitl_extended: true,
  routing_decision: true,
  plan_created: true,
  tool_start: true,
  tool_complete: true,
  retry: true,
  spend: true,
  budget_warning: true,
  note: true,
  token: false,
};
