/** Texts that are too long to show as a whole. */

import { lastBreak } from "./streaming";

/** How much of a text is shown at first. */
export interface Room {
  readonly letters: number;
  readonly lines: number;
}

/** The beginning of a text that has room, up to the end of a paragraph or else of a line where there is one near. */
export function head(text: string, { letters, lines }: Room): string {
  const end = Math.min(letters, endOfLine(text, lines));
  if (end >= text.length || text.slice(end).trim() === "") return text;
  const paragraph = lastBreak(text.slice(0, end + 1), 0);
  const nice = [paragraph, text.lastIndexOf("\n", end), text.lastIndexOf(" ", end)].find((at) => at > end / 2);
  return text.slice(0, nice ?? whole(text, end)).trimEnd();
}

/**
 * Where what is shown of a growing text begins: it stays for a while, then moves on to a line near the end.
 *
 * Between `most` and twice as many characters are shown, so that the text is laid out anew now and then and not always.
 */
export function tailStart(text: string, start: number, most: number): number {
  if (text.length - start <= 2 * most) return start;
  const from = text.length - most;
  const line = text.indexOf("\n", from);
  return line >= 0 && line < text.length - most / 2 ? line + 1 : whole(text, from);
}

/** The place after so many lines. */
function endOfLine(text: string, lines: number): number {
  let end = -1;
  for (let line = 0; line < lines; line++) {
    end = text.indexOf("\n", end + 1);
    if (end < 0) return text.length;
  }
  return end;
}

/** Not between the two halves of a character. */
function whole(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at + 1 : at;
}
