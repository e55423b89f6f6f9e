import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fold } from "../src/fold";
import type { Patch } from "../src/protocol";
import { EMPTY, stateToJson } from "../src/state";
import { GONE_MS, RUN } from "../src/steering";
import { Store } from "../src/store";
import { events } from "./card";
import { FakeModel } from "./fake-model";
import { goldenEvents, goldenState } from "./golden";

let model: FakeModel;
let store: Store;
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  model = new FakeModel();
  store = new Store(model.model);
  stop = store.connect();
});

afterEach(() => {
  stop();
  vi.useRealTimers();
});

function patch(n: number, changes: Partial<Patch> = {}): Patch {
  return { v: 1, type: "patch", n, events: [], text: [], ...changes };
}

function texts(): string[] {
  return store.picture.keys.value.map((key) => store.picture.row(key).text.value);
}

const snapshotOf = (count: number) => stateToJson(fold(EMPTY, goldenEvents("brief").slice(0, count)));

test("patches in order make the picture", () => {
  model.message(patch(1, { events: events(1) }));
  model.message(patch(2, { text: [["steps/0", "Tides "]] }));
  model.message(patch(3, { text: [["steps/0", "repeat."]] }));
  expect(texts()).toEqual(["Tides repeat.", "", ""]);
  model.message(patch(4, { events: events(3).slice(2) }));
  expect(texts()).toEqual(["", "", ""]);
  expect(store.picture.row("steps/0").unit.value.response).toBe("1. Tides repeat.\n2. They are cheap.");
});

test("a gap asks for a snapshot once, and the snapshot heals it", () => {
  model.message(patch(1, { events: events(1) }));
  model.message(patch(3, { text: [["steps/0", "lost?"]] }));
  model.message(patch(4, { text: [["steps/0", "lost!"]] }));
  expect(model.sent).toEqual([{ v: 1, type: "resync", have: 1 }]);
  model.message({ v: 1, type: "snap", n: 4, state: snapshotOf(4) });
  expect(texts()).toEqual(["1. Tides repeat.\n2. They are cheap.", "", ""]);
  model.message(patch(5, { text: [["steps/0", " And tall."]] }));
  expect(texts()[0]).toBe("1. Tides repeat.\n2. They are cheap. And tall.");
  expect(model.sent).toHaveLength(1);
});

test("a gap is healed by the patches that were missed, whichever of them come twice", () => {
  model.message(patch(1, { events: events(1), text: [["steps/0", "a"]] }));
  model.message(patch(4, { text: [["steps/0", "d"]] }));
  const missed = [patch(2, { text: [["steps/0", "b"]] }), patch(3, { text: [["steps/0", "c"]] })];
  model.message({ v: 1, type: "again", patches: [...missed, patch(4, { text: [["steps/0", "d"]] })] });
  model.message(patch(4, { text: [["steps/0", "d"]] }));
  expect(texts()[0]).toBe("abcd");
});

test("a stream that falls silent is asked after once, and not while there is no text to expect", () => {
  model.message(patch(1, { events: events(1) }));
  vi.advanceTimersByTime(1000);
  expect(model.sent).toEqual([]);
  model.message(patch(2, { text: [["steps/0", "Tides"]] }));
  vi.advanceTimersByTime(99);
  model.message(patch(3, { text: [["steps/0", " repeat"]] }));
  vi.advanceTimersByTime(99);
  expect(model.sent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(model.sent).toEqual([{ v: 1, type: "resync", have: 3 }]);
  model.message({ v: 1, type: "again", patches: [] });
  vi.advanceTimersByTime(10_000);
  expect(model.sent).toHaveLength(1);
});

test("a page that hears late does not ask after silence again for a while", () => {
  const silent = (n: number) => {
    model.message(patch(n, { ...(n === 1 ? { events: events(1) } : {}), text: [["steps/0", "."]] }));
    vi.advanceTimersByTime(100);
  };
  silent(1);
  vi.advanceTimersByTime(500); // the page has so much to do
  model.message({ v: 1, type: "again", patches: [] });
  silent(2);
  expect(model.sent).toHaveLength(1);
  vi.advanceTimersByTime(10_000);
  silent(3);
  expect(model.sent).toHaveLength(2);
});

test("a lost snapshot is asked for again, but not before a second has passed", () => {
  model.message(patch(2));
  vi.advanceTimersByTime(900);
  model.message(patch(3));
  expect(model.sent).toHaveLength(1);
  vi.advanceTimersByTime(200);
  model.message(patch(4));
  expect(model.sent).toEqual([
    { v: 1, type: "resync", have: -1 },
    { v: 1, type: "resync", have: -1 },
  ]);
});

test("the snapshot trait heals a gap too, and an older one changes nothing", () => {
  model.message(patch(1, { events: events(1) }));
  model.message(patch(3));
  model.sync({ snapshot: { v: 1, n: 3, state: goldenState("brief") } });
  expect(store.status.value).toBe("completed");
  model.sync({ snapshot: { v: 1, n: 2, state: snapshotOf(2) } });
  expect(store.status.value).toBe("completed");
});

test("a patch that a snapshot has brought already is not applied twice", () => {
  model.sync({ snapshot: { v: 1, n: 7, state: snapshotOf(6) } });
  model.message(patch(7, { events: events(3), text: [["steps/0", "again"]] }));
  model.message(patch(8, { events: events(3) })); // events it knows by number, in a patch it does not
  expect(stateToJson(store.picture.state)).toEqual(snapshotOf(6));
});

test("a snapshot of another session is taken whatever its number", () => {
  model.sync({ snapshot: { v: 1, n: 90, state: goldenState("brief") } });
  model.sync({ snapshot: { v: 1, n: 0, state: goldenState("tools") } });
  expect(store.picture.run.value.session_id).toBe("golden-tools");
});

test("a token changes its own row's text and nothing else", () => {
  model.message(patch(1, { events: events(1) }));
  const seen: string[] = [];
  const [first, second] = [store.picture.row("steps/0"), store.picture.row("steps/2")];
  store.picture.run.subscribe(() => void seen.push("run"));
  store.picture.keys.subscribe(() => void seen.push("keys"));
  first.unit.subscribe(() => void seen.push("unit"));
  second.text.subscribe(() => void seen.push("other text"));
  seen.length = 0;
  first.text.subscribe((text) => void seen.push(text));
  model.message(patch(2, { text: [["steps/0~2", "word"]] }));
  expect(seen).toEqual(["", "word"]);
});

test("text that comes with its unit's completion is too late to be shown", () => {
  model.message(patch(1, { events: events(3), text: [["steps/0", "the last words"]] }));
  expect(texts()).toEqual(["", "", ""]);
});

test("hello is said four times to a kernel that does not listen", () => {
  store.hello("view");
  vi.advanceTimersByTime(5000);
  expect(model.sent).toEqual(Array.from({ length: 4 }, () => ({ v: 1, type: "hello", view: "view" })));
});

test("hello is not repeated once anything was heard", () => {
  store.hello("view");
  vi.advanceTimersByTime(310);
  model.message({ v: 1, type: "welcome" });
  vi.advanceTimersByTime(5000);
  expect(model.sent).toHaveLength(2);
});

test("messages of other versions or other tools are ignored", () => {
  for (const content of [null, "patch", { v: 2, type: "patch", n: 1 }, { v: 1, type: "later" }, { type: "snap" }]) {
    model.trigger("msg:custom", content);
  }
  expect(store.picture.state).toBe(EMPTY);
  expect(model.sent).toEqual([]);
});

test("a closed comm means that nothing runs and nobody listens, until somebody does", () => {
  model.sync({ status: "running" });
  model.trigger("comm_live_update");
  expect([store.status.value, store.live.value]).toEqual(["interrupted", false]);
  model.message({ v: 1, type: "welcome" });
  expect([store.status.value, store.live.value]).toEqual(["running", true]);
});

test("when the kernel calls, every view that is up says hello again", () => {
  const hush = store.hello("gone");
  store.hello("there");
  model.message({ v: 1, type: "welcome" });
  hush();
  const before = model.sent.length;
  model.message({ v: 1, type: "call" });
  expect(model.sent.slice(before)).toEqual([{ v: 1, type: "hello", view: "there" }]);
});

test("a kernel that is done with a click and says nothing about it does not know the run any more", async () => {
  model.sync({ status: "running" });
  void store.steering.command("pause");
  vi.advanceTimersByTime(60_000);
  expect(store.lost.value, "it may be busy for long").toBe(false);
  model.idle();
  await vi.advanceTimersByTimeAsync(GONE_MS);
  expect(store.lost.value).toBe(true);
  expect(store.steering.deliveries.value.get(RUN)).toMatchObject({ state: "refused" });
});

test("a kernel that is done with a click before it acknowledges it is a usual one", async () => {
  void store.steering.command("pause");
  model.idle();
  model.message({ v: 1, type: "ack", id: model.sent.at(-1)?.id ?? "", ok: true });
  await vi.advanceTimersByTimeAsync(GONE_MS);
  expect(store.lost.value).toBe(false);
});

test("a kernel whose clock is an hour ahead is believed", () => {
  const start = events(0).map((event) => ({ ...event, timestamp: new Date(Date.now() + 3_600_000).toISOString() }));
  model.message(patch(1, { events: start }));
  vi.advanceTimersByTime(1000);
  expect(store.clock.now.value - Date.now()).toBeCloseTo(3_600_000, -2);
});

test("a store that is stopped listens no more", () => {
  stop();
  expect(model.listening).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
