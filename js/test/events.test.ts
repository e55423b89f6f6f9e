import { expect, test } from "vitest";
import { DURABLE } from "../src/events";
import { HAS_PYTHON, python } from "./python";

test.skipIf(!HAS_PYTHON)("the events are those of the Python classes (skipped where Python is not set up)", () => {
  const program = [
    "import json",
    "from strands_nb.engine.events import Event",
    "print(json.dumps({c.tag: c.durable for c in Event.__args__}))",
  ].join("\n");
  expect(DURABLE).toEqual(JSON.parse(python("-c", program)));
});
