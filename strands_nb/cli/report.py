"""What the command line says at the end: a result, or why there is none."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from strands_nb.errors import (
    ArtifactError,
    BudgetExceededError,
    BuildError,
    CapabilityError,
    ExecutionError,
    LoadError,
    NonDeterminismError,
    Problem,
    SchemaValidationError,
    SessionError,
    StrandsNbError,
)

if TYPE_CHECKING:
    from rich.console import Console

    from strands_nb.engine.payloads import QuestionData
    from strands_nb.engine.result import RunResult
    from strands_nb.engine.run import Run

__all__ = (
    "CANCELLED",
    "INVALID",
    "answers_of",
    "complaints",
    "console",
    "print_json",
    "problem_to_dict",
    "quoted",
    "refusal",
    "report",
    "show_result",
    "table_console",
    "write_text",
)

USAGE, INVALID, FAILED, CANCELLED, SESSION = 2, 3, 10, 11, 17
_WIDE = 10_000


def console() -> Console:
    """Where people are talked to: standard error, so that standard output holds the result alone."""
    from rich.console import Console  # noqa: PLC0415 - 50 ms that `--json` in a script need not pay

    class Forgiving(Console):
        """Falls silent when nobody reads any more (`… 2>&1 | head`), where rich would end the thread that prints."""

        def on_broken_pipe(self) -> None:
            self.quiet = True

    return Forgiving(stderr=True, highlight=False, emoji=False)


def table_console() -> Console:
    """Where lists are printed that were asked for: standard output, in full width where it is no terminal."""
    from rich.console import Console  # noqa: PLC0415

    width = None if sys.stdout.isatty() else _WIDE
    return Console(width=width, highlight=False, emoji=False)


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON
    """One JSON object on standard output; in ASCII where its encoding cannot take all of Unicode."""
    everything = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    sys.stdout.write(json.dumps(value, ensure_ascii=not everything, indent=2) + "\n")


def problem_to_dict(problem: Problem) -> dict[str, Any]:
    """A problem as plain JSON."""
    names = ("severity", "message", "hint", "pointer", "file", "line", "column")
    return {name: getattr(problem, name) for name in names}


def refusal(message: str, code: int, kind: str, problems: Sequence[Problem] = ()) -> dict[str, Any]:
    """What stands in the place of a result where nothing was run."""
    return {
        "success": False,
        "status": "refused",
        "exit_code": code,
        "error_message": message,
        "error_type": kind,
        "errors": [problem_to_dict(problem) for problem in problems],
    }


@contextmanager
def complaints(*, as_json: bool) -> Generator[None, None, None]:
    """Turn our own errors into a message and an exit code; anything else is a bug and keeps its traceback."""
    try:
        yield
    except StrandsNbError as error:
        _complain(error, as_json=as_json)
    except BrokenPipeError:
        raise
    except OSError as error:
        _complain(SessionError(f"{error}; is $STRANDS_NB_HOME a folder that can be written?"), as_json=as_json)


def _complain(error: StrandsNbError, *, as_json: bool) -> NoReturn:
    code = _exit_code(error)
    if as_json:
        print_json(refusal(str(error), code, type(error).__name__, getattr(error, "errors", ())))
    else:
        show_error(error)
    raise typer.Exit(code)


def show_error(error: StrandsNbError) -> None:
    """An error for people."""
    from rich.text import Text  # noqa: PLC0415

    from strands_nb.app.terminal import printable  # noqa: PLC0415

    said = printable(str(error))
    if isinstance(error, CapabilityError):
        said = said.replace("; give it, e.g. ", "; give it, e.g. --var ")
    console().print(Text.assemble((_TITLES.get(type(error), "Error"), "bold red"), ": ", said), soft_wrap=True)


_TITLES: dict[type[StrandsNbError], str] = {
    LoadError: "Cannot be read",
    SchemaValidationError: "Not a valid workflow",
    CapabilityError: "Cannot run yet",
    ArtifactError: "Output",
}


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


def report(run: Run, result: RunResult, *, as_json: bool) -> NoReturn:
    """Print a result and leave with its exit code."""
    if as_json:
        print_json(result.to_dict())
    else:
        show_result(run, result)
    raise typer.Exit(result.exit_code)


def show_result(run: Run, result: RunResult) -> None:
    """A result for people: the response on standard output, the rest on standard error."""
    from rich.text import Text  # noqa: PLC0415

    from strands_nb.app.terminal import printable  # noqa: PLC0415

    err = console()
    if result.success:
        _print_text(result.last_response)
        sys.stdout.flush()
        for path in result.artifacts_written:
            err.print(Text(f"wrote {path}"), soft_wrap=True)
    elif result.error_message:
        err.print(Text.assemble((result.status, "bold red"), ": ", printable(result.error_message)), soft_wrap=True)
    for line in [*([result.notice] if result.notice else []), *advice(run, result)]:
        err.print(Text(line, "dim"), soft_wrap=True)


def advice(run: Run, result: RunResult) -> list[str]:
    """How to go on, in commands that work."""
    resume = f"strands-nb resume {result.session_id}"
    match result.status:
        case "completed" | "cancelled" | "running":
            return []
        case "paused" if run.pending:
            return answers_of(list(run.state.questions.values()), resume)
        case "failed":
            return _after_failure(result.failure, resume)
        case _:
            return [f"go on from here:  {resume}"]


def _after_failure(failure: StrandsNbError | None, resume: str) -> list[str]:
    match failure:
        case NonDeterminismError():
            return []  # it would fail again; its message says what to do
        case BudgetExceededError(budget=budget, spent=spent, limit=limit):
            return [f"go on with a larger budget:  {resume} --budget {budget}={_rounded(2 * max(spent, limit))}"]
        case ExecutionError(__cause__=ArtifactError() as why) if "--overwrite" in str(why):
            return [f"write them after all:  {resume} --overwrite"]
        case _:
            return [f"go on from here:  {resume}"]


def _rounded(limit: float) -> str:
    return f"{limit:.0f}" if limit >= 10 else f"{limit:.2g}"  # noqa: PLR2004 - dollars are seldom many


def answers_of(questions: Sequence[QuestionData], resume: str) -> list[str]:
    """The ways to answer open questions, as commands."""
    lines: list[str] = []
    for question in questions:
        which = f" --question {question['key']}" if len(questions) > 1 else ""
        choices = question["choices"]
        answer = f"--answer {quoted(choices[0])}" if choices else "--approve | --answer TEXT"
        modify = " | --modify FEEDBACK" if question["reviews"] else ""
        lines.append(f"{resume}{which} {answer}{modify} | --reject REASON")
    return [f"answer it:  {lines[0]}", *(f"            {line}" for line in lines[1:])]


def quoted(text: str) -> str:
    """A text as one word of a shell."""
    import shlex  # noqa: PLC0415

    return shlex.quote(text)


def _print_text(text: str) -> None:
    """The response: rendered for a terminal, as it is for a pipe."""
    if not sys.stdout.isatty():
        write_text(text)
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.markdown import Markdown  # noqa: PLC0415

    from strands_nb.app.terminal import printable  # noqa: PLC0415

    out = Console(highlight=False, emoji=False)
    out.print()
    out.print(Markdown(printable(text), hyperlinks=False))


def write_text(text: str) -> None:
    """A text on standard output, with a line break at its end."""
    text = text if text.endswith("\n") else text + "\n"
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:  # a terminal or pipe of the last century
        sys.stdout.write(text.encode(sys.stdout.encoding, "replace").decode(sys.stdout.encoding))
