"""The short form, for cells: `agents:` and `steps:` at top level, a step as `writer: "input"` or `approve: "prompt"`.

It is made long on the tree, before validation, so that every part keeps the place it was written at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.spec.base import did_you_mean, names_in_text, nearest
from strands_nb.spec.places import problem_at
from strands_nb.spec.step import AgentStep, HumanStep
from strands_nb.spec.tree import Entry, Found, Items, Leaf, Table, made_up
from strands_nb.spec.workflow import Spec

if TYPE_CHECKING:
    from strands_nb.errors import Problem

__all__ = ("APPROVE", "lengthen", "respell")

APPROVE = "approve"
"""The key of a short step that asks a human."""

_ROOT = (*Spec.model_fields, "steps")
_LONG = {"agent", "type"}
_FIELDS = {*names_in_text(AgentStep), *names_in_text(HumanStep)}


def lengthen(root: Table) -> list[Problem]:
    """Turn a workflow in short form into the long one, in place; what is wrong with the words of the short form."""
    problems: list[Problem] = []
    steps = root.entries.get("steps")
    if steps is None or "pattern" in root.entries:
        return problems
    del root.entries["steps"]
    if isinstance(steps.value, Items):
        agents = root.get("agents")
        known = set(agents.entries) if isinstance(agents, Table) else set[str]()
        for index, item in enumerate(steps.value.items):
            if isinstance(item, Table):
                problems += _step(item, known, ("steps", str(index)))
    config = _table(steps.key, {"steps": steps})
    pattern = _table(
        steps.key,
        {
            "type": Entry(key=steps.key, value=_leaf(steps.key, "chain"), origin=("steps",)),
            "config": Entry(key=steps.key, value=config, origin=()),
        },
    )
    root.entries["pattern"] = Entry(key=steps.key, value=pattern, origin=())
    return problems


def respell(root: Table) -> list[Problem]:
    """Correct misspelt fields of the root, in place: which of the two forms is meant hangs on them."""
    problems: list[Problem] = []
    for name in [name for name in root.entries if name not in _ROOT]:
        # `pattern` and `steps` stand for each other, so one of them is enough.
        either = {"pattern", "steps"}
        taken = root.entries.keys() | (either if root.entries.keys() & either else ())
        if close := nearest(name, [field for field in _ROOT if field not in taken]):
            entry = root.entries.pop(name)
            found = Found(entry.value, entry.key, (name,), ())
            problems.append(problem_at(found, f"unknown field {name!r}", at_key=True, hint=f"did you mean {close!r}?"))
            root.entries[close] = Entry(key=entry.key, value=entry.value, origin=(name,))
    return problems


def _step(step: Table, agents: set[str], path: tuple[str, ...]) -> list[Problem]:
    """Turn one short step into a long one; one that is long already stays."""
    if step.entries.keys() & _LONG:
        return []
    if head := next((name for name in step.entries if name == APPROVE or name in agents), None):
        return _opened(step, head, head, path)
    word = next((name for name in step.entries if name not in _FIELDS), None)
    if word is None or not agents:
        return []
    kinds = [*agents, APPROVE]
    close = nearest(word, [*kinds, *_LONG])
    if close in _LONG:
        return []  # a long step with a slip in `agent` or `type`
    entry = step.entries[word]
    found = Found(entry.value, entry.key, (*path, word), ())
    hint = did_you_mean(word, kinds, label="steps can be")
    problem = problem_at(found, f"unknown step kind {word!r}", at_key=True, hint=hint)
    if close is None:
        step.entries["agent"] = Entry(key=entry.key, value=made_up("?", step))
        step.entries["input"] = Entry(key=entry.key, value=step.entries.pop(word).value, origin=(word,))
        return [problem]
    return [problem, *_opened(step, word, close, path)]


def _opened(step: Table, written: str, head: str, path: tuple[str, ...]) -> list[Problem]:
    """Spell out `writer: "…"` as agent and input, `approve: "…"` as type and prompt."""
    entry = step.entries.pop(written)
    kind, who, text = ("type", "hitl", "prompt") if head == APPROVE else ("agent", head, "input")
    problems: list[Problem] = []
    if text in step.entries:
        twice = step.entries.pop(text)
        found = Found(twice.value, twice.key, (*path, text), ())
        problems.append(problem_at(found, f"{text!r} is given twice", at_key=True, hint=f"{written!r} has it already"))
    step.entries[kind] = Entry(key=entry.key, value=_leaf(entry.key, who), origin=(written,))
    if not (isinstance(entry.value, Leaf) and entry.value.value is None and head != APPROVE):
        step.entries[text] = Entry(key=entry.key, value=entry.value, origin=(written,))
    return problems


def _leaf(key: Leaf, value: str) -> Leaf:
    return Leaf(value=value, document=key.document, start=key.start, end=key.end)


def _table(key: Leaf, entries: dict[str, Entry]) -> Table:
    return Table(entries=entries, document=key.document, start=key.start, end=key.end)
