/** The kernel's clock as a signal, moving once a second while something counts. */

import { effect, type ReadonlySignal, signal } from "@preact/signals";

export class Clock {
  /** Milliseconds since 1970. */
  readonly now = signal(Date.now());
  #ahead: number | undefined;

  /** Returns how to stop. */
  runWhile(counting: ReadonlySignal<boolean>): () => void {
    return effect(() => (counting.value ? this.#tick() : undefined));
  }

  /**
   * Learn from the time of an event that has just arrived: the kernel may live on a machine with another idea of time.
   * The least delayed event knows best.
   */
  learn(timestamp: string | undefined): void {
    const ahead = Date.parse(timestamp ?? "") - Date.now();
    if (Number.isFinite(ahead)) this.#ahead = Math.max(ahead, this.#ahead ?? ahead);
  }

  #tick(): () => void {
    const set = () => {
      this.now.value = Date.now() + (this.#ahead ?? 0);
    };
    set();
    const timer = setInterval(set, 1000);
    return () => clearInterval(timer);
  }
}
