/** A row: sign, name, one line of text, what it took; and under it what can be opened. */

import { useComputed } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { duration, firstLine, lastLine, tokens } from "../format";
import { decisionText, nameOf, revisionText, type ShownStatus, shownStatus } from "../shown";
import { did, UNIT_SIGNS } from "../signs";
import type { UnitState } from "../state";
import type { Store } from "../store";
import { Detail } from "./detail";
import { Live } from "./live";
import type { Props, ViewProps } from "./props";
import { Rerun } from "./rerun";

/** With more than this many at work, rows stay one line high until somebody opens one. */
const MAX_OPEN = 3;

interface StepProps extends ViewProps {
  unitKey: string;
  depth?: number;
  /** Instead of its own, where it stands alone. */
  name?: string;
}

export function Step({ store, view, unitKey, depth = 0, name }: StepProps) {
  const { unit: source, text } = store.picture.row(unitKey);
  const unit = source.value;
  const status = shownStatus(unit, store.status.value);
  const opens = useOpening(store, unit, status);
  const chosen = useComputed(() => view.opened.value.get(unitKey));
  const open = canOpen(unit, status) && (chosen.value ?? opens);
  const streaming = useComputed(() => lastLine(text.value));
  const { line, bad } = unit.kind === "scope" ? headingLine(store, unit, status) : lineOf(unit, status);
  return (
    <li class={unit.kind === "scope" ? "snb-step snb-heading" : "snb-step"} style={{ "--snb-depth": depth }}>
      <Frame expanded={canOpen(unit, status) ? open : undefined} onToggle={() => view.open(unitKey, !open)}>
        <UnitSign status={status} />
        <Label unit={unit} called={name} />
        <span class={bad ? "snb-text snb-bad" : "snb-text"}>
          {line ?? (open ? unit.detail : <Streaming line={streaming} detail={unit.detail} />)}
        </span>
        <span class="snb-took">
          {status === "running" ? <Elapsed store={store} unit={unit} /> : took(unit, status)}
        </span>
      </Frame>
      {open && (status === "running" ? <Live text={text} /> : <Detail unit={unit} text={text.value} />)}
      {open && <Rerun store={store} unit={unit} />}
    </li>
  );
}

/** A real button where there is something to open. */
function Frame(props: { expanded: boolean | undefined; onToggle: () => void; children: ComponentChildren }) {
  if (props.expanded === undefined) return <div class="snb-row">{props.children}</div>;
  return (
    <button type="button" class="snb-row" aria-expanded={props.expanded} onClick={props.onToggle}>
      {props.children}
    </button>
  );
}

export function UnitSign({ status }: { status: ShownStatus }) {
  const { sign, word, tone } = UNIT_SIGNS[status];
  return (
    <span class={`snb-sign snb-${tone}`} role="img" aria-label={word}>
      {sign}
    </span>
  );
}

export function Label({ unit, called }: { unit: UnitState; called?: string | undefined }) {
  const { name, which } = nameOf(unit);
  return (
    <span class="snb-label" title={unit.key}>
      {called ?? name}
      {which && !called && <span class="snb-dim"> {which}</span>}
    </span>
  );
}

/** Its own component, since it changes thirty times a second. */
function Streaming({ line, detail }: { line: { value: string }; detail: string }) {
  return (
    <span class="snb-flow">
      <span>{line.value || detail}</span>
    </span>
  );
}

/** Whole seconds while it runs: tenths would only flicker. */
function Elapsed({ store, unit }: Props & { unit: UnitState }) {
  const seconds = Math.floor((store.clock.now.value - Date.parse(unit.started_at ?? "")) / 1000);
  const shown = seconds >= 1 ? duration(seconds).replace(".0", "") : "";
  return <>{listed(revisionText(unit), shown, tokens(unit.tokens))}</>;
}

/** Decided once, when the unit starts: a row that opened because others ended would make the card jump. */
function useOpening(store: Store, unit: UnitState, status: ShownStatus): boolean {
  const decided = useRef({ start: "", opens: false });
  const running = status === "running" && unit.kind === "agent";
  if (running && unit.started_at !== null && unit.started_at !== decided.current.start) {
    const units = [...store.picture.run.peek().units.values()];
    const busy = units.filter((other) => other.status === "running" && other.kind === "agent").length;
    decided.current = { start: unit.started_at, opens: busy <= MAX_OPEN };
  }
  return running && decided.current.opens;
}

function canOpen(unit: UnitState, status: ShownStatus): boolean {
  if (unit.kind === "scope" || status === "waiting" || status === "asking" || status === "unreached") return false;
  if (status === "running") return unit.kind === "agent";
  return Boolean(unit.prompt || unit.response || unit.text || unit.error || unit.tools.length);
}

function took(unit: UnitState, status: ShownStatus): string {
  if (status === "waiting" || status === "unreached") return "";
  if (status === "asking") return revisionText(unit);
  return listed(revisionText(unit), duration(unit.duration), tokens(unit.tokens));
}

function listed(...parts: string[]): string {
  return parts.filter(Boolean).join(" · ");
}

interface Line {
  /** Nothing: what streams, or else what it is for. */
  line?: string;
  bad?: boolean;
}

function lineOf(unit: UnitState, status: ShownStatus): Line {
  switch (status) {
    case "waiting":
      return { line: unit.detail || (unit.kind === "hitl" ? "asks you" : "") };
    case "unreached":
      return { line: UNIT_SIGNS.unreached.word };
    case "asking":
      return { line: firstLine(unit.prompt ?? unit.detail) };
    case "running":
      return runningLine(unit);
    case "completed":
      return { line: unit.answer ? answered(unit.answer) : decisionText(unit) || firstLine(unit.response ?? "") };
    case "failed":
      return { line: firstLine(unit.error ?? ""), bad: true };
    case "interrupted":
      return {};
    case "unknown":
      return { line: UNIT_SIGNS.unknown.word };
  }
}

/** A heading says only what its rows do not say. */
function headingLine(store: Store, unit: UnitState, status: ShownStatus): Line {
  switch (status) {
    case "unreached":
      return { line: UNIT_SIGNS.unreached.word };
    case "waiting":
      return { line: unit.detail };
    case "failed":
      return { line: saysBelow(store, unit) ? "" : firstLine(unit.error ?? ""), bad: true };
    default:
      return { line: "" };
  }
}

/** Whether a row under the heading has failed with the same error. */
function saysBelow(store: Store, { key, error }: UnitState): boolean {
  const units = [...store.picture.run.value.units.values()];
  return units.some((unit) => unit.error === error && unit.key.startsWith(`${key}/`));
}

function runningLine(unit: UnitState): Line {
  const tool = unit.tools.find(({ ok }) => ok === null);
  if (tool) return { line: `uses ${tool.name}` };
  return unit.error ? { line: `trying again after: ${firstLine(unit.error)}` } : {};
}

function answered({ action, text, by }: NonNullable<UnitState["answer"]>): string {
  return [did(action, by), firstLine(text)].filter(Boolean).join(": ");
}
