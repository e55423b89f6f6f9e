/** The workflow of the run as text, asked for when somebody wants to see it. */

import { signal } from "@preact/signals";
import { BUSY, LATE_MS, type Steering } from "./steering";

export class SpecText {
  /** Empty until it is there. */
  readonly yaml = signal("");
  /** Why it is not there. */
  readonly note = signal("");
  #asked = false;

  /** Ask for it, unless that is under way; what is shown meanwhile is what was known before. */
  async load(steering: Steering): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    const late = setTimeout(() => this.#say(BUSY.request), LATE_MS);
    try {
      this.yaml.value = (await steering.ask<{ yaml: string }>({ type: "spec" })).yaml;
      this.#say("");
    } catch (error) {
      this.#say((error as Error).message);
    } finally {
      clearTimeout(late);
      this.#asked = false;
    }
  }

  #say(note: string): void {
    this.note.value = note;
  }
}
