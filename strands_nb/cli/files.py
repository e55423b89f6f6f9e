"""`validate`, `show` and `schema`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from strands_nb.cli.report import INVALID, complaints, print_json, problem_to_dict, table_console
from strands_nb.errors import LoadError, Problem, SchemaValidationError

if TYPE_CHECKING:
    from rich.console import Console

    from strands_nb.app.estimate import Estimate

__all__ = ("register",)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(validate)
    app.command()(show)
    app.command()(schema)


def validate(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Workflows in YAML or JSON.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Say everything that is wrong with workflows, with line and column; calls no model.

    What a run would still need (variables, keys) is listed, and is no mistake.
    """
    with complaints(as_json=as_json):
        found = {str(file): problems_of(file) for file in files}
        valid = {file: all(p.severity != "error" for p in problems) for file, (problems, _) in found.items()}
        if as_json:
            entries = [_entry(file, *said, ok=valid[file]) for file, said in found.items()]
            print_json({"valid": all(valid.values()), "files": entries})
        else:
            for file, said in found.items():
                _show(table_console(), file, *said, ok=valid[file])
        raise typer.Exit(0 if all(valid.values()) else INVALID)


def problems_of(file: Path) -> tuple[list[Problem], Estimate | None]:
    """All problems of one file, mistakes first; and what a run may come to, where it is a workflow."""
    from strands_nb.app import Workflow  # noqa: PLC0415 - half of the start-up time
    from strands_nb.spec import load  # noqa: PLC0415

    estimate: Estimate | None = None
    try:
        workflow = Workflow(load(file))
        problems, estimate = workflow.check(), workflow.estimate()
    except SchemaValidationError as error:
        problems = error.errors
    except LoadError as error:
        problems = [error.problem or Problem(message=str(error))]
    ranks = {"error": 0, "needs": 1, "warning": 2}
    return sorted(problems, key=lambda problem: ranks[problem.severity]), estimate


def _entry(file: str, problems: list[Problem], estimate: Estimate | None, *, ok: bool) -> dict[str, Any]:
    listed = [problem_to_dict(problem) for problem in problems]
    return {"file": file, "valid": ok, "problems": listed, "estimate": asdict(estimate) if estimate else None}


def _show(out: Console, file: str, problems: list[Problem], estimate: Estimate | None, *, ok: bool) -> None:
    from rich.text import Text  # noqa: PLC0415

    from strands_nb.app.terminal import printable  # noqa: PLC0415

    bound = Text(f"  {estimate}" if ok and estimate else "", "dim")
    out.print(Text("✓ " if ok else "✕ ", "green" if ok else "red") + Text(file, "bold") + bound, soft_wrap=True)
    styles = {"error": "red", "needs": "yellow", "warning": "dim"}
    for problem in problems:
        place = f"{problem.line}:{problem.column or 1}  " if problem.line else ""
        hint = f"; {problem.hint}" if problem.hint else ""
        line = (
            Text(f"  {place}")
            + Text(problem.severity, styles[problem.severity])
            + Text(printable(f"  {problem.message}{hint}"))
        )
        out.print(line, soft_wrap=True)
        if problem.severity != "warning" and (excerpt := problem.excerpt()):
            out.print(Text(printable(excerpt), "dim"), soft_wrap=True)


def show(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A workflow in YAML or JSON.")],
    *,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="As Mermaid, for documents.")] = False,
    svg: Annotated[bool, typer.Option("--svg", help="As SVG, for web pages.")] = False,
) -> None:
    """Draw a workflow, and say what a run may come to; calls no model."""
    with complaints(as_json=False):
        from strands_nb.app import Workflow  # noqa: PLC0415
        from strands_nb.app.display import text_of  # noqa: PLC0415
        from strands_nb.picture import to_svg  # noqa: PLC0415
        from strands_nb.spec import load  # noqa: PLC0415

        workflow, out = Workflow(load(file)), table_console()
        if mermaid:
            print(workflow.to_mermaid())  # noqa: T201 - to be piped into a file
        elif svg:
            print(to_svg(workflow.outline(), title=workflow.name))  # noqa: T201 - the same
        else:
            plain, fits = not out.options.ascii_only, min(out.width, 120)
            said = text_of(workflow.name, workflow.outline(), workflow.estimate(), width=fits, unicode=plain)
            print(said)  # noqa: T201 - as it is: rich would wrap it


def schema() -> None:
    """Print the JSON Schema of workflow files, for editors."""
    from strands_nb.spec import json_schema  # noqa: PLC0415

    print_json(json_schema())
