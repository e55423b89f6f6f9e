/** A text, or its beginning and a button for the rest. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { head, type Room } from "../cap";
import { soMany } from "../format";

interface CappedProps {
  text: string;
  room: Room;
  children: (text: string) => ComponentChildren;
}

export function Capped({ text, room, children }: CappedProps) {
  const [all, showAll] = useState(false);
  const begin = head(text, room);
  const long = begin.length < text.length;
  return (
    <>
      {children(all || !long ? text : begin)}
      {long && (
        <button type="button" class="snb-link snb-more" onClick={() => showAll(!all)}>
          {all ? "show less" : `… show all, ${soMany(text.length, "character")}`}
        </button>
      )}
    </>
  );
}
