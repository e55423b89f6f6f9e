/** How a status looks and what it is called: always a sign and a colour, never colour alone. */

import type { Action } from "./protocol";
import type { ShownStatus } from "./shown";
import type { RunStatus } from "./state";

export type Tone = "run" | "ask" | "ok" | "bad" | "dim";

export interface Sign {
  readonly sign: string;
  readonly word: string;
  readonly tone: Tone;
}

const NEEDS_YOU: Sign = { sign: "◆", word: "needs you", tone: "ask" };

export const UNIT_SIGNS: Record<ShownStatus, Sign> = {
  waiting: { sign: "○", word: "waiting", tone: "dim" },
  running: { sign: "◉", word: "running", tone: "run" },
  asking: NEEDS_YOU,
  completed: { sign: "✓", word: "done", tone: "ok" },
  failed: { sign: "✕", word: "failed", tone: "bad" },
  interrupted: { sign: "‖", word: "interrupted", tone: "dim" },
  unknown: { sign: "?", word: "outcome unknown", tone: "ask" },
  unreached: { sign: "◌", word: "not reached", tone: "dim" },
};

const RUN_SIGNS: Record<RunStatus, Sign> = {
  running: { sign: "●", word: "running", tone: "run" },
  paused: { sign: "‖", word: "paused", tone: "ask" },
  interrupted: { sign: "‖", word: "interrupted", tone: "ask" },
  completed: { sign: "✓", word: "done", tone: "ok" },
  failed: { sign: "✕", word: "failed", tone: "bad" },
  cancelled: { sign: "✕", word: "cancelled", tone: "dim" },
};

export function runSign(status: RunStatus, asking: boolean): Sign {
  return asking && (status === "running" || status === "paused") ? NEEDS_YOU : RUN_SIGNS[status];
}

const DID: Record<Action, string> = { approve: "approved", reject: "rejected", modify: "asked for a change" };

/** `approved by ada`. */
export function did(action: Action, by: string): string {
  return by ? `${DID[action]} by ${by}` : DID[action];
}
