"""The sandbox: Jinja's immutable one, with fewer doors and a meter at each that is left."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Sized
from difflib import get_close_matches
from types import BuiltinMethodType, MethodType
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, nodes
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from strands_nb.errors import TemplateError
from strands_nb.render import bounds
from strands_nb.render.faults import TemplateFault
from strands_nb.render.filters import CONCAT, EACH, filters

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2.runtime import Context

__all__ = ("ENVIRONMENT", "checked", "filter_names")


class _Missing(StrictUndefined):
    """What is not there. Its parts are not there either, and any use of it says so.

    Jinja's own strict kind already fails at the dot, so that `steps.draft.response | default('none')` could not ask.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name[:2] == "__":
            raise AttributeError(name)
        return self

    def __getitem__(self, key: object) -> Any:  # noqa: ANN401
        return self


def _padded(_: str, width: int = 0, *__: object) -> None:
    bounds.allow_size(width)


def _expanded(text: str, tabsize: int = 8) -> None:
    bounds.allow_size(len(text) + text.count("\t") * tabsize)


def _joined(text: str, items: object) -> None:
    if isinstance(items, Sized):
        bounds.allow_size(len(text) * len(items))


_STR_GROWING: dict[str, Callable[..., None]] = {
    "center": _padded,
    "expandtabs": _expanded,
    "join": _joined,
    "ljust": _padded,
    "replace": bounds.replaced,
    "rjust": _padded,
    "zfill": _padded,
}
_STR = {*_STR_GROWING} | set(
    "capitalize casefold count endswith find format format_map index isalnum isalpha isascii isdecimal isdigit islower "  # noqa: SIM905 - a list of words reads better
    "isnumeric isspace istitle isupper lower lstrip partition removeprefix removesuffix rfind rindex rpartition rsplit "
    "rstrip split splitlines startswith strip swapcase title upper".split()
)
_MAPPING = {"copy", "get", "items", "keys", "values"}
_SEQUENCE = {"copy", "count", "index"}
_NUMBER = {"as_integer_ratio", "bit_length", "is_integer"}

# `{x:10000}`, or a width that is itself a field.
_WIDE_FIELD = re.compile(r"\{[^{}]*:[^{}]*(?:\{|[0-9]{5})")


class _Environment(ImmutableSandboxedEnvironment):
    """No globals, no loader, bounded operators, and calls only of what is known to be harmless."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})
    concat = staticmethod(bounds.join)  # pyright: ignore[reportAssignmentType] - what macros and set blocks build with

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        bounds.binary(operator, left, right)
        return super().call_binop(context, operator, left, right)

    # Positional names as in Jinja, which no keyword of a template can meet.
    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # pyright: ignore[reportIncompatibleMethodOverride]
        bounds.METER.turn()
        _allow_call(obj, args, kwargs)
        return bounds.weighed(super().call(context, obj, *args, **kwargs))

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:  # noqa: ANN401
        wrapped = super().wrap_str_format(value)
        if wrapped is not None and _WIDE_FIELD.search(value.__self__):
            raise TemplateError("a template may not pad to that width")
        return wrapped

    def metered(self, source: str) -> nodes.Template:
        """The tree as it is compiled, with the meter in it; `parse` gives it as it was written."""
        return _Metered().visit(self.parse(source))


class _Metered(NodeTransformer):
    """Puts the meter where Jinja has no hook: at the turns of a loop, and at `~`."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 - Jinja's name
        self.generic_visit(node)
        node.iter = nodes.Filter(node.iter, EACH, [], [], None, None, lineno=node.lineno)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802 - Jinja's name
        self.generic_visit(node)
        items = nodes.List(node.nodes, lineno=node.lineno)
        return nodes.Filter(items, CONCAT, [], [], None, None, lineno=node.lineno)


def _allow_call(obj: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:  # noqa: ANN401
    """Refuse to call anything but macros, `loop`, and the harmless methods of data."""
    if isinstance(obj, (Macro, LoopContext, _Missing)):
        return
    owner: Any = getattr(obj, "__self__", None)
    name = getattr(obj, "__name__", "?")
    if isinstance(obj, (BuiltinMethodType, MethodType)) and not isinstance(owner, type):
        if isinstance(owner, LoopContext):
            return
        if isinstance(owner, str) and name in _STR:
            if guard := _STR_GROWING.get(name):
                guard(owner, *args, **kwargs)
            return
        if any(isinstance(owner, kind) and name in known for kind, known in _METHODS):
            return
    if getattr(obj, "__wrapped__", None) is not None and name in {"format", "format_map"}:
        return  # the sandbox's own
    raise TemplateError(f"{name}() cannot be called in a template")


_METHODS: tuple[tuple[Any, set[str]], ...] = ((Mapping, _MAPPING), (Sequence, _SEQUENCE), ((int, float), _NUMBER))


def _environment() -> _Environment:
    environment = _Environment(undefined=_Missing, keep_trailing_newline=True, autoescape=False)
    environment.globals.clear()
    environment.filters = filters()  # pyright: ignore[reportAttributeAccessIssue]
    return environment


ENVIRONMENT = _environment()
"""The one environment of all templates."""

_REFUSED: dict[type[nodes.Node], str] = {
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "from … import",
    nodes.Extends: "extends",
    nodes.Block: "block",
}


def filter_names() -> list[str]:
    """The filters a template can use, sorted."""
    return sorted(name for name in ENVIRONMENT.filters if name.isidentifier())


def checked(tree: nodes.Template) -> nodes.Template:
    """The tree, if it uses only what there is.

    Raises:
        TemplateFault: a statement that would need another file, or a filter or test that does not exist.
    """
    for node in tree.find_all(tuple(_REFUSED)):
        raise TemplateFault(f"'{_REFUSED[type(node)]}' is not available: a template is one text", node.lineno)
    for node in tree.find_all((nodes.Filter, nodes.Test)):
        kind, known = ("filter", ENVIRONMENT.filters) if isinstance(node, nodes.Filter) else ("test", ENVIRONMENT.tests)
        if node.name not in known:
            close = get_close_matches(node.name, [name for name in known if name.isidentifier()], n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise TemplateFault(f"there is no {kind} {node.name!r}{hint}", node.lineno, word=node.name)
    return tree
