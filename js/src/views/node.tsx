/** A box of the graph, and the frame around some: told by sign and colour what goes on in it. */

import { type ReadonlySignal, useComputed } from "@preact/signals";
import { duration, firstLine, tokens } from "../format";
import { type Box, type Group, isFormer } from "../graph";
import { decisionText, nameOf, revisionText, type ShownStatus, shownStatus } from "../shown";
import { did, UNIT_SIGNS } from "../signs";
import type { UnitState } from "../state";
import type { Store } from "../store";
import type { Props, ViewProps } from "./props";

interface BoxProps extends Props {
  box: Box;
  style: { left: string; top: string; width: string; height: string };
  groups: ReadonlySignal<ReadonlyMap<string, Group>>;
}

export function Node({ store, view, box, style, groups }: BoxProps & ViewProps) {
  const shown = useShown(store, box, groups);
  const { key, unit, status, former } = shown;
  const picked = useComputed(() => groups.value.get(box.id)?.keys.includes(view.picked.value) ?? false);
  const { sign, word, tone } = UNIT_SIGNS[status];
  const name = box.many ? `${nameOf(unit).name.replace(/ \d+$/, "")}s` : nameOf(unit).name;
  const note = useNote(store, box, shown, groups);
  return (
    <button
      type="button"
      class={["snb-node", `snb-is-${status}`, former && "snb-former", box.many && "snb-many"].filter(Boolean).join(" ")}
      style={style}
      title={[name, unit.detail].filter(Boolean).join(": ")}
      aria-expanded={picked.value}
      onClick={() => view.pick(key)}
    >
      <span class="snb-node-name">
        <span class={former ? "snb-dim" : `snb-${tone}`} role="img" aria-label={word}>
          {sign}
        </span>{" "}
        {name}
      </span>
      <span class={status === "failed" ? "snb-node-note snb-bad" : "snb-node-note"}>{note}</span>
    </button>
  );
}

export function Frame({ store, box, style, groups }: BoxProps) {
  const { unit, status } = useShown(store, box, groups);
  const { sign, word, tone } = UNIT_SIGNS[status];
  return (
    <>
      <div class="snb-frame" style={style} />
      <p class="snb-frame-name" style={{ ...style, height: "auto" }} title={unit.key}>
        <span class={`snb-${tone}`} role="img" aria-label={word}>
          {sign}
        </span>{" "}
        <b>{nameOf(unit).name}</b> <span class="snb-dim">{unit.detail}</span>
      </p>
    </>
  );
}

interface Shown {
  key: string;
  unit: UnitState;
  status: ShownStatus;
  /** Whether it was done in an iteration that is over. */
  former: boolean;
}

/** What a box shows: of its units the latest, or of many the one that matters most. */
function useShown(store: Store, box: Box, groups: BoxProps["groups"]): Shown {
  const key = useComputed(() => {
    const keys = groups.value.get(box.id)?.keys ?? [];
    return (box.many && mostUrgent(store, keys)) || (keys.at(-1) ?? box.id);
  });
  const former = useComputed(() => isFormer(key.value, box.parent, groups.value));
  const unit = store.picture.row(key.value).unit.value;
  return { key: key.value, unit, status: shownStatus(unit, store.status.value), former: former.value };
}

const URGENT = ["asking", "failed", "unknown", "running", "interrupted", "waiting"];

function mostUrgent({ picture }: Store, keys: readonly string[]): string | undefined {
  const units = picture.run.value.units;
  return URGENT.map((status) => keys.find((key) => units.get(key)?.status === status)).find(Boolean);
}

/** The second line. */
function useNote(store: Store, box: Box, { key, unit, status, former }: Shown, groups: BoxProps["groups"]): string {
  const { text } = store.picture.row(key);
  const streams = useComputed(() => text.value !== "");
  if (box.many) return countOf(store, groups.value.get(box.id)?.keys ?? []);
  if (former) return `in ${nameOf(store.picture.row(frameOf(key, box)).unit.value).name}`;
  switch (status) {
    case "waiting":
      return unit.kind === "hitl" ? "asks you" : otherName(unit);
    case "running":
      return unit.tools.some(({ ok }) => ok === null)
        ? `uses ${unit.tools.at(-1)?.name}`
        : streams.value
          ? "streaming …"
          : "at work …";
    case "completed":
      return doneNote(unit);
    case "failed":
      return firstLine(unit.error ?? "") || "failed";
    default:
      return UNIT_SIGNS[status].word;
  }
}

/** What fits: what it decided, or how long it took and what tells it from others. */
function doneNote(unit: UnitState): string {
  if (unit.answer) return did(unit.answer.action, unit.answer.by);
  const which = nameOf(unit).which || revisionText(unit);
  return decisionText(unit) || listed(which, duration(unit.duration), which ? "" : tokens(unit.tokens));
}

/** The key of the frame around a unit. */
function frameOf(key: string, { parent }: Box): string {
  return key.split("/").slice(0, parent.split("/").length).join("/");
}

function countOf({ picture }: Store, keys: readonly string[]): string {
  const units = picture.run.value.units;
  const done = keys.filter((key) => units.get(key)?.status === "completed").length;
  return `${done} of ${keys.length} done`;
}

function otherName(unit: UnitState): string {
  return unit.agent && unit.agent !== nameOf(unit).name ? unit.agent : "";
}

function listed(...parts: string[]): string {
  return parts.filter(Boolean).join(" · ");
}
