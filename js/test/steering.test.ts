import { expect, test } from "vitest";
import type { Outgoing } from "../src/protocol";
import { Steering } from "../src/steering";

function steering(): { steering: Steering; sent: (Outgoing & { id?: string })[] } {
  const sent: (Outgoing & { id?: string })[] = [];
  return { steering: new Steering((message) => sent.push(message)), sent };
}

test("what is asked for comes back, each answer to its own request", async () => {
  const { steering: to, sent } = steering();
  const [first, second] = [to.ask<string>({ type: "spec" }), to.ask<string>({ type: "spec" })];
  to.acknowledge({ v: 1, type: "ack", id: sent[1]?.id ?? "", ok: true, result: "second" });
  to.acknowledge({ v: 1, type: "ack", id: sent[0]?.id ?? "", ok: true, result: "first" });
  expect(await Promise.all([first, second])).toEqual(["first", "second"]);
  expect(to.deliveries.value.size).toBe(0); // nothing that a button would wait for
});

test.each([
  ["no such thing", "no such thing"],
  [undefined, "the kernel refused it"],
])("a refusal with the reason %j rejects", async (error, says) => {
  const { steering: to, sent } = steering();
  const asked = to.ask({ type: "spec" });
  to.acknowledge({ v: 1, type: "ack", id: sent[0]?.id ?? "", ok: false, ...(error ? { error } : {}) });
  await expect(asked).rejects.toThrow(says);
});
