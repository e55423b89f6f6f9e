"""The command line as a user has it: a process of its own, with a home of its own."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from strands_nb.cli import main
from strands_nb.engine.events import Spent
from strands_nb.stores import FileSessionRepository

ROOT = Path(__file__).parents[2]
_MAIN = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever our parent does with it
sys.argv[0] = "strands-nb"
from strands_nb.cli import main
main()
"""
COMMAND = [sys.executable, "-c", _MAIN]
GATED = """
name: brief
runtime: {provider: scripted}
agents: {researcher: {prompt: You find facts.}, writer: {prompt: You write.}}
steps:
  - researcher: Facts about {{ topic | default('tides') }}
  - {type: hitl, id: review, prompt: Good enough?, context_display: "{{ steps[0].response }}", default: fine}
  - writer: "Write: {{ steps[0].response }} / {{ hitl_response }}"
"""

FILES = GATED + 'outputs: {artifacts: [{path: "{{ name }}.md", from: "{{ last_response }}"}]}'
REFUSAL = {"success", "status", "exit_code", "error_message", "error_type", "errors"}


@dataclass(frozen=True)
class Done:
    """How a process ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be one JSON object and nothing else."""
        return json.loads(self.out)


def plain(text: str) -> str:
    """What a terminal shows of a text, without colours and movements."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "")


class _Captured(io.TextIOWrapper):
    """A stream of UTF-8 that keeps what is written."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        super().__init__(self._bytes, encoding="utf-8", newline="", write_through=True)

    @property
    def text(self) -> str:
        return self._bytes.getvalue().decode()


@dataclass(frozen=True)
class Shell:
    """A folder with a home for sessions in it, and a command line that works there."""

    folder: Path

    @property
    def env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_BASE_URL"))}
        kept.pop("STRANDS_NB_MODEL", None)
        return kept | {
            "STRANDS_NB_HOME": str(self.folder / "home"),
            "PYTHONPATH": str(ROOT),
            "TERM": "xterm",
            "COLUMNS": "100",
        }

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return name

    def run(self, *args: str, stdin: str = "", **env: str) -> Done:
        """The command in this process, which imports the SDK only once; `process` is the real thing."""
        out, err = _Captured(), _Captured()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name in set(os.environ) - set(self.env):
                patch.delenv(name)
            for name, value in (self.env | env).items():
                patch.setenv(name, value)
            patch.chdir(self.folder)
            patch.setattr(sys, "argv", ["strands-nb", *args])
            patch.setattr(sys, "stdin", io.StringIO(stdin))
            try:
                main()
                code: Any = 0
            except SystemExit as end:
                code = end.code
        return Done(int(code or 0), out.text, err.text)

    def process(self, *args: str, stdin: str = "", **env: str) -> Done:
        """The command in a process of its own."""
        done = subprocess.run(  # noqa: S603
            [*COMMAND, *args],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.folder,
            env=self.env | env,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603
            [*COMMAND, *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=self.env,
        )

    @property
    def sessions(self) -> list[str]:
        folder = self.folder / "home" / "sessions"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def journal(self, session_id: str) -> list[Any]:
        """The records of a session, read as another process would."""
        return list(asyncio.run(FileSessionRepository(self.folder / "home" / "sessions").read(session_id)))

    def spent(self, session_id: str) -> list[str]:
        """The keys of all attempts that are in the books, in order."""
        return [event.key for event in self.journal(session_id) if isinstance(event, Spent) and event.data["ok"]]


def parked(shell: Shell, text: str = GATED, *args: str) -> str:
    done = shell.run("run", shell.write("w.yaml", text), "--on-hitl", "park", "--json", "--var", "topic=fog", *args)
    assert done.code == 19
    Path(shell.folder, "w.yaml").unlink()  # all it needs is in the session
    return done.json["session_id"]
