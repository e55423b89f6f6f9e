"""One mistake at every place of every pattern: it is one to the reader, and hides no other."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strands_nb.errors import SchemaValidationError
from strands_nb.spec import PATTERNS, check, parse, validate
from tests.spec.samples import data_of, places, said, text_of
from tests.spec.shared import lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from strands_nb.errors import Problem

PLANTED = "unknown tool 'gerp'"


def planted(kind: str) -> dict[str, Any]:
    """The sample of a pattern, with a mistake elsewhere."""
    return {**data_of(text_of(kind)), "agents": {"a": {"prompt": "A"}, "b": {"prompt": "B", "tools": ["gerp"]}}}


def at(data: Any, path: tuple[str | int, ...]) -> Any:
    for name in path:
        data = data[name]
    return data


def changed(data: Any, path: tuple[str | int, ...], change: Callable[[Any, Any], None]) -> Any:
    """A copy in which what is around `path` was changed."""
    again = copy.deepcopy(data)
    change(at(again, path[:-1]), path[-1])
    return again


def wrong_values(data: Any, path: tuple[str | int, ...]) -> Iterator[Any]:
    for value in (5, "zzq", [], {}, True, ["q"], {"q": 1}, -1, ""):
        if type(value) is not type(at(data, path)):
            yield changed(data, path, lambda around, name, value=value: around.__setitem__(name, value))


def missing(data: Any, path: tuple[str | int, ...]) -> Any:
    return changed(data, path, lambda around, name: around.__delitem__(name))


def misspelt(data: Any, path: tuple[str | int, ...]) -> Any:
    """A field without its third letter; the order of the fields is as it was."""
    slip = without_third(str(path[-1]))

    def change(around: Any, name: str) -> None:
        entries = [(slip if key == name else key, value) for key, value in around.items()]
        around.clear()
        around.update(entries)

    return changed(data, path, change)


def without_third(name: str) -> str:
    return name[:2] + name[3:]


def below_pattern(data: Any) -> list[tuple[str | int, ...]]:
    return [("pattern", *path) for path, _ in places(data["pattern"])]


def refused(data: Any) -> list[Problem] | None:
    """What loading says, None if it says nothing."""
    try:
        parse(json.dumps(data, indent=1))
    except SchemaValidationError as error:
        return error.errors
    return None


@pytest.mark.parametrize("kind", PATTERNS)
def test_a_value_of_the_wrong_type_anywhere_is_one_mistake_and_hides_no_other(kind: str) -> None:
    data, count = planted(kind), 0
    for path in below_pattern(data):
        for wrong in wrong_values(data, path):
            if (problems := refused(wrong)) is not None:
                first, *others = [problem for problem in problems if problem.message != PLANTED]
                assert len(others) == 0, (path, at(wrong, path), lines(problems))
                assert len(problems) == 2, (path, at(wrong, path), lines(problems))
                assert first.pointer.startswith("/" + "/".join(map(str, path[:2]))), path
                count += 1
    assert count > 50


@pytest.mark.parametrize("kind", PATTERNS)
def test_a_field_that_is_missing_anywhere_is_one_mistake_and_hides_no_other(kind: str) -> None:
    data, count = planted(kind), 0
    for path in below_pattern(data):
        if isinstance(path[-1], str) and (problems := refused(missing(data, path))) is not None:
            messages = [problem.message for problem in problems]
            words = ("missing field", "an edge needs", "should not be empty", "should have at least")
            assert len([message for message in messages if message.startswith(words) or "should" in message]) == 1, path
            assert PLANTED in messages, path
            assert len(messages) == 2, (path, messages)
            count += 1
    assert count > 4


@pytest.mark.parametrize("kind", PATTERNS)
def test_a_misspelt_field_anywhere_is_offered_the_right_one_and_nothing_else_is_said(kind: str) -> None:
    data, count = planted(kind), 0
    for path in below_pattern(data):
        around, name = at(data, path[:-1]), path[-1]
        free = path[-2] in {"nodes", "routes", "vars", "schema"} or name == "schema"
        if not isinstance(around, dict) or free or len(str(name)) < 4 or name == "agent":
            continue  # `gaent: b` may be a short step
        problems = refused(misspelt(data, path)) or []
        assert [problem.message for problem in problems if problem.message != PLANTED] == [
            f"unknown field {without_third(str(name))!r}"
        ], path
        assert any(problem.hint == f"did you mean {name!r}?" for problem in problems), path
        assert len(problems) == 2, path
        count += 1
    assert count > 3


# ---------------------------------------------------------------- any mistakes at all

WORDS = st.sampled_from(
    [
        *"abxy",
        "agent",
        "type",
        "hitl",
        "else",
        "tasks",
        "nodes",
        "to",
        "{{ steps[0] }}",
        "{{ tasks.x }}",
        "{{",
        "",
        "__x",
    ]
)
FIELDS = st.sampled_from(
    [
        *[
            "agent",
            "input",
            "type",
            "prompt",
            "id",
            "deps",
            "vars",
            "default",
            "choices",
            "schema",
            "validation",
            "approve",
        ],
        *[
            "steps",
            "tasks",
            "router",
            "routes",
            "then",
            "branches",
            "reduce",
            "producer",
            "evaluator",
            "accept",
            "min_score",
        ],
        *[
            "orchestrator",
            "worker_template",
            "limits",
            "nodes",
            "edges",
            "from",
            "to",
            "choose",
            "when",
            "start",
            "a",
            "x",
        ],
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 3) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS | WORDS, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("kind", PATTERNS)
@settings(deadline=5000, max_examples=80)
@given(data=st.data())
def test_whatever_is_wrong_is_said_in_problems_of_ours(kind: str, data: st.DataObject) -> None:
    workflow = planted(kind)
    config = data.draw(st.just(workflow["pattern"]["config"]) | ANYTHING)
    workflow["pattern"]["config"] = config
    for path in data.draw(st.lists(st.sampled_from(below_pattern(workflow) or [("pattern",)]), max_size=3)):
        with suppress(LookupError, TypeError, AttributeError):  # it is within what was changed before
            at(workflow, path[:-1])[path[-1]] = data.draw(ANYTHING)
    problems = said(json.dumps(workflow))
    assert PLANTED in [problem.message for problem in problems]
    assert all(problem.message and problem.line for problem in problems)
    with suppress(SchemaValidationError):
        check(validate(workflow))
