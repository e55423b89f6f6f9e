import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DURABLE } from "../src/events";

const js = join(import.meta.dirname, "..");
const own = join(js, "..", ".venv", "bin", "python");
const python = process.env.PYTHON ?? (existsSync(own) ? own : "python3");
const importable = spawnSync(python, ["-c", "import strands_nb.engine.events"], { cwd: join(js, "..") }).status === 0;

test.skipIf(!importable)("the events are those of the Python classes (skipped where Python is not set up)", () => {
  const program = [
    "import json",
    "from strands_nb.engine.events import Event",
    "print(json.dumps({c.tag: c.durable for c in Event.__args__}))",
  ].join("\n");
  const known = execFileSync(python, ["-c", program], { cwd: join(js, ".."), encoding: "utf8" });
  expect(DURABLE).toEqual(JSON.parse(known));
});
