/** The run card as an anywidget: one store per model, one card per view. */

import type { AnyModel, Initialize, Render } from "@anywidget/types";
import { render as draw } from "preact";
import { type Traits, uuid } from "./protocol";
import { Store } from "./store";
import "./styles.css";
import { Card } from "./views/card";

/**
 * A function and not a plain object, since anywidget calls it once per model and hands `initialize` and every `render`
 * a model of their own: only a closure tells that they belong together.
 */
export default () => {
  let store: Store | undefined;

  const initialize: Initialize<Traits> = ({ model }) => {
    store = new Store(model as AnyModel<Traits>);
    return store.connect();
  };

  const render: Render<Traits> = ({ el }) => {
    if (!store) throw new Error("rendered before it was initialized");
    draw(<Card store={store} />, el);
    const hush = store.hello(uuid());
    return () => {
      hush();
      draw(null, el);
    };
  };

  return { initialize, render };
};
