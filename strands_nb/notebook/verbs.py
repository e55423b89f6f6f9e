"""What `%workflow VERB` does."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from IPython.core.error import UsageError

from strands_nb.engine.loop import engine_loop
from strands_nb.errors import SessionNotFoundError

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
%workflow list                 sessions: what ran, what waits
%workflow validate FILE        everything that is wrong with a file, before it costs anything
%workflow show FILE            its picture, and what a run may come to
%workflow answer approve|reject|modify [TEXT] [--question Q] [--session ID]
%workflow resume [ID] [--approve | --answer TEXT | --reject REASON | --modify TEXT]
%workflow cancel [ID]          end a run for good
%workflow doctor               what works here, and what is missing"""


class _Parser(ArgumentParser):
    """Complains the way magics do."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"%workflow {self.prog}: {message}")


class Verbs:
    """One method per verb; each returns what the cell shows, or None."""

    def __init__(self, shell: InteractiveShell, notebook: Notebook) -> None:
        self._shell, self._notebook = shell, notebook

    def do(self, verb: str, rest: str) -> Any:  # noqa: ANN401 - what the verb shows
        """Do one."""
        verbs: dict[str, Callable[[str], Any]] = {
            "help": self.help,
            "demo": self.demo,
            "list": self.list,
            "validate": self.validate,
            "show": self.show,
            "answer": self.answer,
            "resume": self.resume,
            "cancel": self.cancel,
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

    def show(self, rest: str) -> Workflow:
        """Show the picture of a file."""
        from strands_nb.app import Workflow  # noqa: PLC0415
        from strands_nb.spec import load  # noqa: PLC0415

        return Workflow(load(_file("show", rest)))

    # ---- sessions -----------------------------------------------------------------------------------------------

    def list(self, _: str) -> Any:  # noqa: ANN401 - a table
        """Show the sessions."""
        from strands_nb.app import summaries  # noqa: PLC0415
        from strands_nb.notebook.tables import SessionTable  # noqa: PLC0415
        from strands_nb.stores import FileSessionRepository  # noqa: PLC0415

        return SessionTable(engine_loop.submit(lambda: summaries(FileSessionRepository())).result())

    def answer(self, rest: str) -> None:
        """Answer the open question of a run of this kernel."""
        parser = _Parser(prog="answer", add_help=False)
        parser.add_argument("action", choices=("approve", "reject", "modify"))
        parser.add_argument("text", nargs="*")
        parser.add_argument("--question")
        parser.add_argument("--session")
        args = parser.parse_args(_words(rest))
        run = self._run(args.session, waiting=True)
        run.respond(args.question, args.action, " ".join(args.text) or None, by="notebook").result()

    def resume(self, rest: str) -> None:
        """Go on with a session, showing its card, and wait for it."""
        parser = _Parser(prog="resume", add_help=False)
        parser.add_argument("session", nargs="?")
        parser.add_argument("--approve", action="store_true")
        for name in ("--answer", "--reject", "--modify", "--question"):
            parser.add_argument(name)
        parser.add_argument("--on-hitl", choices=("ask", "default", "fail", "park"), default="ask")
        args = parser.parse_args(_words(rest))
        run = self._reopened(args.session or self._latest_paused(), args)
        self._notebook.wait(run)

    def _reopened(self, session_id: str, args: Namespace) -> Run:
        from strands_nb.app import reopen  # noqa: PLC0415
        from strands_nb.stores import FileSessionRepository  # noqa: PLC0415

        store = FileSessionRepository()
        workflow = engine_loop.submit(lambda: reopen(store, session_id)).result().with_options(on_hitl=args.on_hitl)
        run = workflow.reopened(
            session_id,
            args.answer,
            approve=args.approve,
            reject=args.reject is not None,
            feedback=args.reject if args.reject is not None else args.modify,
            question=args.question,
            by="notebook",
        )
        self._notebook.show(run)
        return run

    def cancel(self, rest: str) -> None:
        """End a run of this kernel for good."""
        self._run(rest or None, waiting=False).cancel("cancelled from the notebook")

    def _run(self, session_id: str | None, *, waiting: bool) -> Run:
        """A run of this kernel: the one named, or the latest that can be steered."""
        runs = [card.run for card in self._notebook.cards.values()]
        if session_id is not None:
            runs = [run for run in runs if run.session_id == session_id]
        fitting = [run for run in runs if run.pending or (not waiting and run.status in ("running", "paused"))]
        if not fitting:
            what = "waits for an answer" if waiting else "is running"
            raise UsageError(f"no run of this kernel {what}; `%workflow list` shows all sessions")
        return fitting[-1]

    def _latest_paused(self) -> str:
        from strands_nb.app import summaries  # noqa: PLC0415
        from strands_nb.stores import FileSessionRepository  # noqa: PLC0415

        found = engine_loop.submit(lambda: summaries(FileSessionRepository())).result()
        for summary in found:
            if summary.status in ("paused", "interrupted", "failed"):
                return summary.session_id
        raise UsageError("no session waits to be resumed; `%workflow list` shows all")

    # ---- the rest -----------------------------------------------------------------------------------------------

    def doctor(self, _: str) -> None:
        """Print what works here."""
        from strands_nb.notebook.doctor import examine  # noqa: PLC0415

        for line in examine(self._notebook):
            print(line)  # noqa: T201 - the cell's output

    def help(self, _: str) -> None:
        """Print the verbs."""
        print(HELP)  # noqa: T201 - the cell's output


def _words(rest: str) -> list[str]:
    try:
        return shlex.split(rest)
    except ValueError as error:
        raise UsageError(f"%workflow: {error}") from None


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"--var {text!r}: write NAME=VALUE")
    return name, value


def _file(verb: str, rest: str) -> Path:
    words = _words(rest)
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
