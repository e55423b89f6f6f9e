/** Events as they come over the wire, and the tag that tells them apart. */

import type { Durability, Envelope, EventData, Tag } from "../generated/events";

/** One event as `dump_event` writes it. */
export type WireEvent = Envelope & { data: unknown };

/** The same with its tag: a union to `switch` on. */
export type Event = { [T in Tag]: Envelope & { tag: T; data: EventData[T] } }[Tag];

/** Every tag, and whether such an event is part of the journal; the compiler holds it to the Python classes. */
export const DURABLE: Durability = {
  workflow_start: true,
  workflow_resume: true,
  workflow_paused: true,
  rerun: true,
  workflow_complete: true,
  workflow_cancelled: true,
  error: true,
  unit_start: true,
  unit_complete: true,
  unit_error: true,
  hitl_requested: true,
  hitl_pause: true,
  hitl_answered: true,
  hitl_timeout: true,
  hitl_extended: true,
  routing_decision: true,
  plan_created: true,
  tool_start: true,
  tool_complete: true,
  retry: true,
  spend: true,
  budget_warning: true,
  note: true,
  token: false,
};

const UNIT_TAGS: Record<string, Tag> = { start: "unit_start", complete: "unit_complete", error: "unit_error" };

/**
 * Which member of the union an event type belongs to: `branch_complete` is a `unit_complete`.
 *
 * `undefined` for what a later version may add.
 */
export function tagOf(eventType: string): Tag | undefined {
  if (Object.hasOwn(DURABLE, eventType)) return eventType as Tag;
  const suffix = eventType.slice(eventType.lastIndexOf("_") + 1);
  return Object.hasOwn(UNIT_TAGS, suffix) ? UNIT_TAGS[suffix] : undefined;
}

/** The events among `wire` that this version knows, tagged. */
export function readEvents(wire: readonly WireEvent[]): Event[] {
  return wire.flatMap((event) => {
    const tag = tagOf(event.event_type);
    return tag ? [{ ...event, tag } as Event] : [];
  });
}

/** Whether the event is part of the journal and has a number of its own. */
export function isDurable(event: Event): boolean {
  return DURABLE[event.tag];
}
