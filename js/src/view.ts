/** What one view of a card shows: chosen by who looks at it, and shared with no other. */

import { signal } from "@preact/signals";
import { uuid } from "./protocol";

export const TABS = ["steps", "graph", "timeline", "spec"] as const;
export type Tab = (typeof TABS)[number];

export class View {
  /** For the ids of its elements: several views may stand in one document. */
  readonly id = `snb-${uuid()}`;
  readonly tab = signal<Tab>("steps");
  /** Rows that were opened (true) or closed (false) by hand. */
  readonly opened = signal<ReadonlyMap<string, boolean>>(new Map());
  /** The key of the unit that was chosen in a picture, and whose step is shown below it. */
  readonly picked = signal("");

  open(key: string, open: boolean): void {
    this.opened.value = new Map(this.opened.value).set(key, open);
  }

  /** Show this one below the picture, opened; or nothing, if it is there already. */
  pick(key: string): void {
    const again = this.picked.value === key;
    this.picked.value = again ? "" : key;
    if (!again) this.open(key, true);
  }
}

/** The tab that a key leads to from another; nothing for any other key. */
export function tabAfter(tab: Tab, key: string): Tab | undefined {
  const at = TABS.indexOf(tab);
  switch (key) {
    case "ArrowRight":
      return TABS[(at + 1) % TABS.length];
    case "ArrowLeft":
      return TABS.at(at - 1);
    case "Home":
      return TABS[0];
    case "End":
      return TABS.at(-1);
    default:
      return undefined;
  }
}
