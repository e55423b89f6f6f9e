/**
 * The workflow as a picture that lights up. Its arrows are SVG; its boxes are buttons over them, so that keyboard, screen
 * readers, focus and texts that are too long are the browser's business.
 *
 * A box that is chosen shows its step below, the same row as among the steps: who looks at the picture stays there.
 */

import { type ReadonlySignal, useComputed } from "@preact/signals";
import { describe, type Group, groupsOf, type Shape, shapeOf, shortLabel } from "../graph";
import { type Drawing, layOut, MAX_BOXES, type Rect, type Route } from "../layout";
import { Frame, Node } from "./node";
import { Picked } from "./picked";
import type { ViewProps } from "./props";

const MARGIN = 16;

export function Graph({ store, view }: ViewProps) {
  const { run } = store.picture;
  const groups = useComputed(() => groupsOf(run.value));
  const drawn = useComputed(() => JSON.stringify(shapeOf(run.value))); // equal texts: no new layout
  const shape = useComputed<Shape>(() => JSON.parse(drawn.value));
  const chosen = useComputed(() => groupWith(groups.value, view.picked.value));
  if (shape.value.boxes.length === 0) return <p class="snb-empty">no steps yet</p>;
  return (
    <>
      <p class="snb-hidden">{describe(shape.value)}</p>
      {shape.value.boxes.length > MAX_BOXES ? (
        <p class="snb-empty">too large to draw: {shape.value.boxes.length} boxes</p>
      ) : (
        <Canvas store={store} view={view} shape={shape} groups={groups} />
      )}
      <Picked store={store} view={view} keys={chosen.value} />
    </>
  );
}

function groupWith(groups: ReadonlyMap<string, Group>, key: string): readonly string[] {
  return [...groups.values()].find(({ keys }) => keys.includes(key))?.keys ?? [];
}

interface CanvasProps extends ViewProps {
  shape: ReadonlySignal<Shape>;
  groups: ReadonlySignal<ReadonlyMap<string, Group>>;
}

function Canvas({ store, view, shape, groups }: CanvasProps) {
  const drawing = useComputed(() => layOut(shape.value));
  const { width, height, boxes, routes } = drawing.value;
  const placed = shape.value.boxes.flatMap((box) => {
    const at = boxes.get(box.id);
    return at ? [{ box, style: styleOf(at) }] : [];
  });
  return (
    <div class="snb-graph">
      <div class="snb-canvas" style={{ width: `${width + 2 * MARGIN}px`, height: `${height + 2 * MARGIN}px` }}>
        {placed.map(({ box, style }) => box.frame && <Frame key={box.id} {...{ store, box, style, groups }} />)}
        <Arrows drawing={drawing.value} />
        {placed.map(({ box, style }) => !box.frame && <Node key={box.id} {...{ store, view, box, style, groups }} />)}
        {routes.map((route, at) => (
          <Tag key={at} route={route} />
        ))}
      </div>
    </div>
  );
}

function Arrows({ drawing: { width, height, routes } }: { drawing: Drawing }) {
  return (
    <svg
      aria-hidden="true"
      width={width + 2 * MARGIN}
      height={height + 2 * MARGIN}
      viewBox={`${-MARGIN} ${-MARGIN} ${width + 2 * MARGIN} ${height + 2 * MARGIN}`}
    >
      {routes.map(({ line, tip, back }, at) => (
        <g key={at}>
          <path class={back ? "snb-arrow snb-back" : "snb-arrow"} d={line} />
          <path class="snb-tip" d={tip} />
        </g>
      ))}
    </svg>
  );
}

function Tag({ route: { arrow, label } }: { route: Route }) {
  if (!label) return null;
  return (
    <span class="snb-tag" style={styleOf(label)} title={arrow.label} aria-hidden="true">
      {shortLabel(arrow.label)}
    </span>
  );
}

function styleOf({ x, y, width, height }: Rect) {
  return { left: `${x + MARGIN}px`, top: `${y + MARGIN}px`, width: `${width}px`, height: `${height}px` };
}
