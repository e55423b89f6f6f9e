"""`sessions diff`, `fork`, `export`, `cleanup` and `delete`."""

from __future__ import annotations

import asyncio
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from strands_nb.cli.report import CANCELLED, complaints, console, print_json, write_text
from strands_nb.cli.runs import Json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from strands_nb.app import Comparison, SessionManager
    from strands_nb.engine.events import Event

__all__ = ("Session", "Status", "register")


class Status(StrEnum):
    """How a session stands."""

    running = "running"
    paused = "paused"
    interrupted = "interrupted"
    completed = "completed"
    failed = "failed"
    cancelled = "cancelled"


class Format(StrEnum):
    """What `export` writes."""

    json = "json"
    md = "md"
    html = "html"
    yaml = "yaml"
    py = "py"


_NAMES = {Format.md: "markdown", Format.py: "python"}

Session = Annotated[str, typer.Argument(help="Its id; `strands-nb sessions list` shows them.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask first.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(diff)
    app.command()(fork)
    app.command()(export)
    app.command()(cleanup)
    app.command()(delete)


def diff(before: Session, after: Session, *, as_json: Json = False) -> None:
    """Show what differs between two sessions: the workflow, each step's prompt and reply, time, tokens, cost."""
    with complaints(as_json=as_json):
        from strands_nb.app.comparing import compare_events  # noqa: PLC0415

        comparison = asyncio.run(_compared(before, after, compare_events))
        if as_json:
            print_json(comparison.to_json())
        else:
            write_text(f"{comparison}\n")


def fork(
    session: Session,
    *,
    from_step: Annotated[
        str | None, typer.Option("--from-step", metavar="KEY", help="The first step that is to run again.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a new session from what this one has recorded before a step; the old one stays as it is."""
    with complaints(as_json=as_json):
        made = asyncio.run(_manager().fork(session, from_step))
        if as_json:
            print_json({"session_id": made.session_id, "forked_from": session, "status": made.status})
        else:
            print(made.session_id)  # noqa: T201 - to be used in a script
            console().print(f"go on with it:  strands-nb resume {made.session_id}", style="dim", markup=False)


def export(
    session: Session,
    *,
    file_format: Annotated[
        Format, typer.Option("--format", help="All of it, a report, a page, the workflow, a script.")
    ] = Format.json,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", file_okay=False, help="Write a file in there, named by the session."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
    as_json: Json = False,
) -> None:
    """Write all there is of a session to standard output, or into a folder."""
    with complaints(as_json=as_json):
        from strands_nb.app.artifacts import write_file  # noqa: PLC0415
        from strands_nb.app.export import export_session  # noqa: PLC0415
        from strands_nb.app.settings import session_store  # noqa: PLC0415

        text = asyncio.run(export_session(session_store(), session, file_format.value))
        if out is not None:
            path = write_file(out, f"{session}.{file_format.value}", text, overwrite=overwrite)
            if as_json:
                print_json({"session_id": session, "file": str(path)})
            else:
                console().print(f"wrote {path}", markup=False, soft_wrap=True)
        elif as_json and file_format is not Format.json:
            print_json({"session_id": session, _NAMES.get(file_format, file_format.value): text})
        else:
            write_text(text)


def cleanup(
    *,
    older_than: Annotated[
        float, typer.Option("--older-than", metavar="DAYS", min=0, help="Unchanged for so many days.")
    ] = 7,
    status: Annotated[
        list[Status] | None,
        typer.Option("--status", help="Those that stand like this; may be repeated. Else all but running and paused."),
    ] = None,
    keep_completed: Annotated[bool, typer.Option("--keep-completed", help="Not those that have completed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count them.")] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Delete old sessions."""
    with complaints(as_json=as_json):
        manager, statuses = _manager(), [one.value for one in status] if status else None
        filters = {"keep_completed": keep_completed}
        count = asyncio.run(manager.cleanup(older_than, statuses, dry_run=True, **filters))
        if count and not dry_run:
            _confirm(f"delete {_counted(count)} for good?", yes=yes)
            count = asyncio.run(manager.cleanup(older_than, statuses, **filters))
        if as_json:
            print_json({"expired" if dry_run else "deleted": count})
        else:
            said = "would be deleted" if dry_run else "deleted"
            console().print(f"{_counted(count)} {said}", markup=False)


def delete(
    sessions: Annotated[list[str], typer.Argument(metavar="SESSION...", help="Their ids.")],
    *,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Delete sessions and all they hold; files that their workflows have written elsewhere stay."""
    with complaints(as_json=as_json):
        manager = _manager()
        asyncio.run(_refuse_unknown(manager, sessions))
        _confirm(f"delete {', '.join(sessions)} for good?", yes=yes)
        for session in sessions:
            asyncio.run(manager.delete(session))
        if as_json:
            print_json({"deleted": sessions})
        else:
            console().print(f"{_counted(len(sessions))} deleted", markup=False)


async def _compared(
    before: str, after: str, compare: Callable[[Sequence[Event], Sequence[Event]], Comparison]
) -> Comparison:
    store = _manager().storage
    return compare(await store.read(before), await store.read(after))


def _manager() -> SessionManager:
    from strands_nb.app import SessionManager  # noqa: PLC0415

    return SessionManager()


async def _refuse_unknown(manager: SessionManager, sessions: Sequence[str]) -> None:
    """All or nothing, as far as one can know: a name that is not there deletes none of the others."""
    from strands_nb.app.listing import entry_of  # noqa: PLC0415 - a damaged one may be deleted too

    for session in sessions:
        await entry_of(manager.storage, session)


def _confirm(question: str, *, yes: bool) -> None:
    """Ask, unless that was done.

    Raises:
        typer.BadParameter: nobody is there to be asked.
        typer.Exit: the answer is no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        message = f"{question} Pass --yes, since nobody can be asked here"
        raise typer.BadParameter(message)
    if not typer.confirm(question, err=True):
        raise typer.Exit(CANCELLED)


def _counted(count: int) -> str:
    return f"{count} session{'s'[: count != 1]}"
