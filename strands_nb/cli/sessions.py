"""`sessions list`, `show`, `resume` and `answer`; the others are in `upkeep`."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from strands_nb.cli import runs, upkeep
from strands_nb.cli.report import complaints, console, print_json, table_console
from strands_nb.cli.runs import AskHow, Json, OnHitl, Question
from strands_nb.cli.upkeep import Session, Status

if TYPE_CHECKING:
    from rich.text import Text

    from strands_nb.app import SessionSummary

__all__ = ("app",)

app = typer.Typer(help="Runs that are kept, whatever became of them.", no_args_is_help=True)

_PAGE = 50
_STYLES = {"completed": "green", "failed": "red", "cancelled": "red", "paused": "yellow", "interrupted": "yellow"}


@app.command("list")
def list_sessions(
    *,
    status: Annotated[Status | None, typer.Option("--status", help="Only those that stand like this.")] = None,
    workflow: Annotated[str | None, typer.Option("--workflow", metavar="NAME", help="Only those of this one.")] = None,
    pattern: Annotated[
        str | None, typer.Option("--pattern", metavar="TYPE", help="Only those of this pattern.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many.")] = _PAGE,
    offset: Annotated[int, typer.Option("--offset", min=0, help="How many to leave out before.")] = 0,
    as_json: Json = False,
) -> None:
    """List sessions, most recently updated first."""
    with complaints(as_json=as_json):
        from strands_nb.app import Wanted, summaries  # noqa: PLC0415
        from strands_nb.app.settings import session_store  # noqa: PLC0415

        asked = status.value if status is not None else None
        wanted = Wanted(asked, workflow, pattern, offset=offset, limit=limit + 1)
        found = asyncio.run(summaries(session_store(), wanted))
        page, more = found[:limit], len(found) > limit
        if as_json:
            print_json({"sessions": [summary.to_dict() for summary in page], "more": more})
            return
        _show(page, filtered=bool(asked or workflow or pattern or offset))
        if more:
            console().print(f"there are more:  --offset {offset + limit}", style="dim", markup=False)


def _show(found: list[SessionSummary], *, filtered: bool) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from strands_nb.app.terminal import printable  # noqa: PLC0415

    if not found:
        said = "no such sessions" if filtered else "no sessions yet; `strands-nb run FILE` makes one"
        console().print(said, style="dim", markup=False)
        return
    table = Table(box=None, pad_edge=False, header_style="dim", expand=table_console().is_terminal)
    rows = [_row(one) for one in found]
    for column, name in enumerate(("session", "status", "done", "tokens", "updated")):
        table.add_column(name, min_width=max(len(name), *(len(str(row[column])) for row in rows)), no_wrap=True)
    table.add_column("workflow", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("", ratio=2, no_wrap=True, overflow="ellipsis")
    for one, row in zip(found, rows, strict=True):
        name, remark = (" ".join(printable(text).split()) for text in (one.workflow, _remark(one)))
        table.add_row(*row, Text(name), Text(remark, "dim"))
    table_console().print(table)


def _row(one: SessionSummary) -> tuple[str | Text, ...]:
    from rich.text import Text  # noqa: PLC0415

    updated, now = one.updated_at.astimezone(), datetime.now().astimezone()
    when = f"{updated:%H:%M:%S}" if updated.date() == now.date() else f"{updated:%Y-%m-%d}"
    status = Text(one.status, _STYLES.get(one.status, ""))
    return one.session_id, status, f"{one.done}/{one.units}", f"{one.tokens:,}", when


def _remark(one: SessionSummary) -> str:
    """What somebody who looks for a session wants to know of it."""
    if one.questions:
        return f"asks: {one.questions[0]['prompt']}"
    return f"in {one.owner}" if one.owner else one.error or ""


@app.command()
def show(session: Session, *, as_json: Json = False) -> None:
    """Show one session: its steps, its open questions, what it has cost."""
    with complaints(as_json=as_json):
        from strands_nb.app.record import record_of  # noqa: PLC0415
        from strands_nb.app.settings import session_store  # noqa: PLC0415

        record = asyncio.run(record_of(session_store(), session))
        if as_json:
            everything = record.to_dict()
            del everything["events"], everything["workflow_spec"]
            print_json(everything)
        else:
            from strands_nb.cli.portrait import show_record  # noqa: PLC0415 - imports rich

            show_record(record)


app.command()(runs.resume)


@app.command()
def answer(
    session: Session,
    text: Annotated[str | None, typer.Argument(help="Approve with this text; without one, as it is.")] = None,
    *,
    reject: Annotated[str | None, typer.Option("--reject", metavar="REASON", help="Reject; ends the run.")] = None,
    modify: Annotated[
        str | None, typer.Option("--modify", metavar="FEEDBACK", help="Have the reviewed step done again.")
    ] = None,
    question: Question = None,
    on_hitl: AskHow = OnHitl.park,
    as_json: Json = False,
) -> None:
    """Answer the open question of a session, and go on with it; at the next question it parks."""
    plain = text is None and reject is None and modify is None
    given = runs.answered(approve=plain, answer=text, reject=reject, modify=modify, question=question)
    runs.go_on(session, given, on_hitl, as_json=as_json)


upkeep.register(app)
