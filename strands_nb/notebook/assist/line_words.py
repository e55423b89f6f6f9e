"""What may follow on the line of `%%workflow` and `%workflow`: verbs, options, and the values of both."""

from __future__ import annotations

import glob
from argparse import Action
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from strands_nb.errors import StrandsNbError
from strands_nb.notebook.line.arguments import ABOUT, Parser, parser_of
from strands_nb.notebook.line.cell_options import cell_parser

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from strands_nb.notebook.verbs.table import Verbs

__all__ = ("LineWords",)

_SUFFIXES: Final = (".yaml", ".yml", ".json")
_SESSIONS: Final = 30

Found = tuple[str, dict[str, str]]


class LineWords:
    """Of one shell."""

    def __init__(self, shell: InteractiveShell, verbs: Verbs) -> None:
        self._shell, self._verbs = shell, verbs

    def after_cell(self, line: str) -> Found:
        """Behind `%%workflow`."""
        return self._of(cell_parser(), line)

    def after_verb(self, line: str) -> Found:
        """Behind `%workflow`."""
        verb, space, rest = line.lstrip().partition(" ")
        if not space:
            return verb, dict.fromkeys(self._verbs.table, "keyword")
        if verb not in self._verbs.table:
            return "", {}
        return self._of(parser_of(self._verbs.table[verb]), rest)

    def _of(self, parser: Parser, line: str) -> Found:
        words = line.split()
        word = "" if not line or line[-1].isspace() or not words else words.pop()
        before = words[-1] if words else ""
        option = next((one for one in parser.actions if before in one.option_strings), None)
        if option is not None and option.nargs != 0:
            return self._valued(word, option, words)
        if word.startswith("-"):
            return word, {name: "keyword" for one in parser.actions for name in one.option_strings if name not in words}
        places = [one for one in parser.actions if not one.option_strings]
        found = [value for one in places for value in self._values(one, word, words)]
        options = [name for one in parser.actions for name in one.option_strings if name.startswith("--")]
        return word, {**dict.fromkeys(found, "value"), **(dict.fromkeys(options, "keyword") if not word else {})}

    def _valued(self, word: str, option: Action, words: Sequence[str]) -> Found:
        return word, dict.fromkeys(self._values(option, word, words), "value")

    def _values(self, one: Action, word: str, words: Sequence[str]) -> list[str]:  # noqa: PLR0911 - a table
        """What the value of an option, or a word in its place, may be."""
        if one.choices:
            return [str(choice) for choice in one.choices]
        match one.dest:
            case "file" | "what":
                return [*_files(word), *(self._sessions() if one.dest == "what" else ())]
            case "session" | "sessions" | "other":
                return self._sessions()
            case "from_step" | "question":
                return self._keys(words)
            case "model" | "provider":
                from strands_nb.agents.providers import PROVIDERS  # noqa: PLC0415 - not before it is needed

                return list(PROVIDERS)
            case "from_ns":
                return [name for name, value in self._shell.user_ns.items() if _is_plain(name, value)]
            case "verb":
                return list(ABOUT)
            case "output_dir":
                return [f"{each}" for each in glob.glob(f"{word}*") if Path(each).is_dir()]  # noqa: PTH207 - as typed
            case _:
                return []

    @staticmethod
    def _sessions() -> list[str]:
        from strands_nb.app import Wanted, summaries  # noqa: PLC0415
        from strands_nb.app.settings import session_store  # noqa: PLC0415
        from strands_nb.engine.loop import engine_loop  # noqa: PLC0415

        try:
            found = engine_loop.submit(lambda: summaries(session_store(), Wanted(limit=_SESSIONS))).result()
        except (StrandsNbError, OSError):
            return []  # nothing to offer; the verb itself will say why
        return [one.session_id for one in found]

    @staticmethod
    def _keys(words: Sequence[str]) -> list[str]:
        """The keys of the session that the line names."""
        from strands_nb.app.record import record_of  # noqa: PLC0415
        from strands_nb.app.settings import session_store  # noqa: PLC0415
        from strands_nb.engine.loop import engine_loop  # noqa: PLC0415

        for word in words:
            if word.startswith("wf-"):
                try:
                    record = engine_loop.submit(lambda word=word: record_of(session_store(), word)).result()
                except (StrandsNbError, OSError):
                    return []
                return list(record.state.units)
        return []


def _files(word: str) -> list[str]:
    """Workflows, and the folders that may hold some."""
    found = [Path(each) for each in sorted(glob.glob(f"{word}*"))]  # noqa: PTH207 - as they were typed
    folders = [f"{each.as_posix()}/" for each in found if each.is_dir()]
    return [*(each.as_posix() for each in found if each.suffix in _SUFFIXES and each.is_file()), *folders]


def _is_plain(name: str, value: object) -> bool:
    return not name.startswith("_") and isinstance(value, (str, int, float, bool, list, tuple, dict))
