"""Looking past a mistake, so that all mistakes of a text can be shown at once.

A misspelt field takes the name it was meant to have, a value that does not fit gives way to none or to one that nobody
wrote. What results is never run: it is validated and checked only to find what else is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.spec.explain import GONE
from strands_nb.spec.tree import Entry, Items, Leaf, Node, Table, find, made_up

if TYPE_CHECKING:
    from strands_nb.spec.explain import Fault

__all__ = ("repair",)


def repair(root: Node, faults: list[Fault]) -> None:
    """Change the tree so that these faults are gone, as far as they can be looked past."""
    for fault in reversed(faults):  # from the end, so that an item taken out of a list does not move those to come
        found = find(root, fault.path)
        if not found.missing:  # gone together with what it was part of
            _repair(root, found.node, fault)


def _repair(root: Node, node: Node, fault: Fault) -> None:
    match fault.kind, node:
        case "unknown", Table():
            _move(node, fault, fault.suggestion or (fault.field if fault.below else None))
        case "name", Table():
            _move(node, fault, fault.instead)
        case "missing", Table() if fault.field is not None and fault.field not in node.entries:
            _put(node, fault.field, made_up(fault.instead, node))
        case "few", _:
            _fill(node, made_up(fault.instead, node))
        case "bad", Leaf() if fault.suggestion:
            node.value = fault.suggestion
        case "bad", _ if fault.path and not node.made_up:
            _replace(root, node, fault)
        case _:
            pass


def _put(table: Table, name: str, value: Node) -> Entry:
    key = Leaf(value=name, document=table.document, start=table.start, end=table.end, made_up=True)
    table.entries[name] = Entry(key=key, value=value)
    return table.entries[name]


def _move(table: Table, fault: Fault, name: str | None) -> None:
    """Give a field another name, or put it where it belongs, or take it out."""
    field = fault.field or ""
    entry = table.entries.pop(field, None)
    target = _below(table, fault.below) if fault.below else table
    if entry and name and isinstance(target, Table) and name not in target.entries:
        origin = (field,) if entry.origin is None else entry.origin
        target.entries[name] = Entry(key=entry.key, value=entry.value, origin=origin)


def _below(table: Table, name: str) -> Node:
    entry = table.entries.get(name)
    if entry is None:
        entry = _put(table, name, Table(document=table.document, start=table.start, end=table.end))
        entry.origin = ()
    return entry.value


def _fill(node: Node, more: Node) -> None:
    """Fill up a list or a mapping that has not enough in it."""
    match node, more:
        case Items(), Items():
            node.items += more.items[len(node.items) :]
        case Table(), Table():
            node.entries |= {name: entry for name, entry in more.entries.items() if name not in node.entries}
        case _:
            pass


def _replace(root: Node, node: Node, fault: Fault) -> None:
    *above, last = fault.path
    match find(root, above).node:
        case Table() as parent if fault.instead is GONE:
            del parent.entries[str(last)]
        case Table() as parent:
            parent.entries[str(last)].value = made_up(fault.instead, node)
        case Items() as parent if fault.instead is GONE:
            del parent.items[int(last)]
        case Items() as parent:
            parent.items[int(last)] = made_up(fault.instead, node)  # the others keep their numbers
        case _:
            pass
