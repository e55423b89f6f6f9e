"""Real and hostile files that lie beside the repository on our machines, and what the tests here say briefly."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.errors import SchemaValidationError
from strands_nb.spec import ChainPattern, Spec, Step, parse

if TYPE_CHECKING:
    from strands_nb.errors import Problem

SHARED = Path(__file__).parents[2].parent / "shared"
SPECS = SHARED / "specs"
CORPORA = SHARED / "corpora"

needs_specs = pytest.mark.skipif(not SPECS.is_dir(), reason=f"the real workflow files are not at {SPECS}")
needs_corpora = pytest.mark.skipif(not CORPORA.is_dir(), reason=f"the hostile inputs are not at {CORPORA}")


def cell(text: str) -> str:
    """The text of a cell as written in a test."""
    return dedent(text).lstrip("\n")


def read(text: str, **options: Any) -> Spec:
    """The workflow of a cell."""
    return parse(cell(text), **options)


def chained(spec: Spec) -> tuple[Step, ...]:
    """The steps of a chain."""
    assert isinstance(spec.pattern, ChainPattern)
    return spec.pattern.config.steps


def mistakes(text: str, **options: Any) -> list[Problem]:
    """The problems that `parse` raises for a cell."""
    with pytest.raises(SchemaValidationError) as caught:
        parse(cell(text), **options)
    return caught.value.errors


def lines(problems: list[Problem]) -> list[str]:
    """Problems as a reader sees them."""
    return [f"{problem.severity}: {problem}" for problem in problems]
