/** A row: sign, name, one line of text, what it took; and under it what can be opened. */

import { useComputed } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { duration, firstLine, lastLine, tokens } from "../format";
import { did, UNIT_SIGNS, unitStatus } from "../signs";
import type { UnitState, UnitStatus } from "../state";
import type { Store } from "../store";
import { Detail } from "./detail";
import { Live } from "./live";
import type { Props } from "./props";

/** With more than this many at work, rows stay one line high until somebody opens one. */
const MAX_OPEN = 3;

interface StepProps extends Props {
  unitKey: string;
  depth: number;
}

export function Step({ store, unitKey, depth }: StepProps) {
  const { unit: source, text } = store.picture.row(unitKey);
  const unit = source.value;
  const status = unitStatus(unit, store.status.value);
  const opens = useOpening(store, unit, status);
  const [chosen, choose] = useState<boolean>();
  const open = canOpen(unit, status) && (chosen ?? opens);
  const streaming = useComputed(() => lastLine(text.value));
  const { line, bad } = lineOf(unit, status);
  return (
    <li class="snb-step">
      <Frame expanded={canOpen(unit, status) ? open : undefined} onToggle={() => choose(!open)}>
        <UnitSign status={status} />
        <span class="snb-label" style={{ paddingLeft: `${14 * depth}px` }} title={unit.key}>
          {nameOf(unit)}
        </span>
        <span class={bad ? "snb-text snb-bad" : "snb-text"}>
          {line ?? (open ? unit.detail : <Streaming line={streaming} detail={unit.detail} />)}
        </span>
        <span class="snb-took">{status === "running" ? <Elapsed store={store} unit={unit} /> : took(unit)}</span>
      </Frame>
      {open && (status === "running" ? <Live text={text} /> : <Detail unit={unit} text={text.value} />)}
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

function UnitSign({ status }: { status: UnitStatus }) {
  const { sign, word, tone } = UNIT_SIGNS[status];
  return (
    <span class={`snb-sign snb-${tone}`} role="img" aria-label={word}>
      {sign}
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
  return <>{[shown, tokens(unit.tokens)].filter(Boolean).join(" · ")}</>;
}

/** Decided once, when the unit starts: a row that opened because others ended would make the card jump. */
function useOpening(store: Store, unit: UnitState, status: UnitStatus): boolean {
  const decided = useRef({ start: "", opens: false });
  const running = status === "running" && unit.kind === "agent";
  if (running && unit.started_at !== null && unit.started_at !== decided.current.start) {
    const units = [...store.picture.run.peek().units.values()];
    const busy = units.filter((other) => other.status === "running" && other.kind === "agent").length;
    decided.current = { start: unit.started_at, opens: busy <= MAX_OPEN };
  }
  return running && decided.current.opens;
}

function canOpen(unit: UnitState, status: UnitStatus): boolean {
  if (status === "waiting" || status === "asking") return false;
  if (status === "running") return unit.kind === "agent";
  return Boolean(unit.prompt || unit.response || unit.text || unit.error || unit.tools.length);
}

function nameOf(unit: UnitState): string {
  const label = unit.label === unit.key ? "" : unit.label; // a key is no name; who works there is a better one
  return label || unit.id || unit.agent || unit.key;
}

function took(unit: UnitState): string {
  return unit.status === "waiting" ? "" : [duration(unit.duration), tokens(unit.tokens)].filter(Boolean).join(" · ");
}

interface Line {
  /** Nothing: what streams, or else what it is for. */
  line?: string;
  bad?: boolean;
}

function lineOf(unit: UnitState, status: UnitStatus): Line {
  switch (status) {
    case "waiting":
      return { line: unit.detail || (unit.kind === "hitl" ? "asks you" : "") };
    case "asking":
      return { line: firstLine(unit.prompt ?? unit.detail) };
    case "running":
      return runningLine(unit);
    case "completed":
      return { line: unit.answer ? answered(unit.answer) : firstLine(unit.response ?? "") };
    case "failed":
      return { line: firstLine(unit.error ?? ""), bad: true };
    case "interrupted":
      return {};
  }
}

function runningLine(unit: UnitState): Line {
  const tool = unit.tools.find(({ ok }) => ok === null);
  if (tool) return { line: `uses ${tool.name}` };
  return unit.error ? { line: `trying again after: ${firstLine(unit.error)}` } : {};
}

function answered({ action, text, by }: NonNullable<UnitState["answer"]>): string {
  return [did(action, by), firstLine(text)].filter(Boolean).join(": ");
}
