"""How the parts of a pattern hang together, and what its templates and conditions may refer to."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strands_nb.spec import Spec, check, parse, validate
from strands_nb.spec.knots import circle, knots, tied
from strands_nb.spec.reserved import RESERVED
from strands_nb.spec.ways import Ways
from tests.spec.samples import HEAD, brief, data_of, said, table, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.mark.parametrize(("kind", "config", "expected"), table("structure"))
def test_what_is_said_of_ids_dependencies_edges_and_references(kind: str, config: str, expected: list[str]) -> None:
    assert [brief(problem) for problem in said(text_of(kind, config))] == expected


def test_what_is_lenient_takes_references_for_granted_but_no_circle_and_no_condition_that_is_none() -> None:
    tasks = "[{id: x, agent: a, input: '{{ tasks.zz.response }} {{ hitl_response }} {{ tasks.y.respnse }}', deps: [y]},"
    spec = parse(text_of("workflow", f"{{tasks: {tasks} {{id: y, agent: a}}]}}"))
    assert {problem.severity for problem in check(spec)} == {"error"}
    assert {problem.severity for problem in check(spec, lenient=True)} == {"warning"}
    spec = parse(text_of("workflow", f"{{tasks: {tasks} {{id: y, agent: a, deps: [x]}}]}}"))
    errors = [problem.message for problem in check(spec, lenient=True) if problem.severity == "error"]
    assert errors == ["tasks wait for one another: x waits for y waits for x"]
    edges = "[{from: x, choose: [{when: nodes.q.response, to: y}, {when: a =, to: y}, {when: steps.x, to: y}]}]"
    spec = parse(text_of("graph", f"{{nodes: {{x: {{agent: a}}, y: {{agent: a}}}}, edges: {edges}}}"))
    assert [problem.severity for problem in check(spec)] == ["error", "error", "needs"]
    assert [problem.severity for problem in check(spec, lenient=True)] == ["warning", "error", "needs"]


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in RESERVED.items() for name in names])
def test_a_name_is_taken_in_the_pattern_that_gives_it_and_in_no_other(kind: str, name: str) -> None:
    for other in RESERVED:
        text = text_of(other).replace("{topic: tides}", f"{{topic: tides, {name}: x}}")
        taken = [problem.message for problem in check(parse(text)) if problem.severity == "error"]
        expected = [f"the name {name!r} is taken: templates have something of that name"]
        assert taken == (expected if name in RESERVED[other] else []), other
    assert name in RESERVED[kind]


@pytest.mark.parametrize("kind", RESERVED)
def test_everything_that_a_workflow_lacks_is_said_before_it_runs(kind: str) -> None:
    """Wherever a template or condition stands: each is made to ask for a variable of its own."""
    from strands_nb.spec.texts import texts

    data: Any = data_of(text_of(kind))
    places = [text for text in texts(validate(data)) if text.path[0] == "pattern"]
    for number, text in enumerate(places):
        around = data
        for name in text.path[:-1]:
            around = around[name]
        around[text.path[-1]] = f"lacks{number}" if text.kind == "condition" else f"{{{{ lacks{number} }}}}"
    problems = [problem for problem in check(validate(data)) if "lacks" in problem.message]
    expected = {
        f"'lacks{number}' is not defined" + (": the prompt is sent as written" if text.tolerant else "")
        for number, text in enumerate(places)
    }
    assert {problem.message for problem in problems} == expected
    assert {problem.severity for problem in problems} <= {"needs", "warning"}
    given_all = check(validate(data), {f"lacks{number}": "x" for number in range(len(places))})
    assert not [problem for problem in given_all if "lacks" in problem.message]


def test_what_is_said_of_a_workflow_made_in_python_is_in_a_fixed_order() -> None:
    nodes = {name: {"agent": "a"} for name in "xyzuvw"}
    pattern = {"type": "graph", "config": {"nodes": nodes}}
    spec = Spec.model_validate({"agents": {"a": {"prompt": "A"}}, "pattern": pattern})
    assert [problem.pointer[-1] for problem in check(spec)] == ["y", "z", "u", "v", "w"]


def test_the_tasks_that_a_template_names_are_waited_for() -> None:
    tasks = """
        tasks:
          - {id: brief, agent: a, input: "{{ tasks.facts.response }} {{ tasks['tone'].response }}"}
          - {id: facts, agent: a}
          - {id: tone, agent: b, input: "{{ tasks.facts.response if tasks.facts is defined }}"}
          - {id: aside, agent: b, input: "{{ tasks | length }} {{ tasks.brief.response | default('') }}"}
    """
    config: Any = parse(text_of("workflow", tasks)).pattern.config
    found = config.dependencies
    assert found.direct == {"brief": ("facts", "tone"), "facts": (), "tone": ("facts",), "aside": ("brief",)}
    assert found.order == ("facts", "tone", "brief", "aside")
    assert list(found.ancestors["aside"]) == ["brief", "facts", "tone"]


# ---------------------------------------------------------------- circles

GRAPHS = st.integers(1, 7).flatmap(
    lambda size: st.fixed_dictionaries(
        {name: st.lists(st.sampled_from("abcdefg"[:size]), max_size=3) for name in "abcdefg"[:size]}
    )
)


def led_to(graph: Mapping[str, list[str]], name: str) -> set[str]:
    """All that a name leads to, one step after the other."""
    found: set[str] = set()
    ahead = [*graph[name]]
    while ahead:
        if (other := ahead.pop()) not in found:
            found.add(other)
            ahead += graph[other]
    return found


@settings(deadline=2000, max_examples=300)
@given(GRAPHS)
def test_names_are_in_one_knot_if_they_lead_to_each_other(graph: dict[str, list[str]]) -> None:
    reach = {name: led_to(graph, name) for name in graph}
    found = knots(graph)
    assert sorted(itertools.chain(*found)) == sorted(graph)
    for number, knot in enumerate(found):
        assert all(b in reach[a] for a, b in itertools.permutations(knot, 2))
        assert tied(graph, knot) == (knot[0] in reach[knot[0]])
        earlier = set(itertools.chain(*found[: number + 1]))
        assert reach[knot[0]] <= earlier, "each group comes after those it leads to"
        if tied(graph, knot):
            around = circle(graph, knot, knot[0])
            assert around[0] == around[-1] == knot[0]
            assert all(after in graph[before] for before, after in itertools.pairwise(around))
            assert len(set(around)) == len(around) - 1


# ---------------------------------------------------------------- ways

EXITS = st.integers(1, 5).flatmap(
    lambda size: st.lists(
        st.tuples(
            st.sampled_from("abcde"[:size]),
            st.lists(st.sampled_from("abcde"[:size]), min_size=1, max_size=2, unique=True),
        ),
        max_size=6,
    ).map(lambda exits: ("abcde"[:size], exits))
)


def visited_before(exits: list[tuple[str, list[str]]]) -> dict[str, set[str]]:
    """What was visited before each node in some run, by making all runs; an exit of two may lead to none."""
    found: dict[str, set[str]] = {}
    runs, done = {(frozenset("a"), frozenset[str]())}, set[Any]()
    while runs:
        frontier, visited = run = runs.pop()
        done.add(run)
        for name in frontier:
            found.setdefault(name, set()).update(visited)
        ways = [[*targets, *([None] if len(targets) > 1 else [])] for name, targets in exits if name in frontier]
        for taken in itertools.product(*ways):
            if following := frozenset(filter(None, taken)):
                runs |= {(following, visited | frontier)} - done
    return found


@settings(deadline=5000, max_examples=200)
@given(EXITS)
def test_no_node_that_some_run_visits_before_another_is_said_to_come_too_late(exits: Any) -> None:
    nodes, edges = exits
    ways = Ways(nodes, edges, "a")
    runs = visited_before(edges)
    assert sorted(ways.reachable) == sorted(runs)
    for name, before in runs.items():
        assert before <= set(ways.before[name])


def test_what_is_said_to_come_too_late_does() -> None:
    ways = Ways("abcdef", [("a", "b"), ("a", "c"), ("b", "d"), ("c", "ef")], "a")
    assert {name: "".join(before) for name, before in ways.before.items()} == {
        "a": "",
        "b": "a",
        "c": "a",
        "d": "abc",
        "e": "abc",
        "f": "abc",
    }
    loop = Ways("abc", [("a", "b"), ("b", "ac")], "a")
    assert {name: "".join(before) for name, before in loop.before.items()} == {"a": "ab", "b": "ab", "c": "ab"}
    assert (loop.looped, loop.traps("c")) == ({"a", "b", "c"}, [])
    assert Ways("ab", [("a", "b"), ("b", "a")], "a").traps([]) == [("a", "b")]


def test_of_a_graph_with_edges_to_nowhere_nothing_is_said_of_what_comes_before_what() -> None:
    ways = Ways("abc", [("a", "x")], "a")
    assert not ways.complete
    assert list(ways.before["b"]) == ["a", "b", "c"]
    text = f"{HEAD}pattern: {{type: graph, config: {{nodes: {{x: {{agent: a}}, y: {{agent: a, input: "
    rest = "'{{ nodes.x.response }}'}}, edges: [{from: x, to: z}]}}"
    assert [problem.message for problem in said(text + rest)] == ["unknown node 'z'"]
