/** What is being written right now: a few lines of fixed height, their end in sight. */

import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { GrowingMarkdown } from "../streaming";
import { Scrolling } from "./scrolling";

export function Live({ text }: { text: ReadonlySignal<string> }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => (box.current ? follow(text, box.current) : undefined), [text]);
  return (
    <div class="snb-open snb-live">
      <Scrolling class="snb-stream" label="Reply so far">
        <div ref={box} />
      </Scrolling>
    </div>
  );
}

/** Show the text at most once per frame, and not at all in a tab that nobody sees. Returns how to stop. */
function follow(text: ReadonlySignal<string>, box: Element): () => void {
  const markdown = new GrowingMarkdown(box);
  let frame = 0;
  const show = () => {
    frame = 0;
    markdown.show(text.peek());
  };
  const stop = text.subscribe(() => {
    frame ||= requestAnimationFrame(show);
  });
  return () => {
    cancelAnimationFrame(frame);
    stop();
  };
}
