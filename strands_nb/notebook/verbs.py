"""What `%workflow VERB` does."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from strands_nb.errors import SessionNotFoundError
from strands_nb.notebook.after_verbs import AfterVerbs
from strands_nb.notebook.session_verbs import SessionVerbs
from strands_nb.notebook.words import split_words

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from strands_nb.app import Workflow
    from strands_nb.engine.run import Run
    from strands_nb.notebook.cell import Notebook
    from strands_nb.notebook.edited import Offer

__all__ = ("Verbs",)

HELP = """\
%%workflow [name] [-o var] [-b] [--var k=v] [--model provider:model] [--on-hitl ask|default|fail|park]
    run the YAML below it                                    %%workflow?  shows every option
    edited since its last run: asks; --reuse runs only what changed, --anew all of it
%workflow demo                 put an example into a new cell
%workflow list [--status S] [--workflow NAME] [--limit N] [--offset N]    sessions: what ran, what waits
%workflow validate FILE        everything that is wrong with a file, before it costs anything
%workflow show FILE            its picture, and what a run may come to
%workflow show SESSION         its steps, its open questions, what it has cost
%workflow card [SESSION]       its card again: to look at, compare, export, run again
%workflow diff A [B]           what differs between two sessions; of one: from the one before
%workflow answer approve|reject|modify [TEXT] [--question Q] [--session ID]
%workflow resume [ID] [--approve | --answer TEXT | --reject REASON | --modify TEXT]
%workflow cancel [ID]          end a run for good
%workflow fork ID [--from-step KEY]    a new session from what this one has recorded
%workflow export ID [--format json|md|html|yaml|py] [--out DIR] [--overwrite]
%workflow cleanup [--older-than DAYS] [--status S] [--keep-completed] --yes    delete old sessions
%workflow delete ID... --yes
%workflow repair ID            make a damaged session one that resumes
%workflow doctor               what works here, and what is missing"""


class Verbs:
    """One method per verb; each returns what the cell shows, or None."""

    def __init__(self, shell: InteractiveShell, notebook: Notebook) -> None:
        self._shell, self._notebook = shell, notebook
        self._sessions, self._after = SessionVerbs(notebook), AfterVerbs(notebook)

    def do(self, verb: str, rest: str) -> Any:  # noqa: ANN401 - what the verb shows
        """Do one."""
        verbs: dict[str, Callable[[str], Any]] = {
            "help": self.help,
            "demo": self.demo,
            "list": self._sessions.list,
            "validate": self.validate,
            "show": self.show,
            "card": self._after.card,
            "diff": self._after.diff,
            "answer": self._sessions.answer,
            "resume": self._sessions.resume,
            "cancel": self._sessions.cancel,
            "fork": self._sessions.fork,
            "export": self._after.export,
            "cleanup": self._sessions.cleanup,
            "delete": self._sessions.delete,
            "repair": self._sessions.repair,
            "doctor": self.doctor,
        }
        if verb not in verbs:
            import difflib  # noqa: PLC0415

            close = difflib.get_close_matches(verb, verbs, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(verbs)}"
            raise UsageError(f"%workflow {verb}: no such verb; {hint}")
        return verbs[verb](rest)

    # ---- cells --------------------------------------------------------------------------------------------------

    def prepare(self, args: Namespace, text: str, *, default_model: str) -> Workflow:
        """The workflow of a cell."""
        from strands_nb.app import Workflow  # noqa: PLC0415 - the first run pays for it
        from strands_nb.spec import parse, parse_var  # noqa: PLC0415

        spec = parse(text)
        if args.name:
            spec = spec.model_copy(update={"name": args.name})
        variables = {name: parse_var(spec, name, value) for name, value in map(_pair, args.var)}
        model = args.model or (default_model if spec.runtime.provider is None and default_model else None)
        return Workflow(spec, variables=variables).with_options(model=model, on_hitl=args.on_hitl)

    def offer(self, args: Namespace, workflow: Workflow) -> Offer | None:
        """The choice to keep what is done where the cell has run before and was edited since; else None."""
        former = self._notebook.latest.get(workflow.name)
        if args.anew or former is None or not former.done or former.status == "cancelled":
            return None
        if any(problem.severity != "warning" for problem in workflow.check()):
            return None  # it will be refused
        with suppress(SessionNotFoundError):
            if changed := workflow.changes(former.session_id):
                from strands_nb.notebook.edited import Offer  # noqa: PLC0415 - imports the agents

                return Offer(workflow, former.session_id, changed)
        return None

    def start(self, workflow: Workflow) -> Run:
        """Start the workflow of a cell and show its card."""
        run = self._notebook.latest[workflow.name] = workflow.start()
        return run

    def demo(self, _: str) -> None:
        """Put an example into the next cell, for the user to see and own."""
        from strands_nb.app.demo import demo_cell  # noqa: PLC0415

        self._shell.set_next_input(demo_cell())

    # ---- files --------------------------------------------------------------------------------------------------

    def validate(self, rest: str) -> None:
        """Print all problems of a file."""
        problems = _problems(_file("validate", rest))
        for problem in problems:
            print(f"{problem.severity}: {problem}")  # noqa: T201 - the cell's output
            if excerpt := problem.excerpt():
                print(excerpt)  # noqa: T201
        mistakes = sum(problem.severity == "error" for problem in problems)
        print(f"{mistakes} mistake{'s'[: mistakes > 1]}" if mistakes else "valid")  # noqa: T201

    def show(self, rest: str) -> Any:  # noqa: ANN401 - a workflow or a session
        """Show the picture of a file, or a session."""
        from strands_nb.app import Workflow  # noqa: PLC0415
        from strands_nb.spec import load  # noqa: PLC0415
        from strands_nb.stores.ids import is_session_id  # noqa: PLC0415

        words = split_words(rest)
        if len(words) != 1:
            raise UsageError("%workflow show FILE|SESSION: name one")
        if not Path(words[0]).expanduser().is_file() and is_session_id(words[0]):
            return self._sessions.show(words[0])
        return Workflow(load(_file("show", rest)))

    # ---- the rest -----------------------------------------------------------------------------------------------

    def doctor(self, _: str) -> None:
        """Print what works here."""
        from strands_nb.notebook.doctor import examine  # noqa: PLC0415

        for line in examine(self._notebook):
            print(line)  # noqa: T201 - the cell's output

    def help(self, _: str) -> None:
        """Print the verbs."""
        print(HELP)  # noqa: T201 - the cell's output


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"--var {text!r}: write NAME=VALUE")
    return name, value


def _file(verb: str, rest: str) -> Path:
    words = split_words(rest)
    if len(words) != 1:
        raise UsageError(f"%workflow {verb} FILE: name one file")
    path = Path(words[0]).expanduser()
    if not path.is_file():
        raise UsageError(f"%workflow {verb}: there is no file {words[0]}")
    return path


def _problems(path: Path) -> Any:  # noqa: ANN401 - list[Problem]
    from strands_nb.app import Workflow  # noqa: PLC0415
    from strands_nb.errors import SchemaValidationError  # noqa: PLC0415
    from strands_nb.spec import load  # noqa: PLC0415

    try:
        return Workflow(load(path)).check()
    except SchemaValidationError as error:
        return error.errors
