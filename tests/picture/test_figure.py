"""How an outline is read: no box is lost, whatever it says of frames and arrows."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from strands_nb.patterns import outline as outline_of
from strands_nb.picture.describe import describe
from strands_nb.picture.figure import Arrow, read
from strands_nb.picture.flow import flow, going_back, stages
from strands_nb.picture.words import cut, em, one_line
from strands_nb.spec import parse
from tests.picture.support import (
    EVALUATOR,
    GRAPH,
    NESTED,
    ORCHESTRATOR,
    PATTERNS,
    ROUTING,
    chain,
    node,
    outline,
    outlines,
)


def test_an_outline_and_its_data_are_the_same_figure() -> None:
    found = outline_of(parse("agents: {writer: {prompt: Hi}}\nsteps: [{writer: Draft}, {approve: Good?}]"))
    figure = read(found)
    assert figure == read(found.to_json())
    assert [(box.label, box.human) for box in figure.boxes.values()] == [("writer", False), ("approval", True)]
    assert figure.arrows == (Arrow("steps/0", "steps/1"),)


@pytest.mark.parametrize("edge", [["a", "b", "go"], ("a", "b", "go"), {"source": "a", "target": "b", "label": "go"}])
def test_an_edge_may_be_a_list_or_a_mapping(edge: object) -> None:
    assert read({"nodes": [node("a"), node("b")], "edges": [edge]}).arrows == (Arrow("a", "b", "go"),)


def test_an_edge_of_another_shape_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"an edge is \[source, target\] or \[source, target, label\], not \['a'\]"):
        read({"nodes": [node("a")], "edges": [["a"]]})


def test_nodes_may_lack_all_but_a_key() -> None:
    (box,) = read({"nodes": [{"key": "steps/0"}], "edges": []}).boxes.values()
    assert (box.label, box.agent, box.detail, box.human, box.around) == ("steps/0", "", "", False, ())


def test_frames_know_their_members_and_boxes_the_frames_around_them() -> None:
    figure = read(NESTED)
    assert figure.members[None] == ("start", "a", "stop")
    assert figure.members["a"] == ("a/0", "a/b", "a/c")
    assert figure.boxes["a/b/1"].around == ("a", "a/b")
    assert [box.key for box in figure.walk()] == [each["key"] for each in NESTED["nodes"]]


@pytest.mark.parametrize(
    "parents",
    [{"a": "b", "b": "a", "c": "b"}, {"a": "a", "b": None, "c": "a"}, {"a": "nowhere", "b": "", "c": None}],
    ids=["circle", "itself", "unknown"],
)
def test_a_frame_that_cannot_be_is_left_out_and_its_members_are_not(parents: dict[str, str | None]) -> None:
    figure = read(outline([node(key, parent=parent) for key, parent in parents.items()]))
    assert sorted(box.key for box in figure.walk()) == ["a", "b", "c"]
    assert figure.boxes["a"].around == ()


def test_ten_thousand_frames_in_each_other_are_not_drawn_in_each_other() -> None:
    nodes = [node(f"{n}", parent=f"{n - 1}" if n else None) for n in range(10_000)]
    figure = read(outline(nodes))
    assert len(list(figure.walk())) == 10_000
    assert max(len(box.around) for box in figure.boxes.values()) == 50


def test_an_arrow_to_the_frame_around_it_goes_to_the_first_member() -> None:
    assert Arrow("iterations/*/review", "iterations/*/produce", "modify") in read(EVALUATOR).arrows


def test_arrows_that_say_nothing_are_left_out() -> None:
    arrows = read(NESTED).arrows
    assert len(arrows) == len(NESTED["edges"]) - 2
    assert not any(arrow.label == "says nothing new" or arrow.target == "nowhere" for arrow in arrows)


def test_an_arrow_does_not_repeat_the_name_of_its_route() -> None:
    assert [arrow.label for arrow in read(ROUTING).arrows[:2]] == ["", "other"]


def test_each_arrow_belongs_to_the_innermost_frame_around_both_ends() -> None:
    links = read(NESTED).links
    assert [(link.source, link.target) for link in links[None]] == [
        ("start", "a"),
        ("a", "stop"),
        ("stop", "a"),
        ("a", "a"),
    ]
    assert [(link.source, link.target) for link in links["a"]] == [("a/0", "a/b"), ("a/0", "a/c"), ("a/b", "a/0")]


def test_what_closes_a_circle_goes_back() -> None:
    inside = flow(read(GRAPH), None)
    assert [(link.source, link.target) for link in inside.back] == [
        ("nodes/review/*", "nodes/draft/*"),
        ("nodes/legal/*", "nodes/legal/*"),
        ("nodes/legal/*", "nodes/draft/*"),
    ]
    assert inside.stages[2] == ("nodes/legal/*", "nodes/drop/*")


def test_the_walk_begins_where_nothing_leads_to_wherever_that_stands_in_the_file() -> None:
    assert going_back("abr", [("a", "b"), ("b", "a"), ("r", "b")]) == {0}


@settings(deadline=None)
@given(ends=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=40))
def test_without_what_goes_back_everything_goes_on(ends: list[tuple[int, int]]) -> None:
    back = going_back(range(10), ends)
    onward = [end for n, end in enumerate(ends) if n not in back]
    found = stages(range(10), onward)
    place = {item: number for number, items in enumerate(found) for item in items}
    assert sorted(place) == list(range(10))
    assert all(place[source] < place[target] for source, target in onward)
    assert all(one in {source for source, _ in ends} or place[one] <= 9 for one in place)
    for items in found[1:]:
        assert all(
            any(target == item and place[source] == place[item] - 1 for source, target in onward) for item in items
        )


def test_a_very_long_chain_needs_no_deep_stack() -> None:
    found = flow(read(chain(10_000)), None)
    assert len(found.stages) == 10_000
    assert not found.back


@pytest.mark.parametrize("name", PATTERNS)
def test_the_description_names_every_step(name: str) -> None:
    said = describe(read(PATTERNS[name]))
    assert all(each["label"] in said for each in PATTERNS[name]["nodes"])


def test_the_description_tells_who_acts_and_where_it_goes() -> None:
    said = describe(read(EVALUATOR))
    assert said.startswith("3 steps, 1 human gate. each round (iteration): around produce, evaluate, review. ")
    assert "evaluate (agent critic): to review (score >= 80); back to produce (score < 80)." in said
    assert "review (a human decides): back to produce (modify)." in said
    assert "worker (agent researcher, any number of them)" in describe(read(ORCHESTRATOR))


def test_the_description_of_much_ends_somewhere() -> None:
    assert describe(read(chain(1_000))).endswith("And 940 more.")
    star = outline(map(node, ["hub", *(f"n{n}" for n in range(99))]), [("hub", f"n{n}") for n in range(99)])
    assert "to n11; 87 more." in describe(read(star), 1)


@given(st.text())
def test_a_label_is_one_line_that_commands_nothing(text: str) -> None:
    line = one_line(text)
    assert line == " ".join(line.split())
    assert line.isprintable() or all(c.isprintable() or ord(c) > 0xA0 for c in line)
    assert not set(line) & {"\x1b", "\x00", "\x9b", "\u202e", "\u2066", "\u2028"}


@given(st.text(max_size=40), st.floats(0, 30))
def test_a_cut_text_fits_and_is_a_beginning(text: str, room: float) -> None:
    short = cut(text, room, em)
    assert em(short) <= room or not short
    assert short == text or text.startswith(short.removesuffix("…"))


@pytest.mark.parametrize("tail", range(9))
@pytest.mark.parametrize("room", range(2, 8))
def test_no_joiner_is_left_to_join_the_mark(tail: int, room: int) -> None:
    short = cut(f"◆ 👩‍🔬{'x' * tail}", room, cell_len)
    assert cell_len(short) <= room
    assert "\u200d…" not in short


@settings(deadline=None)
@given(outlines())
def test_stages_follow_the_file_where_nothing_else_is_said(data: dict[str, list[dict[str, str]]]) -> None:
    figure = read(data)
    order = {each["key"]: number for number, each in enumerate(data["nodes"])}
    for frame in figure.members:
        for items in flow(figure, frame).stages:
            assert all(order[one] < order[other] for one, other in pairwise(items))
