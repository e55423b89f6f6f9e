import { expect, test } from "vitest";
import { clock, cost, countdown, duration, firstLine, lastLine, tokens } from "../src/format";

test("a running time is mm:ss, with hours when there are any", () => {
  expect([0, 6.9, 75, 3723, -1].map(clock)).toEqual(["00:00", "00:06", "01:15", "1:02:03", "00:00"]);
  expect([292, 59, 3723].map(countdown)).toEqual(["4:52", "0:59", "1:02:03"]);
});

test("a duration says seconds, then minutes", () => {
  expect([null, 0.02, 2.14, 59.99, 185].map(duration)).toEqual(["", "< 0.1 s", "2.1 s", "1 min 00 s", "3 min 05 s"]);
});

test("no tokens are not worth a word", () => {
  expect([0, 812, 1020].map((n) => tokens(n))).toEqual(["", "812 tok", "1,020 tok"]);
  expect(tokens(5, { limit: 10_000, estimated: true })).toBe("≈ 5 / 10,000 tok");
});

test("an unknown price is said to be unknown, and nothing ever costs $0", () => {
  expect([null, 0, 0.00001, 0.0011, 0.02, 0.0123, 0.5, 1, 12.345].map((dollars) => cost(dollars))).toEqual([
    ...["cost unknown", "", "≈ $0.0001", "≈ $0.0011", "≈ $0.02", "≈ $0.012", "≈ $0.50", "≈ $1.00", "≈ $12.35"],
  ]);
  expect(cost(0.0011, 1)).toBe("≈ $0.0011 / max $1.00");
  expect(cost(0, 1)).toBe("max $1.00");
  expect(cost(null, 1)).toBe("cost unknown / max $1.00");
});

test("a row shows the first line that says something", () => {
  expect(firstLine("\n\n## **Tides**\nmore")).toBe("Tides");
  expect(firstLine("---\n1. Tides `repeat`.\n2. x")).toBe("Tides repeat.");
  expect(firstLine("")).toBe("");
});

test("a row shows the end of what streams", () => {
  expect(lastLine("one\ntwo **three**\n")).toBe("two three");
  expect(lastLine("alpha beta gamma delta", 12)).toBe("… gamma delta");
});
