/** A part that scrolls, with keys too: whoever has no mouse reaches it with Tab. */

import type { ComponentChildren } from "preact";

interface ScrollingProps {
  class: string;
  label: string;
  id?: string;
  children: ComponentChildren;
}

export function Scrolling({ class: name, label, id, children }: ScrollingProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls, and a section would be a landmark
    // biome-ignore lint/a11y/noNoninteractiveTabindex: or its end could not be read without a mouse
    <div class={name} role="group" aria-label={label} id={id} tabIndex={0}>
      {children}
    </div>
  );
}
