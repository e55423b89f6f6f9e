/** When what was done, as bars; work, waiting for a person, and what failed are told apart. */

import { type Axis, axisOf } from "../axis";
import { duration, soMany } from "../format";
import { hasEnded, revisionText, shownStatus } from "../shown";
import type { UnitState } from "../state";
import { type Bar, beginOf, lengthOf, type Row, rowsOf, type ToolBar } from "../timeline";
import { Picked } from "./picked";
import type { ViewProps } from "./props";
import { Label, UnitSign } from "./step";

export function Timeline({ store, view }: ViewProps) {
  const run = store.picture.run.value;
  const status = store.status.value;
  const counting = status === "running" || store.asking.value;
  const now = counting ? store.clock.now.value : Date.parse(run.updated_at ?? "");
  const rows = rowsOf(run, now);
  if (rows.length === 0) return <p class="snb-empty">nothing has begun yet</p>;
  const axis = axisOf(rows, (now - beginOf(run)) / 1000, hasEnded(status) || !counting);
  const picked = rows.filter(({ key, heading }) => key === view.picked.value && !heading).map(({ key }) => key);
  return (
    <>
      <div class="snb-timeline">
        <Scale axis={axis} />
        <ol class="snb-lanes">
          {rows.map((row) => (
            <Lane key={row.key} store={store} view={view} row={row} axis={axis} />
          ))}
        </ol>
      </div>
      <Picked store={store} view={view} keys={picked} />
    </>
  );
}

/** Times over the bars, lines through them, and what was cut short. */
function Scale({ axis: { ticks, cuts } }: { axis: Axis }) {
  return (
    <div class="snb-scale" aria-hidden="true">
      {cuts.map(({ from, to, seconds }) => (
        <span key={from} class="snb-cut" style={{ left: part(from), width: part(to - from) }}>
          <span>⋯ {duration(Math.round(seconds)).replace(".0", "")}</span>
        </span>
      ))}
      {ticks.map(({ at, label }) => (
        <span key={label} class="snb-tick" style={{ left: part(at) }}>
          <span>{label}</span>
        </span>
      ))}
    </div>
  );
}

function Lane({ store, view, row, axis }: ViewProps & { row: Row; axis: Axis }) {
  const unit = store.picture.row(row.key).unit.value;
  const status = shownStatus(unit, store.status.value);
  const took = tookText(row, status === "running");
  const facts = factsOf(row, unit, took);
  const parts = (
    <>
      <UnitSign status={status} />
      <Label unit={unit} />
      <Track row={row} axis={axis} />
    </>
  );
  return (
    <li class="snb-lane" style={{ "--snb-depth": row.depth, "--snb-tools": row.lanes }}>
      {row.heading ? (
        <div class="snb-lane-row snb-heading">{parts}</div>
      ) : (
        <button
          type="button"
          class="snb-lane-row"
          title={facts}
          aria-expanded={view.picked.value === row.key}
          onClick={() => view.pick(row.key)}
        >
          {parts}
          <span class="snb-hidden">{facts}</span>
          <span class="snb-took" aria-hidden="true">
            {[revisionText(unit), took].filter(Boolean).join(" · ")}
          </span>
        </button>
      )}
    </li>
  );
}

/** When it began, how long it took, and how often it was tried. */
function factsOf({ bars }: Row, unit: UnitState, took: string): string {
  const facts = [
    `after ${duration(bars[0]?.from ?? 0)}`,
    unit.kind === "hitl" ? `waited ${took}` : `took ${took}`,
    revisionText(unit),
    unit.attempts > 1 ? soMany(unit.attempts, "attempt") : "",
    soMany(unit.tools.length, "tool call"),
  ];
  return facts.filter(Boolean).join(", ");
}

function Track({ row, axis }: { row: Row; axis: Axis }) {
  return (
    <span class="snb-track" aria-hidden="true">
      {row.bars.map((bar, at) => (
        <span key={at} class={barClass(row, bar)} style={between(axis, bar)} />
      ))}
      {row.tools.map((tool, at) => (
        <span key={at} class={toolClass(tool)} style={{ ...between(axis, tool), "--snb-lane": tool.lane }} />
      ))}
    </span>
  );
}

/** Whole seconds while it runs: tenths would only flicker. */
function tookText({ bars }: Row, running: boolean): string {
  const seconds = lengthOf(bars);
  return running
    ? duration(Math.floor(seconds)).replace(/\.0|< 0\.1/, (cut) => (cut === ".0" ? "" : "0"))
    : duration(seconds);
}

function barClass({ heading }: Row, { kind, former }: Bar): string {
  return ["snb-span", heading ? "snb-reach" : `snb-${kind}`, former && "snb-former"].filter(Boolean).join(" ");
}

function toolClass({ ok }: ToolBar): string {
  return ok === false ? "snb-tool-span snb-failed" : "snb-tool-span";
}

function between({ place }: Axis, { from, to }: { from: number; to: number }) {
  const start = place(from);
  return { left: part(start), width: part(place(to) - start) };
}

function part(fraction: number): string {
  return `${(100 * fraction).toFixed(2)}%`;
}
