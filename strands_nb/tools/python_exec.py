"""Running Python code that a model wrote, in a process of its own.

This is fault isolation, not security: code that loops, eats memory or floods its output is stopped and cannot take
the notebook with it. It still runs as this user, may read what this user may read, and reaches the network.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Annotated

import psutil
from pydantic import Field

from strands_nb.engine.tool import ToolCall
from strands_nb.errors import ToolError

__all__ = ("python_exec",)

MAX_OUTPUT = 64_000
"""Bytes of output that are kept."""
MAX_CODE = 100_000
_LIMITS = {"AS": 1_000_000_000, "FSIZE": 10_000_000, "NOFILE": 256, "CORE": 0}
_MORE_PROCESSES = 64
_LOOK_EVERY_S = 0.02
_SWEEPS = 10
_LAUNCHER = Path(__file__).with_name("_limited.py")


def python_exec(
    code: Annotated[str, Field(min_length=1, max_length=MAX_CODE, description="Python; print what you want to see")],
    call: ToolCall,
    timeout: Annotated[int, Field(ge=1, le=120, description="seconds it may take")] = 5,
) -> str:
    """Run Python code and return what it printed.

    It runs in an empty temporary folder that is deleted afterwards, and remembers nothing of earlier calls. It may
    use 1 GB of memory.
    """
    with TemporaryDirectory(prefix="strands-nb-", ignore_cleanup_errors=True) as folder, TemporaryFile() as output:
        _write(Path(folder, "code.py"), code)
        with _started(folder, output, timeout) as process:
            in_time = _wait(process, timeout, call)
        said = _said(output, folder)
    if not in_time:
        raise ToolError(f"stopped after {timeout} s; until then it printed:\n{said}")
    if process.returncode:
        raise ToolError(f"{_ending(process.returncode)}; it printed:\n{said}")
    return said


def _write(file: Path, code: str) -> None:
    try:
        file.write_text(code, encoding="utf-8", newline="")
    except UnicodeError:
        raise ToolError("the code has characters that no text has: halves of surrogate pairs") from None


@contextmanager
def _started(folder: str, output: IO[bytes], timeout: int) -> Generator[subprocess.Popen[bytes]]:
    """The process; when the block ends, it and all it has started are gone."""
    process = subprocess.Popen(  # noqa: S603 - to run code is the purpose
        [*_limiting(timeout), sys.executable, "-I", "-X", "utf8", "code.py"],
        cwd=folder,
        env=_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=output,  # a file, not a pipe: what the code leaves behind cannot keep us waiting for its end
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _end(process, folder)


def _limiting(timeout: int) -> list[str]:
    """The command that sets limits before it becomes the one behind it; none on Windows, which has no such limits."""
    if sys.platform == "win32":
        return []
    limits = {**_LIMITS, "CPU": timeout + 1, "NPROC": _tasks() + _MORE_PROCESSES}
    return [sys.executable, "-I", "-S", str(_LAUNCHER), json.dumps(limits)]


def _tasks() -> int:
    """How many processes and threads this user has: their limit counts them all."""
    count, user = 0, psutil.Process().username()
    for process in psutil.process_iter(["username", "num_threads"]):
        if process.info["username"] == user:
            count += process.info["num_threads"] or 1
    return count


def _environment(folder: str) -> dict[str, str]:
    """Nothing of ours, so no keys; a home that is ours to know its processes by."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    own = {"HOME": folder, "TMPDIR": folder, "TEMP": folder, "LANG": "C.UTF-8"}
    # Libraries that start a thread for each core would meet the limits.
    return {**kept, **own, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def _wait(process: subprocess.Popen[bytes], timeout: int, call: ToolCall) -> bool:
    """Whether it ended by itself."""
    end = time.monotonic() + timeout
    while process.poll() is None:
        if time.monotonic() > end or call.cancelled.wait(_LOOK_EVERY_S):
            return False
    return True


def _end(process: subprocess.Popen[bytes], folder: str) -> None:
    """Kill its group, and those who left the group or outlived it: they have its home."""
    if process.poll() is None:  # else its number may be somebody else's by now
        if sys.platform != "win32":
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
    for _ in range(_SWEEPS):  # one that is made while we look is found the next time
        if not sum(_killed(other, folder) for other in psutil.process_iter()):
            return


def _killed(process: psutil.Process, home: str) -> bool:
    try:
        if process.environ().get("HOME") != home:
            return False
        process.kill()
    except (psutil.Error, OSError):
        return False  # gone, or somebody else's
    return True


def _said(output: IO[bytes], folder: str) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(0)
    text = output.read(MAX_OUTPUT).decode("utf-8", "replace").replace(os.path.join(folder, ""), "")  # noqa: PTH118
    return f"{text}\n(cut: {size:,} bytes in all)" if size > MAX_OUTPUT else text or "(nothing)"


def _ending(code: int) -> str:
    if code > 0:
        return f"it ended with exit code {code}"
    with suppress(ValueError):
        return f"it was killed by {signal.Signals(-code).name}"
    return f"it was killed by signal {-code}"
