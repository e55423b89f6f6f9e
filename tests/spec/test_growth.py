"""What it takes to read and check a workflow grows as the workflow does: counted in calls, which no load changes."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.errors import SchemaValidationError
from strands_nb.patterns import outline
from strands_nb.render.condition import condition
from strands_nb.render.environment import ENVIRONMENT
from strands_nb.render.templates import template
from strands_nb.spec import check, parse
from strands_nb.spec.read import document_of, tree_of
from tests.spec import large

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.spec.large import Large

SIZE, TIMES = 150, 4


def checked(text: str) -> list[Any]:
    try:
        return check(parse(text))
    except SchemaValidationError as error:
        return error.errors


def calls(do: Callable[[], object]) -> int:
    """How many functions are called, in Python and in C."""
    count = 0

    def note(_frame: Any, event: str, _arg: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    template.cache_clear()
    condition.cache_clear()
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        do()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("make", [*large.RIGHT, *large.WRONG], ids=lambda make: make.__name__)
def test_four_times_the_size_takes_about_four_times_as_long(make: Large) -> None:
    checked(make(10))  # models are built, caches are warm
    large_text, text = make(SIZE * TIMES), make(SIZE)
    assert calls(lambda: checked(large_text)) < 1.3 * TIMES * calls(lambda: checked(text))


@pytest.mark.parametrize("make", large.RIGHT, ids=lambda make: make.__name__)
def test_drawing_four_times_as_much_takes_about_four_times_as_long(make: Large) -> None:
    spec, larger = parse(make(SIZE)), parse(make(SIZE * TIMES))
    outline(parse(make(10))).to_json()
    assert calls(lambda: outline(larger).to_json()) < 1.3 * TIMES * calls(lambda: outline(spec).to_json())


@pytest.mark.parametrize("make", large.RIGHT, ids=lambda make: make.__name__)
def test_the_large_workflows_that_should_be_right_are(make: Large) -> None:
    assert [problem for problem in checked(make(100)) if problem.severity == "error"] == []


@pytest.mark.parametrize("make", large.WRONG, ids=lambda make: make.__name__)
def test_the_large_workflows_that_should_be_wrong_are(make: Large) -> None:
    assert [problem for problem in checked(make(100)) if problem.severity == "error"]


@pytest.mark.parametrize("make", [large.dag_grid, large.graph], ids=lambda make: make.__name__)
def test_a_text_may_hold_ten_thousand_tasks_or_nodes(make: Large) -> None:
    assert tree_of(document_of(make(10_000)))[1] == []


@pytest.mark.parametrize("make", [large.chain, large.dag_by_templates], ids=lambda make: make.__name__)
def test_ten_thousand_steps_are_checked_in_five_seconds_and_each_template_is_parsed_once(
    make: Large, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, parsed, parse_once = make(10_000), Counter[str](), ENVIRONMENT.parse

    def counted(source: str) -> object:
        parsed[source] += 1
        return parse_once(source)

    monkeypatch.setattr(ENVIRONMENT, "parse", counted)
    template.cache_clear()
    began = time.process_time()
    assert [problem for problem in checked(text) if problem.severity == "error"] == []
    assert time.process_time() - began < 5
    assert set(parsed.values()) == {1}
    assert parsed.total() >= 9_999
