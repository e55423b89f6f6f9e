"""The words of `%workflow VERB`, and the sessions that they are about."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser
from typing import TYPE_CHECKING, NoReturn

from IPython.core.error import UsageError

if TYPE_CHECKING:
    from strands_nb.app import SessionManager

__all__ = ("Parser", "session_manager", "split_words")


class Parser(ArgumentParser):
    """Complains the way magics do."""

    def __init__(self, verb: str) -> None:
        super().__init__(prog=verb, add_help=False, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Refuse the line."""
        raise UsageError(f"%workflow {self.prog}: {message}")


def split_words(rest: str) -> list[str]:
    """The words of a line, as a shell reads them."""
    try:
        return shlex.split(rest)
    except ValueError as error:
        raise UsageError(f"%workflow: {error}") from None


def session_manager() -> SessionManager:
    """The sessions of all runs."""
    from strands_nb.app import SessionManager  # noqa: PLC0415 - the first run pays for it

    return SessionManager()
