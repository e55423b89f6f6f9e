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
  const [all, showAll] = useState(false);
  const [long, setLong] = useState(false);
  useEffect(() => {
    return lane.current ? follow(text, lane.current, all ? undefined : MOST, () => setLong(true)) : undefined;
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
      />
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
 * The lane follows the end until the reader scrolls away from it, and again when he comes back to it.
 */
function follow(text: ReadonlySignal<string>, lane: HTMLElement, most = Infinity, onLong: () => void): () => void {
  const markdown = new GrowingMarkdown(lane);
  let [frame, start, following] = [0, 0, true];
  const scrolled = () => {
    following = lane.scrollHeight - lane.scrollTop - lane.clientHeight < NEAR;
  };
  const show = () => {
    frame = 0;
    const now = text.peek();
    if (now.length < start) start = 0; // another attempt begins anew
    if (following) start = tailStart(now, start, most);
    if (start > 0) onLong();
    markdown.show(now.slice(start));
    if (following) lane.scrollTop = lane.scrollHeight;
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
