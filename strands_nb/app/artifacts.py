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
    from strands_nb.errors import Problem
    from strands_nb.spec import Spec
    from strands_nb.spec.policy import Artifact

__all__ = ("existing", "path_problems", "write_artifacts", "write_file")


def write_artifacts(spec: Spec, names: Mapping[str, Any], folder: Path, *, overwrite: bool) -> list[str]:
    """Write all artifacts of the workflow; returns their absolute paths.

    All are rendered before the first is written.

    Raises:
        ArtifactError: a template cannot be rendered, a path leaves the folder, is there already, or two are the same.
    """
    rendered: dict[Path, str] = {}
    for artifact in spec.outputs.artifacts:
        try:
            path, text = _rendered(artifact, names)
        except TemplateError as error:
            raise ArtifactError(f"the artifact {artifact.path!r} cannot be made: {error}") from error
        target = confined(folder, path)
        if target in rendered:
            raise _twice(target)
        rendered[target] = text
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


def _twice(path: Path) -> ArtifactError:
    return ArtifactError(f"two artifacts have the same path {path.name!r}; give each its own")


def _rendered(artifact: Artifact, names: Mapping[str, Any]) -> tuple[str, str]:
    """Its path and its text."""
    from strands_nb.render import template  # noqa: PLC0415 - imports jinja2

    source = "{{ TRACE }}" if artifact.source.strip() == "$TRACE" else artifact.source
    return template(artifact.path).render(names), template(source).render(names)


def path_problems(spec: Spec, variables: Mapping[str, Any], folder: Path) -> list[Problem]:
    """What is wrong with the paths of artifacts, as far as they depend on the inputs alone."""
    found: list[Problem] = []
    paths: set[Path] = set()
    for index, _ in enumerate(spec.outputs.artifacts):
        try:
            path = _early_path(spec, index, variables, folder)
            if path is not None and path in paths:
                raise _twice(path)
            paths |= {path} if path else set()
        except ArtifactError as error:
            found.append(spec.problem(f"/outputs/artifacts/{index}/path", str(error)))
    return found


def _early_path(spec: Spec, index: int, variables: Mapping[str, Any], folder: Path) -> Path | None:
    """The path of an artifact, or None where it depends on what becomes of the run.

    Raises:
        ArtifactError: it leaves the folder.
    """
    from strands_nb.render import template  # noqa: PLC0415 - imports jinja2

    names = {**document_names(spec), **variables, "inputs": variables}
    path = template(spec.outputs.artifacts[index].path)
    if not path.names <= names.keys():
        return None
    try:
        return confined(folder, path.render(names))
    except TemplateError:
        return None


def existing(spec: Spec, variables: Mapping[str, Any], folder: Path) -> list[Path]:
    """Which artifacts are there already, as far as their paths depend on the inputs alone."""
    paths = [_early_path(spec, index, variables, folder) for index, _ in enumerate(spec.outputs.artifacts)]
    return [path for path in paths if path is not None and path.exists()]


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
