"""What `%workflow VERB` does with files, and with the language itself."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from strands_nb.notebook.cells import tell
from strands_nb.notebook.line.arguments import Parser, split_words
from strands_nb.notebook.line.cell_options import cell_parser
from strands_nb.notebook.line.namespace import expanded_words

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from strands_nb.notebook.cells import Cells
    from strands_nb.notebook.verbs.sessions import SessionVerbs

__all__ = ("FileVerbs",)


class FileVerbs:
    """One method per verb; each returns what the cell shows, or None."""

    def __init__(self, shell: InteractiveShell, cells: Cells, sessions: SessionVerbs) -> None:
        self._shell, self._cells, self._sessions = shell, cells, sessions

    def run(self, rest: str) -> Any:  # noqa: ANN401 - a Run with -b, a Workflow with --check, else nothing
        """Run a file as a cell would."""
        from strands_nb.spec import load  # noqa: PLC0415 - the first run pays for it

        args = cell_parser(file=True).parse(expanded_words(rest, self._shell.user_ns))
        return self._cells.run(args, partial(load, _file("run", args.file)))

    def validate(self, rest: str) -> None:
        """Print all problems of a file."""
        from strands_nb.app import Workflow  # noqa: PLC0415
        from strands_nb.errors import SchemaValidationError  # noqa: PLC0415
        from strands_nb.spec import load  # noqa: PLC0415

        path = _file("validate", _named("validate", rest))
        try:
            tell(Workflow(load(path)).check())
        except SchemaValidationError as error:
            tell(error.errors)

    def show(self, rest: str) -> Any:  # noqa: ANN401 - a workflow or a session
        """Show the picture of a file, or a session."""
        from strands_nb.app import Workflow  # noqa: PLC0415
        from strands_nb.spec import load  # noqa: PLC0415
        from strands_nb.stores.ids import is_session_id  # noqa: PLC0415

        what = _named("show", rest, "FILE|SESSION")
        if not Path(what).expanduser().is_file() and is_session_id(what):
            return self._sessions.show(what)
        return Workflow(load(_file("show", what)))

    def graph(self, rest: str) -> Any:  # noqa: ANN401 - a picture
        """Draw a file: in the cell, or as text for documents and web pages."""
        from strands_nb.app import Workflow  # noqa: PLC0415
        from strands_nb.picture import to_svg  # noqa: PLC0415
        from strands_nb.spec import load  # noqa: PLC0415

        parser = Parser("graph")
        parser.add_argument("file")
        parser.add_argument("--mermaid", action="store_true", help="As Mermaid, for documents.")
        parser.add_argument("--svg", action="store_true", help="As SVG, for web pages.")
        args = parser.parse(split_words(rest))
        workflow = Workflow(load(_file("graph", args.file)))
        if not (args.mermaid or args.svg):
            return workflow
        text = workflow.to_mermaid() if args.mermaid else to_svg(workflow.outline(), title=workflow.name)
        print(text)  # noqa: T201 - the cell's output
        return None

    def schema(self, rest: str) -> None:
        """Print what may be written at a place, or the whole schema."""
        from strands_nb.notebook.language.fields import described  # noqa: PLC0415 - imports the language
        from strands_nb.spec.schema import json_schema_text  # noqa: PLC0415

        parser = Parser("schema")
        parser.add_argument(
            "path", nargs="?", help="e.g. steps, runtime.budgets, or the type of a pattern: graph.edges"
        )
        path = parser.parse(split_words(rest)).path
        print(json_schema_text() if path is None else described(path))  # noqa: T201 - the cell's output


def _named(verb: str, rest: str, what: str = "FILE") -> str:
    parser = Parser(verb)
    parser.add_argument("what", metavar=what, nargs="*")
    words = parser.parse(split_words(rest)).what
    if len(words) != 1:
        raise UsageError(f"%workflow {verb} {what}: name one{' file' if what == 'FILE' else ''}")
    return words[0]


def _file(verb: str, name: str) -> Path:
    path = Path(name).expanduser()
    if not path.is_file():
        raise UsageError(f"%workflow {verb}: there is no file {name}{_nearest(path)}")
    return path


def _nearest(path: Path) -> str:
    from strands_nb.spec.base import nearest  # noqa: PLC0415

    if not path.parent.is_dir():
        return ""
    close = nearest(path.name, [each.name for each in path.parent.iterdir()])
    return f"; did you mean {str(path.with_name(close))!r}?" if close else ""
