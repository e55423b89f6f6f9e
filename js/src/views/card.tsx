/** The whole card. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { keepFocus } from "../focus";
import { Actions } from "./actions";
import { Announcer } from "./announcer";
import { Footer } from "./footer";
import { Header } from "./header";
import { Progress } from "./progress";
import type { Props } from "./props";
import { Questions } from "./questions";
import { Steps } from "./steps";
import { Unknown } from "./unknown";

/** JupyterLab honours the attribute, other front ends the stopped event: A inserts no cell while focus is in here. */
export function Card({ store }: Props) {
  const card = useRef<HTMLElement>(null);
  const stop = (event: Event) => event.stopPropagation();
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
      <Actions store={store} />
      <Steps store={store} />
      <Footer store={store} />
      <Announcer store={store} />
    </section>
  );
}
