import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ComparisonJson } from "../src/comparison";
import type { Head } from "../src/protocol";
import { button, buttons, type Mounted, mount, must, press, question, settle } from "./card";
import { goldenState } from "./golden";

const HEAD: Head = { v: 1, session: "wf-1", name: "brief", model: "m", budget: null, seq: 0, at: "", menu: true };
const EVIL = "<img src=x onerror=alert(1)>";
const COMPARISON: ComparisonJson = {
  same: false,
  overall: [{ name: "tokens", before: "20", after: "30" }],
  changes: [`variable topic: 'tides' -> '${EVIL}'`],
  units: [
    { key: "steps/0", name: "researcher", change: "same", fields: [], prompt: [], reply: [] },
    {
      key: "steps/1",
      name: EVIL,
      change: "changed",
      fields: [{ name: "model", before: "", after: "m" }],
      prompt: [],
      reply: [
        { change: "same", text: "About " },
        { change: "gone", text: "tides" },
        { change: "new", text: EVIL },
      ],
    },
  ],
};

let page: Mounted;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  page.remove();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function show(status: "running" | "completed" | "failed" = "completed", views = 1): Promise<HTMLElement> {
  const state = { ...goldenState("brief"), status };
  page = await mount({ head: HEAD, status, snapshot: { v: 1, n: 1, state } }, views);
  return must(page.cards[0]);
}

async function click(card: HTMLElement, name: string): Promise<void> {
  button(card, name).click();
  await settle();
}

const sent = (type: string) => page.model.sent.filter((message) => message.type === type);
const told = () => sent("engaged").map((message) => message.yes);

async function acknowledge(type: string, verdict: { ok: boolean; error?: string; result?: unknown }): Promise<void> {
  page.model.message({ v: 1, type: "ack", id: must(must(sent(type).at(-1)).id), ...verdict });
  await settle();
}

describe("the menu", () => {
  test("it is there for a run of a workflow, and for nothing else", async () => {
    expect(buttons(await show())).toEqual(["Run again", "Compare with…", "Export", "Done"]);
    page.remove();
    page = await mount({ head: { ...HEAD, menu: false }, status: "completed" });
    expect(buttons(must(page.cards[0]))).toEqual([]);
  });

  test("a run that goes on can be compared and exported, but not folded nor run again", async () => {
    const card = await show("running");
    expect(buttons(card)).toEqual(["Pause", "Cancel", "More"]);
    await click(card, "More");
    expect(button(card, "Run again").disabled).toBe(true);
    expect(button(card, "Compare with…").disabled).toBe(false);
  });

  test("Escape closes it and gives the focus back", async () => {
    const card = await show();
    await click(card, "Export");
    expect(button(card, "Export").getAttribute("aria-expanded")).toBe("true");
    press(button(card, "Export .py"), "Escape");
    await settle();
    expect(card.querySelector(".snb-menu")).toBeNull();
    expect(document.activeElement).toBe(button(card, "Export"));
  });

  test("what is refused is said, and may be asked for again", async () => {
    const card = await show();
    await click(card, "Run again");
    expect(button(card, "Run again").disabled).toBe(true);
    await acknowledge("again", { ok: false, error: `no key for ${EVIL}` });
    expect(card.querySelector("[role=status].snb-bad")?.textContent).toBe(`no key for ${EVIL}`);
    expect(button(card, "Run again").disabled).toBe(false);
    await click(card, "Run again");
    await acknowledge("again", { ok: true });
    expect(card.querySelector(".snb-menu")).toBeNull();
  });

  test("a kernel that says nothing is said to be busy", async () => {
    const card = await show();
    await click(card, "Run again");
    await settle(400);
    expect(card.querySelector(".snb-told")?.textContent).toContain("the kernel is busy");
  });

  test("a session is chosen, and what differs is marked by sign and never as markup", async () => {
    const card = await show();
    await click(card, "Compare with…");
    const other = { session_id: "wf-0", status: "failed", updated_at: "2026-01-01T00:00:00Z", tokens: 20, cost: 0.5 };
    await acknowledge("sessions", { ok: true, result: [other] });
    const row = must(card.querySelector<HTMLButtonElement>(".snb-sessions button"));
    expect(row.textContent).toMatch(/^✕wf-0.*20 tok · ≈ \$0\.50$/);
    row.click();
    await settle();
    expect(sent("compare")[0]).toMatchObject({ session: "wf-0" });
    await acknowledge("compare", { ok: true, result: COMPARISON });
    const panel = must(card.querySelector<HTMLElement>(".snb-comparison"));
    expect([...panel.querySelectorAll(".snb-compared .snb-sign")].map((sign) => sign.textContent)).toEqual(["=", "≠"]);
    expect(panel.querySelector("del")?.textContent).toBe("tides");
    expect(panel.querySelector("ins")?.textContent).toBe(EVIL);
    expect(panel.textContent).toContain("model: none → m");
    expect(panel.querySelector("img")).toBeNull();
  });

  test("where there is nothing to compare with, it says so", async () => {
    const card = await show();
    await click(card, "Compare with…");
    await acknowledge("sessions", { ok: true, result: [] });
    expect(card.querySelector(".snb-menu")?.textContent).toContain("there is no other session");
  });

  test("a file is offered for download and named, since downloads may be forbidden", async () => {
    const card = await show();
    const kept: Blob[] = [];
    vi.stubGlobal("URL", {
      createObjectURL: (blob: Blob) => `blob:${kept.push(blob)}`,
      revokeObjectURL: () => undefined,
    });
    const clicked: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
      clicked.push(`${this.download} ${this.href}`);
    });
    await click(card, "Export");
    await click(card, "Export .py");
    expect(sent("export")[0]).toMatchObject({ format: "py" });
    await acknowledge("export", { ok: true, result: { name: "wf-1.py", type: "text/x-python", text: "print(1)" } });
    expect(clicked).toEqual(["wf-1.py blob:1"]);
    expect(kept[0]).toMatchObject({ size: "print(1)".length, type: "text/x-python" });
    expect(card.querySelector(".snb-menu [role=status]")?.textContent).toBe(
      "wf-1.py is among your downloads; if not: %workflow export wf-1 --format py --out .",
    );
    vi.unstubAllGlobals();
  });

  test("a step that is open can be done again, unless the run goes on", async () => {
    const card = await show("failed");
    must(card.querySelector<HTMLButtonElement>("button.snb-row")).click();
    await settle();
    await click(card, "Rerun from here");
    expect(sent("rerun")[0]).toMatchObject({ step: "steps/0" });
    page.model.sync({ status: "running" });
    await settle();
    expect(buttons(card)).not.toContain("Rerun from here");
  });
});

describe("who is engaged", () => {
  test("an open menu keeps the card, a closed one does not", async () => {
    const card = await show();
    await click(card, "Export");
    expect(told()).toEqual([true]);
    press(button(card, "Export .py"), "Escape");
    (document.activeElement as HTMLElement).blur();
    await settle();
    expect(told()).toEqual([true, false]);
  });

  test("who reads a step is engaged as long as the focus is there", async () => {
    const card = await show();
    must(card.querySelector<HTMLButtonElement>("button.snb-row")).focus();
    await settle();
    expect(told()).toEqual([true]);
    (document.activeElement as HTMLElement).blur();
    await settle();
    expect(told()).toEqual([true, false]);
  });

  test("who has only answered a question is not, nor who is elsewhere in the panel of the notebook", async () => {
    page = await mount({ head: HEAD, status: "running", questions: [question()] });
    const card = must(page.cards[0]);
    must(card.parentElement).setAttribute("role", "tabpanel");
    await click(card, "Approve");
    page.model.sync({ questions: [] });
    await settle();
    expect(card.contains(document.activeElement)).toBe(true);
    expect(told()).toEqual([]);
  });

  test("who looks at another part than the steps is, wherever the focus goes", async () => {
    const card = await show();
    const tab = (name: string) =>
      must([...card.querySelectorAll<HTMLElement>("[role=tab]")].find((one) => one.textContent === name));
    tab("Timeline").click();
    await settle();
    expect(told()).toEqual([true]);
    tab("Steps").click();
    await settle();
    expect(told()).toEqual([true, false]);
  });

  test("of two views one is enough, and one that is closed has left", async () => {
    await show("completed", 2);
    for (const card of page.cards) must(card.querySelector<HTMLButtonElement>(".snb-row")).focus();
    await settle();
    expect(told()).toEqual([true]);
    page.remove();
    await settle();
    expect(told()).toEqual([true, false]);
  });
});
