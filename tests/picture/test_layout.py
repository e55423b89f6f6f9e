"""Nothing stands on anything else, and every arrow begins and ends at a box."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strands_nb.picture.figure import read
from strands_nb.picture.layout import MAX_BOXES, Direction, Layout, Point, Rect, lay_out
from strands_nb.picture.measure import extents, tags
from strands_nb.picture.spread import nearest
from tests.picture.support import CHAIN, EVALUATOR, GRAPH, NESTED, OUTLINES, PARALLEL, chain, node, outline, outlines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strands_nb.picture.figure import Figure
    from strands_nb.picture.layout import Route

DIRECTIONS: tuple[Direction, ...] = ("right", "down")
both_ways = pytest.mark.parametrize("direction", DIRECTIONS)


def drawn(data: dict[str, Any], direction: Direction = "right") -> tuple[Figure, Layout]:
    figure = read(data)
    found = lay_out(figure, extents(figure, 160), tags(200), direction)
    assert found is not None
    return figure, found


def overlap(one: Rect, other: Rect) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def within(inner: Rect, outer: Rect) -> bool:
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and inner.x + inner.width <= outer.x + outer.width
        and inner.y + inner.height <= outer.y + outer.height
    )


def touches(point: Point, at: Rect) -> bool:
    """Whether a point lies on the border of a rectangle."""
    inside = at.x <= point.x <= at.x + at.width and at.y <= point.y <= at.y + at.height
    return inside and (point.x in {at.x, at.x + at.width} or point.y in {at.y, at.y + at.height})


def check(figure: Figure, layout: Layout) -> None:
    """All that must hold for any figure."""
    page = Rect(0, 0, round(layout.size.width), round(layout.size.height))
    assert layout.boxes.keys() == figure.boxes.keys()
    for one, other in combinations(figure.boxes.values(), 2):
        if one.key not in other.around and other.key not in one.around:
            assert not overlap(layout.boxes[one.key], layout.boxes[other.key]), (one.key, other.key)
    for box in figure.boxes.values():
        frame = layout.boxes[box.around[-1]] if box.around else page
        assert within(layout.boxes[box.key], frame), box.key
    assert sorted(route.arrow.source for route in layout.routes) == sorted(arrow.source for arrow in figure.arrows)
    for route in layout.routes:
        assert touches(route.points[0], layout.boxes[route.arrow.source]), route
        assert touches(route.points[-1], layout.boxes[route.arrow.target]), route
        assert bool(route.label) == bool(route.arrow.label)
        for spot in route.points:
            assert within(Rect(*spot, 0, 0), page), route
    labels = [route.label for route in layout.routes if route.label]
    leaves = [layout.boxes[key] for key in figure.boxes if not figure.members[key]]
    assert all(within(label, page) for label in labels)
    assert not any(overlap(one, other) for one, other in combinations(labels, 2))
    assert not any(overlap(label, at) for label in labels for at in leaves)


@both_ways
@pytest.mark.parametrize("name", OUTLINES)
def test_boxes_keep_apart_and_arrows_touch_theirs(name: str, direction: Direction) -> None:
    check(*drawn(OUTLINES[name], direction))


@settings(deadline=None, max_examples=120)
@given(data=outlines(), direction=st.sampled_from(DIRECTIONS))
def test_boxes_of_any_outline_keep_apart_and_arrows_touch_theirs(data: dict[str, Any], direction: Direction) -> None:
    check(*drawn(data, direction))


def straight_parts(route: Route) -> Iterator[Rect]:
    for one, other in pairwise(route.points):
        if one.x == other.x or one.y == other.y:
            left, top = min(one.x, other.x), min(one.y, other.y)
            yield Rect(left, top, max(one.x, other.x) - left, max(one.y, other.y) - top)


@settings(deadline=None, max_examples=80)
@given(data=outlines(scopes=False), direction=st.sampled_from(DIRECTIONS))
def test_no_arrow_goes_through_a_box(data: dict[str, Any], direction: Direction) -> None:
    _, layout = drawn(data, direction)
    for route in layout.routes:
        for part in straight_parts(route):
            assert not any(overlap(part, at) for at in layout.boxes.values()), route


@both_ways
def test_what_follows_stands_further_on(direction: Direction) -> None:
    _, layout = drawn(GRAPH, direction)
    axis = 0 if direction == "right" else 1
    for route in layout.routes:
        source, target = layout.boxes[route.arrow.source], layout.boxes[route.arrow.target]
        assert (target[axis] <= source[axis]) == route.back
    assert [route.arrow.label for route in layout.routes if route.back] == [
        "else",
        "'unsure' in nodes.legal.response",
        "else",
    ]


def test_a_chain_is_a_straight_line() -> None:
    _, layout = drawn(CHAIN)
    assert {(at.y, at.height) for at in layout.boxes.values()} == {(0, 48)}
    assert all(len({point.y for point in route.points}) == 1 for route in layout.routes)


def test_a_box_stands_in_the_middle_of_what_leads_to_it() -> None:
    _, layout = drawn(outline(map(node, "abcd"), [("a", "d"), ("b", "d"), ("c", "d")]))
    assert layout.boxes["d"].y == layout.boxes["b"].y


def test_boxes_stand_in_the_middle_of_what_they_lead_to() -> None:
    _, layout = drawn(outline(map(node, "pqabcd"), [("p", "a"), ("p", "b"), ("q", "c"), ("q", "d")]))
    y = {key: at.y for key, at in layout.boxes.items()}
    assert (2 * y["p"], 2 * y["q"]) == (y["a"] + y["b"], y["c"] + y["d"])


def test_boxes_change_places_where_arrows_would_cross() -> None:
    _, layout = drawn(outline(map(node, "abcd"), [("a", "d"), ("b", "c")]))
    assert layout.boxes["a"].y == layout.boxes["d"].y < layout.boxes["b"].y == layout.boxes["c"].y


def test_branches_side_by_side_are_as_long_as_each_other() -> None:
    _, layout = drawn(PARALLEL)
    web, papers = layout.boxes["branches/web"], layout.boxes["branches/papers"]
    assert (web.x, web.width) == (papers.x, papers.width)
    assert within(layout.boxes["branches/papers/steps/0"], papers)


def test_a_loop_runs_outside_of_what_it_encloses() -> None:
    _, layout = drawn(EVALUATOR)
    bottom = max(layout.boxes[key].y + 48 for key in layout.boxes if key.startswith("iterations/*/"))
    loops = [route for route in layout.routes if route.back]
    assert len(loops) == 2
    assert all(max(point.y for point in route.points) > bottom for route in loops)
    lanes = [max(point.y for point in route.points) for route in loops]
    assert lanes[0] < lanes[1]


def test_the_shorter_of_two_loops_is_the_inner_one_and_their_ends_keep_apart() -> None:
    onward = [("a", "b"), ("b", "c")]
    _, layout = drawn(outline(map(node, "abc"), [*onward, ("c", "a", "long"), ("b", "a", "short")]))
    long, short = (next(r.points for r in layout.routes if r.arrow.label == label) for label in ("long", "short"))
    assert max(point.y for point in short) < max(point.y for point in long)
    assert short[-1].x - long[-1].x == 20


def test_arrows_into_a_scope_end_at_the_step_they_mean() -> None:
    _, layout = drawn(NESTED)
    ends = {(route.arrow.source, route.arrow.target): route.points[-1] for route in layout.routes}
    assert touches(ends["start", "a/0"], layout.boxes["a/0"])
    assert touches(ends["a/0", "a/b/0"], layout.boxes["a/b/0"])


def test_the_same_outline_is_laid_out_the_same() -> None:
    assert drawn(GRAPH)[1] == drawn(GRAPH)[1]


@pytest.mark.parametrize(
    "data",
    [
        chain(MAX_BOXES + 1),
        chain(10_000),
        outline(map(node, "ab"), [("a", "b")] * 10_000),
        outline([node(f"{n}") for n in range(300)], [(f"{a}", f"{b}") for a in range(300) for b in (a + 1, 299)][:598]),
    ],
    ids=["boxes", "a very long chain", "arrows", "arrows that pass too many rows"],
)
def test_what_is_too_large_is_refused(data: dict[str, Any]) -> None:
    figure = read(data)
    assert lay_out(figure, extents(figure, 160), tags(200), "right") is None


def test_the_largest_chain_is_drawn() -> None:
    check(*drawn(chain(MAX_BOXES), "down"))


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(0.01, 10)), min_size=1, max_size=8), st.data())
def test_places_keep_their_gaps_and_none_moves_for_nothing(
    wishes: list[tuple[float, float]], data: st.DataObject
) -> None:
    gaps = data.draw(st.lists(st.floats(0, 100), min_size=len(wishes) - 1, max_size=len(wishes) - 1))
    places = nearest(wishes, gaps)
    assert all(b - a >= gap - 1e-6 for (a, b), gap in zip(pairwise(places), gaps, strict=True))
    if all(b[0] - a[0] >= gap for (a, b), gap in zip(pairwise(wishes), gaps, strict=True)):
        assert places == pytest.approx([wish for wish, _ in wishes], abs=1e-6)
