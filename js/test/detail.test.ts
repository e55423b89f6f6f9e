import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { UnitState } from "../src/state";
import { button, events, type Mounted, mount, must, settle } from "./card";
import { goldenState } from "./golden";

let page: Mounted;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  page.remove();
  vi.useRealTimers();
});

/** The step of a golden run, opened. */
async function open(name: string, key: string, changes: Partial<UnitState> = {}): Promise<HTMLElement> {
  const state = goldenState(name);
  const units = state.units.map((unit) => (unit.key === key ? { ...unit, ...changes } : unit));
  page = await mount({ snapshot: { v: 1, n: 1, state: { ...state, units } } });
  const card = must(page.cards[0]);
  const label = [...card.querySelectorAll(".snb-label")].find((one) => one.getAttribute("title") === key);
  must(label?.closest<HTMLButtonElement>("button.snb-row")).click();
  await settle();
  return must(card.querySelector<HTMLElement>(".snb-open"));
}

const parts = (detail: Element) => [...detail.querySelectorAll(".snb-part")].map((part) => part.textContent);

test("who worked, how often, and what it cost", async () => {
  const detail = await open("workflow", "tasks/tone", { model: "openai:gpt-4o-mini", cost: 0.00112 });
  expect(detail.querySelector(".snb-facts")?.textContent).toBe(
    "b · openai:gpt-4o-mini · 2 attempts · 10 tok · ≈ $0.0011",
  );
});

test("a revision says which it is, and an unknown price that it is unknown", async () => {
  const detail = await open("brief", "steps/0", { model: "", cost: null });
  expect(detail.querySelector(".snb-facts")?.textContent).toBe("researcher · revision 2 · 20 tok · cost unknown");
});

test("a question and its answer are called that", async () => {
  const detail = await open("brief", "steps/1");
  expect(parts(detail)).toEqual(["Question", "Answer"]);
  expect(detail.querySelector(".snb-facts")).toBeNull();
});

test("of a failed step the whole error", async () => {
  const detail = await open("fails", "branches/bad/steps/0", { error: "rate limit\nask again tomorrow" });
  expect(detail.querySelector(".snb-bad")?.textContent).toBe("rate limit\nask again tomorrow");
});

describe("a decision", () => {
  test("is a list of names and values", async () => {
    const detail = await open("evaluator_optimizer", "iterations/2/evaluate", {
      value: { score: 90, issues: ["short", "dry"], fixes: [], why: { deep: { deeper: { still: 1 } } } },
    });
    expect(parts(detail)).toEqual(["Prompt", "Decision"]);
    expect([...detail.querySelectorAll(".snb-reply > dl > div > dt")].map((name) => name.textContent)).toEqual([
      ...["score", "issues", "fixes", "why"],
    ]);
    expect([...detail.querySelectorAll(".snb-reply li")].map((item) => item.textContent)).toEqual(["short", "dry"]);
    expect([...detail.querySelectorAll(".snb-reply code")].map((code) => code.textContent)).toEqual([
      ...["90", "[]"],
      '{\n "still": 1\n}',
    ]);
  });

  test("about tasks is a numbered list", async () => {
    const detail = await open("orchestrator_workers", "rounds/0/plan");
    expect([...detail.querySelectorAll("ol > li")].map((item) => item.textContent)).toEqual(["moon", "sun"]);
  });

  test("that is none is shown as it was written", async () => {
    const detail = await open("routing", "router", { value: "nowhere", response: "nowhere **at all**" });
    expect(parts(detail)).toEqual(["Prompt", "Reply"]);
    expect(detail.querySelector("strong")?.textContent).toBe("at all");
  });

  test("is text, never markup", async () => {
    const detail = await open("routing", "router", { value: { route: "<img src=x>", "<b>": ["<i>"] } });
    expect(detail.querySelector("img, b, i")).toBeNull();
  });
});

describe("tools", () => {
  test("open to arguments and result", async () => {
    const detail = await open("tools", "steps/0");
    const [good, bad] = [...detail.querySelectorAll("details")];
    expect(good?.querySelector("summary")?.textContent).toBe('✓calculator {"expression":"6*7"} → 421.0 s');
    expect(good?.querySelector("dt")?.textContent).toBe("expression");
    expect(bad?.querySelector("[role=img]")?.getAttribute("aria-label")).toBe("failed");
    expect(bad?.querySelector(".snb-within > .snb-bad")?.textContent).toBe("Error: refused");
  });

  test("that are under way say so, and have no result", async () => {
    const state = goldenState("tools").units[0];
    const tools = must(state).tools.map((tool) => ({ ...tool, ok: null, result: null, duration: null }));
    const detail = await open("tools", "steps/0", { tools });
    expect(detail.querySelector("summary")?.textContent).toBe('◉calculator {"expression":"6*7"}');
    expect(detail.querySelector(".snb-within > p")).toBeNull();
  });

  test("say much on one line and all of it below", async () => {
    const state = goldenState("tools").units[0];
    const result = "many\nlines\n".repeat(400);
    const tools = must(state).tools.map((tool) => ({ ...tool, result }));
    const detail = await open("tools", "steps/0", { tools });
    expect(detail.querySelector(".snb-call")?.textContent?.length).toBeLessThan(400);
    button(detail, "… show all, 4,400 characters").click();
    await settle();
    expect(detail.querySelector(".snb-within > p")?.textContent).toBe(result);
  });
});

describe("a long text", () => {
  const reply = Array.from({ length: 200 }, (_, n) => `Paragraph ${n}.`).join("\n\n");

  test("is shown as far as there is room, then all of it, and less again", async () => {
    const detail = await open("brief", "steps/2", { response: reply });
    expect(detail.querySelectorAll(".snb-reply p")).toHaveLength(16);
    button(detail, "… show all, 3,088 characters").click();
    await settle();
    expect(detail.querySelectorAll(".snb-reply p")).toHaveLength(200);
    button(detail, "show less").click();
    await settle();
    expect(detail.querySelectorAll(".snb-reply p")).toHaveLength(16);
  });

  test("that was asked is cut as well", async () => {
    const detail = await open("brief", "steps/2", { prompt: "line\n".repeat(20) });
    expect(detail.querySelector(".snb-prompt")?.textContent?.split("\n")).toHaveLength(8);
  });
});

describe("what is being written", () => {
  let lane: HTMLElement;
  let card: HTMLElement;
  let height = 0;
  let n = 1;

  beforeEach(async () => {
    page = await mount();
    card = must(page.cards[0]);
    page.model.message({ v: 1, type: "patch", n: 1, events: events(1), text: [["steps/0", "x"]] });
    await settle();
    lane = must(card.querySelector<HTMLElement>(".snb-stream"));
    [height, n] = [100, 1];
    Object.defineProperties(lane, {
      scrollTop: { value: 0, writable: true },
      scrollHeight: { get: () => height, configurable: true },
    });
  });

  function scrollTo(top: number): void {
    lane.scrollTop = top;
    lane.dispatchEvent(new Event("scroll"));
  }

  async function write(text: string): Promise<void> {
    n += 1;
    const before = lane.textContent;
    const heights = [height, height + 20]; // before the text is there, and after
    height += 20;
    Object.defineProperty(lane, "scrollHeight", { get: () => heights[lane.textContent === before ? 0 : 1] });
    page.model.message({ v: 1, type: "patch", n, events: [], text: [["steps/0", text]] });
    await settle();
  }

  test("stays where the reader is when he has scrolled up, and else where its end is", async () => {
    await write("more ");
    expect(lane.scrollTop).toBe(0);
    scrollTo(-50);
    await write("and more ");
    expect(lane.scrollTop).toBe(-70);
    scrollTo(-4); // as good as back
    await write("and more");
    expect(lane.scrollTop).toBe(-4);
  });

  test("shows its end alone when it is long, and all of it for who asks", async () => {
    await write("A paragraph of the reply.\n\n".repeat(400));
    expect(lane.querySelectorAll("p").length).toBeLessThan(200);
    button(card, "show all").click();
    await settle();
    expect(lane.querySelectorAll("p")).toHaveLength(400);
    button(card, "show the end").click();
    await settle();
    expect(lane.querySelectorAll("p").length).toBeLessThan(200);
  });

  test("loses nothing under the eyes of who has scrolled up", async () => {
    scrollTo(-50);
    await write("A paragraph of the reply.\n\n".repeat(400));
    expect(lane.querySelectorAll("p")).toHaveLength(400);
  });
});
