import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { paintYaml } from "../src/yaml";
import { button, type Mounted, mount, must, settle } from "./card";

const painted = (yaml: string) =>
  paintYaml(yaml).map((line) => line.pieces.map(({ text, paint }) => `${paint}:${text}`).join("|"));
const asText = (yaml: string) =>
  paintYaml(yaml).map((line) => " ".repeat(line.indent) + line.pieces.map((piece) => piece.text).join(""));

describe("YAML", () => {
  test("has keys, values, and names in values", () => {
    expect(painted("name: brief\nsteps:\n- agent: a\n  input: About {{ topic }}, briefly.\nmax: 3\n")).toEqual([
      "key:name:|plain: brief",
      "key:steps:",
      "dash:- |key:agent:|plain: a",
      "key:input:|plain: About |name:{{ topic }}|plain:, briefly.",
      "key:max:|literal: 3",
    ]);
  });

  test("in blocks of text, nothing is a key but what follows the block", () => {
    expect(painted("a: |-\n  note: this\n\n  {{ x }}\nb: true")).toEqual([
      "key:a:|literal: |-",
      "plain:note: this",
      "",
      "name:{{ x }}",
      "key:b:|literal: true",
    ]);
  });

  test("quoted keys, lists of lists and colons in values are what they are", () => {
    expect(painted(`'a: b': "c: d"\n- - x\n-\nurl: http://x.y:80/z\nplain text`)).toEqual([
      `key:'a: b':|plain: "c: d"`,
      "dash:- - |plain:x",
      "dash:-",
      "key:url:|plain: http://x.y:80/z",
      "plain:plain text",
    ]);
  });

  test.each(["schema", "samples"])("of any kind is never changed: %s", (name) => {
    const text = readFileSync(join(import.meta.dirname, "..", "..", "strands_nb", "app", "demo.yaml"), "utf8");
    const lines = (name === "schema" ? text : text.replaceAll("\n", "\n  ")).replace(/\n$/, "").split("\n");
    expect(asText(lines.join("\n"))).toEqual(lines);
  });
});

describe("the tab", () => {
  let page: Mounted;
  let card: HTMLElement;

  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    page.remove();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  async function show(live = true): Promise<void> {
    page = await mount({ status: "running", live });
    card = must(page.cards[0]);
    button(card, "Spec").click();
    await settle();
  }

  const asked = () => page.model.sent.filter((message) => message.type === "spec");
  const said = () => card.querySelector(".snb-empty")?.textContent;

  async function answer(verdict: { ok: boolean; result?: unknown; error?: string }): Promise<void> {
    page.model.message({ v: 1, type: "ack", id: must(asked().at(-1)?.id), ...verdict });
    await settle();
  }

  test("asks for the workflow when it is looked at, not before, and shows it", async () => {
    page = await mount({ status: "running" });
    card = must(page.cards[0]);
    expect(asked()).toEqual([]);
    button(card, "Spec").click();
    await settle();
    expect(asked()).toHaveLength(1);
    await answer({ ok: true, result: { yaml: "name: brief\n  a: 1\n" } });
    expect([...card.querySelectorAll(".snb-yaml > code")].map((line) => line.textContent)).toEqual([
      "name: brief",
      "  a: 1",
    ]);
    expect(card.querySelector(".snb-y-key")?.textContent).toBe("name:");
  });

  test("shows at once what it knows when it is looked at again, and asks whether it is still so", async () => {
    await show();
    await answer({ ok: true, result: { yaml: "name: first" } });
    button(card, "Steps").click();
    await settle();
    button(card, "Spec").click();
    await settle();
    expect(card.querySelector(".snb-yaml")?.textContent).toContain("first");
    await answer({ ok: true, result: { yaml: "name: edited" } });
    expect(card.querySelector(".snb-yaml")?.textContent).toContain("edited");
  });

  test("says why there is none, and that the kernel is busy", async () => {
    await show();
    expect(said()).toBe("…");
    await settle(400);
    expect(said()).toContain("the kernel is busy");
    await answer({ ok: false, error: "this run was started from a Python program" });
    expect(said()).toBe("this run was started from a Python program");
  });

  test("does not ask where nobody is there", async () => {
    await show(false);
    expect(asked()).toEqual([]);
    expect(said()).toContain("while the kernel is there");
  });

  test.each([true, false])("copies it, with a clipboard (%s) or without", async (has) => {
    const writeText = vi.fn(async () => {});
    vi.stubGlobal("navigator", has ? { clipboard: { writeText } } : {});
    const execCommand = vi.fn(() => true);
    document.execCommand = execCommand;
    await show();
    await answer({ ok: true, result: { yaml: "name: brief" } });
    button(card, "Copy").click();
    await settle();
    expect(has ? writeText.mock.calls : execCommand.mock.calls).toEqual([[has ? "name: brief" : "copy"]]);
    expect(button(card, "Copied")).toBeTruthy();
    await settle(2100);
    expect(button(card, "Copy")).toBeTruthy();
    expect(document.querySelectorAll("textarea")).toHaveLength(0);
  });
});
