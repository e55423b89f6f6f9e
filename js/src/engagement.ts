/**
 * Whether somebody reads or uses the card: then the kernel keeps it when its run has ended.
 *
 * Who has only answered a question is not engaged: the focus that is left in the card then was put there by us.
 */

import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { focusedElement } from "./focus";
import { uuid } from "./protocol";

const READING = ".snb-steps, .snb-menu, .snb-toggle, [role=tablist], [role=tabpanel]";
/** Another part than the steps is shown, or the menu is open. */
const OPEN = "[role=tab]:not(:first-child)[aria-selected=true], .snb-menu";
const EVENTS = ["click", "keyup", "focusin", "focusout"];

export class Engagement {
  readonly #views = new Set<string>();
  readonly #tell: (yes: boolean) => void;

  constructor(tell: (yes: boolean) => void) {
    this.#tell = tell;
  }

  /** What one view has to say; only what changes the whole is told. */
  note(view: string, yes: boolean): void {
    const before = this.#views.size > 0;
    if (yes) this.#views.add(view);
    else this.#views.delete(view);
    const after = this.#views.size > 0;
    if (after !== before) this.#tell(after);
  }
}

export function isEngaged(card: HTMLElement): boolean {
  const part = focusedElement(card)?.closest(READING) ?? null;
  const reads = part !== null && card.contains(part); // a notebook stands in a panel of its own
  return reads || card.querySelector(OPEN) !== null;
}

/** Look after everything that people do in the card, once it shows what came of that. */
export function useEngagement(engagement: Engagement, ref: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const card = ref.current;
    if (!card) return undefined;
    const view = uuid();
    let frame = 0;
    const look = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        engagement.note(view, isEngaged(card));
      });
    };
    for (const name of EVENTS) card.addEventListener(name, look);
    return () => {
      cancelAnimationFrame(frame);
      for (const name of EVENTS) card.removeEventListener(name, look);
      engagement.note(view, false);
    };
  }, [engagement, ref]);
}
