"""Workflows of any size, right and wrong ones: what grows with them should grow no faster."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

HEAD = "version: 0\nname: t\nruntime: {provider: scripted}\nagents: {a: {prompt: A}}\npattern:\n"
Large: TypeAlias = Callable[[int], str]


def made(kind: str, *lists: tuple[str, list[str]], more: str = "") -> str:
    """A workflow whose config has these lists."""
    body = "".join(f"    {name}:\n" + "".join(f"      {item}\n" for item in items) for name, items in lists)
    return f"{HEAD}  type: {kind}\n  config:\n{more}{body}"


def tasks(items: list[str]) -> str:
    return made("workflow", ("tasks", [f"- {{{item}}}" for item in items]))


def nodes(count: int, edges: list[str], text: str = "") -> str:
    boxes = [f"n{i}: {{agent: a{text.format(i=i, before=max(i - 1, 0))}}}" for i in range(count)]
    return made("graph", ("nodes", boxes), ("edges", [f"- {{{edge}}}" for edge in edges]))


def chain(count: int) -> str:
    later = [f'- {{agent: a, input: "{i} {{{{ steps[{i - 1}].response }}}}"}}' for i in range(1, count)]
    return made("chain", ("steps", ["- {agent: a}", *later]))


def dag_chain(count: int) -> str:
    later = [
        f'id: t{i}, agent: a, deps: [t{i - 1}], input: "{{{{ tasks.t{i - 1}.response }}}}"' for i in range(1, count)
    ]
    return tasks(["id: t0, agent: a", *later])


def dag_wide(count: int) -> str:
    return tasks([f"id: t{i}, agent: a" for i in range(count)])


def dag_by_templates(count: int) -> str:
    later = [f'id: t{i}, agent: a, input: "{{{{ tasks.t{i - 1}.response }}}}"' for i in range(1, count)]
    return tasks(["id: t0, agent: a", *later])


def dag_grid(count: int) -> str:
    """Rows of a hundred at most, each task of which waits for three of the row before."""
    width = min(100, round(count**0.5))

    def task(i: int) -> str:
        row, column = divmod(i, width)
        before = [f"t{(row - 1) * width + (column + j) % width}" for j in range(3)] if row else []
        asked = " ".join(f"{{{{ tasks.{name}.response }}}}" for name in before)
        return f'id: t{i}, agent: a, deps: [{", ".join(before)}], input: "{asked}"'

    return tasks([task(i) for i in range(count)])


def dag_backwards(count: int) -> str:
    return tasks([f"id: t{i}, agent: a, deps: [{f't{i + 1}' if i + 1 < count else ''}]" for i in range(count)])


def graph(count: int) -> str:
    edges = [f"from: n{i}, to: [n{i + 1}]" for i in range(count - 1)]
    return nodes(count, edges, ', input: "{{{{ nodes.n{before}.response | default(1) }}}}"')


def graph_of_loops(count: int) -> str:
    back = [f"from: n{i}, choose: [{{when: topic, to: n{i - 1}}}]" for i in range(1, count // 2)]
    return nodes(count // 2, [*(f"from: n{i}, to: n{i + 1}" for i in range(count // 2 - 1)), *back])


def graph_of_forks(count: int) -> str:
    """All at once, and each leads to the one before."""
    return nodes(
        count,
        [f"from: n0, to: [{', '.join(f'n{i}' for i in range(1, count))}]"]
        + [f"from: n{i}, to: n{i - 1}" for i in range(count - 1, 1, -1)],
    )


def routes(count: int) -> str:
    items = [f'r{i}: {{then: [{{agent: a, input: "{{{{ router.chosen_route }}}} {i}"}}]}}' for i in range(count)]
    return made("routing", ("routes", items), more="    router: {agent: a}\n")


def long_route(count: int) -> str:
    steps = ", ".join(f'{{a: "{{{{ router.response }}}} {i}"}}' for i in range(count))
    return made("routing", ("routes", [f"r: {{then: [{steps}]}}"]), more="    router: {agent: a}\n")


def branches(count: int) -> str:
    items = [f"- {{id: b{i}, steps: [{{agent: a, input: x}}]}}" for i in range(count)]
    return made("parallel", ("branches", items), more='    reduce: {agent: a, input: "{{ branches.b1.response }}"}\n')


RIGHT = (
    chain,
    dag_chain,
    dag_wide,
    dag_by_templates,
    dag_grid,
    dag_backwards,
    graph,
    graph_of_loops,
    graph_of_forks,
    routes,
    long_route,
    branches,
)


def circles(count: int) -> str:
    return tasks([f"id: t{i}, agent: a, deps: [t{i ^ 1}]" for i in range(count)])


def circles_by_templates(count: int) -> str:
    return tasks([f'id: t{i}, agent: a, input: "{{{{ tasks.t{i ^ 1}.response }}}}"' for i in range(count)])


def one_large_circle(count: int) -> str:
    return tasks([f"id: t{i}, agent: a, deps: [t{(i + 1) % count}]" for i in range(count)])


def unknown_tasks(count: int) -> str:
    return tasks(
        [f'id: t{i}, agent: x{i}, deps: [y{i}], input: "{{{{ tasks.z{i} }}}} {{{{ v{i} }}}}"' for i in range(count)]
    )


def unknown_nodes(count: int) -> str:
    return nodes(count, [f"from: x{i}, to: y{i}" for i in range(count)])


def unreachable_nodes(count: int) -> str:
    return nodes(count, ["from: n0, to: n0"])


def twice(count: int) -> str:
    return tasks(["id: t, agent: a"] * count)


def misspelt_fields(count: int) -> str:
    return made("routing", ("routes", [f"r{i}: {{then: [{{agent: a, inptu: x}}]}}" for i in range(count)]))


def branches_that_are_none(count: int) -> str:
    return made("parallel", ("branches", ["- 5"] * count))


WRONG = (
    circles,
    circles_by_templates,
    one_large_circle,
    unknown_tasks,
    unknown_nodes,
    unreachable_nodes,
    twice,
    misspelt_fields,
    branches_that_are_none,
)
