/**
 * How a run is shown: which rows, how deep, what they are called, and what they decided; as strands_nb/app/shown.py does
 * it elsewhere.
 *
 * A row that nothing came to while the run lasted (a route not taken, a question not asked) was not reached: that is a
 * matter of looking at the end, and no part of the state.
 */

import { baseKey } from "./fold";
import { soMany } from "./format";
import type { RunStatus, UnitState, UnitStatus } from "./state";

export type ShownStatus = UnitStatus | "unreached";

/** A row, and the number of headings that it stands under. */
export interface ShownRow {
  readonly key: string;
  readonly depth: number;
}

/** A unit's name, and which of several of that name it is. */
export interface Name {
  readonly name: string;
  readonly which: string;
}

const ENDED: ReadonlySet<RunStatus> = new Set<RunStatus>(["completed", "failed", "cancelled"]);
/** Roles of which there are several alike: they are called by their number, which counts from 1. */
const COUNTED: ReadonlySet<string> = new Set(["iteration", "round", "worker"]);

export function hasEnded(run: RunStatus): boolean {
  return ENDED.has(run);
}

/** What a row shows: nothing runs in a run that nobody owns, and what has not come by its end never will. */
export function shownStatus(unit: UnitState, run: RunStatus): ShownStatus {
  if (unit.status === "running" && run === "interrupted") return unit.kind === "agent" ? "unknown" : "interrupted";
  return unit.status === "waiting" && hasEnded(run) ? "unreached" : unit.status;
}

/** Rows by their keys, in order; below those that `isClosed`, none. */
export function shownRows(keys: readonly string[], isClosed: (key: string) => boolean): ShownRow[] {
  const rows: ShownRow[] = [];
  const above: string[] = [];
  let closed = Number.POSITIVE_INFINITY;
  for (const key of keys) {
    while (above.length > 0 && !key.startsWith(`${above.at(-1)}/`)) above.pop();
    const depth = above.push(key) - 1;
    if (depth > closed) continue;
    closed = isClosed(key) ? depth : Number.POSITIVE_INFINITY;
    rows.push({ key, depth });
  }
  return rows;
}

export function nameOf(unit: UnitState): Name {
  const last = /[^/]*$/.exec(unit.key)?.[0] ?? "";
  const number = /^[0-9]+$/.test(last) ? Number(last) : undefined;
  if (COUNTED.has(unit.role))
    return { name: number === undefined ? `${unit.role}s` : `${unit.role} ${number + 1}`, which: "" };
  const label = unit.label === unit.key ? "" : unit.label; // a key is no name; who works there is a better one
  const which = unit.role === "node" && number !== undefined && number > 1 ? `visit ${number}` : "";
  return { name: label || unit.id || unit.agent || unit.key, which };
}

/** What a unit is called with the headings it stands under: `web / approval`. */
export function pathName(key: string, unitAt: (key: string) => UnitState | undefined): string {
  const parts = baseKey(key).split("/");
  const units = parts.map((_, at) => unitAt(parts.slice(0, at + 1).join("/")));
  const names = units.flatMap((unit) => (unit ? [nameOf(unit)] : []));
  return names.map(({ name, which }) => (which ? `${name} (${which})` : name)).join(" / ");
}

/** `revision 2`, or nothing for the first. */
export function revisionText(unit: UnitState): string {
  return unit.revision > 1 ? `revision ${unit.revision}` : "";
}

/** What a unit has decided, in a few words on one line; nothing where its value is not what such units decide. */
export function decisionText({ role, value }: Pick<UnitState, "role" | "value">): string {
  const { route, score, issues = [] }: Decision = Object(value);
  switch (role) {
    case "router":
      return chosen(route);
    case "evaluator":
      return verdict(score, issues);
    case "orchestrator":
      return Array.isArray(value) ? soMany(value.length, "task") || "no tasks" : "";
    default:
      return "";
  }
}

/** Any JSON may be in its place. */
interface Decision {
  route?: unknown;
  score?: unknown;
  issues?: unknown;
}

function chosen(route: unknown): string {
  const name = typeof route === "string" ? route.replace(/[\s\p{Cc}]+/gu, " ").trim() : "";
  return name && `→ ${name}`;
}

function verdict(score: unknown, issues: unknown): string {
  const isScore = Number.isInteger(score) && Number(score) >= 0 && Number(score) <= 100;
  if (!isScore || !Array.isArray(issues)) return "";
  return [`${score} of 100`, soMany(issues.length, "issue")].filter(Boolean).join(" · ");
}
