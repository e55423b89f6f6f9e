/** The whole card. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useEngagement } from "../engagement";
import { keepFocus } from "../focus";
import { View } from "../view";
import { Actions } from "./actions";
import { Announcer } from "./announcer";
import { Footer } from "./footer";
import { Header } from "./header";
import { Menu } from "./menu";
import { Panel } from "./panel";
import { Progress } from "./progress";
import type { Props } from "./props";
import { Questions } from "./questions";
import { Tabs } from "./tabs";
import { Unknown } from "./unknown";

/** JupyterLab honours the attribute, other front ends the stopped event: A inserts no cell while focus is in here. */
export function Card({ store }: Props) {
  const card = useRef<HTMLElement>(null);
  const [view] = useState(() => new View());
  const stop = (event: Event) => event.stopPropagation();
  useEngagement(store.engagement, card);
  useLayoutEffect(() => (card.current ? keepFocus(card.current) : undefined), []);
  return (
    <section
      class="snb"
      aria-label={store.name}
      tabIndex={-1}
      onKeyDown={stop}
      data-lm-suppress-shortcuts="true"
      ref={card}
    >
      <Header store={store} />
      <Progress store={store} />
      <Unknown store={store} />
      <Questions store={store} />
      <Actions store={store}>
        <Tabs view={view} />
      </Actions>
      <Menu store={store} />
      <Panel store={store} view={view} />
      <Footer store={store} />
      <Announcer store={store} />
    </section>
  );
}
