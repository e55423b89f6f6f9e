/** The lines of arrows as SVG paths, reckoned along the flow and across it. */

import type { Spot } from "./spots";

/** From a spot to the x and y of the picture. */
export type Turn = (spot: Spot) => [number, number];

interface Place {
  readonly corner: Spot;
  readonly size: Spot;
}

interface Line {
  readonly line: string;
  readonly tip: string;
}

const TIP = { length: 6, half: 3.5 };
const ROUND = 8;
/** Where on the side of a box what goes back leaves, and where it arrives. */
const [LEAVE, ARRIVE] = [0.62, 0.38];

/** From the far side of one box to the near side of another, by points on the way. */
export function onward(from: Place, to: Place, points: readonly Spot[], turn: Turn): Line {
  const start = { along: from.corner.along + from.size.along, across: from.corner.across + from.size.across / 2 };
  const end = { along: to.corner.along, across: to.corner.across + to.size.across / 2 };
  const stop = { ...end, along: end.along - TIP.length + 1 };
  const put = writer(turn);
  let [here, line] = [start, `M${put(start)}`];
  for (const next of [...points, stop]) {
    const half = (next.along - here.along) / 2;
    const [leave, arrive] = [
      { ...here, along: here.along + half },
      { ...next, along: next.along - half },
    ];
    line += Math.abs(next.across - here.across) < 1 ? `L${put(next)}` : `C${put(leave)} ${put(arrive)} ${put(next)}`;
    here = next;
  }
  const back = end.along - TIP.length;
  const sides = [-TIP.half, TIP.half].map((by) => put({ along: back, across: end.across + by }));
  return { line, tip: `M${sides[0]}L${put(end)}L${sides[1]}z` };
}

/** Back in a lane past the boxes, with round corners. */
export function loop(from: Place, to: Place, lane: number, turn: Turn): Line {
  const start = side(from, LEAVE);
  const end = side(to, ARRIVE);
  const put = writer(turn);
  const way = Math.sign(end.along - start.along) || -1;
  const round = Math.min(ROUND, Math.abs(end.along - start.along) / 2, lane - start.across, lane - end.across);
  const corner = (along: number, by: number) => put({ along: along + by, across: lane });
  const stop = { ...end, across: end.across + TIP.length - 1 };
  const line = [
    `M${put(start)}L${put({ ...start, across: lane - round })}Q${corner(start.along, 0)} ${corner(start.along, way * round)}`,
    `L${corner(end.along, -way * round)}Q${corner(end.along, 0)} ${put({ ...end, across: lane - round })}L${put(stop)}`,
  ].join("");
  const sides = [-TIP.half, TIP.half].map((by) => put({ along: end.along + by, across: end.across + TIP.length }));
  return { line, tip: `M${sides[0]}L${put(end)}L${sides[1]}z` };
}

function side({ corner, size }: Place, part: number): Spot {
  return { along: corner.along + part * size.along, across: corner.across + size.across };
}

function writer(turn: Turn): (spot: Spot) => string {
  return (spot) =>
    turn(spot)
      .map((number) => Math.round(10 * number) / 10)
      .join(" ");
}
