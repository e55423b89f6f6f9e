"""What the command line says at the end: a result, or why there is none."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from strands_nb.errors import (
    ArtifactError,
    BuildError,
    CapabilityError,
    LoadError,
    Problem,
    SchemaValidationError,
    SessionError,
    StrandsNbError,
)

if TYPE_CHECKING:
    from rich.console import Console

    from strands_nb.engine.result import RunResult

__all__ = ("INVALID", "complaints", "console", "print_json", "problem_to_dict", "report")

USAGE, INVALID, FAILED, SESSION = 2, 3, 10, 17


def console() -> Console:
    """Where people are talked to: standard error, so that standard output holds the result alone."""
    from rich.console import Console  # noqa: PLC0415 - 50 ms that `--json` in a script need not pay

    return Console(stderr=True)


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON
    """One JSON object on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def problem_to_dict(problem: Problem) -> dict[str, Any]:
    """A problem as plain JSON."""
    names = ("severity", "message", "hint", "pointer", "file", "line", "column")
    return {name: getattr(problem, name) for name in names}


@contextmanager
def complaints(*, as_json: bool) -> Generator[None, None, None]:
    """Turn our own errors into a message and an exit code; anything else is a bug and keeps its traceback."""
    try:
        yield
    except StrandsNbError as error:
        _complain(error, as_json=as_json)


def _complain(error: StrandsNbError, *, as_json: bool) -> NoReturn:
    code = _exit_code(error)
    if as_json:
        problems = [problem_to_dict(p) for p in getattr(error, "errors", [])]
        print_json(
            {
                "success": False,
                "status": "refused",
                "exit_code": code,
                "error_message": str(error),
                "error_type": type(error).__name__,
                "errors": problems,
            }
        )
    else:
        show_error(error)
    raise typer.Exit(code)


def show_error(error: StrandsNbError) -> None:
    """An error for people."""
    from rich.text import Text  # noqa: PLC0415

    err = console()
    err.print(Text(f"{type(error).__name__}: ", style="bold red") + Text(str(error)), highlight=False, soft_wrap=True)


def _exit_code(error: StrandsNbError) -> int:
    match error:
        case SchemaValidationError() | CapabilityError() | LoadError():
            return INVALID
        case SessionError():
            return SESSION
        case BuildError() | ArtifactError():
            return USAGE
        case _:
            return FAILED


def report(result: RunResult, *, as_json: bool) -> NoReturn:
    """Print a result and leave with its exit code."""
    if as_json:
        print_json(result.to_dict())
    else:
        _print_result(result)
    raise typer.Exit(result.exit_code)


def _print_result(result: RunResult) -> None:
    err = console()
    if result.success:
        _print_text(result.last_response)
        for path in result.artifacts_written:
            err.print(f"wrote {path}", highlight=False, markup=False)
    elif result.status == "paused":
        err.print(f"resume it: strands-nb resume {result.session_id} --answer TEXT", highlight=False, markup=False)
    elif result.error_message:
        err.print(f"[bold red]{result.status}[/]: ", end="", highlight=False)
        err.print(result.error_message, highlight=False, markup=False)
        if result.status == "failed":
            err.print(f"go on from here: strands-nb resume {result.session_id}", highlight=False, markup=False)


def _print_text(text: str) -> None:
    """The response: rendered for a terminal, as it is for a pipe."""
    if not sys.stdout.isatty():
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.markdown import Markdown  # noqa: PLC0415

    out = Console()
    out.print()
    out.print(Markdown(text, hyperlinks=False))
