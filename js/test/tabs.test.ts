import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { tabAfter } from "../src/view";
import { button, type Mounted, mount, must, press, settle } from "./card";
import { goldenState } from "./golden";

let page: Mounted;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  page.remove();
  vi.useRealTimers();
});

async function show(views = 1): Promise<HTMLElement> {
  page = await mount({ snapshot: { v: 1, n: 1, state: goldenState("brief") } }, views);
  return must(page.cards[0]);
}

const tabs = (card: HTMLElement) => [...card.querySelectorAll<HTMLElement>("[role=tab]")];
const chosen = (card: HTMLElement) => tabs(card).filter((tab) => tab.getAttribute("aria-selected") === "true");
const panel = (card: HTMLElement) => must(card.querySelector("[role=tabpanel]"));

test("there are four, and Steps is chosen at first", async () => {
  const card = await show();
  expect(tabs(card).map((tab) => tab.textContent)).toEqual(["Steps", "Graph", "Timeline", "Spec"]);
  expect(chosen(card).map((tab) => tab.textContent)).toEqual(["Steps"]);
  expect(card.querySelector("[role=tablist]")?.getAttribute("aria-label")).toBe("Parts of the card");
});

test("the one that is chosen is the only tab stop, and names the panel", async () => {
  const card = await show();
  button(card, "Timeline").click();
  await settle();
  expect(tabs(card).map((tab) => tab.tabIndex)).toEqual([-1, -1, 0, -1]);
  expect(panel(card).getAttribute("aria-labelledby")).toBe(must(chosen(card)[0]).id);
  expect(new Set(tabs(card).map((tab) => tab.getAttribute("aria-controls")))).toEqual(new Set([panel(card).id]));
});

test("only what the chosen one shows is there at all", async () => {
  const card = await show();
  expect(card.querySelectorAll(".snb-steps")).toHaveLength(1);
  button(card, "Graph").click();
  await settle();
  expect(card.querySelectorAll(".snb-steps")).toHaveLength(0);
  expect(panel(card).children.length).toBeGreaterThan(0);
});

test("arrows, Home and End choose and move the focus", async () => {
  const card = await show();
  must(tabs(card)[0]).focus();
  for (const [key, name] of [
    ["ArrowRight", "Graph"],
    ["End", "Spec"],
    ["ArrowRight", "Steps"],
    ["ArrowLeft", "Spec"],
    ["Home", "Steps"],
  ] as const) {
    expect(press(must(document.activeElement), key).defaultPrevented).toBe(true);
    await settle();
    expect([document.activeElement?.textContent, chosen(card)[0]?.textContent]).toEqual([name, name]);
  }
});

test("other keys, and arrows with Ctrl, are not for the tabs", async () => {
  const card = await show();
  for (const [key, ctrlKey] of [
    ["a", false],
    ["ArrowDown", false],
    ["End", true],
  ] as const) {
    expect(press(must(tabs(card)[0]), key, { ctrlKey }).defaultPrevented).toBe(false);
  }
  expect(["a", "toString", "ArrowUp"].map((key) => tabAfter("steps", key))).toEqual([undefined, undefined, undefined]);
});

test("each view has its own, with ids of its own", async () => {
  const first = await show(2);
  const second = must(page.cards[1]);
  button(first, "Graph").click();
  await settle();
  expect([first, second].map((card) => chosen(card)[0]?.textContent)).toEqual(["Graph", "Steps"]);
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  expect(new Set(ids).size).toBe(ids.length);
});

test("what was opened is still open after a look at another one", async () => {
  const card = await show();
  must(card.querySelector<HTMLButtonElement>("button.snb-row")).click();
  await settle();
  button(card, "Spec").click();
  await settle();
  button(card, "Steps").click();
  await settle();
  expect([...card.querySelectorAll("button.snb-row")].map((row) => row.getAttribute("aria-expanded"))).toEqual([
    "true",
    "false",
    "false",
  ]);
});
