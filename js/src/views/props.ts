import type { Store } from "../store";
import type { View } from "../view";

/** What every part of the card is given. */
export interface Props {
  store: Store;
}

/** What a part is given that looks different from view to view. */
export interface ViewProps extends Props {
  view: View;
}
