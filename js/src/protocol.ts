/** What kernel and front end say to each other, beside the synced traits. Every message carries `v: 1`. */

import type { QuestionData } from "../generated/events";
import type { WireEvent } from "./events";
import type { RunStatus, StateJson } from "./state";

export type Action = "approve" | "reject" | "modify";

/** What is known before the run starts. `at` (ISO 8601) is when this leg, start or resume, began. */
export interface Head {
  v: 1;
  session: string;
  name: string;
  model: string;
  budget: { max_cost: number | null; max_tokens: number | null } | null;
  /** What it may come to at most, in words. */
  bound?: string;
  /** Whether it can be run again, compared and exported. */
  menu?: boolean;
  seq: number;
  at: string;
}

/** The whole picture, up to and including patch `n`. */
export interface Snapshot {
  v: 1;
  n: number;
  state: StateJson;
}

/** An open question; `answered` while its acknowledgement is shown. */
export interface OpenQuestion extends QuestionData {
  answered?: { action: Action; text: string; by: string };
}

/** The synced traits. Dictionaries are empty until the kernel has filled them. */
export interface Traits {
  head: Head | Record<string, never>;
  snapshot: Snapshot | Record<string, never>;
  questions: OpenQuestion[];
  status: RunStatus | "";
  note: string;
  live: boolean;
}

/**
 * Events since the last patch, then what has streamed since: applied in that order. So `text` holds, for each unit, only
 * what came after its last start, retry or completion among the events. The first patch is number 1.
 */
export interface Patch {
  v: 1;
  type: "patch";
  n: number;
  events: WireEvent[];
  text: [key: string, delta: string][];
}

/** The patches after the one that a `resync` says it has; none, where nothing was missing. */
export interface Again {
  v: 1;
  type: "again";
  patches: Patch[];
}

/** How a request was taken, and what came of it; `first` names who was there before. */
export interface Ack {
  v: 1;
  type: "ack";
  id: string;
  ok: boolean;
  /** JSON, where something was asked for. */
  result?: unknown;
  error?: string;
  first?: string;
}

/** The answer to a hello; `at` (ISO 8601) is the kernel's time. */
export interface Welcome {
  v: 1;
  type: "welcome";
  at?: string;
}

/** From the kernel. `call` asks every view for another `hello`. */
export type Incoming = Patch | Ack | Again | ({ type: "snap" } & Snapshot) | Welcome | { v: 1; type: "call" };

/** What a person wants; answered by an `ack` with the same `id`. */
export type Steering =
  | { type: "answer"; question: string; action: Action; text: string }
  | { type: "extend"; question: string; seconds: number }
  | { type: "pause" | "cancel" | "resume" | "spec" }
  | { type: "rerun"; step: string }
  | { type: "compare"; session: string }
  | { type: "export"; format: ExportFormat }
  | { type: "again" | "sessions" | "fold" };

export type ExportFormat = "py" | "yaml" | "html" | "md";

/** To the kernel. */
export type Outgoing =
  | { v: 1; type: "hello"; view: string }
  | { v: 1; type: "resync"; have: number }
  | { v: 1; type: "engaged"; yes: boolean }
  | ({ v: 1; id: string } & Steering);

const INCOMING = new Set(["patch", "again", "ack", "snap", "welcome", "call"]);

/** The message, or `undefined` where it is none of ours: other versions and other tools may share the line. */
export function readMessage(content: unknown): Incoming | undefined {
  if (typeof content !== "object" || content === null) return undefined;
  const { v, type } = content as { v?: unknown; type?: unknown };
  return v === 1 && INCOMING.has(String(type)) ? (content as Incoming) : undefined;
}

/** A random UUID. `crypto.randomUUID` is missing where a hub is served over plain http. */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
