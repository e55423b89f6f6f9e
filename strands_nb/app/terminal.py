"""Questions at a terminal."""

from __future__ import annotations

import builtins
import os
import re
import select
import sys
from typing import TYPE_CHECKING, Any, Final, cast

from strands_nb.engine.question import InterruptResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from strands_nb.engine.question import HITLState
    from strands_nb.errors import InvalidAnswerError

__all__ = ("TerminalHandler", "one_line", "printable")

_COMMANDS: Final = {"/reject": "reject", "/modify": "modify"}
_LOOK_EVERY_S: Final = 0.2
_SEQUENCE: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?", re.DOTALL)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def printable(text: str) -> str:
    r"""A text without what would command the terminal instead of standing on it; line breaks and tabs stay.

    >>> printable("\x1b[31mred\x1b[0m \x1b]0;title\x07and\x08 plain\n")
    'red and plain\n'
    """
    return _CONTROL.sub("", _SEQUENCE.sub("", text.replace("\r\n", "\n")))


def one_line(text: str) -> str:
    r"""The same, on one line.

    >>> one_line("\x1b[31mred\n\tand plain\n")
    'red and plain'
    """
    return " ".join(printable(text).split())


class TerminalHandler:
    """Asks on the terminal: a line approves with that text, an empty one with the default.

    A line never counts as an action, unless it begins with a slash: `/reject reason`, `/modify feedback`. The prompt
    goes away when the question is settled elsewhere, or by its deadline. Raises `EOFError` where nobody types.
    """

    def __init__(self, console: Console | None = None) -> None:
        from rich.console import Console  # noqa: PLC0415 - needed only where somebody is asked

        self._console = console or Console(file=sys.stderr, highlight=False, emoji=False)

    def __call__(self, state: HITLState) -> InterruptResponse:
        """Show the question and read the answer."""
        answer = self.while_open(state, lambda: True)
        assert answer is not None  # noqa: S101 - only a question that closes has none
        return answer

    def while_open(self, state: HITLState, is_open: Callable[[], bool]) -> InterruptResponse | None:
        """The same, but None once the question is no longer open."""
        from rich.text import Text  # noqa: PLC0415

        self._show(state)
        self._console.print(Text("your answer", "bold"), end=" > ")
        self._console.file.flush()
        line = _line(is_open)
        if line is None:
            self._console.print(Text("\nno longer needed: settled by its deadline or elsewhere", "dim"))
            return None
        return read_answer(printable(line))

    def refused(self, error: InvalidAnswerError) -> None:
        """The question does not take that answer, and will be asked again."""
        from rich.text import Text  # noqa: PLC0415

        self._console.print(Text(printable(str(error)), "red"))

    def _show(self, state: HITLState) -> None:
        from rich.markdown import Markdown  # noqa: PLC0415
        from rich.padding import Padding  # noqa: PLC0415
        from rich.rule import Rule  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        print_ = self._console.print
        print_(Rule(Text(f"needs you · {state.key}", style="bold yellow"), align="left", style="yellow"))
        print_(Text(printable(state.prompt.strip()), style="bold"))
        if state.context_display:
            print_(Padding(Markdown(printable(state.context_display), hyperlinks=False), (1, 2)))
        print_(Text(_help(state), "dim"))


def _help(state: HITLState) -> str:
    """What may be typed."""
    takes = f"one of: {', '.join(state.choices)}" if state.choices else _form(state) or "a text approves with it"
    enter = f"Enter: “{state.default_response}”" if state.default_response else "Enter: approved"
    wanted = bool(state.choices or state.schema) and not state.default_response
    parts = [takes] if wanted else [enter, takes]
    until = f"until {state.deadline.astimezone():%H:%M:%S}" if state.deadline else ""
    return printable(" · ".join([*parts, "/modify feedback", "/reject reason", *filter(None, [until])]))


def _form(state: HITLState) -> str | None:
    """What a form takes: a text, or JSON with these names."""
    if state.schema is None:
        return None
    if state.schema.get("type") == "string":
        return "a text that fits the form"
    properties = state.schema.get("properties")
    names = f": {', '.join(cast('dict[str, Any]', properties))}" if isinstance(properties, dict) else ""
    return f"JSON that fits the form{names}"


def _line(is_open: Callable[[], bool]) -> str | None:
    """A line from standard input, or None if the question closes first.

    Raises:
        EOFError: there will be none.
    """
    patched = getattr(input, "__module__", None) != builtins.__name__  # a notebook has its own way to ask
    if patched or sys.platform == "win32" or (fd := _descriptor()) is None:
        return input()
    typed = bytearray()
    # Byte by byte past Python's buffer: what is read ahead there could not be waited for.
    while not typed.endswith(b"\n"):
        while not select.select([fd], [], [], _LOOK_EVERY_S)[0]:
            if not is_open():
                return None
        byte = os.read(fd, 1)
        if not byte and not typed:
            raise EOFError
        if not byte:
            break
        typed += byte
    return typed.decode(errors="replace")


def _descriptor() -> int | None:
    try:
        return sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):
        return None


def read_answer(line: str) -> InterruptResponse:
    """What a typed line means.

    >>> read_answer("/modify shorter"), read_answer("reject").action, read_answer("//x").feedback
    (InterruptResponse(action='modify', feedback='shorter'), 'approve', '/x')
    """
    word, _, rest = line.strip().partition(" ")
    match _COMMANDS.get(word):
        case "reject":
            return InterruptResponse("reject", rest.strip() or None)
        case "modify":
            return InterruptResponse("modify", rest.strip() or None)
        case _:
            text = line.strip()
            return InterruptResponse("approve", (text[1:] if text.startswith("//") else text) or None)
