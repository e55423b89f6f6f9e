/** Which part of the card is shown below: one tab stop, arrow keys within. */

import { TABS, type Tab, tabAfter, type View } from "../view";

const NAMES: Record<Tab, string> = { steps: "Steps", graph: "Graph", timeline: "Timeline", spec: "Spec" };

export const tabId = (view: View, tab: Tab) => `${view.id}-${tab}`;
export const panelId = (view: View) => `${view.id}-panel`;

export function Tabs({ view }: { view: View }) {
  return (
    <div class="snb-tabs" role="tablist" aria-label="Parts of the card" onKeyDown={(event) => move(view, event)}>
      {TABS.map((tab) => (
        <OneTab key={tab} view={view} tab={tab} />
      ))}
    </div>
  );
}

function OneTab({ view, tab }: { view: View; tab: Tab }) {
  const chosen = view.tab.value === tab;
  const choose = () => {
    view.tab.value = tab;
  };
  return (
    <button
      type="button"
      class="snb-tab"
      role="tab"
      id={tabId(view, tab)}
      aria-selected={chosen}
      aria-controls={panelId(view)}
      tabIndex={chosen ? 0 : -1}
      onClick={choose}
    >
      {NAMES[tab]}
    </button>
  );
}

function move(view: View, event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const next = tabAfter(view.tab.value, event.key);
  if (!next || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault(); // Home and End would scroll the page
  view.tab.value = next;
  event.currentTarget.querySelectorAll<HTMLElement>("[role=tab]")[TABS.indexOf(next)]?.focus();
}
