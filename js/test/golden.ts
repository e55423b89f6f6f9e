/** What lies under tests/golden, to which Python is held as well: event logs, and what becomes of hostile Markdown. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Event, readEvents, type WireEvent } from "../src/events";
import { fold } from "../src/fold";
import { EMPTY, type StateJson, stateToJson } from "../src/state";

const FOLDER = join(import.meta.dirname, "..", "..", "tests", "golden");

export const GOLDEN = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".events.jsonl"))
  .map((file) => file.replace(".events.jsonl", ""));

export function wireEvents(name: string): WireEvent[] {
  const lines = readFileSync(join(FOLDER, `${name}.events.jsonl`), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => JSON.parse(line));
}

export function goldenEvents(name: string): Event[] {
  return readEvents(wireEvents(name));
}

export function goldenState(name: string): StateJson {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.state.json`), "utf8"));
}

/** The state of a golden run after its event number `seq`. */
export function goldenStateAt(name: string, seq: number): StateJson {
  const events = goldenEvents(name).filter((event) => event.seq <= seq);
  return stateToJson(fold(EMPTY, events));
}

/** The number of the event of this type and key in a golden run. */
export function seqOf(name: string, type: string, key = ""): number {
  const found = wireEvents(name).find((event) => event.event_type === type && event.key === key);
  if (!found) throw new Error(`${name} has no ${type} of ${key}`);
  return found.seq;
}

/** Markdown, and the elements that may come of it. */
export const CLEANED: { says: string; text: string; html: string }[] = JSON.parse(
  readFileSync(join(FOLDER, "cleaned.json"), "utf8"),
);
