"""What `%load_ext strands_nb` costs a notebook beyond IPython, and what the first workflow costs after it.

Each round is a fresh process.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 7
HEAVY = ("strands", "jinja2", "pydantic", "yaml", "rich", "anywidget", "ipywidgets", "opentelemetry", "openai", "boto3")
GOAL_MS = 300

PROBE = """
import json, sys, time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
before, began = set(sys.modules), time.perf_counter()
shell.run_line_magic("load_ext", "strands_nb")
loaded = time.perf_counter() - began
extra, began = set(sys.modules) - before, time.perf_counter()
from strands_nb import Workflow
workflow = Workflow.from_yaml("agents: {writer: {prompt: You write.}}\\nsteps: [{writer: Write.}]")
workflow.with_options(model="scripted").run().raise_for_status()
print(json.dumps([loaded, time.perf_counter() - began, sorted(extra)]))
"""


def probe() -> tuple[float, float, list[str]]:
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "STRANDS_NB_HOME": home, "IPYTHONDIR": home}
        command = [sys.executable, "-W", "ignore", "-c", PROBE]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=home)  # noqa: S603 - our own interpreter
    loaded, first, extra = json.loads(done.stdout.splitlines()[-1])
    return loaded * 1e3, first * 1e3, extra


def main() -> None:
    rounds = [probe() for _ in range(ROUNDS)]
    print(f"milliseconds, {ROUNDS} fresh processes      median      max")
    for column, name in enumerate(("%load_ext strands_nb", "first run after it")):
        figures = [float(one[column]) for one in rounds]  # pyright: ignore[reportArgumentType]
        goal = f"   (goal: under {GOAL_MS})" if column == 0 else "   (imports the SDK, once)"
        print(f"  {name:32}{statistics.median(figures):9.0f}{max(figures):9.0f}{goal}")
    extra = rounds[0][2]
    there = [name for name in HEAVY if name in extra]
    print(f"  modules loaded by %load_ext: {len(extra)}; of the heavy ones: {', '.join(there) or 'none'}")


if __name__ == "__main__":
    main()
