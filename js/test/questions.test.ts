import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { OpenQuestion } from "../src/protocol";
import { neighbour, nextShown } from "../src/stack";
import { button, buttons, type Mounted, mount, must, press, question, settle, write } from "./card";
import { goldenStateAt, seqOf } from "./golden";

let page: Mounted | undefined;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  page?.remove();
  page = undefined;
  vi.useRealTimers();
});

async function show(...args: Parameters<typeof mount>): Promise<HTMLElement> {
  page = await mount(...args);
  return must(page.cards[0]);
}

const sent = (type: string) => must(page).model.sent.filter((message) => message.type === type);
const dialog = (card: HTMLElement) => must(card.querySelector<HTMLElement>("[role=alertdialog]"));
const comment = (card: HTMLElement) => must(card.querySelector<HTMLTextAreaElement>(".snb-comment"));
const lines = (card: HTMLElement) => [...card.querySelectorAll<HTMLButtonElement>(".snb-queued")];
const asked = (card: HTMLElement) =>
  [...card.querySelectorAll("[role=alertdialog] .snb-asked b")].map((b) => b.textContent);
const announced = (card: HTMLElement) => must(card.querySelector("[aria-live=polite]")).textContent;
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

/** Questions `q-1`, `q-2` and so on. */
function several(count: number, changes: Partial<OpenQuestion> = {}): OpenQuestion[] {
  return Array.from({ length: count }, (_, n) =>
    question({ question_id: `q-${n + 1}`, prompt: `No. ${n + 1}?`, ...changes }),
  );
}

async function acknowledge(type: string, verdict: { ok: boolean; error?: string }): Promise<void> {
  must(page).model.message({ v: 1, type: "ack", id: must(sent(type).at(-1)?.id), ...verdict });
  await settle();
}

describe("which question is shown", () => {
  test.each([
    [["a", "b"], [], undefined, "a"],
    [["b", "c"], ["b"], "b", "b"],
    [["0", "b"], ["b"], "b", "b"],
    [["a", "c"], ["a", "b", "c"], "b", "c"],
    [["a"], ["a", "b"], "b", "a"],
    [["d"], ["a"], "a", "d"],
    [[], ["a"], "a", undefined],
  ])("of %j, after %j with %s: %s", (ids, former, shown, next) => {
    expect(nextShown(ids, former, shown)).toBe(next);
  });

  test("neighbours go around", () => {
    expect([neighbour([1, 2, 3], 3, 1), neighbour([1, 2, 3], 1, -1)]).toEqual([1, 3]);
  });
});

describe("several questions", () => {
  test("are one in full, the oldest, and a line for each of the others", async () => {
    const card = await show({ questions: several(3, { deadline: inMs(90_500) }) });
    expect(asked(card)).toEqual(["No. 1?"]);
    expect(dialog(card).textContent).toContain("1 of 3");
    expect(card.querySelector(".snb-queue p")?.textContent).toBe("2 more questions");
    expect(lines(card).map((line) => line.textContent)).toEqual(["◆No. 2?1:30 left", "◆No. 3?1:30 left"]);
  });

  test("say who asks, and which one the command means", async () => {
    const state = goldenStateAt("parallel", seqOf("parallel", "workflow_paused"));
    const card = await show({ snapshot: { v: 1, n: 1, state }, questions: [...state.questions] });
    expect(dialog(card).getAttribute("aria-label")).toBe("web / approval: Web?");
    expect(lines(card)[0]?.textContent).toBe("◆docs / approvalDocs?");
    expect(card.querySelector(".snb-magic")?.textContent).toBe(
      "%workflow answer approve --question branches/web/steps/1",
    );
    must(page).model.sync({ questions: state.questions.slice(1) });
    await settle();
    expect(card.querySelector(".snb-magic")?.textContent).toBe("%workflow answer approve");
    expect(card.querySelector(".snb-queue")).toBeNull();
  });

  test("are opened by a click or by N and P, and answer for themselves", async () => {
    const card = await show({ questions: several(3) });
    lines(card)[1]?.click();
    await settle();
    expect(asked(card)).toEqual(["No. 3?"]);
    expect(document.activeElement).toBe(dialog(card));
    press(dialog(card), "n");
    await settle();
    expect(asked(card)).toEqual(["No. 1?"]);
    press(dialog(card), "p");
    await settle();
    press(dialog(card), "a");
    expect(sent("answer")).toMatchObject([{ question: "q-3", action: "approve" }]);
  });

  test("keep what was typed in one while another is shown", async () => {
    const card = await show({ questions: several(2) });
    write(comment(card), "half a sent");
    button(card, "Next question").click();
    await settle();
    expect(comment(card).value).toBe("");
    button(card, "Previous question").click();
    await settle();
    expect(comment(card).value).toBe("half a sent");
  });

  test("are one stop of the Tab key, with arrows from line to line", async () => {
    const card = await show({ questions: several(5) });
    const stops = () => lines(card).map((line) => line.tabIndex);
    expect(stops()).toEqual([0, -1, -1, -1]);
    lines(card)[0]?.focus();
    for (const key of ["ArrowDown", "ArrowDown"]) press(must(document.activeElement), key);
    await settle();
    expect([document.activeElement, stops()]).toEqual([lines(card)[2], [-1, -1, 0, -1]]);
    press(must(document.activeElement), "End");
    expect(document.activeElement).toBe(lines(card)[3]);
    press(must(document.activeElement), "ArrowDown");
    expect(document.activeElement).toBe(lines(card)[0]);
    press(must(document.activeElement), "a"); // means nothing here
    expect(sent("answer")).toEqual([]);
  });

  test("lead to the next one when one is answered", async () => {
    const questions = several(3);
    const card = await show({ questions });
    press(dialog(card), "n");
    await settle();
    press(dialog(card), "a");
    await acknowledge("answer", { ok: true });
    must(page).model.sync({ questions: questions.filter(({ question_id }) => question_id !== "q-2") });
    await settle();
    expect(asked(card)).toEqual(["No. 3?"]);
    expect(document.activeElement).toBe(dialog(card));
    must(page).model.sync({ questions: [] });
    await settle();
    expect(document.activeElement).toBe(card);
  });

  test("never take the place of one that somebody writes to", async () => {
    const card = await show({ questions: [question()] });
    comment(card).focus();
    write(comment(card), "half a sent");
    must(page).model.sync({ questions: [question({ question_id: "q-0", prompt: "First?" }), question()] });
    await settle();
    expect(asked(card)).toEqual(["Good enough?"]);
    expect(document.activeElement).toBe(comment(card));
    expect(comment(card).value).toBe("half a sent");
  });

  test("do not take the letters that were meant for one that is gone", async () => {
    const questions = several(2);
    const card = await show({ questions });
    comment(card).focus();
    must(page).model.sync({ questions: questions.slice(1) }); // its deadline has passed, say
    await settle();
    expect(asked(card)).toEqual(["No. 2?"]);
    expect(document.activeElement).toBe(card);
    press(card, "a");
    expect(sent("answer")).toEqual([]);
    card.blur(); // whoever goes elsewhere and comes back knows where it is
    card.focus();
    must(page).model.sync({ questions: several(3).slice(2) });
    await settle();
    expect(document.activeElement).toBe(dialog(card));
  });

  test("leave the focus alone when it is in another part of the page", async () => {
    const editor = document.body.appendChild(document.createElement("textarea"));
    editor.focus();
    const questions = several(2);
    await show({ questions });
    must(page).model.sync({ questions: questions.slice(1) });
    await settle();
    expect(document.activeElement).toBe(editor);
    editor.remove();
  });

  test("are chosen for each view by itself", async () => {
    const first = await show({ questions: several(2) }, 2);
    const second = must(must(page).cards[1]);
    button(second, "Next question").click();
    await settle();
    expect([asked(first), asked(second)]).toEqual([["No. 1?"], ["No. 2?"]]);
  });

  test("say on their lines what has become of their answers", async () => {
    const card = await show({ questions: several(2) });
    press(dialog(card), "r");
    press(dialog(card), "n");
    await settle();
    expect(lines(card)[0]?.textContent).toBe("◆No. 1?sent");
    await acknowledge("answer", { ok: false, error: "not now" });
    expect(lines(card)[0]?.textContent).toBe("◆No. 1?refused");
    expect(dialog(card).textContent).not.toContain("not now");
  });

  test("of twenty branches are one dialog and nineteen lines, answered one after the other by one key", async () => {
    let questions = several(20);
    const card = await show({ questions });
    for (let turn = 0; turn < 20; turn++) {
      expect([asked(card), lines(card).length]).toEqual([[`No. ${turn + 1}?`], 19 - turn]);
      press(must(document.activeElement), "a");
      questions = questions.slice(1);
      must(page).model.sync({ questions });
      await settle();
    }
    expect(sent("answer").map((message) => message.question)).toEqual(several(20).map((one) => one.question_id));
  });
});

describe("a kernel that is busy", () => {
  const busy = "the kernel is busy; your answer will be delivered as soon as it is free";
  const statuses = (card: HTMLElement) => [...card.querySelectorAll("[role=status]")].map((one) => one.textContent);

  test("is told of after 300 ms, once, where the answer was given", async () => {
    const card = await show({ questions: [question()] });
    press(dialog(card), "a");
    await settle(299);
    expect(statuses(card)).not.toContain(busy);
    await settle(2);
    expect(statuses(card).filter((text) => text?.includes("busy"))).toEqual([busy]);
    await acknowledge("answer", { ok: true });
    expect(statuses(card)).not.toContain(busy);
  });

  test("is told of aloud where more time, or a pause, was asked for", async () => {
    const card = await show({ status: "running", questions: [question({ deadline: inMs(90_000) })] });
    for (const [name, type] of [
      ["+5 min", "extend"],
      ["Pause", "pause"],
    ] as const) {
      button(card, name).click();
      await settle(350);
      expect(announced(card)).toBe("the kernel is busy; it will be delivered");
      await acknowledge(type, { ok: true });
      expect(announced(card)).toContain("needs you");
    }
  });

  test("lets other questions be answered meanwhile", async () => {
    const card = await show({ questions: several(2) });
    press(dialog(card), "a");
    await settle(400);
    press(dialog(card), "n");
    await settle();
    press(dialog(card), "a");
    expect(sent("answer").map((message) => message.question)).toEqual(["q-1", "q-2"]);
  });
});

test("a question is described by what it is about, unless that is long", async () => {
  const card = await show({ questions: several(1, { context_display: "Tides repeat." }) });
  const describedBy = () => dialog(card).getAttribute("aria-describedby");
  expect(document.getElementById(must(describedBy()))?.textContent?.trim()).toBe("Tides repeat.");
  must(page).model.sync({ questions: several(1, { context_display: "word ".repeat(200) }) });
  await settle();
  expect(describedBy()).toBeNull();
});

describe("the time to answer", () => {
  const deadlineText = (card: HTMLElement) => card.querySelector(".snb-deadline")?.textContent;

  test("that is over says so, and cannot be prolonged", async () => {
    const card = await show({ questions: [question({ deadline: inMs(2_500) })] });
    expect(deadlineText(card)).toBe("0:02 left, then “fine” · +5 min");
    await settle(3_000);
    expect(deadlineText(card)).toBe("time is up");
    expect(buttons(card)).not.toContain("+5 min");
  });

  test("goes on when the kernel has moved it, and says why it would not", async () => {
    const card = await show({ questions: [question({ deadline: inMs(60_500) })] });
    const more = button(card, "+5 min");
    more.focus();
    more.click();
    await settle();
    expect(document.activeElement).toBe(dialog(card)); // and not nowhere, where keys are JupyterLab's
    more.click();
    expect(sent("extend")).toHaveLength(1);
    await acknowledge("extend", { ok: false, error: "no such question" });
    expect(deadlineText(card)).toContain("no such question");
    must(page).model.sync({ questions: [question({ deadline: inMs(359_500) })] });
    await settle();
    expect(deadlineText(card)).toContain("5:59 left");
  });

  test("is told by the kernel's clock, as soon as that is known", async () => {
    const card = await show({ questions: [question({ deadline: inMs(3_660_000) })] });
    expect(deadlineText(card)).toContain("1:01:00 left");
    must(page).model.message({ v: 1, type: "welcome", at: inMs(3_600_000) });
    await settle(1_000);
    expect(deadlineText(card)).toMatch(/^(1:00|0:5\d) left/);
  });

  test("is announced when its last minute begins and its last ten seconds, and never in between", async () => {
    const card = await show({ questions: [question({ deadline: inMs(62_000) })] });
    const heard: (string | null)[] = [];
    const watch = new MutationObserver(() => heard.push(announced(card)));
    watch.observe(must(card.querySelector("[aria-live=polite]")), {
      characterData: true,
      childList: true,
      subtree: true,
    });
    for (let second = 0; second < 65; second++) await settle(1_000);
    watch.disconnect();
    const asks = "workflow needs you: Good enough?";
    expect(heard).toEqual([
      `${asks}. Less than 1 minute left for “Good enough?”, then “fine”`,
      `${asks}. Less than 10 seconds left for “Good enough?”, then “fine”`,
      asks,
    ]);
  });
});
