/** The whole card. */

import { useState } from "preact/hooks";
import { View } from "../view";
import { Actions } from "./actions";
import { Announcer } from "./announcer";
import { Footer } from "./footer";
import { Header } from "./header";
import { Panel } from "./panel";
import { Progress } from "./progress";
import type { Props } from "./props";
import { Questions } from "./questions";
import { Tabs } from "./tabs";
import { Unknown } from "./unknown";

/** JupyterLab honours the attribute, other front ends the stopped event: A inserts no cell while focus is in here. */
export function Card({ store }: Props) {
  const [view] = useState(() => new View());
  const stop = (event: Event) => event.stopPropagation();
  return (
    <section class="snb" aria-label={store.name} tabIndex={-1} onKeyDown={stop} data-lm-suppress-shortcuts="true">
      <Header store={store} />
      <Progress store={store} />
      <Unknown store={store} />
      <Questions store={store} />
      <Actions store={store}>
        <Tabs view={view} />
      </Actions>
      <Panel store={store} view={view} />
      <Footer store={store} />
      <Announcer store={store} />
    </section>
  );
}
