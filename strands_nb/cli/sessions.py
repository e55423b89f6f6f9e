"""`sessions list`."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from strands_nb.cli.report import complaints, console, print_json, table_console

if TYPE_CHECKING:
    from rich.text import Text

    from strands_nb.app import SessionSummary

__all__ = ("app",)

app = typer.Typer(help="Runs that are kept, whatever became of them.", no_args_is_help=True)


@app.command("list")
def list_sessions(
    *, as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False
) -> None:
    """List all sessions, most recently updated first."""
    with complaints(as_json=as_json):
        from strands_nb.app import summaries  # noqa: PLC0415
        from strands_nb.stores import FileSessionRepository  # noqa: PLC0415

        found = asyncio.run(summaries(FileSessionRepository()))
        if as_json:
            print_json({"sessions": [summary.to_dict() for summary in found]})
        else:
            _show(found)


def _show(found: list[SessionSummary]) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from strands_nb.app.terminal import printable  # noqa: PLC0415

    if not found:
        console().print("no sessions yet; `strands-nb run FILE` makes one", style="dim", markup=False)
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


_STYLES = {"completed": "green", "failed": "red", "cancelled": "red", "paused": "yellow", "interrupted": "yellow"}


def _remark(one: SessionSummary) -> str:
    """What somebody who looks for a session wants to know of it."""
    if one.questions:
        return f"asks: {one.questions[0]['prompt']}"
    return f"in {one.owner}" if one.owner else one.error or ""
