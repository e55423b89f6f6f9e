/**
 * What is drawn of a run: boxes, the frames around them, and arrows.
 *
 * A loop stays a loop, however often it is walked: the iterations, rounds and visits of one kind share a box. Workers
 * are at work at the same time, so each has a box of its own.
 */

import { nameOf } from "./shown";
import type { RunState } from "./state";

/** More workers than this share a box. */
const MAX_WORKERS = 8;
/** Roles of units whose number is found out in the run. */
const REPEATED: ReadonlySet<string> = new Set(["iteration", "round", "worker", "node"]);

type Drawn = Pick<RunState, "units" | "edges">;

/** A box, or a frame around some. */
export interface Box {
  readonly id: string;
  readonly label: string;
  /** The id of the frame it stands in; empty for none. */
  readonly parent: string;
  readonly frame: boolean;
  readonly gate: boolean;
  /** Whether it stands for several that are at work at the same time. */
  readonly many: boolean;
}

export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** Which of the workflow's arrows it is part of: workers that have boxes of their own share theirs. */
  readonly part: number;
}

/** Plain data: what is equal is drawn alike. */
export interface Shape {
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

/** The units that a box stands for, by their keys, the latest last. `form` is a key with `*` for what is repeated. */
export interface Group {
  readonly form: string;
  readonly keys: string[];
}

export function shapeOf(run: Drawn): Shape {
  const groups = groupsOf(run);
  const scopes = new Set(
    [...groups.keys()].filter((id) => run.units.get(groups.get(id)?.keys[0] ?? "")?.kind === "scope"),
  );
  const parentOf = (form: string) =>
    prefixes(form)
      .slice(0, -1)
      .reverse()
      .find((above) => scopes.has(above)) ?? "";
  const parents = new Map([...groups].map(([id, { form }]) => [id, parentOf(form)]));
  const frames = new Set(parents.values());
  const boxes = [...groups].map(([id, group]) => boxOf(id, group, run.units, parents.get(id) ?? "", frames.has(id)));
  return { boxes, arrows: arrowsOf(run, groups, boxes) };
}

function boxOf(id: string, { form, keys }: Group, units: Drawn["units"], parent: string, frame: boolean): Box {
  const unit = units.get(keys[0] ?? "");
  const many = unit?.role === "worker" && id === form;
  return { id, label: unit ? nameOf(unit).name : id, parent, frame, gate: unit?.kind === "hitl", many };
}

/** By the id of their box. */
export function groupsOf({ units, edges }: Drawn): Map<string, Group> {
  const forms = formsOf(units, edges);
  const crowds = crowdsOf(units, forms);
  const groups = new Map<string, Group>();
  for (const unit of units.values()) {
    const form = forms.get(unit.key) ?? unit.key;
    const number = lastPart(unit.key);
    const crowd = crowds.get(form);
    if (crowd && number === "*") continue; // the others have come
    const id = crowd && crowd <= MAX_WORKERS ? form.replace(/[*]$/, number) : form;
    const group = groups.get(id) ?? { form, keys: [] };
    group.keys.push(unit.key);
    groups.set(id, group);
  }
  return groups;
}

/** Whether the frame around a unit has gone on without it: what it did was done in an earlier iteration. */
export function isFormer(key: string, parent: string, groups: ReadonlyMap<string, Group>): boolean {
  const latest = groups.get(parent)?.keys.at(-1);
  return latest !== undefined && !key.startsWith(`${latest}/`);
}

/** The keys with a `*` for every number of which there are several: arrows tell which these are, and roles do. */
function formsOf(units: Drawn["units"], edges: Drawn["edges"]): Map<string, string> {
  const known = new Set(edges.flatMap(([from = "", to = ""]) => [...prefixes(from), ...prefixes(to)]));
  const formOf = (key: string) => {
    let form = "";
    for (const above of prefixes(key)) {
      const part = lastPart(above);
      const repeated = known.has(join(form, "*")) || REPEATED.has(units.get(above)?.role ?? "");
      form = join(form, repeated && /^[0-9]+$/.test(part) && !known.has(join(form, part)) ? "*" : part);
    }
    return form;
  };
  return new Map([...units.keys()].map((key) => [key, formOf(key)]));
}

/** How many workers there are at most at the same time, by their form. */
function crowdsOf(units: Drawn["units"], forms: ReadonlyMap<string, string>): Map<string, number> {
  const crowds = new Map<string, Set<string>>();
  for (const { key, role } of units.values()) {
    const [form = key, number] = [forms.get(key), lastPart(key)];
    if (role === "worker" && number !== "*") crowds.set(form, (crowds.get(form) ?? new Set()).add(number));
  }
  return new Map([...crowds].map(([form, numbers]) => [form, numbers.size]));
}

function arrowsOf({ edges }: Drawn, groups: ReadonlyMap<string, Group>, boxes: readonly Box[]): Arrow[] {
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const ends = (form: string) => [...groups].flatMap(([id, group]) => (group.form === form ? [inside(id, boxes)] : []));
  return edges.flatMap(([source = "", target = "", said = ""], part) =>
    ends(source).flatMap((from) =>
      ends(target).map((to) => ({ from, to, label: isNamed(said, to, byId) ? "" : oneLine(said), part })),
    ),
  );
}

/** The box that an arrow to a frame goes to. */
function inside(id: string, boxes: readonly Box[]): string {
  const first = boxes.find((box) => box.parent === id);
  return first ? inside(first.id, boxes) : id;
}

/** An arrow to a route is labelled with its name, which stands at the route anyhow. */
function isNamed(label: string, id: string, byId: ReadonlyMap<string, Box>): boolean {
  const box = byId.get(id);
  return box !== undefined && (box.label === label || isNamed(label, box.parent, byId));
}

/** A condition without the paths of its names: `response contains 'yes'`. */
export function shortLabel(label: string): string {
  const path = /('[^']*'|"[^"]*")|\b[a-z_][\w[\]]*\.(?:[\w[\]]+\.)*(?=[a-z_])/gi;
  return label.replace(path, (_, quoted = "") => quoted);
}

/** In words, for those who hear it: every box and where it leads. */
export function describe({ boxes, arrows }: Shape): string {
  const labels = new Map(boxes.map((box) => [box.id, box.label]));
  const steps = boxes.filter((box) => !box.frame);
  const gates = steps.filter((box) => box.gate).length;
  const sentences = steps.map(({ id, label }) => {
    const ways = arrows.filter((arrow) => arrow.from === id);
    const targets = ways.map(({ to, label: when }) => `to ${labels.get(to)}${when && ` (${when})`}`);
    return targets.length > 0 ? `${label}: ${targets.join("; ")}.` : `${label}.`;
  });
  const count = `${steps.length} ${steps.length === 1 ? "step" : "steps"}`;
  return [`${count}${gates > 0 ? `, ${gates} of them asking a person` : ""}.`, ...sentences].join(" ");
}

/** `a`, `a/b`, `a/b/c`. */
function prefixes(key: string): string[] {
  const parts = key.split("/");
  return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
}

function join(above: string, part: string): string {
  return above ? `${above}/${part}` : part;
}

function lastPart(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}
