/** What the chosen tab shows; nothing else is laid out. */

import type { VNode } from "preact";
import type { Tab } from "../view";
import { Graph } from "./graph";
import type { ViewProps } from "./props";
import { Spec } from "./spec";
import { Steps } from "./steps";
import { panelId, tabId } from "./tabs";
import { Timeline } from "./timeline";

const PARTS: Record<Tab, (props: ViewProps) => VNode | null> = {
  steps: Steps,
  graph: Graph,
  timeline: Timeline,
  spec: Spec,
};

export function Panel({ store, view }: ViewProps) {
  const tab = view.tab.value;
  const Part = PARTS[tab];
  return (
    <div class="snb-panel" role="tabpanel" id={panelId(view)} aria-labelledby={tabId(view, tab)}>
      <Part store={store} view={view} />
    </div>
  );
}
