/** Places in a picture, reckoned along the flow and across it. */

export interface Spot {
  readonly along: number;
  readonly across: number;
}

export const NOWHERE: Spot = { along: 0, across: 0 };

/** Two corners of what has this middle and this size. */
export function around(middle: Spot, { along, across }: Spot): Spot[] {
  const half = { along: along / 2, across: across / 2 };
  return [minus(middle, half), plus(middle, half)];
}

export function plus(one: Spot, other: Spot): Spot {
  return { along: one.along + other.along, across: one.across + other.across };
}

export function minus(one: Spot, other: Spot): Spot {
  return { along: one.along - other.along, across: one.across - other.across };
}

/** The smallest or largest of all, along and across. */
export function extreme(spots: readonly Spot[], choose: (...numbers: number[]) => number): Spot {
  if (spots.length === 0) return NOWHERE;
  return { along: choose(...spots.map((spot) => spot.along)), across: choose(...spots.map((spot) => spot.across)) };
}
