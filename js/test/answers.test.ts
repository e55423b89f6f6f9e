import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { button, buttons, type Mounted, mount, must, press, question, settle, write } from "./card";
import { goldenState, goldenStateAt, seqOf } from "./golden";

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

async function acknowledge(type: string, verdict: { ok: boolean; error?: string }): Promise<void> {
  must(page).model.message({ v: 1, type: "ack", id: must(sent(type).at(-1)?.id), ...verdict });
  await settle();
}

describe("a form", () => {
  const schema = {
    type: "object",
    required: ["name", "tone"],
    properties: {
      name: { type: "string", description: "Who signs it" },
      tone: { enum: ["plain", "warm"] },
      many: { enum: ["1", "2", "3", "4", "5", "6"] },
      to: { type: "array", items: { enum: ["print", "web"] } },
      sure: { type: "boolean" },
      address: { type: "object", required: ["city"], properties: { city: { type: "string" } } },
    },
  };
  const named = (card: HTMLElement, label: string) => {
    const found = [...card.querySelectorAll("label")].find((one) => one.textContent?.startsWith(label));
    return must(found?.querySelector("input") ?? card.querySelector<HTMLInputElement>(`[id="${found?.htmlFor}"]`));
  };
  const faults = (card: HTMLElement) => [...card.querySelectorAll(".snb-fault")].map((fault) => fault.textContent);

  test("has native controls, each with its label, and help that it is described by", async () => {
    const card = await show({ questions: [question({ schema })] });
    const name = named(card, "Name");
    expect([name.type, name.getAttribute("aria-required")]).toEqual(["text", "true"]);
    expect(document.getElementById(must(name.getAttribute("aria-describedby")))?.textContent).toBe("Who signs it");
    expect([...card.querySelectorAll("legend")].map((legend) => legend.textContent)).toEqual([
      "Tone",
      "To optional",
      "Address optional",
    ]);
    expect(named(card, "Many").tagName).toBe("SELECT"); // more than five
    expect(named(card, "plain").type).toBe("radio");
    expect(named(card, "web").type).toBe("checkbox");
  });

  test("is sent as the JSON that the engine takes", async () => {
    const card = await show({ questions: [question({ schema })] });
    write(named(card, "Name"), "Ada");
    for (const label of ["warm", "web", "Sure"]) named(card, label).click();
    write(named(card, "City"), "Wien");
    await settle();
    press(dialog(card), "a");
    expect(JSON.parse(String(sent("answer")[0]?.text))).toEqual({
      ...{ name: "Ada", tone: "warm", to: ["web"], sure: true },
      address: { city: "Wien" },
    });
  });

  test("that is not filled in says so at the fields, and leads to the first", async () => {
    const card = await show({ questions: [question({ schema })] });
    press(dialog(card), "a");
    await settle();
    expect(sent("answer")).toEqual([]);
    expect(faults(card)).toEqual(["fill this in", "fill this in"]);
    const name = named(card, "Name");
    expect(document.activeElement).toBe(name);
    expect(name.getAttribute("aria-invalid")).toBe("true");
    const described = must(name.getAttribute("aria-describedby")).split(" ");
    expect(document.getElementById(must(described[1]))?.textContent).toBe("fill this in");
    write(name, "A");
    await settle();
    expect(faults(card)).toEqual(["fill this in"]);
    expect(name.hasAttribute("aria-invalid")).toBe(false);
  });

  test("shows the kernel's refusal at the field that it names, else below", async () => {
    const card = await show({ questions: [question({ schema })] });
    write(named(card, "Name"), "ada");
    named(card, "plain").click();
    await settle();
    button(card, "Approve").click();
    const said = "steps/1: the answer does not fit its form: ";
    await acknowledge("answer", { ok: false, error: `${said}at $.name: 'ada' does not match '^[A-Z]'` });
    expect(faults(card)).toEqual(["'ada' does not match '^[A-Z]'"]);
    expect(document.activeElement).toBe(named(card, "Name"));
    write(named(card, "Name"), "Ada");
    await settle();
    button(card, "Approve").click();
    await acknowledge("answer", { ok: false, error: `${said}{} is not allowed` });
    expect([faults(card), dialog(card).textContent?.includes("{} is not allowed")]).toEqual([[], true]);
  });

  test("for one text takes it as typed, and starts with the default", async () => {
    const card = await show({ questions: [question({ schema: { type: "string", pattern: "^f" } })] });
    const answer = named(card, "Answer");
    expect(answer.value).toBe("fine");
    write(answer, "[fog]");
    press(answer, "Enter", { ctrlKey: true });
    expect(sent("answer")).toMatchObject([{ text: "[fog]" }]);
  });

  test("is left by Escape for the question, whose keys work again", async () => {
    const card = await show({ questions: [question({ schema })] });
    named(card, "Name").focus();
    press(named(card, "Name"), "Escape");
    expect(document.activeElement).toBe(dialog(card));
    press(must(document.activeElement), "r");
    expect(sent("answer")).toMatchObject([{ action: "reject" }]);
  });

  test("never drops a comment in silence: that goes with the other actions", async () => {
    const card = await show({ questions: [question({ schema: { type: "string" } })] });
    write(comment(card), "but shorter");
    press(dialog(card), "a");
    await settle();
    expect(sent("answer")).toEqual([]);
    expect(dialog(card).textContent).toContain("clear it to approve");
    expect(document.activeElement).toBe(comment(card));
    press(dialog(card), "m");
    expect(sent("answer")).toMatchObject([{ action: "modify", text: "but shorter" }]);
  });

  test("takes letters as letters in every control that is written to or chosen from", async () => {
    const card = await show({ questions: [question({ schema })] });
    for (const label of ["Name", "Many", "City"]) expect(press(named(card, label), "r").defaultPrevented).toBe(false);
    expect(sent("answer")).toEqual([]);
    press(named(card, "web"), "r");
    expect(sent("answer")).toMatchObject([{ action: "reject" }]);
  });
});

describe("the text under review", () => {
  const traits = () => {
    const state = goldenStateAt("brief", 6);
    return { snapshot: { v: 1, n: 1, state } as const, questions: [...state.questions] };
  };
  const editor = (card: HTMLElement) => card.querySelector<HTMLTextAreaElement>(".snb-editor");
  const original = "1. Tides repeat.\n2. They are cheap.";

  test("is edited, and approved as edited", async () => {
    const card = await show(traits());
    press(dialog(card), "e");
    await settle();
    expect([editor(card)?.value, document.activeElement]).toEqual([original, editor(card)]);
    expect(card.querySelector(".snb-edited")).toBeNull();
    write(editor(card), "1. Tides repeat.");
    await settle();
    expect(card.querySelector(".snb-edited")?.textContent).toBe("edited");
    button(card, "Approve edited text").click();
    expect(sent("answer")).toMatchObject([{ action: "approve", text: "1. Tides repeat." }]);
  });

  test("is reset, and closed, without losing the focus; unchanged it is a plain approval", async () => {
    const card = await show(traits());
    button(card, "Edit").click();
    await settle();
    write(editor(card), "");
    await settle();
    button(card, "Approve edited text").click();
    await settle();
    expect(dialog(card).textContent).toContain("the text is empty");
    button(card, "reset").click();
    await settle();
    expect(editor(card)?.value).toBe(original);
    press(dialog(card), "a");
    expect(sent("answer")).toMatchObject([{ action: "approve", text: "" }]);
    await acknowledge("answer", { ok: false, error: "not now" });
    button(card, "close").click();
    await settle();
    expect([editor(card), document.activeElement]).toEqual([null, dialog(card)]);
  });

  test("is a plan as JSON where the kernel takes one in its place, and stays JSON", async () => {
    const name = "orchestrator_workers";
    const state = goldenStateAt(name, seqOf(name, "hitl_requested", "rounds/0/review"));
    const card = await show({ snapshot: { v: 1, n: 1, state }, questions: [...state.questions] });
    button(card, "Edit").click();
    await settle();
    const plan = JSON.parse(must(editor(card)).value);
    expect(plan).toEqual(state.units.find((unit) => unit.key === "rounds/0/plan")?.value);
    write(editor(card), "[1, ");
    press(dialog(card), "a");
    await settle();
    expect(dialog(card).textContent).toContain("what stands there is JSON");
    write(editor(card), '["one thing"]');
    press(dialog(card), "a");
    expect(sent("answer")).toMatchObject([{ text: '["one thing"]' }]);
  });

  test.each([
    ["nothing", { reviews: null }],
    ["choices", { choices: ["yes"] }],
    ["a form", { schema: { type: "string" } }],
    ["a remark on a draft", { role: "review" }],
    ["several units", { reviews: "steps/0, steps/2" }],
  ])("is not offered where the question is about %s", async (_, changes) => {
    const state = goldenState("brief");
    const card = await show({ snapshot: { v: 1, n: 1, state }, questions: [question(changes)] });
    expect(buttons(card)).not.toContain("Edit");
  });
});
