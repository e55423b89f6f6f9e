"""Real and hostile files that lie beside the repository on our machines, and what the tests here say briefly."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from strands_nb.errors import SchemaValidationError
from strands_nb.spec import ChainPattern, Spec, Step, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from strands_nb.errors import Problem

T = TypeVar("T")
MIB = 2**20

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


def within_bounds(do: Callable[[], T], what: object, *, seconds: float = 1.0, mib: float = 64.0) -> T:
    """What `do` returns, which takes no more than this of the processor and of memory, however busy the machine is.

    It is done twice, since measuring memory takes time.
    """
    began = time.process_time()
    do()
    spent = time.process_time() - began
    assert spent < seconds, (what, spent)
    tracemalloc.start()
    try:
        done = do()
        peak = tracemalloc.get_traced_memory()[1] / MIB
    finally:
        tracemalloc.stop()
    assert peak < mib, (what, peak)
    return done
