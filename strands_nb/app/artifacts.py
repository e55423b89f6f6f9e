"""The files a run leaves behind: rendered, confined to the output folder, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from strands_nb.errors import ArtifactError, TemplateError
from strands_nb.spec import document_names

if TYPE_CHECKING:
    from strands_nb.spec import Spec

__all__ = ("existing", "write_artifacts", "write_file")


def write_artifacts(spec: Spec, names: Mapping[str, Any], folder: Path, *, overwrite: bool) -> list[str]:
    """Write all artifacts of the workflow; returns their absolute paths.

    All are rendered before the first is written.

    Raises:
        ArtifactError: a path leaves the folder, is there already, or two are the same.
        TemplateError: a template refers to what does not exist.
    """
    from strands_nb.render import template  # noqa: PLC0415 - imports jinja2

    rendered: dict[Path, str] = {}
    for artifact in spec.outputs.artifacts:
        target = confined(folder, template(artifact.path).render(names))
        if target in rendered:
            message = f"two artifacts have the same path {target.name!r}; give each its own"
            raise ArtifactError(message)
        source = "{{ TRACE }}" if artifact.source.strip() == "$TRACE" else artifact.source
        rendered[target] = template(source).render(names)
    if not overwrite:
        _refuse_existing(list(rendered))
    for target, text in rendered.items():
        _write(folder, target, text)
    return [str(target) for target in rendered]


def write_file(folder: Path, name: str, text: str, *, overwrite: bool) -> Path:
    """Write one file into a folder; returns its absolute path.

    Raises:
        ArtifactError: the name leaves the folder, or the file is there already.
    """
    target = confined(folder, name)
    if not overwrite:
        _refuse_existing([target])
    _write(folder, target, text)
    return target


def existing(spec: Spec, variables: Mapping[str, Any], folder: Path) -> list[Path]:
    """Which artifacts are there already, as far as their paths depend on the inputs alone."""
    from strands_nb.render import template  # noqa: PLC0415 - imports jinja2

    names = {**document_names(spec), **variables, "inputs": variables}
    found: list[Path] = []
    for artifact in spec.outputs.artifacts:
        try:
            target = confined(folder, template(artifact.path).render(names))
        except TemplateError:
            continue
        if target.exists():
            found.append(target)
    return found


def confined(folder: Path, path: str) -> Path:
    """The absolute path of an artifact; refuses to leave `folder`, also through a symbolic link.

    Raises:
        ArtifactError: it would.
    """
    parts = PurePosixPath(path.strip().replace("\\", "/")).parts
    if not parts or any(part in ("/", "..") or ":" in part or "\0" in part for part in parts):
        message = f"artifact path {path!r} must be relative, without '..', and inside the output folder"
        raise ArtifactError(message)
    root = folder.resolve()
    target = root.joinpath(*parts)
    at = root
    for part in parts:
        at = at / part
        if at.is_symlink():
            message = f"artifact path {path!r} goes through the symbolic link {at.name!r}; write to the real folder"
            raise ArtifactError(message)
    return target


def _refuse_existing(targets: list[Path]) -> None:
    there = [target for target in targets if target.exists()]
    if there:
        message = (
            f"{', '.join(str(path) for path in there)}: there already; pass --overwrite (overwrite=True) to replace"
        )
        raise ArtifactError(message)


def _write(folder: Path, target: Path, text: str) -> None:
    """Write beside and move into place, so that no reader ever sees half a file."""
    beside = target.with_name(f".{uuid4().hex}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("x", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(target)
    except (OSError, UnicodeError) as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        message = f"artifact {target.name!r} cannot be written in {folder}: {error}"
        raise ArtifactError(message) from error
