"""The words after `%%workflow` and `%workflow`: which there are, how they are read, and what a slip was meant to be."""

from __future__ import annotations

import re
import shlex
from argparse import Action, ArgumentParser
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, NoReturn

from IPython.core.error import UsageError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence

__all__ = ("ABOUT", "HelpShown", "Parser", "parser_of", "split_words")

ABOUT: Final = {
    "help": "Print the verbs, or with the name of one, what it takes.",
    "demo": "Put an example into a new cell; it needs no key.",
    "schema": "Print what may be written at a place of the text: `schema steps`; without a place, the whole schema.",
    "validate": "Print everything that is wrong with a file, before it costs anything.",
    "show": "Show a file, and what a run of it may come to; or a session, its steps, questions and costs.",
    "graph": "Draw a file.",
    "run": "Run a file, with the options of `%%workflow`.",
    "list": "Show the sessions: what ran, what waits.",
    "sessions": "The same as `list`.",
    "card": "Show the card of a session again: to look at, compare, export, run again; the latest if none is named.",
    "diff": "Show what differs between two sessions; of one alone, from the one of the same workflow before it.",
    "answer": "Answer the open question of a run of this kernel, or of the session that is named.",
    "resume": "Go on with a session, the latest that waits if none is named.",
    "pause": "Stop a run of this kernel for now; `resume` goes on.",
    "cancel": "End a run of this kernel for good.",
    "cost": "Show what sessions have cost, or one of them by agent and model.",
    "fork": "Make a new session from what one has recorded.",
    "export": "Print all there is of a session, or write it into a folder.",
    "cleanup": "Delete old sessions.",
    "clean": "The same as `cleanup`.",
    "delete": "Delete sessions.",
    "repair": "Make a damaged session one that resumes.",
    "doctor": "Say what works here, and what is missing.",
}
"""The verbs of `%workflow`, with what each does."""

_CHOICE: Final = re.compile(r"(?P<what>.*invalid choice: )'(?P<word>[^']*)'.*\(choose from (?P<known>.*)\)$", re.DOTALL)


class HelpShown(Exception):  # noqa: N818 - it is no error
    """Help was asked for and printed: there is nothing more to do."""


class _Help(Action):
    def __call__(self, parser: ArgumentParser, *_: Any) -> NoReturn:  # noqa: ANN401 - of argparse
        print(parser.format_help(), end="")  # noqa: T201 - the cell's output
        raise HelpShown


_wanted: ContextVar[bool] = ContextVar("_wanted", default=False)


class Probed(Exception):  # noqa: N818 - it is no error
    """Here is the parser that was wanted."""

    def __init__(self, parser: Parser) -> None:
        super().__init__()
        self.parser = parser


def parser_of(verb: Callable[[str], Any]) -> Parser:
    """The parser of a verb, which is what every verb makes first; nothing is done.

    >>> parser_of(lambda rest: Parser("demo").parse(rest.split())).prog
    '%workflow demo'
    """
    token = _wanted.set(True)
    try:
        verb("")
    except Probed as found:
        return found.parser
    finally:
        _wanted.reset(token)
    raise TypeError("a verb that parses nothing")


class Parser(ArgumentParser):
    """Complains the way magics do, in one line, with the nearest right word; `-h` prints what there is."""

    def __init__(self, verb: str, *, prog: str | None = None) -> None:
        super().__init__(
            prog=prog or f"%workflow {verb}", description=ABOUT.get(verb), add_help=False, allow_abbrev=False
        )
        self.actions: list[Action] = []
        self.add_argument("-h", "--help", action=_Help, nargs=0, help="Print this, and do nothing.")
        self.add_argument("--debug", action="store_true", help="Show where an error comes from.")

    def add_argument(self, *names: Any, **details: Any) -> Action:  # noqa: ANN401 - of argparse
        """The same, and remember what may be written."""
        made = super().add_argument(*names, **details)
        self.actions.append(made)
        return made

    def parse(self, words: Sequence[str]) -> Namespace:
        """Read the words; where only the parser is wanted, nothing is read.

        Raises:
            UsageError: they are not what it takes.
        """
        if _wanted.get():
            raise Probed(self)
        return self.parse_args(words)

    def error(self, message: str) -> NoReturn:
        """Complain.

        Raises:
            UsageError: always.
        """
        raise UsageError(f"{self.prog}: {self._with_hint(message)}")

    def _with_hint(self, message: str) -> str:
        if found := _CHOICE.match(message):
            known = re.findall(r"[^\s',]+", found["known"])
            return f"{found['what']}{found['word']!r}; {_hint(found['word'], known)}"
        what, _, words = message.partition("unrecognized arguments: ")
        if not what and words:
            word = words.split()[0].partition("=")[0]
            known = [name for one in self.actions for name in one.option_strings] if word.startswith("-") else []
            return (
                f"there is no {word!r} here; {_hint(word, known) if known else f'{self.prog} -h shows what there is'}"
            )
        return message


def _hint(word: str, known: Sequence[str]) -> str:
    from strands_nb.spec.base import nearest  # noqa: PLC0415 - imports pydantic, and is needed only for mistakes

    close = nearest(word, known)
    return f"did you mean {close!r}?" if close else f"there are: {', '.join(dict.fromkeys(known))}"


def split_words(rest: str) -> list[str]:
    """The words of a line, as a shell reads them.

    Raises:
        UsageError: a quotation is not closed.
    """
    try:
        return shlex.split(rest)
    except ValueError as error:
        raise UsageError(f"%workflow: {error}") from None
