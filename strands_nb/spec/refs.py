"""Agents kept in files of their own (`$ref`), and JSON Schemas kept in files: both are put in place here.

What comes out needs no other file, so that a session stores all it needs to go on.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from strands_nb.errors import LoadError
from strands_nb.spec.agent import AgentReference
from strands_nb.spec.base import did_you_mean, names_in_text
from strands_nb.spec.places import problem_at
from strands_nb.spec.read import read_file, tree_of
from strands_nb.spec.tree import Found, Leaf, Table, made_up

if TYPE_CHECKING:
    from strands_nb.errors import Problem
    from strands_nb.spec.tree import Node

__all__ = ("resolve",)

_OVERRIDES = set(names_in_text(AgentReference))
_SCHEMAS = ("input_schema", "output_schema")


def resolve(root: Table, *, network: bool) -> list[Problem]:
    """Replace every reference by what it refers to, in place; what cannot be replaced.

    A text from the network may not refer to files here.
    """
    agents = root.get("agents")
    if not isinstance(agents, Table):
        return []
    resolver = _Resolver(network=network)
    for name, entry in agents.entries.items():
        if isinstance(entry.value, Table):
            entry.value = resolver.agent(entry.value, ("agents", name))
    return resolver.problems


class _Resolver:
    def __init__(self, *, network: bool) -> None:
        self.network = network
        self.problems: list[Problem] = []

    def agent(self, agent: Table, path: tuple[str, ...]) -> Table:
        if "$ref" in agent.entries:
            agent = self.referenced(agent, path)
        for name in _SCHEMAS:
            entry = agent.entries.get(name)
            if entry and isinstance(entry.value, Leaf) and isinstance(entry.value.value, str):
                entry.value = self.schema(entry.value, Found(entry.value, entry.key, (*path, name), ()))
        return agent

    def referenced(self, reference: Table, path: tuple[str, ...]) -> Table:
        """The agent that `$ref` names, with what the reference overrides."""
        entry = reference.entries["$ref"]
        found = Found(entry.value, entry.key, (*path, "$ref"), ())
        target = self.sole_agent(entry.value, found)
        if target is None:
            return _nothing(reference)
        merged = dict(target.entries)
        for name, override in reference.entries.items():
            if name in _OVERRIDES:
                merged[name] = override
            else:
                here = Found(override.value, override.key, (*path, name), ())
                hint = did_you_mean(name, _OVERRIDES, label="a reference takes")
                self.problem(here, f"unknown field {name!r} beside $ref", at_key=True, hint=hint)
        del merged["$ref"]
        return Table(entries=merged, document=reference.document, start=reference.start, end=reference.end)

    def sole_agent(self, reference: Node, found: Found) -> Table | None:
        """The one agent in the file that is referred to."""
        root = self.file(reference, found)
        if root is None:
            return None
        agents = root.get("agents") if isinstance(root, Table) else None
        if not isinstance(agents, Table) or len(agents.entries) != 1:
            count = len(agents.entries) if isinstance(agents, Table) else 0
            return self.problem(found, f"the file has {count} agents; a reference needs one with exactly one")
        agent = next(iter(agents.entries.values())).value
        if not isinstance(agent, Table):
            return self.problem(found, "the agent in that file is no mapping")
        if "$ref" in agent.entries:
            return self.problem(found, "the agent in that file is a reference again; one level is all there is")
        return agent

    def schema(self, path: Leaf, found: Found) -> Node:
        node = self.file(path, found)
        if node is not None and not isinstance(node, Table):
            self.problem(found, "the file holds no JSON Schema: that is a mapping")
        return node if isinstance(node, Table) else _nothing(path)

    def file(self, reference: Node, found: Found) -> Node | None:
        """The tree of a file, named relative to the one that names it."""
        name = reference.value if isinstance(reference, Leaf) else None
        if not isinstance(name, str) or not name:
            return self.problem(found, "should be the path of a file")
        if self.network:
            return self.problem(found, "a workflow from the network cannot refer to files", hint="write it out here")
        here = reference.document.file
        path = Path(here).parent / name if here else Path(name)
        try:
            node, problems = tree_of(read_file(path))
        except LoadError as error:
            if error.problem is None:
                return self.problem(found, str(error))
            self.problems.append(error.problem)
            return None
        self.problems += problems
        return node if node is not None else self.problem(found, f"{path} is empty")

    def problem(self, found: Found, message: str, *, at_key: bool = False, hint: str | None = None) -> None:
        self.problems.append(problem_at(found, message, at_key=at_key, hint=hint))


def _nothing(like: Node) -> Table:
    """Stands for an agent or schema that could not be had, so that the rest can still be looked at."""
    table = made_up({"prompt": ""}, like)
    return table if isinstance(table, Table) else Table(document=like.document, start=like.start, end=like.end)
