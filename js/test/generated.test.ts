import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const js = join(import.meta.dirname, "..");
const own = join(js, "..", ".venv", "bin", "python");
const python = process.env.PYTHON ?? (existsSync(own) ? own : "python3");
const importable = spawnSync(python, ["-c", "import strands_nb.engine.events"], { cwd: join(js, "..") }).status === 0;

test.skipIf(!importable)("the event types are those of the Python classes (skipped where Python is not set up)", () => {
  const check = () => execFileSync("node", ["scripts/generate-events.mjs", "--check"], { cwd: js, stdio: "pipe" });
  expect(check).not.toThrow();
});
