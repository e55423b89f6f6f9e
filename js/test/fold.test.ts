import { expect, test } from "vitest";
import { readEvents, tagOf, type WireEvent } from "../src/events";
import { appendText, fold } from "../src/fold";
import { EMPTY, type StateJson, stateFromJson, stateToJson } from "../src/state";
import { GOLDEN, goldenEvents, goldenState } from "./golden";
import { HAS_PYTHON, python } from "./python";

test("there are golden logs", () => {
  expect(GOLDEN).toContain("brief");
});

test.each(GOLDEN)("%s folds to the state that Python folds it to", (name) => {
  expect(stateToJson(fold(EMPTY, goldenEvents(name)))).toEqual(goldenState(name));
});

test.each(GOLDEN)("%s folds to the same state in batches of any size", (name) => {
  const events = goldenEvents(name);
  for (const size of [1, 2, 5]) {
    let state = EMPTY;
    for (let i = 0; i < events.length; i += size) state = fold(state, events.slice(i, i + size));
    expect(stateToJson(state)).toEqual(goldenState(name));
  }
});

interface Log {
  name: string;
  events: WireEvent[];
  states: StateJson[];
}

const PATIENT = { timeout: 60_000 }; // a process of its own, on whatever machine

test.skipIf(!HAS_PYTHON)("both folds agree after every event of every log, and of logs of any shape", PATIENT, () => {
  const logs: Log[] = python("-m", "tests.golden.prefixes")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(logs.length).toBeGreaterThan(GOLDEN.length);
  for (const { name, events, states } of logs) {
    const [typed, inSteps] = [readEvents(events), { state: EMPTY }];
    for (const [at, expected] of states.entries()) {
      inSteps.state = fold(inSteps.state, typed.slice(at, at + 1));
      const here = `${name}, event ${at}`;
      expect(stateToJson(fold(EMPTY, typed.slice(0, at + 1))), here).toEqual(expected);
      expect(stateToJson(inSteps.state), `${here}, one by one`).toEqual(expected);
    }
  }
});

test.each(GOLDEN)("%s never changes the state it is given, nor the events", (name) => {
  const events = goldenEvents(name);
  for (let cut = 0; cut <= events.length; cut++) {
    const before = freeze(fold(EMPTY, events.slice(0, cut)));
    const json = JSON.stringify(stateToJson(before));
    fold(before, freeze(events.slice(cut)));
    expect(JSON.stringify(stateToJson(before))).toBe(json);
  }
});

test("appended text is what token events would have given", () => {
  const [start, ...tokens] = goldenEvents("brief").slice(1, 4);
  if (!start) throw new Error("the log is too short");
  const running = fold(EMPTY, [start]);
  const appended = appendText(running, [
    ["steps/0", "1. Tides repeat.\n"],
    ["steps/0~1", "2. They are cheap."],
  ]);
  expect(appended.units).toEqual(fold(running, tokens).units);
  expect(running.units.get("steps/0")?.text).toBe("");
});

test("what was decided is in the state until it is decided anew, and no other structured reply is", () => {
  const values = goldenEvents("routing").flatMap((event, at, all) => {
    if (event.tag !== "unit_start" && event.tag !== "unit_complete") return [];
    const { units } = fold(EMPTY, all.slice(0, at + 1));
    return event.data.role === "router" ? [units.get("router")?.value] : [];
  });
  expect(values).toEqual([null, { route: "billing" }, null, { route: "other" }]);
  expect(fold(EMPTY, goldenEvents("tools")).units.get("steps/0")?.value).toBeNull();
});

test("a state survives the way to JSON and back", () => {
  const json = goldenState("rejected");
  expect(stateToJson(stateFromJson(json))).toEqual(json);
});

test("an event type is told by its role's suffix, and what nobody knows has no tag", () => {
  expect(["branch_complete", "workflow_complete", "error", "token"].map(tagOf)).toEqual([
    "unit_complete",
    "workflow_complete",
    "error",
    "token",
  ]);
  expect(["constructor", "__proto__", "later_news"].map(tagOf)).toEqual([undefined, undefined, undefined]);
});

/** Frozen all the way down; a Map cannot be frozen, so its writers are taken away. */
function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  const parts = value instanceof Map ? [...value.values()] : Object.values(value);
  parts.forEach(freeze);
  if (value instanceof Map) Object.assign(value, { set: refuse, delete: refuse, clear: refuse });
  return Object.freeze(value);
}

function refuse(): never {
  throw new Error("the input was changed");
}
