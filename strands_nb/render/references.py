"""What a template asks for: the paths it follows from the names it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import nodes

from strands_nb.render.paths import Path, Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ("references",)


def references(tree: nodes.Template) -> tuple[Reference, ...]:
    """Every use of something outside the template, in its order."""
    walker = _Walker()
    walker.body(tree.body, frozenset({"self"}), frozenset())
    return tuple(walker.found)


class _Walker:
    """Goes through a template as it would run, knowing which names it has defined itself."""

    def __init__(self) -> None:
        self.found: list[Reference] = []

    def body(self, statements: Iterable[nodes.Node], own: frozenset[str], asked: frozenset[Path]) -> frozenset[str]:
        """Walk statements in order; the names that are defined after them."""
        for statement in statements:
            own |= self.node(statement, own, asked)
        return own

    def node(  # noqa: C901 - one case for each kind of node
        self, node: nodes.Node, own: frozenset[str], asked: frozenset[Path]
    ) -> frozenset[str]:
        """Walk one node; the names that it defines for what follows."""
        match node:
            case nodes.Assign() | nodes.AssignBlock():
                self.children(node, own, asked, but=("target",))
                return _targets(node.target)
            case nodes.For():
                self.loop(node, own, asked)
            case nodes.With():
                self.each(node.values, own, asked)
                self.body(node.body, own.union(*map(_targets, node.targets)), asked)
            case nodes.Macro() | nodes.CallBlock():
                self.macro(node, own, asked)
                return frozenset({node.name}) if isinstance(node, nodes.Macro) else frozenset()
            case nodes.If():
                return self.condition(node, own, asked)
            case nodes.CondExpr():
                asked_here = asked | _asked(node.test)
                self.each([node.test, node.expr1, *filter(None, [node.expr2])], own, asked_here)
            case nodes.And() | nodes.Or():
                self.each([node.left, node.right], own, asked | _asked(node))
            case nodes.Filter(name="default" | "d") if node.node is not None:
                self.each([node.node], own, asked | _paths(node.node))
                self.children(node, own, asked, but=("node",))
            case nodes.Test(name="defined" | "undefined"):
                self.each([node.node], own, asked | _paths(node.node))
            case nodes.Name() | nodes.Getattr() | nodes.Getitem():
                self.reference(node, own, asked)
            case _:
                self.children(node, own, asked)
        return frozenset()

    def reference(self, node: nodes.Expr, own: frozenset[str], asked: frozenset[Path]) -> None:
        path, rest = _path(node)
        if path and path[0] not in own:
            guarded = any(path[: len(guard)] == guard for guard in asked)
            self.found.append(Reference(path, node.lineno, guarded))
        self.each(rest, own, asked)

    def loop(self, node: nodes.For, own: frozenset[str], asked: frozenset[Path]) -> None:
        self.node(node.iter, own, asked)
        inside = own | _targets(node.target) | {"loop"}
        self.each(filter(None, [node.test]), inside, asked)
        self.body(node.body, inside, asked)
        self.body(node.else_, own, asked)

    def macro(self, node: nodes.Macro | nodes.CallBlock, own: frozenset[str], asked: frozenset[Path]) -> None:
        self.each(node.defaults, own, asked)
        if isinstance(node, nodes.CallBlock):
            self.node(node.call, own, asked)
        arguments = frozenset(argument.name for argument in node.args)
        itself = {node.name} if isinstance(node, nodes.Macro) else set[str]()
        self.body(node.body, own | arguments | itself | {"caller", "varargs", "kwargs"}, asked)

    def condition(self, node: nodes.If, own: frozenset[str], asked: frozenset[Path]) -> frozenset[str]:
        asked |= _asked(node.test)
        self.node(node.test, own, asked)
        after = self.body(node.body, own, asked)
        for branch in node.elif_:
            after |= self.condition(branch, own, asked)
        return after | self.body(node.else_, own, asked)

    def each(self, some: Iterable[nodes.Node], own: frozenset[str], asked: frozenset[Path]) -> None:
        for node in some:
            self.node(node, own, asked)

    def children(
        self, node: nodes.Node, own: frozenset[str], asked: frozenset[Path], *, but: tuple[str, ...] = ()
    ) -> None:
        self.body(node.iter_child_nodes(exclude=but), own, asked)


def _path(node: nodes.Node) -> tuple[Path, list[nodes.Node]]:
    """The path that an expression spells out, and the parts of it that must be walked on their own."""
    tail: list[str | int] = []
    rest: list[nodes.Node] = []
    while True:
        match node:
            case nodes.Name():
                return (node.name, *reversed(tail)), rest
            case nodes.Getattr():
                tail.append(node.attr)
                node = node.node
            case nodes.Getitem():
                if (key := _constant(node.arg)) is None:
                    tail.clear()  # what follows is part of something unknown
                    rest.append(node.arg)
                else:
                    tail.append(key)
                node = node.node
            case _:
                return (), [*rest, node]


def _constant(node: nodes.Node) -> str | int | None:
    match node:
        case nodes.Const(value=str() | int()) if not isinstance(node.value, bool):
            return node.value
        case nodes.Neg(node=nodes.Const(value=int() as value)):
            return -value
        case _:
            return None


def _asked(test: nodes.Node) -> frozenset[Path]:
    """The paths whose existence a condition asks for."""
    tests = [test, *test.find_all(nodes.Test)]
    asked = (_paths(t.node) for t in tests if isinstance(t, nodes.Test) and t.name in {"defined", "undefined"})
    return frozenset[Path]().union(*asked)


def _paths(node: nodes.Node) -> frozenset[Path]:
    path, _ = _path(node)
    return frozenset({path} if path else ())


def _targets(node: nodes.Node) -> frozenset[str]:
    """The names that an assignment defines."""
    names: Iterator[nodes.Name] = node.find_all(nodes.Name)
    own = {node.name} if isinstance(node, nodes.Name) else set[str]()
    return frozenset(own | {name.name for name in names})
