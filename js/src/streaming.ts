/** Markdown that grows: finished blocks are rendered once, only the last one again with every frame. */

import { plainText, renderMarkdown } from "./markdown";

/** A last block longer than this is shown as it is until it ends. */
const MAX_TAIL = 4000;

export class GrowingMarkdown {
  readonly #done = part("snb-markdown");
  readonly #tail = part("snb-markdown snb-tail");
  /** What `#done` shows. */
  #shown = "";

  constructor(box: Element) {
    box.replaceChildren(this.#done, this.#tail);
  }

  show(text: string): void {
    if (!text.startsWith(this.#shown)) this.#restart(); // another attempt, another text
    const end = lastBreak(text, this.#shown.length);
    if (end > this.#shown.length) {
      this.#done.append(renderMarkdown(text.slice(this.#shown.length, end)));
      this.#shown = text.slice(0, end);
    }
    const tail = text.slice(end);
    this.#tail.replaceChildren(tail.length > MAX_TAIL ? plainText(tail) : renderMarkdown(tail));
  }

  #restart(): void {
    this.#shown = "";
    this.#done.replaceChildren();
  }
}

function part(name: string): HTMLElement {
  const element = document.createElement("div");
  element.className = name;
  return element;
}

/** Where the last finished block ends, at `from` or later: after a blank line outside a code fence. */
export function lastBreak(text: string, from: number): number {
  let end = from;
  let fenced = false;
  let at = from;
  while (at < text.length) {
    const next = text.indexOf("\n", at);
    if (next < 0) break;
    const line = text.slice(at, next).trim();
    if (/^(?:```|~~~)/.test(line)) fenced = !fenced;
    at = next + 1;
    if (line === "" && !fenced) end = at;
  }
  return end;
}
