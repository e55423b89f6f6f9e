import { expect, test } from "vitest";
import { decisionText } from "../src/shown";

test("a router says where it goes", () => {
  expect(decisionText({ role: "router", value: { route: "billing", why: "an invoice" } })).toBe("→ billing");
});

test.each([
  ["\u001b[2Jbilling\u0007\u009b", "→ [2Jbilling"],
  [" two\r\n\tlines\u2028", "→ two lines"],
  ["<b>**bold**</b>", "→ <b>**bold**</b>"],
  ["\n\u0000 ", ""],
])("the name of a route, %j, is one line without control characters", (route, says) => {
  expect(decisionText({ role: "router", value: { route } })).toBe(says);
});

test.each([
  [{ score: 86, issues: ["long", "dry", "late"], fixes: ["cut"] }, "86 of 100 · 3 issues"],
  [{ score: 86.0, issues: [{ what: ["long"] }] }, "86 of 100 · 1 issue"],
  [{ score: 100, issues: [] }, "100 of 100"],
  [{ score: 0 }, "0 of 100"],
  [{ score: 1, issues: Array(12_345).fill(null) }, "1 of 100 · 12,345 issues"],
])("an evaluator says its score and how many issues it sees", (value, says) => {
  expect(decisionText({ role: "evaluator", value })).toBe(says);
});

test.each([
  [["moon", { task: "sun" }, { description: "wind" }], "3 tasks"],
  [[[["moon"]]], "1 task"],
  [[], "no tasks"],
  [Array(100_000).fill("moon"), "100,000 tasks"],
])("an orchestrator says how many tasks there are", (value, says) => {
  expect(decisionText({ role: "orchestrator", value })).toBe(says);
});

const NO_DECISIONS = [
  ...[undefined, null, true, 86, "billing", "[]", {}, { tasks: ["moon"] }, { Route: "billing" }],
  ...[null, 1, "", "  ", ["billing"], { route: "billing" }].map((route) => ({ route })),
  ...[null, "86", true, 86.5, -1, 101, 1e300, Number.NaN, Infinity, [86]].map((score) => ({ score })),
  ...[null, "long", 3, { 0: "long", length: 1 }].map((issues) => ({ score: 86, issues })),
  { issues: ["long"] },
];

test.each(["router", "evaluator", "orchestrator", "step", "worker"])("a %s says nothing of no decision", (role) => {
  for (const value of NO_DECISIONS) expect(decisionText({ role, value }), JSON.stringify(value)).toBe("");
});

test("only units that decide have something to say", () => {
  for (const value of [{ route: "billing", score: 86 }, ["moon"]]) {
    expect(decisionText({ role: "step", value })).toBe("");
  }
});
