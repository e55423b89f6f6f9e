"""What a command line or a cell gives a workflow to run with: words that were typed."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strands_nb.errors import ArtifactError, Problem, SchemaValidationError

if TYPE_CHECKING:
    from strands_nb.spec import Spec

__all__ = ("lacking_besides", "read_variables", "refuse_existing")


@contextmanager
def lacking_besides(names: Collection[str]) -> Generator[None, None, None]:
    """Around loading a workflow that will be given `names`: where it has mistakes, these are not lacking as well."""
    try:
        yield
    except SchemaValidationError as error:
        given = {f"{name!r}" for name in names}
        left = [p for p in error.errors if not (p.severity == "needs" and any(name in p.message for name in given))]
        raise SchemaValidationError(left) from None


def read_variables(spec: Spec, given: Mapping[str, str]) -> dict[str, Any]:
    """Values of inputs, as their declared types.

    Raises:
        SchemaValidationError: some do not fit; all of them are said at once.
    """
    from strands_nb.spec import parse_var  # noqa: PLC0415 - the notebook is loaded without the language

    variables: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, text in given.items():
        try:
            variables[name] = parse_var(spec, name, text)
        except SchemaValidationError as error:
            problems += error.errors
    if problems:
        raise SchemaValidationError(problems)
    return variables


def refuse_existing(spec: Spec, variables: Mapping[str, Any], output_dir: str | Path | None, instead: str) -> None:
    """Refuse a run that would replace output files, as far as their names are known before it.

    Raises:
        ArtifactError: there are some; `instead` says what to pass.
    """
    from strands_nb.app.artifacts import existing  # noqa: PLC0415
    from strands_nb.app.options import Options  # noqa: PLC0415
    from strands_nb.spec import resolve_inputs  # noqa: PLC0415

    if there := existing(spec, resolve_inputs(spec, variables), Options(output_dir=output_dir).folder):
        names = ", ".join(str(path) for path in there)
        raise ArtifactError(f"{names}: there already; nothing was run. Pass {instead}")
