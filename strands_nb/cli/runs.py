"""`run`, `resume` and `demo`."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from strands_nb.cli.report import complaints, console, report, show_result

if TYPE_CHECKING:
    from strands_nb.engine.result import RunResult
    from strands_nb.engine.run import Run

__all__ = ("AskHow", "Json", "OnHitl", "Question", "answered", "go_on", "register", "resume")


class OnHitl(StrEnum):
    """What becomes of a question."""

    ask = "ask"
    approve = "approve"
    default = "default"
    fail = "fail"
    park = "park"


Json = Annotated[bool, typer.Option("--json", help="Nothing but one JSON object, the result, on standard output.")]
Model = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="PROVIDER[:MODEL]", help="Model of all agents, e.g. local, scripted, openai:gpt-4o."
    ),
]
AskHow = Annotated[
    OnHitl | None,
    typer.Option("--on-hitl", help="Questions: ask here (usual), approve, take the default, fail, or park the run."),
]
Question = Annotated[
    str | None, typer.Option("--question", metavar="KEY", help="Which question is meant, where several are open.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace output files that are there.")]
Limits = Annotated[
    list[str] | None,
    typer.Option(
        "--budget",
        metavar="NAME=LIMIT",
        help="max_tokens, max_steps, max_duration_s or max_cost_usd; may be repeated.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(run)
    app.command()(resume)
    app.command()(demo)


def run(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A workflow in YAML or JSON.")],
    *,
    var: Annotated[
        list[str] | None, typer.Option("--var", metavar="NAME=VALUE", help="Value of an input; may be repeated.")
    ] = None,
    model: Model = None,
    on_hitl: AskHow = None,
    budget: Limits = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for output files.")] = None,
    overwrite: Overwrite = False,
    lenient: Annotated[bool, typer.Option("--lenient", help="References to what is not there are warnings.")] = False,
    as_json: Json = False,
) -> None:
    """Run a workflow.

    Ctrl-C pauses it: nothing recorded is lost, and `strands-nb resume` goes on.

    Exit codes: 0 done, 2 wrong call, 3 not valid or something missing,

    10 failed, 11 cancelled, 17 session, 19 paused, 20 budget used up.
    """
    with complaints(as_json=as_json):
        from strands_nb.app import Workflow  # noqa: PLC0415 - half of the start-up time
        from strands_nb.app.given import lacking_besides, read_variables, refuse_existing  # noqa: PLC0415
        from strands_nb.spec import load  # noqa: PLC0415

        given, how = _pairs("--var", var), _on_hitl(on_hitl)
        with lacking_besides(given):
            spec = load(file)
        variables = read_variables(spec, given)
        if not overwrite:
            refuse_existing(spec, variables, out, "--overwrite to replace, or --out DIR")
        options: dict[str, Any] = {"model": model, "output_dir": out, "overwrite": overwrite, "lenient": lenient}
        workflow = Workflow(spec, variables=variables).with_options(**options, budgets=_budgets(budget) or None)
        started = workflow.with_options(on_hitl=how.value).start()
        if not as_json:
            console().print(started.plan.bound, style="dim")
        report(started, _watched(started, how, as_json=as_json), as_json=as_json)


def resume(
    session: Annotated[str, typer.Argument(help="Its id; `strands-nb sessions list` shows them.")],
    *,
    approve: Annotated[bool, typer.Option("--approve", help="Approve the open question.")] = False,
    answer: Annotated[str | None, typer.Option("--answer", metavar="TEXT", help="Approve it with this text.")] = None,
    reject: Annotated[
        str | None, typer.Option("--reject", metavar="REASON", help="Reject it for this reason; ends the run.")
    ] = None,
    modify: Annotated[
        str | None, typer.Option("--modify", metavar="FEEDBACK", help="Have the reviewed step done again.")
    ] = None,
    question: Question = None,
    on_hitl: AskHow = None,
    budget: Limits = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Go on with a session, on any machine that has it; what is recorded does not run again.

    Without an answer, an open question is asked here.
    """
    given = answered(approve=approve, answer=answer, reject=reject, modify=modify, question=question)
    more = {"overwrite": True} if overwrite else {}
    go_on(session, given, on_hitl, _budgets(budget), as_json=as_json, **more)


def go_on(
    session: str,
    given: dict[str, Any],
    on_hitl: OnHitl | None,
    budgets: dict[str, float] | None = None,
    *,
    as_json: bool,
    **options: Any,  # noqa: ANN401 - fields of Options
) -> None:
    """Go on with a session, with this answer if there is one; leaves with the exit code of the run."""
    with complaints(as_json=as_json):
        from strands_nb.app import reopen  # noqa: PLC0415
        from strands_nb.app.settings import session_store  # noqa: PLC0415

        store, how = session_store(), _on_hitl(on_hitl)
        workflow = asyncio.run(reopen(store, session, budgets=budgets, on_hitl=how.value, **options))
        before = len(asyncio.run(store.read(session)))
        started = workflow.reopened(session, **given, by="command line")
        report(started, _watched(started, how, as_json=as_json, since=before), as_json=as_json)


def demo(*, show: Annotated[bool, typer.Option("--show", help="Print its text instead.")] = False) -> None:
    """Run a small workflow on a small real model on this machine: no key, no account."""
    with complaints(as_json=False):
        from strands_nb.app.demo import CLOSING, demo_text, demo_workflow, model_or_script  # noqa: PLC0415

        if show:
            typer.echo(demo_text(), nl=False)
            return

        err = console()
        model = model_or_script(err.print)
        started = demo_workflow().with_options(model=model, on_hitl="default").start()
        result = _watched(started, OnHitl.default, as_json=False)
        show_result(started, result)
        if result.success:
            models = ", ".join(dict.fromkeys(entry["model"] for entry in result.usage.values()))
            err.print(f"\n[bold]answered by {models}[/] · {sum(result.token_usage.values()):,} tokens", soft_wrap=True)
            err.print(CLOSING, markup=False, soft_wrap=True)
        raise typer.Exit(result.exit_code)


def answered(
    *,
    approve: bool = False,
    answer: str | None = None,
    reject: str | None = None,
    modify: str | None = None,
    question: str | None = None,
) -> dict[str, Any]:
    """The answer on a command line, of which there may be one, as arguments of `Workflow.resume`."""
    count = sum([approve, answer is not None, reject is not None, modify is not None])
    if count > 1:
        message = "give one of --approve, --answer, --reject, --modify"
        raise typer.BadParameter(message)
    if question is not None and not count:
        message = "--question goes with one of --approve, --answer, --reject, --modify"
        raise typer.BadParameter(message)
    return {
        "hitl_response": answer,
        "approve": approve,
        "reject": reject is not None,
        "feedback": reject if reject is not None else modify,
        "question": question,
    }


def _pairs(option: str, items: list[str] | None) -> dict[str, str]:
    """NAME=VALUE items by name."""
    found: dict[str, str] = {}
    for item in items or []:
        name, equals, text = item.partition("=")
        if not equals or not name.strip():
            message = f"{option} {item!r}: write NAME=VALUE"
            raise typer.BadParameter(message)
        found[name.strip()] = text
    return found


def _on_hitl(given: OnHitl | None) -> OnHitl:
    """What becomes of questions: as the call says, else the settings."""
    from strands_nb.app.settings import settings  # noqa: PLC0415

    return given or OnHitl(settings().on_hitl or "ask")


def _budgets(items: list[str] | None) -> dict[str, float]:
    try:
        return {name: float(text) for name, text in _pairs("--budget", items).items()}
    except ValueError as error:
        message = f"--budget: {error}; write NAME=LIMIT, e.g. max_tokens=20000"
        raise typer.BadParameter(message) from None


def _watched(run: Run, on_hitl: OnHitl, *, as_json: bool, since: int = 0) -> RunResult:
    """Show a run, ask at the terminal where that is wanted, and pause it on Ctrl-C."""
    from strands_nb.app.attend import attend  # noqa: PLC0415
    from strands_nb.app.terminal import TerminalHandler  # noqa: PLC0415
    from strands_nb.cli.progress import watch  # noqa: PLC0415

    err = console()
    try:
        with watch(run, err, quiet=as_json, since=since) as around:
            if on_hitl is OnHitl.ask:
                return attend(run, around(TerminalHandler(err)), "terminal")
            return run.result()
    except KeyboardInterrupt:
        run.pause("interrupted from the keyboard")
        return run.result()
