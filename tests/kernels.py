"""ipykernel as others have it: each version in an environment of its own, which borrows all else from this one.

`python -m tests.kernels 6.31.0 7.4.0` makes these, or all that are promised, and lets each say what it is.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

__all__ = ("PATHS", "PROMISED", "interpreter", "required")

PROMISED = ("6.29.5", "6.31.0", "7.3.0", "7.4.0")
"""The oldest that is supported, the last of its line, and the newest two."""

_HOME = Path(__file__).parents[1] / ".venv-kernels"
PATHS = [_HOME / version / "share" / "jupyter" for version in PROMISED]
"""For a JUPYTER_PATH: where their kernelspecs are, once they are made."""
_LENT = sysconfig.get_path("purelib")
_ASK = "import ipykernel, strands_nb; print(ipykernel.__version__)"


def interpreter(version: str) -> Path:
    """The Python of that environment, which is made at the first call; raises `CalledProcessError`."""
    folder = _HOME / version
    python = folder / "bin" / "python"
    stamp = folder / "lends-from"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != _LENT or not python.exists():
        _make(version, folder)
    return python


def _make(version: str, folder: Path) -> None:
    """Beside its place, then moved there at once: several test processes may want it."""
    draft = folder.with_name(f"{version}-{os.getpid()}")
    venv.create(draft, symlinks=True)
    python = draft / "bin" / "python"
    # From ipykernel 6 on they all run on what is here; only the kernel itself must be another one.
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check"]
    wanted = [f"ipykernel=={version}", "nest-asyncio", "psutil"]
    subprocess.run([*pip, "--no-deps", *wanted], check=True, capture_output=True, text=True)  # noqa: S603
    [site] = draft.glob("lib/python*/site-packages")
    (site / "lent.pth").write_text(f"import site; site.addsitedir({_LENT!r})\n", encoding="utf-8")
    _name(draft / "share" / "jupyter" / "kernels", version, folder)
    (draft / "lends-from").write_text(_LENT, encoding="utf-8")
    said = subprocess.run([python, "-c", _ASK], check=True, capture_output=True, text=True)  # noqa: S603
    if said.stdout.strip() != version:
        raise RuntimeError(f"{draft} should run ipykernel {version}, and runs {said.stdout.strip()}")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        draft.rename(folder)
    except OSError:  # somebody else was first
        shutil.rmtree(draft)


def _name(specs: Path, version: str, folder: Path) -> None:
    """The kernelspec that comes with a kernel asks for `python`, which may be any."""
    place = (specs / "python3").rename(specs / f"ipykernel-{version}") / "kernel.json"
    spec = json.loads(place.read_text(encoding="utf-8"))
    spec["argv"][0], spec["display_name"] = str(folder / "bin" / "python"), f"ipykernel {version}"
    place.write_text(json.dumps(spec), encoding="utf-8")


@functools.cache
def required(version: str) -> str:
    """The name of its kernelspec, for a test, which is skipped where there is none; see STRANDS_NB_REQUIRE_KERNELS."""
    try:
        interpreter(version)
    except subprocess.CalledProcessError as error:
        why = f"ipykernel {version} cannot be installed: {str(error.stderr).strip()[-300:]}"
    else:
        return f"ipykernel-{version}"
    if os.environ.get("STRANDS_NB_REQUIRE_KERNELS") == "1":
        pytest.fail(why)
    pytest.skip(why)


def main(versions: list[str]) -> None:
    """Make them, and let each say what it is."""
    for version in versions or PROMISED:
        said = subprocess.run([interpreter(version), "-c", _ASK], check=True, capture_output=True, text=True)  # noqa: S603
        print(f"ipykernel {said.stdout.strip()}: {interpreter(version)}")  # noqa: T201 - its answer


if __name__ == "__main__":
    main(sys.argv[1:])
