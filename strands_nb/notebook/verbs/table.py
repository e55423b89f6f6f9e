"""The verbs of `%workflow`: which there are, and who does them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from strands_nb.notebook.line.arguments import ABOUT, Parser, split_words
from strands_nb.notebook.line.cell_options import cell_parser
from strands_nb.notebook.verbs.after import AfterVerbs
from strands_nb.notebook.verbs.files import FileVerbs
from strands_nb.notebook.verbs.sessions import SessionVerbs

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from strands_nb.notebook.cell import Notebook
    from strands_nb.notebook.cells import Cells

__all__ = ("Verbs",)


class Verbs:
    """One method per verb; each returns what the cell shows, or None."""

    def __init__(self, shell: InteractiveShell, notebook: Notebook, cells: Cells) -> None:
        self._shell, self._notebook = shell, notebook
        sessions, after = SessionVerbs(notebook), AfterVerbs(notebook)
        files = FileVerbs(shell, cells, sessions)
        self.table: dict[str, Callable[[str], Any]] = {
            "help": self.help,
            "demo": self.demo,
            "schema": files.schema,
            "validate": files.validate,
            "show": files.show,
            "graph": files.graph,
            "run": files.run,
            "list": sessions.list,
            "sessions": sessions.list,
            "card": after.card,
            "diff": after.diff,
            "answer": sessions.answer,
            "resume": sessions.resume,
            "pause": sessions.pause,
            "cancel": sessions.cancel,
            "cost": sessions.cost,
            "fork": sessions.fork,
            "export": sessions.export,
            "cleanup": sessions.cleanup,
            "clean": sessions.cleanup,
            "delete": sessions.delete,
            "repair": sessions.repair,
            "doctor": self.doctor,
        }
        """By name, in the order of `%workflow help`."""

    def do(self, verb: str, rest: str) -> Any:  # noqa: ANN401 - what the verb shows
        """Do one."""
        if verb not in self.table:
            from strands_nb.spec.base import nearest  # noqa: PLC0415 - needed only for mistakes

            close = nearest(verb, self.table)
            hint = f"did you mean {close!r}?" if close else f"known: {', '.join(self.table)}"
            raise UsageError(f"%workflow {verb}: no such verb; {hint}")
        return self.table[verb](rest)

    def demo(self, rest: str) -> None:
        """Put an example into the next cell, for the user to see and own."""
        from strands_nb.app.demo import demo_cell  # noqa: PLC0415

        Parser("demo").parse(split_words(rest))
        self._shell.set_next_input(demo_cell())

    def doctor(self, rest: str) -> None:
        """Print what works here."""
        from strands_nb.notebook.doctor import examine  # noqa: PLC0415

        Parser("doctor").parse(split_words(rest))
        for line in examine(self._notebook):
            print(line)  # noqa: T201 - the cell's output

    def help(self, rest: str) -> None:
        """Print the verbs, or what one of them takes."""
        parser = Parser("help")
        parser.add_argument("verb", nargs="?")
        verb = parser.parse(split_words(rest)).verb
        if verb == "cell":
            print(cell_parser().format_help(), end="")  # noqa: T201 - the cell's output
        elif verb is not None:
            self.do(verb, "-h")
        else:
            print(_overview(self.table))  # noqa: T201 - the cell's output


def _overview(verbs: dict[str, Any]) -> str:
    rows = [("%%workflow [NAME]", "Run the YAML below it; %%workflow? shows every option.")]
    rows += [(f"%workflow {verb}", ABOUT.get(verb, "")) for verb in verbs]
    rows += [("%workflow VERB -h", "What a verb takes.")]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:{width}}  {about}" for name, about in rows)
