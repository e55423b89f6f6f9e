/** What one does with a run: again, compare, export; what is open of it, shared by the views of a card. */

import { signal } from "@preact/signals";
import type { ComparisonJson } from "./comparison";
import { download } from "./download";
import type { ExportFormat } from "./protocol";
import type { RunStatus } from "./state";
import { BUSY, LATE_MS, type Steering } from "./steering";

/** One of the sessions that a run can be compared with. */
export interface OtherSession {
  readonly session_id: string;
  readonly status: RunStatus;
  readonly updated_at: string;
  readonly tokens: number;
  readonly cost: number | null;
}

interface File {
  readonly name: string;
  readonly type: string;
  readonly text: string;
}

export type Shown =
  | { part: "menu" }
  | { part: "sessions"; sessions: readonly OtherSession[] }
  | { part: "comparison"; comparison: ComparisonJson };

export class Menu {
  /** Nothing while it is closed. */
  readonly shown = signal<Shown | undefined>(undefined);
  readonly busy = signal(false);
  /** What came of the last request, or why it was refused. */
  readonly note = signal<{ text: string; bad: boolean }>({ text: "", bad: false });
  readonly #steering: Steering;

  constructor(steering: Steering) {
    this.#steering = steering;
  }

  toggle(): void {
    this.shown.value = this.shown.value ? undefined : { part: "menu" };
    this.#say("");
  }

  back(): void {
    this.shown.value = { part: "menu" };
  }

  again(): Promise<void> {
    return this.#try(async () => {
      await this.#steering.ask({ type: "again" });
      this.shown.value = undefined;
    });
  }

  rerun(step: string): Promise<void> {
    return this.#try(() => this.#steering.ask({ type: "rerun", step }));
  }

  fold(): Promise<void> {
    return this.#try(() => this.#steering.ask({ type: "fold" }));
  }

  choose(): Promise<void> {
    return this.#try(async () => {
      const sessions = await this.#steering.ask<readonly OtherSession[]>({ type: "sessions" });
      this.shown.value = { part: "sessions", sessions };
    });
  }

  compare(session: string): Promise<void> {
    return this.#try(async () => {
      const comparison = await this.#steering.ask<ComparisonJson>({ type: "compare", session });
      this.shown.value = { part: "comparison", comparison };
    });
  }

  /** A notebook may forbid downloads, and nobody is told: so say what should be there. */
  export(format: ExportFormat): Promise<void> {
    return this.#try(async () => {
      const file = await this.#steering.ask<File>({ type: "export", format });
      download(file.name, file.type, file.text);
      const session = file.name.replace(/\.[^.]*$/, "");
      return `${file.name} is among your downloads; if not: %workflow export ${session} --format ${format} --out .`;
    });
  }

  async #try(request: () => Promise<unknown>): Promise<void> {
    this.busy.value = true;
    this.#say("");
    const late = setTimeout(() => this.#say(BUSY.request), LATE_MS);
    let [said, bad]: [unknown, boolean] = ["", false];
    try {
      said = await request();
    } catch (error) {
      [said, bad] = [(error as Error).message, true];
    }
    clearTimeout(late);
    this.busy.value = false;
    this.#say(typeof said === "string" ? said : "", bad);
  }

  #say(text: string, bad = false): void {
    this.note.value = { text, bad };
  }
}
