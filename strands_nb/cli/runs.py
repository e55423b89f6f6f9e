"""`run`, `resume` and `demo`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from strands_nb.cli.report import complaints, console, report
from strands_nb.errors import ArtifactError

if TYPE_CHECKING:
    from strands_nb.app import Workflow
    from strands_nb.engine.result import RunResult
    from strands_nb.engine.run import Run
    from strands_nb.spec import Spec

__all__ = ("register",)


class OnHitl(StrEnum):
    """What becomes of a question."""

    ask = "ask"
    approve = "approve"
    default = "default"
    fail = "fail"
    park = "park"


Json = Annotated[bool, typer.Option("--json", help="Nothing but one JSON object, the result, on standard output.")]
Model = Annotated[str | None, typer.Option("--model", help="PROVIDER:MODEL for all agents, e.g. local, scripted.")]
AskHow = Annotated[OnHitl, typer.Option("--on-hitl", help="What becomes of a question.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(run)
    app.command()(resume)
    app.command()(demo)


def run(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A workflow in YAML or JSON.")],
    *,
    var: Annotated[list[str], typer.Option("--var", help="NAME=VALUE of an input; may be repeated.")] = [],  # noqa: B006
    model: Model = None,
    on_hitl: AskHow = OnHitl.ask,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for output files.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace output files that are there.")] = False,
    lenient: Annotated[bool, typer.Option("--lenient", help="References to what is not there are warnings.")] = False,
    as_json: Json = False,
) -> None:
    """Run a workflow."""
    with complaints(as_json=as_json):
        from strands_nb.app import Workflow  # noqa: PLC0415 - half of the start-up time
        from strands_nb.spec import load  # noqa: PLC0415

        spec = load(file)
        variables = _variables(spec, var)
        _refuse_existing(spec, variables, out, overwrite=overwrite)
        options: dict[str, Any] = {"model": model, "output_dir": out, "overwrite": overwrite, "lenient": lenient}
        workflow = Workflow(spec, variables=variables).with_options(**options)
        report(_attended(workflow, on_hitl, as_json=as_json), as_json=as_json)


def resume(
    session: Annotated[str, typer.Argument(help="Its id; `strands-nb sessions list` shows them.")],
    *,
    approve: Annotated[bool, typer.Option("--approve", help="Approve the open question.")] = False,
    answer: Annotated[str | None, typer.Option("--answer", help="Approve it with this text.")] = None,
    reject: Annotated[str | None, typer.Option("--reject", help="Reject it for this reason; ends the run.")] = None,
    modify: Annotated[str | None, typer.Option("--modify", help="Have the reviewed step done again.")] = None,
    question: Annotated[str | None, typer.Option("--question", help="Which one, where several are open.")] = None,
    on_hitl: AskHow = OnHitl.ask,
    as_json: Json = False,
) -> None:
    """Go on with a session; what is recorded does not run again."""
    with complaints(as_json=as_json):
        from strands_nb.app import reopen  # noqa: PLC0415
        from strands_nb.stores import FileSessionRepository  # noqa: PLC0415

        given = _Given.of(approve=approve, answer=answer, reject=reject, modify=modify)
        workflow = asyncio.run(reopen(FileSessionRepository(), session)).with_options(on_hitl=on_hitl.value)
        started = workflow.reopened(session, **given.arguments(), question=question, by="command line")
        report(_watched(started, on_hitl, as_json=as_json), as_json=as_json)


def demo(*, show: Annotated[bool, typer.Option("--show", help="Print its text instead.")] = False) -> None:
    """Run a small workflow on a small real model on this machine: no key, no account."""
    with complaints(as_json=False):
        from strands_nb.app.demo import CLOSING, demo_text, demo_workflow, model_or_script  # noqa: PLC0415

        if show:
            typer.echo(demo_text(), nl=False)
            return

        err = console()
        model = model_or_script(lambda text: err.print(text, highlight=False))
        workflow = demo_workflow().with_options(model=model)
        result = _attended(workflow, OnHitl.default, as_json=False)
        if result.success:
            models = ", ".join(dict.fromkeys(entry["model"] for entry in result.usage.values()))
            err.print(f"\n[bold]answered by {models}[/] · {sum(result.token_usage.values()):,} tokens", highlight=False)
            err.print(CLOSING, highlight=False, markup=False)
        report(result, as_json=False)


@dataclass(frozen=True)
class _Given:
    """The answer on a command line, of which there may be one."""

    approve: bool
    answer: str | None
    reject: str | None
    modify: str | None

    @classmethod
    def of(cls, *, approve: bool, answer: str | None, reject: str | None, modify: str | None) -> _Given:
        if sum([approve or answer is not None, reject is not None, modify is not None]) > 1:
            message = "give one of --approve, --answer, --reject, --modify"
            raise typer.BadParameter(message)
        return cls(approve, answer, reject, modify)

    def arguments(self) -> dict[str, Any]:
        feedback = self.reject if self.reject is not None else self.modify
        return {
            "hitl_response": self.answer,
            "approve": self.approve,
            "reject": self.reject is not None,
            "feedback": feedback,
        }


def _variables(spec: Spec, pairs: list[str]) -> dict[str, Any]:
    from strands_nb.spec import parse_var  # noqa: PLC0415

    variables: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            message = f"--var {pair!r}: write NAME=VALUE"
            raise typer.BadParameter(message)
        variables[name] = parse_var(spec, name, text)
    return variables


def _refuse_existing(spec: Spec, variables: dict[str, Any], out: Path | None, *, overwrite: bool) -> None:
    from strands_nb.app.artifacts import existing  # noqa: PLC0415
    from strands_nb.spec import resolve_inputs  # noqa: PLC0415

    there = [] if overwrite else existing(spec, resolve_inputs(spec, variables), out or Path())
    if there:
        names = ", ".join(str(path) for path in there)
        message = f"{names}: there already; nothing was run. Pass --overwrite to replace, or --out DIR"
        raise ArtifactError(message)


def _attended(workflow: Workflow, on_hitl: OnHitl, *, as_json: bool) -> RunResult:
    return _watched(workflow.with_options(on_hitl=on_hitl.value).start(), on_hitl, as_json=as_json)


def _watched(run: Run, on_hitl: OnHitl, *, as_json: bool) -> RunResult:
    """Show a run, ask at the terminal where that is wanted, and pause it on Ctrl-C."""
    from strands_nb.app.attend import attend  # noqa: PLC0415
    from strands_nb.app.terminal import TerminalHandler  # noqa: PLC0415
    from strands_nb.cli.progress import watch  # noqa: PLC0415

    err = console()
    try:
        with watch(run, err, quiet=as_json) as around:
            if on_hitl is OnHitl.ask:
                return attend(run, around(TerminalHandler(err)), "terminal")
            return run.result()
    except (KeyboardInterrupt, EOFError):
        run.pause("interrupted from the keyboard")
        return run.result()
