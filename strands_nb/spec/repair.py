"""Looking past a mistake, so that all mistakes of a text can be shown at once.

A misspelt field takes the name it was meant to have, a value that does not fit gives way to none or to one that nobody
wrote. What results is never run: it is validated and checked only to find what else is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.spec.tree import Entry, Items, Leaf, Node, Table, find, made_up

if TYPE_CHECKING:
    from strands_nb.spec.explain import Fault

__all__ = ("repair",)


def repair(root: Node, faults: list[Fault]) -> bool:
    """Change the tree so that these faults are gone; False if one cannot be looked past."""
    # From the end, so that an item taken out of a list does not move those still to come.
    repaired = [_repaired(root, fault) for fault in reversed(faults)]  # each of them, whatever becomes of another
    return all(repaired)


def _repaired(root: Node, fault: Fault) -> bool:
    found = find(root, fault.path)
    node = found.node
    if found.missing:
        return True  # gone together with what it was part of
    match fault.kind:
        case "unknown" if isinstance(node, Table):
            return _renamed(node, fault)
        case "missing" if isinstance(node, Table) and fault.field:
            if fault.field not in node.entries:
                key = Leaf(value=fault.field, document=node.document, start=node.start, end=node.end, made_up=True)
                node.entries[fault.field] = Entry(key=key, value=made_up(_stand_in(fault), node))
            return True
        case "bad" if isinstance(node, Leaf) and fault.suggestion:
            node.value = fault.suggestion
            return True
        case "bad" if fault.path and not node.made_up:
            return _replaced(root, fault)
        case _:
            return False


def _stand_in(fault: Fault) -> str:
    """Something that fits a missing field, where text alone would not."""
    if fault.field == "type":
        return "string" if fault.path[0] == "inputs" else "hitl"
    return "env" if fault.field == "source" else "?"


def _renamed(table: Table, fault: Fault) -> bool:
    entry = table.entries.pop(fault.field, None)
    if entry and fault.suggestion and fault.suggestion not in table.entries:
        origin = (fault.field,) if entry.origin is None else entry.origin
        table.entries[fault.suggestion] = Entry(key=entry.key, value=entry.value, origin=origin)
    return True


def _replaced(root: Node, fault: Fault) -> bool:
    *above, last = fault.path
    parent, node = find(root, above).node, find(root, fault.path).node
    if fault.path == ("pattern",):
        return False  # without a pattern there is nothing to check
    if isinstance(parent, Table):
        if above == ["agents"]:
            parent.entries[str(last)].value = made_up({"prompt": ""}, node)
        else:
            parent.entries.pop(str(last), None)
        return True
    if isinstance(parent, Items) and isinstance(last, int):
        if above[-1] == "steps":
            parent.items[last] = made_up({"agent": "?"}, node)  # the others keep their numbers
        else:
            del parent.items[last]
        return True
    return False
