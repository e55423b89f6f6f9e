"""`sessions repair`."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from strands_nb.cli.report import complaints, console, print_json

if TYPE_CHECKING:
    from strands_nb.engine.store import Repair

__all__ = ("register",)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(repair)


def repair(
    session: Annotated[str, typer.Argument(help="Its id; `strands-nb sessions list` shows them.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Make a damaged session one that resumes: all that is intact is kept, and the original put aside.

    Exit codes: 0 it is whole now, 17 there is no such session, or somebody runs it.
    """
    with complaints(as_json=as_json):
        from strands_nb.stores import FileSessionRepository  # noqa: PLC0415

        report = asyncio.run(FileSessionRepository().repair(session))
        if as_json:
            print_json({"session_id": session, "repaired": report.aside is not None, **asdict(report)})
        else:
            for line in _lines(session, report):
                console().print(line, markup=False, soft_wrap=True)


def _lines(session: str, report: Repair) -> list[str]:
    if report.aside is None:
        return [f"{session} is not damaged: {_records(report.kept)}, and nothing was changed"]
    return [
        f"{session} is whole again: {_records(report.kept)} kept, {report.lost} lost",
        f"the damaged original is kept as {report.aside}",
        f"go on with it:  strands-nb resume {session}",
    ]


def _records(count: int) -> str:
    return f"{count:,} record{'' if count == 1 else 's'}"
