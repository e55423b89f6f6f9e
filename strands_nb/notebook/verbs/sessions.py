"""What `%workflow VERB` does with sessions."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from IPython.core.error import UsageError

from strands_nb.app.settings import HitlPolicy, session_store, settings
from strands_nb.engine.loop import engine_loop
from strands_nb.notebook.line.arguments import Parser, split_words

if TYPE_CHECKING:
    from argparse import Namespace

    from strands_nb.app import SessionManager
    from strands_nb.engine.run import Run
    from strands_nb.notebook.cell import Notebook

__all__ = ("SessionVerbs",)

_RESUMABLE: Final = ("paused", "interrupted", "failed")
_STATUSES: Final = ("running", *_RESUMABLE, "completed", "cancelled")
_PAGE: Final = 50
_MOST: Final = 1000


class SessionVerbs:
    """One method per verb; each returns what the cell shows, or None."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook

    # ---- looking ------------------------------------------------------------------------------------------------

    def list(self, rest: str) -> Any:  # noqa: ANN401 - a table
        """Show the sessions."""
        from strands_nb.app import Wanted, summaries  # noqa: PLC0415
        from strands_nb.notebook.verbs.tables import SessionTable  # noqa: PLC0415

        parser = Parser("list")
        parser.add_argument("--status", choices=_STATUSES)
        parser.add_argument("--workflow")
        parser.add_argument("--limit", type=_page, default=_PAGE)
        parser.add_argument("--offset", type=_number, default=0)
        args = parser.parse(split_words(rest))
        wanted = Wanted(args.status, args.workflow, offset=args.offset, limit=args.limit + 1)
        found = engine_loop.submit(lambda: summaries(session_store(), wanted)).result()
        more = f"there are more: --offset {args.offset + args.limit}" if len(found) > args.limit else ""
        filtered = bool(args.status or args.workflow or args.offset)
        return SessionTable(found[: args.limit], more, empty="no such sessions" if filtered else "no sessions yet")

    def show(self, session_id: str) -> Any:  # noqa: ANN401 - a picture
        """Show one session."""
        from strands_nb.app.record import record_of  # noqa: PLC0415
        from strands_nb.notebook.verbs.tables import SessionPicture  # noqa: PLC0415

        return SessionPicture(engine_loop.submit(lambda: record_of(_manager().storage, session_id)).result())

    def cost(self, rest: str) -> Any:  # noqa: ANN401 - a table
        """Show what one session has cost, or all of them."""
        from strands_nb.app import summaries  # noqa: PLC0415
        from strands_nb.app.record import record_of  # noqa: PLC0415
        from strands_nb.notebook.verbs.costs import CostTable  # noqa: PLC0415

        parser = Parser("cost")
        parser.add_argument("session", nargs="?")
        session_id = parser.parse(split_words(rest)).session
        if session_id is None:
            return CostTable.of_all(engine_loop.submit(lambda: summaries(session_store())).result())
        return CostTable.of_session(engine_loop.submit(lambda: record_of(session_store(), session_id)).result())

    # ---- going on -----------------------------------------------------------------------------------------------

    def answer(self, rest: str) -> None:
        """Answer the open question of a run of this kernel, or of the session that is named."""
        parser = Parser("answer")
        parser.add_argument("action", choices=("approve", "reject", "modify"))
        parser.add_argument("text", nargs="*")
        parser.add_argument("--question")
        parser.add_argument("--session")
        args = parser.parse(split_words(rest))
        text = " ".join(args.text) or None
        if args.session is not None and args.session not in self._notebook.cards:
            answer = {"approve": args.action == "approve", "reject": args.action == "reject"}
            said = {"hitl_response": text} if args.action == "approve" else {"feedback": text or ""}
            run = self._reopened(args.session, "ask", question=args.question, **answer, **said)
            self._notebook.wait(run)
            return
        run = self._run(args.session, waiting=True)
        run.respond(args.question, args.action, text, by="notebook").result()

    def resume(self, rest: str) -> None:
        """Go on with a session, showing its card, and wait for it."""
        parser = Parser("resume")
        parser.add_argument("session", nargs="?")
        parser.add_argument("--approve", action="store_true")
        for name in ("--answer", "--reject", "--modify", "--question"):
            parser.add_argument(name)
        parser.add_argument("--on-hitl", choices=get_args(HitlPolicy))
        args = parser.parse(split_words(rest))
        on_hitl = args.on_hitl or settings().on_hitl or "ask"
        run = self._reopened(args.session or self._latest_paused(), on_hitl, **_answer(args))
        self._notebook.wait(run)

    def _reopened(self, session_id: str, on_hitl: str, **answer: Any) -> Run:  # noqa: ANN401 - of Workflow.resume
        from strands_nb.app import reopen  # noqa: PLC0415

        store = _manager().storage
        workflow = engine_loop.submit(lambda: reopen(store, session_id)).result().with_options(on_hitl=on_hitl)
        run = workflow.reopened(session_id, **answer, by="notebook")
        self._notebook.show(run)
        return run

    def repair(self, rest: str) -> None:
        """Make a damaged session one that resumes."""
        from strands_nb.app.shown import repair_lines  # noqa: PLC0415

        parser = Parser("repair")
        parser.add_argument("session")
        session_id = parser.parse(split_words(rest)).session
        report = engine_loop.submit(lambda: session_store().repair(session_id)).result()
        print(*repair_lines(session_id, report), sep="\n")  # noqa: T201 - the cell's output

    def cancel(self, rest: str) -> None:
        """End a run of this kernel for good."""
        parser = Parser("cancel")
        parser.add_argument("session", nargs="?")
        session_id = parser.parse(split_words(rest)).session
        self._run(session_id, waiting=False).cancel("cancelled from the notebook")

    def pause(self, rest: str) -> None:
        """Stop a run of this kernel for now."""
        parser = Parser("pause")
        parser.add_argument("session", nargs="?")
        session_id = parser.parse(split_words(rest)).session
        self._run(session_id, waiting=False).pause("paused from the notebook")

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
        found = [one for status in _RESUMABLE for one in _manager().sync.list(limit=1, status=status)]
        if not found:
            raise UsageError("no session waits to be resumed; `%workflow list` shows all")
        return max(found, key=lambda one: one.updated_at).session_id

    # ---- keeping ------------------------------------------------------------------------------------------------

    def fork(self, rest: str) -> None:
        """Make a new session from what one has recorded."""
        parser = Parser("fork")
        parser.add_argument("session")
        parser.add_argument("--from-step")
        args = parser.parse(split_words(rest))
        made = _manager().sync.fork(args.session, args.from_step).session_id
        print(f"{made}; go on with it: %workflow resume {made}")  # noqa: T201 - the cell's output

    def export(self, rest: str) -> None:
        """Print all there is of a session, or write it into a folder."""
        from strands_nb.app.artifacts import write_file  # noqa: PLC0415
        from strands_nb.app.export import FORMATS, export_session  # noqa: PLC0415

        parser = Parser("export")
        parser.add_argument("session")
        parser.add_argument("--format", choices=FORMATS, default="json")
        parser.add_argument("--out", type=Path, metavar="DIR")
        parser.add_argument("--overwrite", action="store_true")
        args = parser.parse(split_words(rest))
        text = engine_loop.submit(lambda: export_session(_manager().storage, args.session, args.format)).result()
        if args.out is None:
            print(text, end="")  # noqa: T201 - the cell's output
            return
        path = write_file(args.out.expanduser(), f"{args.session}.{args.format}", text, overwrite=args.overwrite)
        print(f"wrote {path}")  # noqa: T201 - the same

    def cleanup(self, rest: str) -> None:
        """Delete old sessions; without `--yes`, only say how many."""
        parser = Parser("cleanup")
        parser.add_argument("--older-than", type=_days, default=7.0, metavar="DAYS")
        parser.add_argument("--status", action="append", choices=_STATUSES)
        parser.add_argument("--keep-completed", action="store_true")
        parser.add_argument("--yes", action="store_true")
        args = parser.parse(split_words(rest))
        filters: dict[str, Any] = {"keep_completed": args.keep_completed, "dry_run": not args.yes}
        count = _manager().sync.cleanup(args.older_than, args.status, **filters)
        said = "deleted" if args.yes else "would be deleted for good; add --yes"
        print(f"{_counted(count)} {said}")  # noqa: T201 - the cell's output

    def delete(self, rest: str) -> None:
        """Delete sessions."""
        parser = Parser("delete")
        parser.add_argument("sessions", nargs="+")
        parser.add_argument("--yes", action="store_true")
        args = parser.parse(split_words(rest))
        if not args.yes:
            raise UsageError(f"%workflow delete {' '.join(args.sessions)}: they are gone for good then; add --yes")
        for session in args.sessions:
            _manager().sync.delete(session)
        print(f"{_counted(len(args.sessions))} deleted")  # noqa: T201 - the cell's output


def _manager() -> SessionManager:
    from strands_nb.app import SessionManager  # noqa: PLC0415 - the first run pays for it

    return SessionManager()


def _answer(args: Namespace) -> dict[str, Any]:
    return {
        "hitl_response": args.answer,
        "approve": args.approve,
        "reject": args.reject is not None,
        "feedback": args.reject if args.reject is not None else args.modify,
        "question": args.question,
    }


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ArgumentTypeError(f"{text!r}: give a number")
    return int(text)


def _page(text: str) -> int:
    if not 1 <= (number := _number(text)) <= _MOST:
        raise ArgumentTypeError(f"{text}: give a number from 1 to {_MOST}")
    return number


def _days(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
        raise ArgumentTypeError(f"{text!r}: give a number of days, 0 or more")
    return float(text)


def _counted(count: int) -> str:
    return f"{count} session{'s'[: count != 1]}"
