"""`sessions list`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from strands_nb.cli.report import complaints, console, print_json

if TYPE_CHECKING:
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

    if not found:
        console().print("no sessions yet", style="dim")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("session", "workflow", "status", "steps", "tokens", "updated", ""):
        table.add_column(name, header_style="dim", no_wrap=name != "", overflow="ellipsis")
    for one in found:
        waits = f"asks: {one.questions[0]['prompt'].strip().splitlines()[0]}" if one.questions else one.error or ""
        table.add_row(
            one.session_id,
            Text(one.workflow),
            one.status,
            f"{one.done}/{one.units}",
            f"{one.tokens:,}",
            f"{one.updated_at.astimezone():%Y-%m-%d %H:%M}",
            Text(waits, "dim"),
        )
    console().print(table)
