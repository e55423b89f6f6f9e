/** What is being written right now: a few lines of fixed height, their end in sight. */

import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { tailStart } from "../cap";
import { GrowingMarkdown } from "../streaming";

/** Of a longer text, the end is shown until somebody wants all of it. */
const MOST = 4000;
/** Whoever is this near to the end, in pixels, wants to see what comes. */
const NEAR = 12;

export function Live({ text }: { text: ReadonlySignal<string> }) {
  const lane = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [all, showAll] = useState(false);
  const [long, setLong] = useState(false);
  useEffect(() => {
    if (!lane.current || !box.current) return undefined;
    return follow(text, lane.current, box.current, all ? Infinity : MOST, () => setLong(true));
  }, [text, all]);
  return (
    <div class="snb-open snb-live">
      <div
        class={all ? "snb-stream snb-all" : "snb-stream"}
        role="log"
        aria-live="off"
        aria-label="Text so far"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it
        tabIndex={0}
        ref={lane}
      >
        <div ref={box} />
      </div>
      {long && (
        <button type="button" class="snb-link snb-more" onClick={() => showAll(!all)}>
          {all ? "show the end" : "show all"}
        </button>
      )}
    </div>
  );
}

/**
 * Show the text at most once per frame, and not at all in a tab that nobody sees. Returns how to stop.
 *
 * The lane is laid out from its end, which so stays in sight by itself (its `scrollTop` is 0 there and negative above):
 * only for a reader who has scrolled up is anything measured, so that the text stays where he reads.
 */
function follow(
  text: ReadonlySignal<string>,
  lane: Element,
  box: Element,
  most: number,
  onLong: () => void,
): () => void {
  const markdown = new GrowingMarkdown(box);
  let [frame, start, away] = [0, 0, false];
  const scrolled = () => {
    away = lane.scrollTop < -NEAR;
  };
  const show = () => {
    frame = 0;
    const now = text.peek();
    if (now.length < start) start = 0; // another attempt begins anew
    if (!away) start = tailStart(now, start, most);
    if (start > 0) onLong();
    const height = away ? lane.scrollHeight : 0;
    markdown.show(now.slice(start));
    if (away) lane.scrollTop -= lane.scrollHeight - height;
  };
  lane.addEventListener("scroll", scrolled, { passive: true });
  const stop = text.subscribe(() => {
    frame ||= requestAnimationFrame(show);
  });
  return () => {
    cancelAnimationFrame(frame);
    lane.removeEventListener("scroll", scrolled);
    stop();
  };
}
