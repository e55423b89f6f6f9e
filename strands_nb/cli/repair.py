"""`sessions repair`."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from strands_nb.cli.report import complaints, console, print_json

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
        from strands_nb.app.settings import session_store  # noqa: PLC0415
        from strands_nb.app.shown import repair_lines  # noqa: PLC0415

        report = asyncio.run(session_store().repair(session))
        if as_json:
            print_json({"session_id": session, "repaired": report.aside is not None, **asdict(report)})
        else:
            for line in repair_lines(session, report):
                console().print(line, markup=False, soft_wrap=True)
            if report.aside is not None:
                console().print(f"go on with it:  strands-nb resume {session}", markup=False, soft_wrap=True)
