"""Questions at a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from strands_nb.engine.question import InterruptResponse

if TYPE_CHECKING:
    from rich.console import Console

    from strands_nb.engine.question import HITLState
    from strands_nb.errors import InvalidAnswerError

__all__ = ("TerminalHandler",)

_COMMANDS = {"/reject": "reject", "/modify": "modify"}


class TerminalHandler:
    """Asks on the terminal: a line approves with that text, an empty one with the default.

    A line never counts as an action, unless it begins with a slash: `/reject reason`, `/modify feedback`.
    """

    def __init__(self, console: Console | None = None) -> None:
        from rich.console import Console  # noqa: PLC0415 - needed only where somebody is asked

        self._console = console or Console(file=sys.stderr)

    def __call__(self, state: HITLState) -> InterruptResponse:
        """Show the question and read the answer."""
        self._show(state)
        return read_answer(self._console.input("[bold]your answer[/] > "))

    def refused(self, error: InvalidAnswerError) -> None:
        """The question does not take that answer, and will be asked again."""
        self._console.print(f"[red]{error}[/]", highlight=False)

    def _show(self, state: HITLState) -> None:
        from rich.markdown import Markdown  # noqa: PLC0415
        from rich.padding import Padding  # noqa: PLC0415
        from rich.rule import Rule  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        print_ = self._console.print
        print_(Rule(Text("needs you", style="bold yellow"), align="left", style="yellow"))
        print_(Text(state.prompt, style="bold"))
        if state.context_display:
            print_(Padding(Markdown(state.context_display, hyperlinks=False), (1, 2)))
        default = f"Enter: “{state.default_response}”" if state.default_response else "Enter: approved"
        until = f" · until {state.deadline.astimezone():%H:%M:%S}" if state.deadline else ""
        choices = f" · one of: {', '.join(state.choices)}" if state.choices else ""
        print_(Text(f"{default} · a text approves with it · /modify feedback · /reject reason{choices}{until}", "dim"))


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
