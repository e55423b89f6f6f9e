/** The event logs under tests/golden that the Python fold is held to as well. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Event, readEvents, type WireEvent } from "../src/events";
import type { StateJson } from "../src/state";

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
