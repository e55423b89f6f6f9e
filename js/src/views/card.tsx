/** The whole card. */

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
  const stop = (event: Event) => event.stopPropagation();
  return (
    <section class="snb" aria-label={store.name} tabIndex={-1} onKeyDown={stop} data-lm-suppress-shortcuts="true">
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
