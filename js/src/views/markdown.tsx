/** Text from a model as nodes; everything on the way is cleaned. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { renderMarkdown } from "../markdown";

export function Markdown({ text, class: name }: { text: string; class: string }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => box.current?.replaceChildren(renderMarkdown(text)), [text]);
  return (
    <div class={name}>
      <div class="snb-markdown" ref={box} />
    </div>
  );
}
