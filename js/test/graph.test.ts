import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { goingBack } from "../src/flow";
import { type Box, groupsOf, describe as inWords, type Shape, shapeOf, shortLabel } from "../src/graph";
import { type Drawing, layOut, type Rect } from "../src/layout";
import { newUnit, stateFromJson, type UnitState } from "../src/state";
import { button, events, type Mounted, mount, must, press, settle } from "./card";
import { GOLDEN, goldenState, goldenStateAt, seqOf } from "./golden";

const shape = (name: string) => shapeOf(stateFromJson(goldenState(name)));
const ids = ({ boxes }: Shape) => boxes.map((box) => box.id);
const ways = ({ arrows }: Shape) => arrows.map(({ from, to, label }) => `${from} > ${to}${label && ` [${label}]`}`);

/** A shape of plain boxes. */
function plain(names: string, arrows: string[], parents: Record<string, string> = {}): Shape {
  const boxOf = (id: string): Box => {
    const frame = Object.values(parents).includes(id);
    return { id, label: id, parent: parents[id] ?? "", frame, gate: false, many: false };
  };
  const arrowOf = (text: string, part: number) => {
    const [from = "", to = "", label = ""] = text.split(" ");
    return { from, to, label, part };
  };
  return { boxes: names.split(" ").map(boxOf), arrows: arrows.map(arrowOf) };
}

describe("what is drawn", () => {
  test("a loop stays a loop, and its iterations share a box", () => {
    const drawn = shape("evaluator_optimizer");
    const loop = "iterations/*";
    expect(ids(drawn)).toEqual([loop, `${loop}/produce`, `${loop}/evaluate`, `${loop}/review`]);
    expect(drawn.boxes.map((box) => box.parent)).toEqual(["", loop, loop, loop]);
    expect(ways(drawn)).toEqual([
      `${loop}/produce > ${loop}/evaluate`,
      `${loop}/evaluate > ${loop}/review [score < 80]`,
      `${loop}/review > ${loop}/produce`,
    ]);
    const { keys } = must(groupsOf(stateFromJson(goldenState("evaluator_optimizer"))).get(`${loop}/produce`));
    expect(keys).toEqual([0, 1, 2].map((n) => `iterations/${n}/produce`));
  });

  test("so do the visits of a node, and one that nobody came to has its box", () => {
    expect(ids(shape("graph"))).toEqual(
      ["start", "left", "right", "gate", "never", "end"].map((id) => `nodes/${id}/*`),
    );
  });

  test("workers have boxes of their own, with the arrows of the one that was drawn for all", () => {
    const drawn = shape("orchestrator_workers");
    const workers = ["rounds/*/workers/0", "rounds/*/workers/1"];
    expect(ids(drawn).filter((id) => id.includes("workers"))).toEqual(workers);
    expect(ways(drawn).filter((way) => way.endsWith("> reduce_review"))).toEqual(
      workers.map((id) => `${id} > reduce_review`),
    );
    expect(drawn.boxes.some((box) => box.many)).toBe(false);
  });

  test("before they come, one stands for them, and so it does where they are too many", () => {
    const before = stateFromJson(goldenStateAt("orchestrator_workers", 0));
    const star = (of: Shape) => of.boxes.filter((box) => box.many).map((box) => box.id);
    expect(star(shapeOf(before))).toEqual(["rounds/*/workers/*"]);
    const workers = Array.from({ length: 9 }, (_, n): [string, UnitState] => {
      const key = `rounds/0/workers/${n}`;
      return [key, { ...newUnit(key), role: "worker" }];
    });
    expect(star(shapeOf({ ...before, units: new Map([...before.units, ...workers]) }))).toEqual(["rounds/*/workers/*"]);
    expect(star(shapeOf({ ...before, units: new Map([...before.units, ...workers.slice(1)]) }))).toEqual([]);
  });

  test("branches and routes are frames; an arrow to a route does not repeat its name", () => {
    const drawn = shape("routing");
    expect(drawn.boxes.filter((box) => box.frame).map((box) => box.label)).toEqual(["billing", "other"]);
    expect(ways(drawn).filter((way) => way.startsWith("review"))).toEqual([
      "review > routes/billing/steps/0",
      "review > routes/other/steps/0",
    ]);
    expect(shape("parallel").boxes.filter((box) => box.frame)).toHaveLength(3);
  });

  test("a frame with nothing in it is a box", () => {
    const units = new Map([["routes/a", { ...newUnit("routes/a", "a"), kind: "scope" as const }]]);
    expect(shapeOf({ units, edges: [] }).boxes.map((box) => box.frame)).toEqual([false]);
  });

  test("numbers that are places in the workflow stay apart, drawn with arrows or without", () => {
    expect(ids(shape("brief"))).toEqual(["steps/0", "steps/1", "steps/2"]);
    expect(ids(shape("tools"))).toEqual(["steps/0"]);
    expect(ids(shape("parts"))).toEqual(["rounds/*", "rounds/*/facts", "rounds/*/review", "rounds/*/text"]);
  });

  test("what an arrow says of what is not there is left out", () => {
    const units = new Map([["a", newUnit("a", "a")]]);
    expect(shapeOf({ units, edges: [["a", "b"], ["c", "a"], []] }).arrows).toEqual([]);
  });

  test("new text, revisions and visits leave it as it is", () => {
    const at = (type: string, key: string) => {
      const seq = seqOf("graph", type, key);
      return JSON.stringify(shapeOf(stateFromJson(goldenStateAt("graph", seq))));
    };
    expect(at("node_start", "nodes/start/2")).toBe(at("node_start", "nodes/start/1"));
    expect(at("node_complete", "nodes/left/1~2")).toBe(at("node_start", "nodes/start/1"));
  });

  test("conditions lose the paths of their names, and nothing else", () => {
    expect(shortLabel("nodes.gate.response contains 'a.b'")).toBe("response contains 'a.b'");
    expect(shortLabel("score < 0.8")).toBe("score < 0.8");
    expect(shortLabel("else")).toBe("else");
  });

  test("it is told in words", () => {
    expect(inWords(shape("brief"))).toBe(
      "3 steps, 1 of them asking a person. researcher: to review. review: to writer. writer.",
    );
    expect(inWords(shape("evaluator_optimizer"))).toContain("j: to approval (score < 80).");
  });
});

describe("where it stands", () => {
  const overlaps = (one: Rect, other: Rect) =>
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height;
  const at = ({ boxes }: Drawing, id: string) => must(boxes.get(id));

  test.each(GOLDEN)(
    "%s: boxes do not overlap, frames hold what is in them, and all of it is in the picture",
    (name) => {
      const drawn = shape(name);
      const drawing = layOut(drawn);
      for (const [n, box] of drawn.boxes.entries()) {
        const here = at(drawing, box.id);
        expect(here.x >= 0 && here.y >= 0).toBe(true);
        expect(here.x + here.width <= drawing.width && here.y + here.height <= drawing.height).toBe(true);
        if (box.parent) {
          const around = at(drawing, box.parent);
          expect(here.y).toBeGreaterThanOrEqual(around.y + 30); // below its name
          expect(here.x + here.width).toBeLessThan(around.x + around.width);
        }
        for (const other of drawn.boxes.slice(n + 1)) {
          const related = [other.parent, box.parent].some((id) => id === box.id || id === other.id);
          if (!related) expect(overlaps(here, at(drawing, other.id)), `${box.id}, ${other.id}`).toBe(false);
        }
      }
    },
  );

  test("it reads to the right while that fits, and down where it does not", () => {
    const [short, long] = [
      layOut(plain("a b c", ["a b", "b c"])),
      layOut(plain("a b c d e f", ["a b", "b c", "c d", "d e", "e f"])),
    ];
    expect(at(short, "b").y).toBe(at(short, "a").y);
    expect(at(long, "b").x).toBe(at(long, "a").x);
    expect(long.height).toBeGreaterThan(long.width);
  });

  test("what is too high to read down scrolls sideways", () => {
    const names = Array.from({ length: 20 }, (_, n) => `s${n}`);
    const arrows = names.slice(1).map((name, n) => `s${n} ${name}`);
    expect(layOut(plain(names.join(" "), arrows)).height).toBeLessThan(100);
  });

  test("beside each other things stand in file order, unless fewer arrows cross then", () => {
    const fan = layOut(plain("a x y z b", ["a x", "a y", "a z", "x b", "y b", "z b"]));
    expect(["x", "y", "z"].map((id) => at(fan, id).y)).toEqual(
      [...["x", "y", "z"].map((id) => at(fan, id).y)].sort((a, b) => a - b),
    );
    const crossed = layOut(plain("a b x y", ["a x", "a y", "b x"]));
    expect(at(crossed, "y").y).toBeLessThan(at(crossed, "x").y);
  });

  test("workers that all lead back share one arrow, from the last of them", () => {
    const drawn = shape("orchestrator_workers");
    const back = layOut(drawn).routes.filter((route) => route.back);
    expect(drawn.arrows.filter((arrow) => arrow.label === "more to do")).toHaveLength(2);
    expect(back.map((route) => route.arrow.from)).toEqual(["rounds/*/workers/1"]);
  });

  test("what goes back runs below all boxes, labels and all", () => {
    const drawing = layOut(plain("a b", ["a b", "b a again", "b b"]));
    const [on, ...back] = [...drawing.routes].sort((one, other) => Number(one.back) - Number(other.back));
    expect(on?.back).toBe(false);
    expect(back.map((route) => route.back)).toEqual([true, true]);
    const bottom = at(drawing, "a").y + at(drawing, "a").height;
    const label = must(back.find((route) => route.label)?.label);
    expect(label.y).toBeGreaterThan(bottom);
    expect(label.y + label.height).toBeLessThanOrEqual(drawing.height);
  });

  test("arrows into and out of frames begin and end at the boxes in them", () => {
    const drawing = layOut(plain("a f b c", ["a b", "b c"], { b: "f" }));
    const b = at(drawing, "b");
    const [into, out] = drawing.routes;
    expect(into?.tip).toContain(`L${b.x} ${b.y + b.height / 2}L`);
    expect(out?.line.startsWith(`M${b.x + b.width} ${b.y + b.height / 2}`)).toBe(true);
  });

  test("an arrow that passes boxes goes around them, a label lies on its arrow", () => {
    const drawing = layOut(plain("a b c", ["a b", "b c", "a c later"]));
    const { label, line } = must(drawing.routes[2]);
    const middle = must(label);
    expect(overlaps(middle, at(drawing, "b"))).toBe(false);
    expect(line).toContain(`${middle.x + middle.width / 2} `);
  });

  test("nothing to draw is an empty picture", () => {
    expect(layOut({ boxes: [], arrows: [] })).toMatchObject({ width: 0, height: 0 });
  });

  test("links that close a circle go back, found in file order", () => {
    const links = ["a b", "b c", "c a", "b b"].map((text) => ({ from: text[0] ?? "", to: text[2] ?? "" }));
    expect(goingBack(["a", "b", "c"], links)).toEqual(new Set(links.slice(2)));
    expect(goingBack(["c", "b", "a"], links.slice(0, 2)).size).toBe(0);
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
  });

  async function show(name: string, seq = 999): Promise<void> {
    page = await mount({ snapshot: { v: 1, n: 1, state: goldenStateAt(name, seq) } });
    card = must(page.cards[0]);
    button(card, "Graph").click();
    await settle();
  }

  const nodes = () => [...card.querySelectorAll<HTMLButtonElement>(".snb-node")];
  const texts = () =>
    nodes().map((node) => {
      const [word, name, note] = [".snb-node-name > span", ".snb-node-name", ".snb-node-note"].map((part) =>
        node.querySelector(part),
      );
      return [name?.textContent?.slice(2), word?.getAttribute("aria-label"), note?.textContent]
        .filter(Boolean)
        .join(", ");
    });

  test("has a button for every box that says how it stands, and the picture in words", async () => {
    await show("graph");
    expect(texts()).toEqual([
      "start, done, visit 2 · 3.0 s",
      "left, done, visit 2 · 3.0 s",
      "right, done, visit 2 · 3.0 s",
      "gate, done, approved by user",
      "never, not reached, not reached",
      "end, done, 3.0 s · 10 tok",
    ]);
    expect(card.querySelector(".snb-hidden")?.textContent).toMatch(/^6 steps, 1 of them asking a person\./);
    expect(card.querySelector("svg")?.getAttribute("aria-hidden")).toBe("true");
  });

  test("lights up as the run goes on, and nothing moves", async () => {
    const before = seqOf("graph", "node_start", "nodes/start/1") - 1;
    await show("graph", before);
    expect(texts()[0]).toBe("start, waiting, a");
    const places = nodes().map((node) => node.style.left + node.style.top);
    const news = events(before + 1, "graph").filter((event) => event.seq > before);
    page.model.message({ v: 1, type: "patch", n: 2, events: news, text: [] });
    await settle();
    expect(texts()[0]).toBe("start, running, at work …");
    expect(nodes()[0]?.classList.contains("snb-is-running")).toBe(true);
    page.model.message({ v: 1, type: "patch", n: 3, events: [], text: [["nodes/start/1", "Be"]] });
    await settle();
    expect(texts()[0]).toBe("start, running, streaming …");
    page.model.message({ v: 1, type: "snap", n: 4, state: goldenState("graph") });
    await settle();
    expect(nodes().map((node) => node.style.left + node.style.top)).toEqual(places);
  });

  test("what was done in an iteration that is over says so", async () => {
    await show("evaluator_optimizer");
    expect(texts().at(-1)).toBe("approval, done, in iteration 2");
    expect(nodes().at(-1)?.classList.contains("snb-former")).toBe(true);
    expect(card.querySelector(".snb-frame-name")?.textContent).toBe("✓ iteration 3 at most 4");
  });

  test("a box opens the steps it stands for below, the latest with all it holds, and closes them again", async () => {
    await show("graph");
    nodes()[1]?.click();
    await settle();
    const rows = () =>
      [...card.querySelectorAll(".snb-picked .snb-row")].map((row) => row.getAttribute("aria-expanded"));
    expect(rows()).toEqual(["false", "true"]);
    expect(card.querySelector(".snb-picked .snb-reply")?.textContent).toContain("Left again.");
    expect(nodes()[1]?.getAttribute("aria-expanded")).toBe("true");
    nodes()[1]?.click();
    await settle();
    expect(rows()).toEqual([]);
  });

  test("of many workers in one box the most urgent is told, and how many are done", async () => {
    await show("orchestrator_workers", seqOf("orchestrator_workers", "worker_start", "rounds/0/workers/0"));
    const [start] = events(999, "orchestrator_workers").filter((event) => event.event_type === "worker_start");
    const news = Array.from({ length: 10 }, (_, n) => {
      const key = `rounds/0/workers/${n}`;
      return { ...must(start), seq: 500 + n, key, data: { ...(start?.data as object), key } };
    });
    page.model.message({ v: 1, type: "patch", n: 2, events: news, text: [] });
    await settle();
    expect(texts().filter((text) => text?.startsWith("worker"))).toEqual(["workers, running, 0 of 10 done"]);
  });

  test("too much to draw is said, not drawn", async () => {
    await show("brief");
    const state = goldenState("brief");
    const units = Array.from({ length: 201 }, (_, n) => newUnit(`steps/${n}`, `step ${n}`));
    page.model.message({ v: 1, type: "snap", n: 2, state: { ...state, units } });
    await settle();
    expect(card.querySelector(".snb-empty")?.textContent).toBe("too large to draw: 201 boxes");
  });

  test("labels are text, never markup", async () => {
    await show("brief");
    const state = goldenState("brief");
    const evil = "<img src=x onerror=alert(1)>";
    const units = state.units.map((unit) => ({ ...unit, label: evil, detail: evil, agent: evil }));
    const edges = state.edges.map(([from = "", to = ""]) => [from, to, evil]);
    page.model.message({ v: 1, type: "snap", n: 2, state: { ...state, units, edges } });
    await settle();
    expect(card.querySelector("img")).toBeNull();
    expect(press(must(nodes()[0]), "x").defaultPrevented).toBe(false);
  });
});
