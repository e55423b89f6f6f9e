/** A card on a page, its kernel faked, time in the test's hands. */

import { vi } from "vitest";
import type { WireEvent } from "../src/events";
import type { OpenQuestion, Traits } from "../src/protocol";
import widget from "../src/run";
import { FakeModel } from "./fake-model";
import { wireEvents } from "./golden";

export interface Mounted {
  model: FakeModel;
  /** One per view. */
  cards: HTMLElement[];
  remove: () => void;
}

export async function mount(traits: Partial<Traits> = {}, views = 1): Promise<Mounted> {
  const model = new FakeModel(traits);
  const { initialize, render } = widget();
  const props = { model: model.model, signal: new AbortController().signal } as never;
  const stops = [await initialize?.(props)];
  const hosts = Array.from({ length: views }, () => document.body.appendChild(document.createElement("div")));
  for (const el of hosts) stops.push(await render?.({ model: model.model, el } as never));
  const remove = () => {
    for (const stop of stops.reverse()) if (typeof stop === "function") stop();
    for (const host of hosts) host.remove();
  };
  await settle();
  return { model, cards: hosts.map((host) => must(host.querySelector<HTMLElement>(".snb"))), remove };
}

/** Let signals, effects and frames have their turn; `ms` more on the clock. */
export async function settle(ms = 50): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

export function must<T>(found: T | null | undefined): T {
  if (found === null || found === undefined) throw new Error("not found");
  return found;
}

export function button(card: HTMLElement, name: string): HTMLButtonElement {
  const found = [...card.querySelectorAll("button")].filter((element) => accessibleName(element) === name);
  return must(found[0]);
}

export function buttons(card: HTMLElement): string[] {
  return [...card.querySelectorAll("button:not(.snb-row, [role=tab])")].map(accessibleName);
}

function accessibleName(element: Element): string {
  const copy = element.cloneNode(true) as Element;
  for (const hidden of copy.querySelectorAll("[aria-hidden=true]")) hidden.remove();
  return (element.getAttribute("aria-label") ?? copy.textContent ?? "").trim();
}

export function press(target: Element, key: string, options: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, composed: true, ...options });
  target.dispatchEvent(event);
  return event;
}

/** Put a text where somebody would write it. */
export function write(target: Element | null | undefined, text: string): void {
  const control = must(target) as HTMLInputElement | HTMLTextAreaElement;
  control.value = text;
  control.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

export function question(changes: Partial<OpenQuestion> = {}): OpenQuestion {
  const asked = must(wireEvents("brief").find((event) => event.event_type === "hitl_requested"));
  return { ...(asked.data as OpenQuestion), deadline: null, ...changes };
}

/** The first events of the golden run `brief`, without tokens: `events(3)` ends with the first reply. */
export function events(until: number, name = "brief"): WireEvent[] {
  return wireEvents(name).filter((event) => event.seq <= until && event.event_type !== "token");
}
