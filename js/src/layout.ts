/**
 * Where everything stands: boxes, the frames around them, and the way of every arrow. Pixels from the upper left corner.
 *
 * Frames are laid out from the inside out: each on its own, and is then a box like any other in the one around it. All is
 * reckoned along the flow and across it, and turned at the end where the picture reads down.
 */

import { Graph, layout } from "@dagrejs/dagre";
import { goingBack } from "./flow";
import { type Arrow, type Box, type Shape, shortLabel } from "./graph";
import { loop, onward, type Turn } from "./lines";
import { around, extreme, minus, NOWHERE, plus, type Spot } from "./spots";

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** An arrow as paths: its line, and its tip. */
export interface Route {
  readonly arrow: Arrow;
  readonly line: string;
  readonly tip: string;
  readonly back: boolean;
  readonly label: Rect | undefined;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Rect>;
  readonly routes: readonly Route[];
}

/** More boxes than a picture can show. */
export const MAX_BOXES = 200;
/** Wider pictures read down, unless that makes them higher than this. */
const WIDE = 800;
const HIGH = 900;
/** So wide a picture is too high as well when it reads down. */
const FAR_TOO_WIDE = 4 * WIDE;

const BOX = { min: 136, max: 208, height: 42 };
const FRAME = { head: 30, side: 12 };
const LABEL = { max: 156, height: 18 };
const GAP = { boxes: 16, ranks: 44, lane: 16 };
/** How wide a letter is on average, in pixels. */
const LETTER = { box: 7.4, label: 6 };

/** The picture to the right where that fits a cell, otherwise down. */
export function layOut(shape: Shape): Drawing {
  const right = new Layout(shape, false).draw();
  if (right.width <= WIDE || right.width > FAR_TOO_WIDE) return right;
  const down = new Layout(shape, true).draw();
  return down.width < right.width && down.height <= HIGH ? down : right;
}

type Size = Spot;

/** An arrow as it is seen inside one frame: between members of it, wherever in them it begins and ends. */
interface Link {
  readonly from: string;
  readonly to: string;
  readonly arrow: Arrow;
}

interface Way {
  readonly arrow: Arrow;
  readonly back: boolean;
  /** Where it passes on the way; of what goes back the lane. */
  readonly points: readonly Spot[];
  readonly label: Spot | undefined;
}

/** The inside of a frame, measured from its own corner. */
interface Inside {
  readonly size: Size;
  readonly corners: ReadonlyMap<string, Spot>;
  readonly ways: readonly Way[];
}

class Layout {
  readonly #boxes: ReadonlyMap<string, Box>;
  readonly #members = new Map<string, string[]>();
  readonly #links = new Map<string, Link[]>();
  readonly #insides = new Map<string, Inside>();
  readonly #down: boolean;
  readonly #width: number;

  constructor({ boxes, arrows }: Shape, down: boolean) {
    this.#boxes = new Map(boxes.map((box) => [box.id, box]));
    this.#down = down;
    const letters = Math.max(0, ...boxes.filter((box) => !box.frame).map((box) => box.label.length));
    this.#width = Math.min(BOX.max, Math.max(BOX.min, Math.ceil(letters * LETTER.box) + 44));
    for (const { id, parent } of boxes) put(this.#members, parent, id);
    for (const arrow of arrows) this.#lift(arrow);
  }

  draw(): Drawing {
    const whole = this.#inside("");
    const boxes = new Map<string, Rect>();
    const ways: Way[] = [];
    this.#settle("", NOWHERE, boxes, ways);
    const [width, height] = this.#turned(whole.size);
    return { width, height, boxes, routes: ways.map((way) => this.#route(way, boxes)) };
  }

  /** Give an arrow to the innermost frame around both its ends. */
  #lift(arrow: Arrow): void {
    const [here, there] = [this.#path(arrow.from), this.#path(arrow.to)];
    let shared = 0;
    while (here[shared] === there[shared] && shared < Math.min(here.length, there.length) - 1) shared += 1;
    const [from = arrow.from, to = arrow.to] = [here[shared], there[shared]];
    put(this.#links, here[shared - 1] ?? "", { from, to, arrow });
  }

  /** The frames around a box, the outermost first, and the box. */
  #path(id: string): string[] {
    const parent = this.#boxes.get(id)?.parent;
    return parent ? [...this.#path(parent), id] : [id];
  }

  #inside(frame: string): Inside {
    const known = this.#insides.get(frame) ?? this.#place(frame);
    this.#insides.set(frame, known);
    return known;
  }

  #sizeOf(id: string): Size {
    if (!this.#members.has(id)) return this.#sized(this.#width, BOX.height);
    const { along, across } = this.#inside(id).size;
    const { before, after } = this.#padding();
    return { along: before.along + along + after.along, across: before.across + across + after.across };
  }

  #padding(): { before: Spot; after: Spot } {
    const after = { along: FRAME.side, across: FRAME.side };
    const before = this.#down ? { ...after, along: FRAME.head } : { ...after, across: FRAME.head };
    return { before, after };
  }

  #place(frame: string): Inside {
    const members = this.#members.get(frame) ?? [];
    const links = this.#links.get(frame) ?? [];
    const back = goingBack(members, links);
    const onward = links.filter((link) => !back.has(link));
    return this.#withLoops(this.#arrangeWell(members, onward), [...back]);
  }

  /** In file order, unless fewer arrows cross otherwise. */
  #arrangeWell(members: readonly string[], links: readonly Link[]): Inside {
    const plain = this.#arrange(members, links, false);
    const crossings = this.#crossings(plain, links);
    if (crossings === 0) return plain;
    const sorted = this.#arrange(members, links, true);
    return this.#crossings(sorted, links) < crossings ? sorted : plain;
  }

  /** Members in ranks, without what goes back: in file order, or `sorted` so that fewer arrows cross. */
  #arrange(members: readonly string[], links: readonly Link[], sorted: boolean): Inside {
    const graph = new Graph({ multigraph: true });
    graph.setGraph({ rankdir: "LR", nodesep: GAP.boxes, edgesep: 10, ranksep: GAP.ranks, rankalign: "top" });
    for (const id of members) graph.setNode(id, turnedSize(this.#sizeOf(id)));
    for (const [at, { from, to, arrow }] of links.entries()) {
      const label = arrow.label ? turnedSize(this.#labelSize(arrow.label)) : { width: 0, height: 0 };
      graph.setEdge(from, to, { ...label, labelpos: "c" }, String(at));
    }
    layout(graph, { disableOptimalOrderHeuristic: !sorted });
    const corners = new Map(members.map((id) => [id, cornerOf(graph.node(id) as Rect)]));
    const ways = links.map(({ from, to, arrow }, at): Way => {
      const { points, x, y } = graph.edge(from, to, String(at)) as Rect & { points: { x: number; y: number }[] };
      const passing = points.slice(1, -1).map(({ x, y }) => ({ along: x, across: y }));
      const label = arrow.label ? { along: x, across: y } : undefined;
      return { arrow, back: false, points: passing.length > 1 || label ? passing : [], label };
    });
    return this.#fromCorner(corners, ways);
  }

  /** How many pairs of arrows cross, as far as their ends tell. */
  #crossings({ corners }: Inside, links: readonly Link[]): number {
    const lines = links.map(({ from, to }) => [this.#center(corners, from), this.#center(corners, to)] as const);
    const crosses = ([a, b]: readonly [Spot, Spot], [c, d]: readonly [Spot, Spot]) =>
      Math.max(a.along, c.along) < Math.min(b.along, d.along) && (a.across - c.across) * (b.across - d.across) < 0;
    return lines.reduce((sum, line, at) => sum + lines.slice(at + 1).filter((other) => crosses(line, other)).length, 0);
  }

  #center(corners: ReadonlyMap<string, Spot>, id: string): Spot {
    const { along, across } = this.#sizeOf(id);
    return plus(corners.get(id) ?? NOWHERE, { along: along / 2, across: across / 2 });
  }

  /** Everything moved so that the smallest place is the corner. */
  #fromCorner(corners: ReadonlyMap<string, Spot>, ways: readonly Way[]): Inside {
    const ends = [...corners].map(([id, corner]) => plus(corner, this.#sizeOf(id)));
    const labels = ways.flatMap(({ arrow, label }) => (label ? around(label, this.#labelSize(arrow.label)) : []));
    const all = [...corners.values(), ...ends, ...labels, ...ways.flatMap((way) => way.points)];
    const [first, last] = [extreme(all, Math.min), extreme(all, Math.max)];
    const moved = ways.map((way) => moveWay(way, minus(NOWHERE, first)));
    return {
      size: minus(last, first),
      corners: new Map([...corners].map(([id, corner]) => [id, minus(corner, first)])),
      ways: moved,
    };
  }

  /** What goes back runs in lanes past the members, the shortest next to them. */
  #withLoops(inside: Inside, back: readonly Link[]): Inside {
    const middle = (id: string) => this.#center(inside.corners, id);
    const length = ({ from, to }: Link) => Math.abs(middle(from).along - middle(to).along);
    const nearest = [...back].sort((one, other) => middle(other.from).across - middle(one.from).across);
    const single = nearest.filter(
      ({ arrow }, at) => nearest.findIndex((link) => link.arrow.part === arrow.part) === at,
    );
    let { across } = inside.size;
    const ways = single
      .sort((one, other) => length(one) - length(other))
      .map(({ from, to, arrow }): Way => {
        const room = arrow.label ? this.#labelSize(arrow.label).across / 2 : 0;
        const lane = across + Math.max(GAP.lane, room + 6);
        across = lane + room;
        const spot = { along: (middle(from).along + middle(to).along) / 2, across: lane };
        return { arrow, back: true, points: [spot], label: arrow.label ? spot : undefined };
      });
    return { ...inside, size: { ...inside.size, across }, ways: [...inside.ways, ...ways] };
  }

  /** Tell what stands in a frame where it stands in the whole. */
  #settle(frame: string, corner: Spot, boxes: Map<string, Rect>, ways: Way[]): void {
    const inside = this.#inside(frame);
    ways.push(...inside.ways.map((way) => moveWay(way, corner)));
    for (const [id, at] of inside.corners) {
      const here = plus(corner, at);
      boxes.set(id, this.#rect(here, this.#sizeOf(id)));
      if (this.#members.has(id)) this.#settle(id, plus(here, this.#padding().before), boxes, ways);
    }
  }

  #route({ arrow, back, points, label }: Way, boxes: ReadonlyMap<string, Rect>): Route {
    const turn: Turn = ({ along, across }) => (this.#down ? [across, along] : [along, across]);
    const [from, to] = [this.#spots(boxes.get(arrow.from)), this.#spots(boxes.get(arrow.to))];
    const size = this.#labelSize(arrow.label);
    const drawn = back ? loop(from, to, points[0]?.across ?? 0, turn) : onward(from, to, points, turn);
    const at =
      label && this.#rect({ along: label.along - size.along / 2, across: label.across - size.across / 2 }, size);
    return { arrow, back, ...drawn, label: at };
  }

  /** A rectangle of the picture, along and across. */
  #spots(rect: Rect = { x: 0, y: 0, width: 0, height: 0 }): { corner: Spot; size: Size } {
    const { x, y, width, height } = rect;
    return { corner: this.#down ? { along: y, across: x } : { along: x, across: y }, size: this.#sized(width, height) };
  }

  #rect(corner: Spot, size: Size): Rect {
    const [x, y] = this.#turned(corner);
    const [width, height] = this.#turned(size);
    return { x, y, width, height };
  }

  #labelSize(label: string): Size {
    return this.#sized(Math.min(LABEL.max, Math.ceil(shortLabel(label).length * LETTER.label) + 14), LABEL.height);
  }

  #sized(width: number, height: number): Size {
    return this.#down ? { along: height, across: width } : { along: width, across: height };
  }

  #turned({ along, across }: Size): [number, number] {
    const [x, y] = this.#down ? [across, along] : [along, across];
    return [Math.round(x), Math.round(y)];
  }
}

function put<T>(map: Map<string, T[]>, key: string, item: T): void {
  map.set(key, [...(map.get(key) ?? []), item]);
}

/** As dagre has it, which is told to read to the right. */
function turnedSize({ along, across }: Size): { width: number; height: number } {
  return { width: along, height: across };
}

function cornerOf({ x, y, width, height }: Rect): Spot {
  return { along: x - width / 2, across: y - height / 2 };
}

function moveWay(way: Way, by: Spot): Way {
  return { ...way, points: way.points.map((point) => plus(point, by)), label: way.label && plus(way.label, by) };
}
