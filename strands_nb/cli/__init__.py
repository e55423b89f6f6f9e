"""The command line: the same runs as in a notebook, from a shell.

Exit codes: 0 ok, 2 usage, 3 not a valid workflow or something it needs is missing (nothing was run), 10 failed,
11 cancelled, 17 a session cannot be opened or answered, 19 paused, 20 a budget is used up.
"""

from __future__ import annotations

import sys

import typer

from strands_nb.cli import files, models, repair, runs, sessions
from strands_nb.cli.report import USAGE, print_json, refusal

__all__ = ("app", "main")

app = typer.Typer(
    name="strands-nb",
    help="Agent workflows from YAML: run, resume, validate.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
runs.register(app)
files.register(app)
repair.register(sessions.app)
app.add_typer(models.app, name="models")
app.add_typer(sessions.app, name="sessions")


def _show_version(asked: bool) -> None:  # noqa: FBT001 - called by typer
    if asked:
        from strands_nb import __version__  # noqa: PLC0415

        typer.echo(f"strands-nb {__version__}")
        raise typer.Exit


@app.callback()
def _root(  # pyright: ignore[reportUnusedFunction]
    *,
    version: bool = typer.Option(
        False,  # noqa: FBT003 - typer reads the default here
        "--version",
        callback=_show_version,
        is_eager=True,
        help="Show the version and exit.",
    ),
) -> None:
    """Agent workflows from YAML: run, resume, validate."""
    del version


def main() -> None:
    """Run the command line; with `--json`, a wrong call too is one JSON object on standard output."""
    try:
        app()
    except SystemExit as end:
        said = getattr(end.__context__, "format_message", None)
        if end.code == USAGE and said is not None and "--json" in sys.argv:
            print_json(refusal(said(), USAGE, "UsageError"))
        raise
