/** The Python that the tests hold themselves against, where it is set up. */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");
const OWN = join(ROOT, ".venv", "bin", "python");
const PYTHON = process.env.PYTHON ?? (existsSync(OWN) ? OWN : "python3");

export const HAS_PYTHON = spawnSync(PYTHON, ["-c", "import strands_nb.engine.events"], { cwd: ROOT }).status === 0;

/** What Python prints. */
export function python(...args: string[]): string {
  return execFileSync(PYTHON, args, { cwd: ROOT, encoding: "utf8", maxBuffer: 100_000_000 });
}
