/**
 * Where a time stands on the axis of a timeline, as a part of its length.
 *
 * Minutes of waiting for a person would leave no room for seconds of work. So a time in which nobody works is cut short
 * when it is long, and the axis says how long it was; all other times are to scale.
 */

import { countdown } from "./format";
import type { Row } from "./timeline";

export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** A time that was cut short. */
export interface Cut {
  readonly from: number;
  readonly to: number;
  readonly seconds: number;
}

export interface Axis {
  readonly place: (seconds: number) => number;
  readonly ticks: readonly Tick[];
  readonly cuts: readonly Cut[];
}

/** A stretch of time, how much of the axis it takes, and where that begins; all in seconds. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly length: number;
}

/** How much of the time worked a time without work may take. */
const IDLE = 0.4;
const LEAST_IDLE_S = 1;
/** How long the axis is at least while the run goes on. */
const LEAST_S = 5;
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];
const MAX_TICKS = 6;
/** Between what is written on the axis, in parts of its length. */
const APART = 0.09;

/** The axis for these rows; while the run goes on it ends at a round time, so that it need not change all the time. */
export function axisOf(rows: readonly Row[], now: number, ended: boolean): Axis {
  const bars = rows.filter((row) => !row.heading).flatMap((row) => row.bars);
  const last = Math.max(...bars.map((bar) => bar.to), ended ? 0 : now, 0.1);
  const stretches = stretchesOf(worked(bars.filter((bar) => bar.kind !== "wait")), last);
  const { start, length } = stretches.at(-1) as Stretch;
  const whole = ended ? start + length : roundUp(start + length);
  const cuts = stretches.filter(isCut).map((one) => ({
    from: one.start / whole,
    to: (one.start + one.length) / whole,
    seconds: one.to - one.from,
  }));
  return { place: (seconds) => placed(stretches, seconds) / whole, ticks: ticksOf(stretches, whole, cuts), cuts };
}

/** The times in which somebody worked, one after the other. */
function worked(bars: readonly { from: number; to: number }[]): [number, number][] {
  const times: [number, number][] = [];
  for (const { from, to } of [...bars].sort((one, other) => one.from - other.from)) {
    const latest = times.at(-1);
    if (latest && from <= latest[1]) latest[1] = Math.max(latest[1], to);
    else times.push([from, to]);
  }
  return times;
}

function stretchesOf(times: readonly [number, number][], last: number): Stretch[] {
  const most = Math.max(LEAST_IDLE_S, IDLE * times.reduce((sum, [from, to]) => sum + to - from, 0));
  const stretches: Stretch[] = [];
  let [now, start] = [0, 0];
  const add = (to: number, length: number) => {
    if (to <= now) return;
    stretches.push({ from: now, to, start, length });
    [now, start] = [to, start + length];
  };
  for (const [from, to] of times) {
    add(from, Math.min(from - now, most));
    add(to, to - now);
  }
  add(last, Math.min(last - now, most));
  return stretches;
}

function isCut({ from, to, length }: Stretch): boolean {
  return to - from - length > 1e-6;
}

function placed(stretches: readonly Stretch[], seconds: number): number {
  const here = stretches.find(({ to }) => seconds <= to) ?? (stretches.at(-1) as Stretch);
  return here.start + ((seconds - here.from) / (here.to - here.from)) * here.length;
}

/** The next round time, at first with some room to grow. */
function roundUp(seconds: number): number {
  const round = STEPS.flatMap((step) => [step, 1.5 * step]).find((time) => time >= Math.max(seconds, LEAST_S));
  return round ?? seconds;
}

function ticksOf(stretches: readonly Stretch[], whole: number, cuts: readonly Cut[]): Tick[] {
  const step = STEPS.find((one) => whole / one <= MAX_TICKS) ?? whole;
  const taken = cuts.flatMap(({ from, to }) => [(from + to) / 2]);
  const ticks: { at: number; seconds: number }[] = [];
  for (const stretch of stretches.filter((one) => !isCut(one))) {
    const open = stretch === stretches.at(-1) ? whole - stretch.start : stretch.length;
    for (let n = Math.ceil(stretch.from / step - 1e-9); n * step <= stretch.from + open + 1e-9; n++) {
      const at = (stretch.start + n * step - stretch.from) / whole;
      if (taken.some((other) => Math.abs(other - at) < APART)) continue;
      taken.push(at);
      ticks.push({ at, seconds: n * step });
    }
  }
  const long = (ticks.at(-1)?.seconds ?? 0) >= 60;
  return ticks.map(({ at, seconds }) => ({ at, label: long ? countdown(seconds) : `${Number(seconds.toFixed(1))} s` }));
}
