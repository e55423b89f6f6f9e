import { describe, expect, test } from "vitest";
import { head, tailStart } from "../src/cap";

describe("the beginning of a text", () => {
  const room = { letters: 100, lines: 4 };

  test("is the text where there is room for it, or for all but blank lines", () => {
    expect(head("one\ntwo", room)).toBe("one\ntwo");
    expect(head("a\nb\nc\nd\n\n\n", room)).toBe("a\nb\nc\nd\n\n\n");
  });

  test("ends with a paragraph, or else a line, or else a word, where one ends near", () => {
    expect(head(`${"p".repeat(60)}\n\n${"q".repeat(60)}`, room)).toBe("p".repeat(60));
    expect(head(`${"p".repeat(60)}\n${"q ".repeat(60)}`, room)).toBe("p".repeat(60));
    expect(head(`${"p".repeat(97)} qqqqqq`, room)).toBe("p".repeat(97));
    expect(head("p".repeat(200), room)).toBe("p".repeat(100));
  });

  test("has no more than so many lines", () => {
    expect(head("a\nb\nc\nd\ne\nf", room)).toBe("a\nb\nc\nd");
  });

  test("never ends with half a character", () => {
    expect(head(`${"p".repeat(99)}${"😀".repeat(20)}`, room)).toBe(`${"p".repeat(99)}😀`);
  });
});

describe("the end of a growing text", () => {
  test("begins where it began until there is twice as much, then at a line", () => {
    const text = "a line\n".repeat(40);
    expect(tailStart(text.slice(0, 200), 0, 100)).toBe(0);
    const start = tailStart(text.slice(0, 201), 0, 100);
    expect(text.slice(start, start + 7)).toBe("a line\n");
    expect(201 - start).toBeLessThanOrEqual(100);
    expect(tailStart(text.slice(0, 250), start, 100)).toBe(start);
  });

  test("begins anywhere in a line that is too long, but for half a character", () => {
    expect(tailStart("x".repeat(300), 0, 100)).toBe(200);
    expect(tailStart("😀".repeat(150), 0, 99)).toBe(202);
  });
});
