"""One template: parsed when made, compiled when first rendered."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import Template as Compiled
from jinja2 import TemplateSyntaxError, nodes
from jinja2.runtime import Context

from strands_nb.errors import TemplateError
from strands_nb.render.bounds import MAX_OUTPUT, METER
from strands_nb.render.environment import ENVIRONMENT, checked
from strands_nb.render.faults import TemplateFault
from strands_nb.render.paths import Reference
from strands_nb.render.references import references

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ("Template", "render_or_text", "template")

_MARKS = ("{{", "{%", "{#")


class Template:
    """A text with places to fill. Make one with `template`, which keeps those it has made.

    >>> page = Template("{{ steps[0].response }} ({{ tone | default('dry') }})")
    >>> sorted(page.names), page.references[0].path, page.references[1].guarded
    (['steps', 'tone'], ('steps', 0, 'response'), True)
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._root: Callable[[Context], Iterator[str]] | None = None
        self.constant = not any(mark in text for mark in _MARKS)
        """Whether there is nothing to fill in."""
        self.references: tuple[Reference, ...] = () if self.constant else _references(text)
        """Every use of something outside the template, in its order."""

    @cached_property
    def names(self) -> frozenset[str]:
        """The names it must be given, those it asks for with `is defined` or `default` included."""
        return frozenset(str(reference.path[0]) for reference in self.references)

    def render(self, context: Mapping[str, Any]) -> str:
        """The text with every place filled from `context`, which is not changed.

        Raises:
            TemplateError: something is not defined, not allowed, or too large.
        """
        if self.constant:
            return self.text
        root = self._root or self._compile()
        METER.start()
        pieces: list[str] = []
        size = 0
        try:
            for piece in root(Context(ENVIRONMENT, context, None, {})):  # pyright: ignore[reportArgumentType]
                pieces.append(piece)
                size += len(piece)
                if size > MAX_OUTPUT:
                    raise TemplateError(f"a template may not render more than {MAX_OUTPUT:,} characters")  # noqa: TRY301
        except Exception as error:
            raise self._fault(error) from error
        return _storable("".join(pieces))

    def _compile(self) -> Callable[[Context], Iterator[str]]:
        METER.start()
        try:
            tree = _exact(self.text, ENVIRONMENT.metered(_protected(self.text)[0]))
            code = ENVIRONMENT.compile(tree, filename=_FILENAME)
            self._compiled = Compiled.from_code(ENVIRONMENT, code, {})
        except Exception as error:
            raise _syntax(error) from error
        self._root = self._compiled.root_render_func
        return self._root

    def _fault(self, error: Exception) -> TemplateError:
        if isinstance(error, TemplateFault):
            return error
        line: int | None = None
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == _FILENAME:
                line = self._compiled.get_corresponding_lineno(trace.tb_lineno)
            trace = trace.tb_next
        return TemplateFault(_reason(error), line)


_FILENAME = "<strands_nb template>"


def _storable(text: str) -> str:
    """The text, unless it holds half of a surrogate pair: that could be neither sent nor journaled."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise TemplateFault("the result holds half of a surrogate pair") from None
    return text


@lru_cache(maxsize=16_384)  # more than a workflow of ten thousand steps has: all are asked for in turn, again and again
def template(text: str) -> Template:
    """The template of this text, parsed once however often it is asked for.

    Raises:
        TemplateError: it does not parse, or uses a filter or statement that does not exist here.

    >>> template("{{ x }}") is template("{{ x }}")
    True
    >>> template("{{ x | uper }}")
    Traceback (most recent call last):
    strands_nb.render.faults.TemplateFault: line 1 of the template: there is no filter 'uper'; did you mean 'upper'?
    """
    return Template(text)


def render_or_text(text: str, context: Mapping[str, Any]) -> str:
    """The rendered text, or the text as it is where it is no template for this context.

    For prompts written for the format's first implementation, which never rendered them: one may hold braces that
    mean something else.

    >>> render_or_text("Answer as {{your name}}: ...", {}), render_or_text("Be {{ tone }}.", {"tone": "kind"})
    ('Answer as {{your name}}: ...', 'Be kind.')
    """
    try:
        return template(text).render(context)
    except TemplateError:
        return text


def _references(text: str) -> tuple[Reference, ...]:
    METER.start()
    try:
        return references(checked(ENVIRONMENT.parse(_protected(text)[0])))
    except Exception as error:
        raise _syntax(error) from error


def _syntax(error: Exception) -> TemplateFault:
    if isinstance(error, TemplateFault):
        return error
    if isinstance(error, TemplateSyntaxError):
        return TemplateFault(f"this does not parse: {error.message}", error.lineno)
    return TemplateFault(f"this does not parse: {_reason(error)}")


def _reason(error: Exception) -> str:
    match error:
        case RecursionError():
            return "nested too deeply"
        case MemoryError():
            return "it needs too much memory"
        case _:
            return str(error) or type(error).__name__


# Jinja turns every line break into "\n". A text must be passed on as it is, so a carriage return travels as one of the
# separators that are blanks to Jinja's lexer and that hardly any text contains.
_STAND_INS = ("\x1c", "\x1d", "\x1e", "\x1f")


def _protected(text: str) -> tuple[str, str | None]:
    stand_in = next((mark for mark in _STAND_INS if mark not in text), None) if "\r" in text else None
    return (text.replace("\r", stand_in) if stand_in else text), stand_in


def _exact(text: str, tree: nodes.Template) -> nodes.Template:
    _, stand_in = _protected(text)
    if stand_in:
        for node in tree.find_all(nodes.TemplateData):
            node.data = node.data.replace(stand_in, "\r")
        for node in tree.find_all(nodes.Const):
            if isinstance(node.value, str):
                node.value = node.value.replace(stand_in, "\r")
    return tree
