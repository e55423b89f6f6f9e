"""A real IPython in this process, without a kernel: for what does not need one."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

CURSOR = "¦"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Shell:
    """Runs cells; the cursor of a text is where it says ¦."""

    def __init__(self, **config: Any) -> None:
        made = Config(**config)
        made.HistoryManager.enabled = False
        made.InteractiveShell.colors = "nocolor"
        self.ipython: Any = InteractiveShell(config=made)

    def run(self, code: str) -> str:
        """What the cell prints, errors included."""
        out = io.StringIO()
        with redirect_stdout(out), redirect_stderr(out):
            self.ipython.run_cell(code)
        return _ANSI.sub("", out.getvalue())

    def complete(self, text: str) -> list[str]:
        """What Tab offers at the cursor."""
        code, at = at_cursor(text)
        with provisionalcompleter():
            return [each.text for each in self.ipython.Completer.completions(code, at)]

    def __getitem__(self, name: str) -> Any:
        return self.ipython.user_ns[name]


def at_cursor(text: str) -> tuple[str, int]:
    """The text without the mark, and where that was."""
    before, _, after = text.partition(CURSOR)
    return before + after, len(before)
