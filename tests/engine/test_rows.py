"""Where rows stand that were not drawn beforehand."""

from __future__ import annotations

import pytest

from strands_nb.engine.rows import arrange

GRAPH = ["nodes/draft/*", "nodes/check/*"]
LOOP = ["iterations/*", "iterations/*/produce", "iterations/*/review", "reduce"]
ROUNDS = ["rounds/*", "rounds/*/plan", "rounds/*/workers/*", "reduce"]


def keys(drawn: list[str], *fresh: str) -> list[str]:
    return [row.key for row in arrange(drawn, fresh)]


def likes(drawn: list[str], *fresh: str) -> dict[str, str | None]:
    return {row.key: row.like for row in arrange(drawn, fresh)}


def test_what_was_drawn_stays_in_its_order() -> None:
    assert keys([*GRAPH, "reduce"]) == [*GRAPH, "reduce"]


def test_the_first_visit_takes_the_place_of_its_box_and_others_follow_it() -> None:
    assert keys(GRAPH, "nodes/check/1", "nodes/draft/1", "nodes/check/2") == [
        "nodes/draft/1",
        "nodes/check/1",
        "nodes/check/2",
    ]


def test_the_first_iteration_takes_the_place_of_all_boxes_of_its_scope() -> None:
    assert keys(LOOP, "iterations/0") == ["iterations/0", "iterations/0/produce", "iterations/0/review", "reduce"]


def test_the_units_of_a_later_iteration_come_below_their_own_scope() -> None:
    fresh = ["iterations/0", "iterations/1", "iterations/1/produce", "iterations/0/produce", "iterations/1/review"]
    assert keys(LOOP, *fresh) == [
        "iterations/0",
        "iterations/0/produce",
        "iterations/0/review",
        "iterations/1",
        "iterations/1/produce",
        "iterations/1/review",
        "reduce",
    ]


def test_a_box_that_the_first_round_leaves_empty_is_not_filled_by_the_second() -> None:
    """Its units would stand among those of the first."""
    assert keys(ROUNDS, "rounds/0/plan", "rounds/1", "rounds/1/workers/0", "rounds/1/workers/1") == [
        "rounds/0",
        "rounds/0/plan",
        "rounds/0/workers/*",
        "rounds/1",
        "rounds/1/workers/0",
        "rounds/1/workers/1",
        "reduce",
    ]


def test_a_later_one_is_named_like_the_first_of_its_kind() -> None:
    found = likes(ROUNDS, "rounds/0/plan", "rounds/1", "rounds/1/plan", "rounds/1/workers/4")
    assert found["rounds/1"] == "rounds/*"
    assert found["rounds/1/plan"] == "rounds/*/plan"
    assert found["rounds/1/workers/4"] == "rounds/*/workers/*"


def test_a_node_whose_name_is_a_number_is_not_taken_for_a_visit_of_another() -> None:
    drawn = ["nodes/1/*", "nodes/2/*"]
    assert keys(drawn, "nodes/2/1", "nodes/1/1", "nodes/2/2") == ["nodes/1/1", "nodes/2/1", "nodes/2/2"]
    assert likes(drawn, "nodes/1/1", "nodes/2/1", "nodes/2/2")["nodes/2/2"] == "nodes/2/*"


def test_what_nobody_drew_stands_after_what_begins_alike_or_last() -> None:
    assert keys(["steps/0", "reduce"], "x", "steps/1") == ["steps/0", "steps/1", "reduce", "x"]
    assert likes([], "0/work", "1/work") == {"0/work": None, "1/work": None}


@pytest.mark.parametrize("key", ["", "/", "a//1", "²", "٣/1", "/".join("1" * 5000)])
def test_any_text_is_a_key(key: str) -> None:
    assert key in keys(["*", "a/*", "*/*"], key)


def test_rows_that_come_all_at_once_take_no_longer_for_being_many() -> None:
    """In the square of their number, these would take until the test is given up."""
    fresh = [f"rounds/{n // 200}/workers/{n % 200}" for n in range(40_000)]
    assert len(keys(ROUNDS, *fresh)) > len(fresh)
