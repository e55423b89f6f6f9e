"""What a word of a workflow means, where the front end asks for it (Shift-Tab): from the schema's descriptions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from strands_nb.notebook.assist.completion import body_of
from strands_nb.notebook.language.places import locate
from strands_nb.notebook.line.arguments import ABOUT
from strands_nb.notebook.line.cell_options import cell_parser

if TYPE_CHECKING:
    from collections.abc import Callable

    from strands_nb.notebook.language.places import Place

__all__ = ("Hover", "meaning")

_WORD = re.compile(r"[\w$.\[\]-]+")


class Hover:
    """Answers inspections of words of workflows; leaves all others to the kernel."""

    def __init__(self, kernel: Any) -> None:  # noqa: ANN401 - ipykernel publishes no types
        self._kernel = kernel
        self._former: Callable[..., Any] | None = None

    def install(self) -> None:
        """Answer from now on; where there is no kernel, or not one that inspects, nothing happens."""
        former = getattr(self._kernel, "do_inspect", None)
        if not callable(former):
            return
        self._former = former

        def do_inspect(code: str, cursor_pos: int, *args: Any, **more: Any) -> Any:  # noqa: ANN401 - of the kernel
            said = _said(code, cursor_pos)
            if said is None:
                return former(code, cursor_pos, *args, **more)
            return {"status": "ok", "found": True, "data": {"text/plain": said, "text/markdown": said}, "metadata": {}}

        self._kernel.do_inspect = do_inspect

    def remove(self) -> None:
        """No longer."""
        if self._former is not None:
            vars(self._kernel).pop("do_inspect", None)
            self._former = None


def _said(code: str, cursor: int) -> str | None:
    try:
        return meaning(code, cursor)
    except Exception:  # noqa: BLE001 - a half-typed text must not cost the kernel its inspections
        return None


def meaning(code: str, cursor: int) -> str | None:
    r"""What the word at a cursor means, as Markdown; None where it is none of a workflow's.

    >>> print(meaning("%%workflow\nruntime: {max_parallel: 2}", 24))
    **max_parallel** · integer
    <BLANKLINE>
    Most agent calls at the same time.
    """
    line, column = code.count("\n", 0, cursor), cursor - (code.rfind("\n", 0, cursor) + 1)
    text = code.split("\n")[line]
    head, word = (
        body_of(code),
        next((each for each in _WORD.finditer(text) if each.start() <= column <= each.end()), None),
    )
    if word is None:
        return None
    if text.lstrip().startswith("%workflow "):
        return _shown(f"%workflow {word[0]}", "", ABOUT[word[0]]) if word[0] in ABOUT else None
    if head is None or line < head:
        return None
    if line == head:
        return _of_option(word[0])
    body = "\n".join(code.split("\n")[head + 1 :])
    return _of_word(locate(body, line - head - 1, word.end()), word[0])


def _of_option(word: str) -> str | None:
    for one in cell_parser().actions:
        if word in one.option_strings:
            return _shown(", ".join(one.option_strings), one.metavar or "", one.help or "")
    return None


def _of_word(place: Place, word: str) -> str | None:
    from strands_nb.notebook.language.fields import about, field_at, shape_of  # noqa: PLC0415 - imports the language
    from strands_nb.notebook.language.references import references, typed  # noqa: PLC0415 - the same

    if place.reference is not None:
        name = typed(place.reference)
        said = references(place, name).get(name)
        return _shown(name, "", said) if said else None
    key = word if place.role in ("key", "item") else str(place.path[-1]) if place.path else ""
    field = field_at(place, word if place.role in ("key", "item") else None)
    if field is None:
        return None
    return _shown(key, shape_of(field), about(field))


def _shown(name: str, shape: object, said: str) -> str:
    head = f"**{name}**" + (f" · {shape}" if shape else "")
    return f"{head}\n\n{said.replace('%%', '%')}" if said else head
