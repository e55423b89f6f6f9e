"""The command line: the same runs as in a notebook, from a shell.

Exit codes: 0 ok, 2 usage, 3 not a valid workflow or something it needs is missing (nothing was run), 10 failed,
11 cancelled, 17 a session cannot be opened or answered, 19 paused, 20 a budget is used up.
"""

from __future__ import annotations

import typer

from strands_nb.cli import files, models, runs, sessions

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
app.add_typer(models.app, name="models")
app.add_typer(sessions.app, name="sessions")


@app.callback(invoke_without_command=True)
def _root(*, version: bool = typer.Option(default=False, help="Show the version and exit.")) -> None:  # pyright: ignore[reportUnusedFunction]
    if version:
        from strands_nb import __version__  # noqa: PLC0415

        typer.echo(f"strands-nb {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line."""
    app()
