"""Conditions of edges: one expression that looks at data and does nothing else, parsed before the run.

Comparisons, `and`, `or`, `not`, `in`, `contains`, literals, paths, and a few filters, tests and methods: nothing else
parses. What is missing is an error, except where `and`, `or` and `not` ask whether it is true: it is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from strands_nb.render.bounds import METER
from strands_nb.render.expressions import parse
from strands_nb.render.faults import TemplateFault, fault_at
from strands_nb.render.operations import ITEM, Function, Missing, shown
from strands_nb.render.paths import Reference
from strands_nb.render.tree import Chain, List, Literal, Logic, Name, Node, references

__all__ = ("Condition", "condition")

_MAX_TEXT = 10_000
_BRACES = re.compile(r"\s*\{\{(.*)\}\}\s*", re.DOTALL)


class Condition:
    r"""When an edge is taken. Make one with `condition`, which keeps those it has made.

    >>> good = Condition("{{ nodes.judge.response >= 80 and nodes.judge.flaws | default('') != 'fatal' }}")
    >>> good.holds({"nodes": {"judge": {"response": "85\n"}}})
    True
    >>> [(reference.path[-1], reference.guarded) for reference in good.references]
    [('response', False), ('flaws', True)]
    """

    def __init__(self, text: str) -> None:
        if len(text) > _MAX_TEXT:
            raise TemplateFault(f"a condition has at most {_MAX_TEXT:,} characters, this one has {len(text):,}")
        METER.start()
        self.text = text
        braces = _BRACES.fullmatch(text)
        start, stop = braces.span(1) if braces else (0, len(text))
        self.is_else = text[start:stop].strip().lower() == "else"
        """Whether it is the catch-all, which always holds."""
        self._root = Literal(value=True) if self.is_else else parse(text, start, stop)
        self.references: tuple[Reference, ...] = references(text, self._root)
        """Every use of an outside name, in its order."""

    def holds(self, names: Mapping[str, Any]) -> bool:
        """Whether it is true for these names, of which it changes none.

        Raises:
            TemplateFault: a path has no value, or a value is not of the kind it takes; line and column say where.
        """
        METER.start()
        run = _Run(self.text, names)
        return bool(run.apply(_TRUTH, 0, run.value(self._root)))


@lru_cache(maxsize=2048)
def condition(text: str) -> Condition:
    """The condition of this text, with or without `{{ }}` around it, parsed once however often it is asked for.

    Raises:
        TemplateFault: it does not parse, or uses a filter, test or method that does not exist.

    >>> condition("nodes.review.response contain yes")
    Traceback (most recent call last):
    strands_nb.render.faults.TemplateFault: line 1, column 23 of the condition: expected an operator or the end, found
    'contain'; did you mean 'contains'?
    """
    return Condition(text)


_TRUTH = Function(bool)


class _Run:
    """One evaluation."""

    def __init__(self, text: str, names: Mapping[str, Any]) -> None:
        self.text, self.names = text, names

    def value(self, node: Node) -> Any:  # noqa: ANN401 - any value of a workflow
        match node:
            case Literal():
                return node.value
            case Name():
                found = self.apply(ITEM, node.at, self.names, node.name)
                if isinstance(found, Missing):
                    return node.name if node.bare else Missing(node.name, node.at)
                return found
            case List():
                return [self.present(self.value(item)) for item in node.items]
            case Chain():
                return self.chain(node)
            case Logic():
                return self.logic(node)

    def chain(self, chain: Chain) -> Any:  # noqa: ANN401
        value = self.value(chain.base)
        for step in chain.steps:
            value = self.apply(step.function, step.at, value, *map(self.value, step.arguments))
            if isinstance(value, Missing) and not value.path:
                value = Missing(self.text[step.at : step.end], step.at)
        return value

    def logic(self, logic: Logic) -> Any:  # noqa: ANN401
        """As Python: the operand that decides it, and none after it is looked at; what is missing is false."""
        value: Any = None
        for operand in logic.operands:
            value = self.value(operand)
            value = False if isinstance(value, Missing) else value
            if self.apply(_TRUTH, 0, value) is not logic.every:
                break
        return value

    def apply(self, function: Function, at: int, *values: Any) -> Any:  # noqa: ANN401
        """The one place where anything is done to a value."""
        try:
            METER.turn()
            return function.apply(*(values if function.asks else map(self.present, values)))
        except TemplateFault:
            raise
        except Exception as error:
            raise fault_at(self.text, at, str(error) or type(error).__name__) from error

    def present(self, value: Any) -> Any:  # noqa: ANN401
        """The value, which must be there."""
        if isinstance(value, Missing):
            advice = "`is defined` asks for it, `| default(…)` stands in for it"
            raise fault_at(self.text, value.at, f"{shown(value.path)} has no value; {advice}", value.path)
        return value
