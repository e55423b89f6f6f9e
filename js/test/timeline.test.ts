import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { axisOf } from "../src/axis";
import { newUnit, type RunState, type Span, stateFromJson, type UnitState } from "../src/state";
import { type Bar, lengthOf, type Row, rowsOf } from "../src/timeline";
import { button, type Mounted, mount, must, settle } from "./card";
import { goldenState, goldenStateAt, seqOf } from "./golden";

const BEGIN = Date.parse("2026-01-01T00:00:00Z");
const iso = (seconds: number) => new Date(BEGIN + 1000 * seconds).toISOString();
const at = (seconds: number) => BEGIN + 1000 * seconds;

/** An attempt from one second to another. */
function span(from: number, to: number | null, changes: Partial<Span> = {}): Span {
  const ended_at = to === null ? null : iso(to);
  return { started_at: iso(from), ended_at, revision: 1, ok: to === null ? null : true, ...changes };
}

function run(...units: Partial<UnitState>[]): Pick<RunState, "units"> {
  const made = units.map((unit, n) => ({ ...newUnit(`steps/${n}`), status: "completed" as const, ...unit }));
  return { units: new Map(made.map((unit) => [unit.key, unit])) };
}

const bars = (rows: Row[]) => rows.map((row) => row.bars.map(({ from, to, kind }) => `${kind} ${from}-${to}`));

describe("rows", () => {
  test("are there for what has begun, and for the headings over it", () => {
    const state = stateFromJson(goldenState("routing"));
    const rows = rowsOf(state, Date.parse(state.updated_at ?? ""));
    expect(rows.map((row) => [row.key, row.depth, row.heading])).toEqual([
      ["router", 0, false],
      ["review", 0, false],
      ["routes/other", 0, true],
      ["routes/other/steps/0", 1, false],
      ["routes/other/steps/1", 1, false],
      ["routes/other/steps/2", 1, false],
    ]);
    const [router, , other] = rows;
    expect(router?.bars.map(({ from, to, kind, former }) => [from, to, kind, former])).toEqual([
      [0, 2, "failed", true],
      [2, 5, "work", true],
      [13, 16, "work", false],
    ]);
    expect(other?.bars).toEqual([{ from: 26, to: 54, kind: "work", former: false }]);
  });

  test("tell work from waiting, what failed, and what was given up", () => {
    const rows = rowsOf(
      run(
        { spans: [span(0, 2, { ok: false }), span(2, 4)] },
        { kind: "hitl", spans: [span(4, 9)] },
        { spans: [span(9, 10, { ok: null })] },
      ),
      at(10),
    );
    expect(bars(rows)).toEqual([["failed 0-2", "work 2-4"], ["wait 4-9"], ["cut 9-10"]]);
  });

  test("of what goes on reach to now, of what died with its process nowhere", () => {
    const open = { spans: [span(1, null)] };
    const rows = rowsOf(
      run(
        { spans: [span(0, 1)] },
        { ...open, status: "running" },
        { ...open, status: "asking", kind: "hitl" },
        { ...open, status: "unknown" },
      ),
      at(8),
    );
    expect(bars(rows).slice(1)).toEqual([["work 1-8"], ["wait 1-8"], ["work 1-1"]]);
  });

  test("of a clock that is behind never end before they begin", () => {
    expect(bars(rowsOf(run({ status: "running", spans: [span(5, null)] }), at(3)))).toEqual([["work 0-0"]]);
  });

  test("hold tool calls, those at the same time in lanes of their own", () => {
    const tool = (from: number, duration: number | null) => ({
      ...{ tool_id: `t${from}`, name: "web", arguments: {}, result: null, ok: null },
      ...{ started_at: iso(from), duration },
    });
    const tools = [tool(1, 3), tool(2, 1), tool(3.5, 1), tool(5, null)];
    const [row] = rowsOf(run({ status: "running", spans: [span(0, null)], tools }), at(9));
    expect(row?.tools.map(({ from, to, lane }) => [from, to, lane])).toEqual([
      [1, 4, 0],
      [2, 3, 1],
      [3.5, 4.5, 1],
      [5, 9, 0],
    ]);
    expect(row?.lanes).toBe(2);
  });

  test("of a run that has not begun are none", () => {
    expect(rowsOf(run({ status: "waiting" }), at(3))).toEqual([]);
  });

  test("take as long as the attempts of the last revision", () => {
    const [row] = rowsOf(
      run({ revision: 2, spans: [span(0, 2), span(5, 6, { revision: 2, ok: false }), span(6, 9, { revision: 2 })] }),
      at(9),
    );
    expect(lengthOf(row?.bars ?? [])).toBe(4);
  });
});

describe("the axis", () => {
  const row = (...own: [number, number, Bar["kind"]?][]): Row => ({
    ...{ key: "", depth: 0, heading: false, tools: [], lanes: 0 },
    bars: own.map(([from, to, kind = "work"]) => ({ from, to, kind, former: false })),
  });

  test("is to scale where somebody works", () => {
    const { place, ticks, cuts } = axisOf([row([0, 4]), row([4, 10])], 10, true);
    expect([0, 5, 10].map(place)).toEqual([0, 0.5, 1]);
    expect(ticks.map((tick) => tick.label)).toEqual(["0 s", "2 s", "4 s", "6 s", "8 s", "10 s"]);
    expect(cuts).toEqual([]);
  });

  test("cuts short a long time in which nobody works, and says how long it was", () => {
    const { place, ticks, cuts } = axisOf([row([0, 5]), row([5, 305, "wait"]), row([305, 310])], 310, true);
    expect(cuts.map((cut) => cut.seconds)).toEqual([300]);
    expect(place(5)).toBeGreaterThan(0.3); // work keeps most of the room
    expect(place(305) - place(5)).toBeLessThan(0.3);
    expect(place(155)).toBeCloseTo((place(5) + place(305)) / 2);
    expect(ticks.map((tick) => tick.label)).toEqual(["0:00", "0:05", "5:05", "5:10"]);
  });

  test("does not cut waiting while others work", () => {
    expect(axisOf([row([0, 300]), row([5, 290, "wait"])], 300, true).cuts).toEqual([]);
  });

  test("does not jump while a person is waited for", () => {
    const places = [2, 3.9, 4.1, 60, 600].map((now) =>
      axisOf([row([0, 10]), row([10, 10 + now, "wait"])], 10 + now, true).place(10),
    );
    expect(places[2]).toBeCloseTo(places[1] ?? 0, 1);
    expect(places[4]).toBe(places[3]);
  });

  test("ends at a round time while the run goes on, and with the run when it has ended", () => {
    const going = [11, 12, 14].map((now) => axisOf([row([0, now])], now, false).place(10));
    expect(new Set(going).size).toBe(1);
    expect(axisOf([row([0, 1])], 1, false).place(1)).toBe(0.2); // room to grow
    expect(axisOf([row([0, 11])], 11, true).place(11)).toBe(1);
  });

  test("holds for moments as for days", () => {
    for (const length of [0, 0.05, 1, 59, 61, 3600, 86_400, 900_000]) {
      const { place, ticks } = axisOf([row([0, length])], length, true);
      expect(place(0)).toBe(0);
      expect(ticks.length).toBeLessThan(8);
      expect(ticks.every((tick) => tick.at >= 0 && tick.at <= 1.0001)).toBe(true);
    }
  });

  test("of a run that begins with a question has room for it", () => {
    const { place } = axisOf([row([0, 500, "wait"])], 500, false);
    expect(place(500)).toBe(0.2);
  });

  test("keeps what is written on it apart", () => {
    const rows = [row([0, 3]), row([3, 20, "wait"]), row([20, 23]), row([23, 60, "wait"]), row([60, 63])];
    const { ticks, cuts } = axisOf(rows, 63, true);
    const all = [...ticks.map((tick) => tick.at), ...cuts.map(({ from, to }) => (from + to) / 2)].sort((a, b) => a - b);
    for (const [n, here] of all.slice(1).entries()) expect(here - (all[n] ?? 0)).toBeGreaterThanOrEqual(0.09);
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

  async function show(name: string, seq = 999, now?: number): Promise<void> {
    if (now) vi.setSystemTime(now);
    page = await mount({ snapshot: { v: 1, n: 1, state: goldenStateAt(name, seq) } });
    card = must(page.cards[0]);
    button(card, "Timeline").click();
    await settle();
  }

  const lanes = () => [...card.querySelectorAll<HTMLButtonElement>("button.snb-lane-row")];

  test("has a button for every bar that says what and how long", async () => {
    await show("workflow");
    expect(
      lanes()
        .slice(0, 3)
        .map((lane) => lane.querySelector(".snb-hidden")?.textContent),
    ).toEqual([
      "after < 0.1 s, took 3.0 s, revision 2",
      "after 4.0 s, took 5.0 s, 2 attempts",
      "after 11.0 s, waited 4.0 s, revision 2",
    ]);
    const kinds = [...must(lanes()[1]).querySelectorAll(".snb-track > *")].map((bar) => bar.className);
    expect(kinds).toEqual(["snb-span snb-failed", "snb-span snb-work"]);
  });

  test("shows tool calls within the bar", async () => {
    await show("tools");
    const calls = [...card.querySelectorAll<HTMLElement>(".snb-tool-span")];
    expect(calls.map((call) => [call.style.left, call.style.width, call.className])).toEqual([
      ["25%", "12.5%", "snb-tool-span"],
      ["50%", "12.5%", "snb-tool-span snb-failed"],
    ]);
  });

  test("a bar opens its step below, and closes it again", async () => {
    await show("workflow");
    lanes()[1]?.click();
    await settle();
    expect(card.querySelector(".snb-picked .snb-reply")?.textContent).toContain("Dry.");
    expect(lanes()[1]?.getAttribute("aria-expanded")).toBe("true");
    lanes()[1]?.click();
    await settle();
    expect(card.querySelector(".snb-picked")).toBeNull();
  });

  test("what runs grows with the clock, once a second", async () => {
    const start = Date.parse("2026-01-01T00:00:02Z");
    await show("brief", seqOf("brief", "step_start", "steps/0"), start + 1000);
    const width = () => Number.parseFloat(must(card.querySelector<HTMLElement>(".snb-span")).style.width);
    const before = width();
    await settle(1000);
    expect(width()).toBeGreaterThan(before);
    const after = width();
    await settle(300);
    expect(width()).toBe(after);
  });

  test("of a run that has not begun says so", async () => {
    await show("brief", 0);
    expect(card.querySelector(".snb-empty")?.textContent).toBe("nothing has begun yet");
  });
});
