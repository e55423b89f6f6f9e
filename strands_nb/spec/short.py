"""The short form: `agents:` and `steps:` at top level, and a step as `writer: "input"` or `approve: "prompt"`.

It is made long on the tree, before validation, so that every part keeps the place it was written at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.spec.base import did_you_mean, names_in_text, nearest
from strands_nb.spec.places import problem_at
from strands_nb.spec.sentences import SYNONYMS
from strands_nb.spec.step import AgentTask, HumanTask
from strands_nb.spec.tree import Entry, Found, Items, Leaf, Node, Table, find, made_up
from strands_nb.spec.workflow import Spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from strands_nb.errors import Problem

__all__ = ("APPROVE", "STEP_PLACES", "lengthen", "respell")

APPROVE = "approve"
"""The key of a short step that asks a human."""

STEP_PLACES = (
    ("steps", "*"),
    ("tasks", "*"),
    ("router", "review_router"),
    ("routes", "*", "then", "*"),
    ("branches", "*", "steps", "*"),
    ("review_gate",),
    ("decomposition_review",),
    ("reduce_review",),
    ("reduce",),
    ("writeup",),
    ("nodes", "*"),
)
"""Where steps stand in the config of a pattern; `*` is each item."""

_ROOT = (*Spec.model_fields, "steps")
_LONG = {"agent", "type"}
_ASKS = {"input", "prompt"}
_FIELDS = {*names_in_text(AgentTask), *names_in_text(HumanTask)}

Path = tuple[str | int, ...]


def lengthen(root: Table) -> list[Problem]:
    """Turn the short form into the long one, in place; what is wrong with the words of the short form."""
    steps = root.entries.get("steps")
    if steps is not None and "pattern" not in root.entries:
        del root.entries["steps"]
        root.entries["pattern"] = Entry(key=steps.key, value=_chain(steps), origin=())
    agents, config = root.get("agents"), find(root, ("pattern", "config"))
    known = set(agents.entries) if isinstance(agents, Table) else set[str]()
    if config.missing:
        return []
    steps_there = [(path, step) for place in STEP_PLACES for path, step in _at(config.node, place, ())]
    return [problem for path, step in steps_there for problem in _step(root, (*_CONFIG, *path), step, known)]


_CONFIG: Path = ("pattern", "config")


def _chain(steps: Entry) -> Table:
    kind = Entry(key=steps.key, value=_leaf(steps.key, "chain"), origin=("steps",))
    config = Entry(key=steps.key, value=_table(steps.key, {"steps": steps}), origin=())
    return _table(steps.key, {"type": kind, "config": config})


def _at(node: Node, place: Sequence[str], path: Path) -> Iterator[tuple[Path, Table]]:
    """The mappings at a place."""
    if not place:
        if isinstance(node, Table):
            yield path, node
        return
    first, *rest = place
    match node:
        case Table():
            entries = node.entries
            below = [(name, entries[name].value) for name in (entries if first == "*" else [first]) if name in entries]
        case Items() if first == "*":
            below = [*enumerate(node.items)]
        case _:
            below = []
    for name, each in below:
        yield from _at(each, rest, (*path, name))


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


def _step(root: Table, path: Path, step: Table, agents: set[str]) -> list[Problem]:
    """Turn one short step into a long one; one that is long already stays."""
    if step.entries.keys() & _LONG:
        return []
    if head := next((name for name in step.entries if name == APPROVE or name in agents), None):
        return _opened(root, path, step, head, head)
    word = next((name for name in step.entries if name not in _FIELDS and name not in SYNONYMS), None)
    if word is None or not agents:
        return []
    kinds = [*agents, APPROVE]
    close = nearest(word, [*kinds, *_FIELDS])
    if close in _FIELDS or (close is None and step.entries.keys() & _ASKS):
        return []  # a long step with a slip in one of its fields
    hint = did_you_mean(word, kinds, label="steps can be")
    problem = problem_at(find(root, (*path, word)), f"unknown step kind {word!r}", at_key=True, hint=hint)
    if close is not None:
        return [problem, *_opened(root, path, step, word, close)]
    entry = step.entries.pop(word)
    step.entries["agent"] = Entry(key=entry.key, value=made_up("?", step))
    step.entries.setdefault("input", Entry(key=entry.key, value=entry.value, origin=(word,)))
    return [problem]


def _opened(root: Table, path: Path, step: Table, written: str, head: str) -> list[Problem]:
    """Spell out `writer: "…"` as agent and input, `approve: "…"` as type and prompt."""
    kind, who, text = ("type", "hitl", "prompt") if head == APPROVE else ("agent", head, "input")
    problems: list[Problem] = []
    if text in step.entries and text != written:
        twice, hint = find(root, (*path, text)), f"{written!r} has it already"
        problems.append(problem_at(twice, f"{text!r} is given twice", at_key=True, hint=hint))
        del step.entries[text]
    entry = step.entries.pop(written)
    step.entries[kind] = Entry(key=entry.key, value=_leaf(entry.key, who), origin=(written,))
    if not (isinstance(entry.value, Leaf) and entry.value.value is None and head != APPROVE):
        step.entries[text] = Entry(key=entry.key, value=entry.value, origin=(written,))
    return problems


def _leaf(key: Leaf, value: str) -> Leaf:
    return Leaf(value=value, document=key.document, start=key.start, end=key.end)


def _table(key: Leaf, entries: dict[str, Entry]) -> Table:
    return Table(entries=entries, document=key.document, start=key.start, end=key.end)
