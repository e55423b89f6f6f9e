import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Head } from "../src/protocol";
import { button, buttons, events, type Mounted, mount, must, press, question, settle, write } from "./card";
import { goldenState, goldenStateAt, seqOf } from "./golden";

let page: Mounted;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  page.remove();
  vi.useRealTimers();
});

async function show(...args: Parameters<typeof mount>): Promise<HTMLElement> {
  page = await mount(...args);
  return must(page.cards[0]);
}

const sent = (type: string) => page.model.sent.filter((message) => message.type === type);
const status = (card: HTMLElement) => must(card.querySelector("[aria-live=polite]")).textContent;
const dialogs = (card: HTMLElement) => [...card.querySelectorAll<HTMLElement>("[role=alertdialog]")];
const rows = (card: HTMLElement) => [...card.querySelectorAll(".snb-row")].map((row) => row.textContent);
const labelOf = (row: Element) => row.querySelector(".snb-label")?.textContent;

/** What the kernel answers to the last message of a kind. */
async function acknowledge(type: string, verdict: { ok: boolean; error?: string; first?: string }): Promise<void> {
  page.model.message({ v: 1, type: "ack", id: must(sent(type).at(-1)?.id), ...verdict });
  await settle();
}

describe("the picture", () => {
  test("a finished run shows what came of each step", async () => {
    const card = await show({ snapshot: { v: 1, n: 1, state: goldenState("brief") }, live: false });
    expect(rows(card)).toEqual([
      "✓researcherTides repeat.revision 2 · 3.0 s · 20 tok",
      "✓reviewapproved by user: goodrevision 2 · 7.0 s",
      "✓writerwriter: Tides repeat. good3.0 s · 10 tok",
    ]);
    expect(card.getAttribute("aria-label")).toBe("brief");
    expect(card.querySelector("header")?.textContent).toContain("✓ done");
    expect(buttons(card)).toEqual([]);
  });

  test("an unknown price is said to be unknown; no tokens and no price are not worth a word", async () => {
    const card = await show({ snapshot: { v: 1, n: 1, state: goldenState("tools") } });
    expect(card.querySelector(".snb-meta")?.textContent).toContain("cost unknown");
    page.model.message({ v: 1, type: "snap", n: 2, state: { ...goldenState("tools"), tokens: 0, cost: 0 } });
    await settle();
    expect(card.querySelector(".snb-meta")?.textContent).not.toMatch(/\$|cost|tok/);
  });

  test("a finished row opens to prompt, tools and the whole reply", async () => {
    const card = await show({ snapshot: { v: 1, n: 1, state: goldenState("tools") } });
    const row = must(card.querySelector<HTMLButtonElement>("button.snb-row"));
    expect(row.getAttribute("aria-expanded")).toBe("false");
    row.click();
    await settle();
    expect(row.getAttribute("aria-expanded")).toBe("true");
    expect(card.querySelector(".snb-prompt")?.textContent).toBe("What is 6*7?");
    expect(card.querySelector(".snb-tools")?.textContent).toContain(`calculator {"expression":"6*7"} → 42`);
    expect(card.querySelector(".snb-reply")?.textContent).toContain("It is 42.");
  });

  test("who decides says what, and opens to the whole reply", async () => {
    const said = async (name: string) => {
      const card = await show({ snapshot: { v: 1, n: 1, state: goldenState(name) } });
      const judges = [...card.querySelectorAll(".snb-row")].filter((row) => labelOf(row) === "j");
      return judges.map((row) => row.querySelector(".snb-text")?.textContent);
    };
    expect(await said("evaluator_optimizer")).toEqual([50, 60, 90].map((score) => `${score} of 100 · 1 issue`));
    expect(await said("orchestrator_workers")).toEqual(["2 tasks", "1 task", "no tasks"]);
    expect(await said("routing")).toEqual(["→ other"]);
    const card = must(page.cards[0]);
    must(card.querySelector<HTMLButtonElement>("button.snb-row")).click();
    await settle();
    expect(card.querySelector(".snb-reply dt")?.textContent).toBe("route");
    expect(card.querySelector(".snb-reply dd")?.textContent).toBe("other");
  });

  test("of what is no decision, a row shows the first line as it is", async () => {
    const state = goldenState("routing");
    const units = state.units.map((unit) => ({ ...unit, value: null }));
    const card = await show({ snapshot: { v: 1, n: 1, state: { ...state, units } } });
    expect(rows(card)[0]).toBe('✓j{"route": "other"}revision 2 · 3.0 s · 20 tok');
  });

  test("a running step streams Markdown under its row, and closes when it is done", async () => {
    const card = await show();
    page.model.message({ v: 1, type: "patch", n: 1, events: events(1), text: [["steps/0", "**Tides**\n\nre"]] });
    await settle();
    page.model.message({ v: 1, type: "patch", n: 2, events: [], text: [["steps/0", "peat."]] });
    await settle();
    expect(card.querySelector(".snb-live strong")?.textContent).toBe("Tides");
    expect(card.querySelector(".snb-tail")?.textContent?.trim()).toBe("repeat.");
    page.model.message({ v: 1, type: "patch", n: 3, events: events(3).slice(2), text: [] });
    await settle();
    expect(card.querySelector(".snb-live")).toBeNull();
    expect(rows(card)[0]).toBe("✓researcherTides repeat.4.0 s · 10 tok");
  });

  test("the footer says what the run may come to, where that is known", async () => {
    const head: Head = { v: 1, session: "wf-7k3q", name: "w", model: "m", budget: null, seq: 0, at: "" };
    const footer = (card: HTMLElement) => card.querySelector(".snb-footer")?.textContent;
    expect(footer(await show({ head: { ...head, bound: "at most 3 calls, free" } }))).toContain(
      "at most 3 calls, free",
    );
    expect(footer(await show({ head }))).not.toContain("at most");
  });

  test("names and prompts are text, never markup", async () => {
    const evil = "<img src=x onerror=alert(1)>";
    const card = await show({
      head: { v: 1, session: evil, name: evil, model: evil, budget: null, seq: 0, at: "" },
      note: evil,
      questions: [question({ prompt: evil, default: evil, choices: [evil], context_display: evil })],
    });
    expect(card.querySelector("img")).toBeNull();
    expect(dialogs(card)[0]?.getAttribute("aria-label")).toBe(evil);
  });
});

describe("rows within rows", () => {
  const deep = (card: HTMLElement) =>
    [...card.querySelectorAll<HTMLElement>(".snb-step")].map((row) => {
      const heading = row.classList.contains("snb-heading") ? "#" : "";
      const label = row.querySelector(".snb-label")?.textContent;
      return "  ".repeat(Number(row.style.getPropertyValue("--snb-depth"))) + heading + label;
    });

  test("branches are headings, and their steps stand below them", async () => {
    const card = await show({ snapshot: { v: 1, n: 1, state: goldenState("parallel") } });
    expect(deep(card)).toEqual([
      ...["#web", "  a", "  approval", "  a"],
      ...["#docs", "  b", "  approval"],
      ...["#lost", "  j", "  a"],
      "approval",
    ]);
    expect(card.querySelector(".snb-heading button")).toBeNull();
  });

  test("rounds, iterations and workers are called by their number, visits and revisions say which", async () => {
    const card = await show({ snapshot: { v: 1, n: 1, state: goldenState("orchestrator_workers") } });
    expect(deep(card).slice(0, 6)).toEqual(["#round 1", "  j", "  approval", "  worker 1", "  worker 2", "#round 2"]);
    expect(rows(card)[3]).toBe("✓worker 1It pulls.revision 2 · 3.0 s · 20 tok");
    page.model.message({ v: 1, type: "snap", n: 2, state: goldenState("evaluator_optimizer") });
    await settle();
    expect(deep(card).filter((label) => label.startsWith("#"))).toEqual([
      "#iteration 1",
      "#iteration 2",
      "#iteration 3",
    ]);
    page.model.message({ v: 1, type: "snap", n: 3, state: goldenState("graph") });
    await settle();
    expect(rows(card).slice(2, 4)).toEqual([
      "✓leftLeft, once more.revision 2 · 9.0 s · 20 tok",
      "✓left visit 2Left again.3.0 s · 10 tok",
    ]);
  });

  test("before it begins, a loop says how often it may run", async () => {
    const card = await show({ snapshot: { v: 1, n: 1, state: goldenStateAt("evaluator_optimizer", 0) } });
    expect(rows(card)[0]).toBe("○iterationsat most 4");
  });

  test("what waits while the run goes on was not reached at its end; of a route not taken the heading stays", async () => {
    const before = seqOf("routing", "workflow_complete") - 1;
    const card = await show({ snapshot: { v: 1, n: 1, state: goldenStateAt("routing", before) } });
    expect(deep(card).slice(2, 5)).toEqual(["#billing", "  a", "  approval"]);
    expect(rows(card)[2]).toBe("○billing");
    page.model.message({ v: 1, type: "snap", n: 2, state: goldenState("routing") });
    await settle();
    expect(deep(card).slice(2, 4)).toEqual(["#billing", "#other"]);
    expect(rows(card)[2]).toBe("◌billingnot reached");
    expect(card.querySelectorAll("[aria-label='not reached']")).toHaveLength(1);
  });

  test("an error stands where it happened, and in the heading only where no row has it", async () => {
    const state = goldenState("parallel");
    const card = await show({ snapshot: { v: 1, n: 1, state } });
    expect(rows(card).filter((row) => row?.includes("overloaded"))).toEqual(["✕joverloaded4.0 s"]);
    const units = state.units.map((unit) => ({ ...unit, error: unit.kind === "scope" ? unit.error : null }));
    page.model.message({ v: 1, type: "snap", n: 2, state: { ...state, units } });
    await settle();
    expect(rows(card).filter((row) => row?.includes("overloaded"))).toEqual(["✕lostoverloaded6.0 s"]);
  });

  test("units that work at the same time stream each into its own row", async () => {
    const seq = seqOf("parallel", "step_start", "branches/docs/steps/0");
    const start = events(seq, "parallel").filter((event) => event.event_type !== "step_complete");
    const card = await show();
    const keys = ["branches/web/steps/0", "branches/docs/steps/0"] as const;
    page.model.message({
      v: 1,
      type: "patch",
      n: 1,
      events: start,
      text: [
        [keys[0], "Three"],
        [keys[1], "A **man"],
      ],
    });
    page.model.message({
      v: 1,
      type: "patch",
      n: 2,
      events: [],
      text: [
        [keys[1], "ual**"],
        [keys[0], " pages"],
      ],
    });
    await settle();
    const texts = [...card.querySelectorAll(".snb-live")].map((live) => live.textContent?.trim());
    expect(texts).toEqual(["Three pages", "A manual"]);
  });

  test("with many at work, rows stay one line high and show the end of what they write", async () => {
    const [run, ...rest] = events(1, "orchestrator_workers");
    const start = must(events(99, "orchestrator_workers").find((event) => event.event_type === "worker_start"));
    const keys = Array.from({ length: 5 }, (_, n) => `rounds/0/workers/${n}`);
    const starts = keys.map((key, n) => ({ ...start, seq: n + 2, key, data: { ...(start.data as object), key } }));
    const card = await show();
    const text = keys.map((key): [string, string] => [key, `line\nend of ${key}`]);
    page.model.message({ v: 1, type: "patch", n: 1, events: [must(run), ...rest, ...starts], text });
    await settle();
    expect(card.querySelectorAll(".snb-live")).toHaveLength(0);
    expect(rows(card).filter((row) => row?.startsWith("◉worker"))).toEqual(
      keys.map((key, n) => expect.stringMatching(`^◉worker ${n + 1}end of ${key}`)),
    );
  });
});

describe("questions", () => {
  test("are loud, named by their prompt, and gone when the kernel says so", async () => {
    const card = await show({ questions: [question()] });
    expect(dialogs(card).map((dialog) => dialog.getAttribute("aria-label"))).toEqual(["Good enough?"]);
    expect(card.querySelector("header")?.textContent).toContain("◆ needs you");
    expect(status(card)).toBe("workflow needs you: Good enough?");
    page.model.sync({ questions: [] });
    await settle();
    expect(dialogs(card)).toEqual([]);
  });

  test("are answered by a click, with the text that was typed", async () => {
    const card = await show({ questions: [question()] });
    write(card.querySelector("textarea"), "go on");
    button(card, "Approve").click();
    expect(sent("answer")).toMatchObject([{ v: 1, question: "q-b247dde3", action: "approve", text: "go on" }]);
    expect(sent("answer")[0]?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test("say after 300 ms without a word that the kernel is busy, and take the late word", async () => {
    const card = await show({ questions: [question()] });
    button(card, "Approve").click();
    await settle(200);
    expect(button(card, "Approve").disabled).toBe(true);
    expect(card.textContent).not.toContain("busy");
    await settle(200);
    const busy = "the kernel is busy; your answer will be delivered as soon as it is free";
    expect(dialogs(card)[0]?.textContent).toContain(busy);
    expect(button(card, "Reject").disabled).toBe(true);
    await acknowledge("answer", { ok: true });
    expect(card.textContent).not.toContain("busy");
    expect(button(card, "Approve").disabled).toBe(true); // taken: it stays so until the question is gone
  });

  test("show why an answer was refused, who was first, and can be answered again", async () => {
    const card = await show({ questions: [question()] });
    button(card, "Reject").click();
    await acknowledge("answer", { ok: false, error: "it is answered already", first: "ada" });
    expect(dialogs(card)[0]?.textContent).toContain("ada was first: it is answered already");
    expect(button(card, "Reject").disabled).toBe(false);
  });

  test("a change needs to be described", async () => {
    const card = await show({ questions: [question()] });
    button(card, "Modify").click();
    await settle();
    expect(sent("answer")).toEqual([]);
    expect(card.textContent).toContain("say what to change");
    expect(document.activeElement).toBe(card.querySelector("textarea"));
    write(card.querySelector("textarea"), "shorter");
    button(card, "Modify").click();
    expect(sent("answer")).toMatchObject([{ action: "modify", text: "shorter" }]);
  });

  test("that review nothing cannot be modified, by button or key", async () => {
    const card = await show({ questions: [question({ reviews: null })] });
    expect(button(card, "Modify").disabled).toBe(true);
    press(must(dialogs(card)[0]), "m");
    await settle();
    expect(card.textContent).not.toContain("say what to change");
  });

  test("with choices send the chosen one, and want one", async () => {
    const card = await show({ questions: [question({ choices: ["yes", "no"], default: null })] });
    button(card, "Approve").click();
    await settle();
    expect(card.textContent).toContain("choose one");
    const radios = [...card.querySelectorAll<HTMLInputElement>("input[type=radio]")];
    radios[1]?.click();
    await settle();
    button(card, "Approve").click();
    expect(sent("answer")).toMatchObject([{ action: "approve", text: "no" }]);
  });

  test("count down to their default, and can be given five minutes more", async () => {
    const deadline = new Date(Date.now() + 292_500).toISOString();
    const card = await show({ status: "running", questions: [question({ deadline })] });
    expect(card.querySelector(".snb-deadline")?.textContent).toBe("4:52 left, then “fine” · +5 min");
    await settle(2000);
    expect(card.querySelector(".snb-deadline")?.textContent).toContain("4:50 left");
    button(card, "+5 min").click();
    expect(sent("extend")).toMatchObject([{ question: "q-b247dde3", seconds: 300 }]);
  });

  test("show who answered while that is acknowledged, without buttons", async () => {
    const answered = { action: "approve", text: "go", by: "ada" } as const;
    const card = await show({ questions: [question({ answered })] });
    expect(card.querySelector(".snb-question")?.textContent).toContain("approved by ada: “go”");
    expect([dialogs(card), buttons(card)]).toEqual([[], ["Pause", "Cancel"]]);
  });

  test("of a run that nobody steers have no buttons and no keys", async () => {
    const card = await show({ questions: [question()], live: false, status: "paused", note: "resume it" });
    press(must(card.querySelector(".snb-question")), "a");
    expect([buttons(card), sent("answer")]).toEqual([[], []]);
    expect(card.textContent).toContain("resume it");
  });
});

describe("keys", () => {
  test.each([
    ["a", "approve"],
    ["R", "reject"],
  ])("%s answers while focus is in the question", async (key, action) => {
    const card = await show({ questions: [question()] });
    expect(press(must(dialogs(card)[0]), key).defaultPrevented).toBe(true);
    expect(sent("answer")).toMatchObject([{ action }]);
  });

  test("letters typed into the comment are letters; Ctrl or Cmd + Enter approves", async () => {
    const card = await show({ questions: [question()] });
    const comment = must(card.querySelector("textarea"));
    for (const key of ["a", "m", "r", "Enter"]) expect(press(comment, key).defaultPrevented).toBe(false);
    expect(sent("answer")).toEqual([]);
    press(comment, "Enter", { metaKey: true });
    expect(sent("answer")).toMatchObject([{ action: "approve" }]);
  });

  test.each([{ ctrlKey: true }, { metaKey: true }, { altKey: true }, { repeat: true }])(
    "A with %o answers nothing",
    async (options) => {
      const card = await show({ questions: [question()] });
      press(must(dialogs(card)[0]), "a", options);
      expect(sent("answer")).toEqual([]);
    },
  );

  test("outside the question, letters mean nothing", async () => {
    const card = await show({ questions: [question()] });
    press(button(card, "Pause"), "a");
    press(card, "r");
    expect(sent("answer")).toEqual([]);
  });

  test("no key that is pressed in the card reaches the notebook", async () => {
    const card = await show({ questions: [question()], snapshot: { v: 1, n: 1, state: goldenState("brief") } });
    const heard = vi.fn();
    document.addEventListener("keydown", heard);
    const places = [card, ...dialogs(card), ...card.querySelectorAll("textarea, button")];
    for (const place of places) for (const key of ["a", "m", "Enter", "Escape"]) press(place, key);
    document.removeEventListener("keydown", heard);
    expect(places.length).toBeGreaterThan(6);
    expect(heard).not.toHaveBeenCalled();
    expect(card.dataset.lmSuppressShortcuts).toBe("true");
  });
});

describe("focus", () => {
  test("goes to a question when nobody has it, and on to the card when that is answered", async () => {
    const card = await show({ questions: [question()] });
    expect(document.activeElement).toBe(dialogs(card)[0]);
    page.model.sync({ questions: [] });
    await settle();
    expect(document.activeElement).toBe(card);
  });

  test.each(["textarea", "div"])("is never taken from a %s elsewhere on the page", async (tag) => {
    const editor = document.body.appendChild(document.createElement(tag));
    editor.tabIndex = 0;
    editor.focus();
    await show({ questions: [question()] });
    expect(document.activeElement).toBe(editor);
    editor.remove();
  });

  test("stays in the card when the button that had it is disabled, or goes", async () => {
    const card = await show({ status: "running" });
    button(card, "Pause").focus();
    button(card, "Pause").click();
    await settle();
    expect(document.activeElement).toBe(card);
    await acknowledge("pause", { ok: true });
    button(card, "Cancel").focus();
    page.model.sync({ status: "completed" });
    await settle();
    expect(document.activeElement).toBe(card);
  });
});

describe("the run", () => {
  test.each([
    ["running", ["Pause", "Cancel"]],
    ["paused", ["Resume", "Cancel"]],
    ["interrupted", ["Resume"]],
    ["failed", ["Resume"]],
    ["completed", []],
    ["cancelled", []],
  ] as const)("%s offers %j", async (status, names) => {
    const card = await show({ status });
    expect(buttons(card)).toEqual(names);
  });

  test("is paused by a click that waits for the kernel's word", async () => {
    const card = await show({ status: "running" });
    button(card, "Pause").click();
    await settle(400);
    expect(sent("pause")).toHaveLength(1);
    expect(card.textContent).toContain("your request will be delivered as soon as it is free");
    await acknowledge("pause", { ok: false, error: "it has ended" });
    expect(card.querySelector(".snb-notes")?.textContent).toBe("it has ended");
    expect(button(card, "Pause").disabled).toBe(false);
  });

  test("says aloud that it started and that it is done, and not a word for a token", async () => {
    const card = await show({ status: "running" });
    expect(status(card)).toBe("workflow started");
    page.model.message({ v: 1, type: "patch", n: 1, events: events(1), text: [["steps/0", "word"]] });
    await settle();
    expect(status(card)).toBe("brief started");
    page.model.sync({ status: "completed" });
    await settle();
    expect(status(card)).toBe("brief is done");
  });
});

describe("two views of one run", () => {
  test("share what was clicked and say hello each", async () => {
    const first = await show({ questions: [question()] }, 2);
    const second = must(page.cards[1]);
    button(first, "Approve").click();
    await settle();
    expect(button(second, "Approve").disabled).toBe(true);
    expect(new Set(sent("hello").map((message) => message.view)).size).toBe(2);
  });

  test("leave nothing behind", async () => {
    await show({ status: "running", questions: [question()] }, 2);
    page.remove();
    expect(page.model.listening).toBe(0);
    await settle(); // what was due for the next frame
    expect(vi.getTimerCount()).toBe(0);
  });
});
