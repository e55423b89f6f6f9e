/** Keys that mean something while focus is in a question. */

import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { isTyping } from "./focus";

/** By letter; in a text, `Enter` is Ctrl or Cmd + Enter, and `Escape` itself. */
export type Keys = Readonly<Record<string, () => void>>;

/** Plain letters outside of texts; inside of them they are letters. */
export function useKeys(box: RefObject<HTMLElement | null>, keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const act = latest.current[keyOf(event)];
      if (!act) return;
      event.preventDefault(); // or the M that moves to the text would be typed there
      act();
    };
    const element = box.current;
    element?.addEventListener("keydown", listen);
    return () => element?.removeEventListener("keydown", listen);
  }, [box]);
}

function keyOf(event: KeyboardEvent): string {
  const command = event.ctrlKey || event.metaKey;
  if (event.repeat || event.isComposing || event.altKey) return "";
  if (isTyping(event.target)) return (command ? "Enter" : "Escape") === event.key ? event.key : "";
  return command || event.key.length > 1 ? "" : event.key.toLowerCase();
}
