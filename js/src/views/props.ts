import type { Store } from "../store";

/** What every part of the card is given. */
export interface Props {
  store: Store;
}
