"""A workflow in a cell, or in a file that is run from one: prepare it, start it, wait for it, keep what it gave."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from strands_nb.app.settings import model_text, settings
from strands_nb.errors import CapabilityError, SessionNotFoundError
from strands_nb.notebook.line.namespace import inputs_from, offered

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence

    from IPython.core.interactiveshell import InteractiveShell

    from strands_nb.app import Workflow
    from strands_nb.engine.run import Run
    from strands_nb.errors import Problem
    from strands_nb.notebook.cell import Notebook
    from strands_nb.notebook.offers import Offer
    from strands_nb.spec import Spec

__all__ = ("Cells", "tell")


class Cells:
    """What `%%workflow` does with the text below it."""

    def __init__(self, shell: InteractiveShell, notebook: Notebook) -> None:
        self._shell, self._notebook = shell, notebook

    def run(self, args: Namespace, read: Callable[[], Spec]) -> Any:  # noqa: ANN401 - a Run, a Workflow, or nothing
        """Run what `read` gives and wait for it."""
        workflow = self._prepared(args, read)
        if args.check:
            return self._checked(args, workflow)
        if (offer := self._offer(args, workflow)) is not None:
            answer = None if self._unasked(args) else self._notebook.wait(self._asked(offer))
            workflow = offer.taken(answer)
        if workflow is None:
            return None
        run = self._started(workflow)
        return self._handed(args, run) if _background(args) else self._kept(args, self._notebook.wait(run))

    async def run_async(self, args: Namespace, read: Callable[[], Spec]) -> Any:  # noqa: ANN401 - as above
        """The same, awaiting."""
        workflow = self._prepared(args, read)
        if args.check:
            return self._checked(args, workflow)
        if (offer := self._offer(args, workflow)) is not None:
            answer = None if self._unasked(args) else await self._notebook.wait_async(self._asked(offer))
            workflow = offer.taken(answer)
        if workflow is None:
            return None
        run = self._started(workflow)
        return self._handed(args, run) if _background(args) else self._kept(args, await self._notebook.wait_async(run))

    # ---- before -------------------------------------------------------------------------------------------------

    def _prepared(self, args: Namespace, read: Callable[[], Spec]) -> Workflow:
        from strands_nb.app import Workflow  # noqa: PLC0415 - the first run pays for it
        from strands_nb.app.given import lacking_besides, read_variables, refuse_existing  # noqa: PLC0415

        names, typed = _from_ns(args), dict(args.var)
        with lacking_besides({*typed, *(self._shell.user_ns if names is not None else ())}):
            spec = read()
        if args.name:
            spec = spec.model_copy(update={"name": args.name})
        variables = read_variables(spec, typed)
        if names is not None:
            variables = {**inputs_from(self._shell.user_ns, spec, variables, names), **variables}
        if args.overwrite is False and not args.check:
            refuse_existing(spec, variables, args.output_dir, "--overwrite to replace, or --output-dir DIR")
        return Workflow(spec, variables=variables).with_options(**_options(args))

    def _offer(self, args: Namespace, workflow: Workflow) -> Offer | None:
        """The choice to keep what is done, where the cell was edited since it ran or another kernel has left a run."""
        former = self._notebook.latest.get(workflow.name)
        if args.session or args.anew or (former and (not former.done or former.status == "cancelled")):
            return None
        if any(problem.severity != "warning" for problem in workflow.check()):
            return None  # it will be refused
        if former is None:
            return self._left_behind(args, workflow)
        with suppress(SessionNotFoundError):
            if changed := workflow.changes(former.session_id):
                from strands_nb.notebook.offers import of_edited  # noqa: PLC0415 - imports the agents

                return of_edited(workflow, former.session_id, changed)
        return None

    def _left_behind(self, args: Namespace, workflow: Workflow) -> Offer | None:
        """The choice to go on with what another kernel has left; where nobody can be asked, one line instead."""
        from strands_nb.app.unfinished import unfinished  # noqa: PLC0415 - the first run pays for it
        from strands_nb.engine.loop import engine_loop  # noqa: PLC0415 - the same

        if (found := engine_loop.submit(lambda: unfinished(workflow)).result()) is None:
            return None
        if args.reuse or (self._notebook.attended and not _background(args)):
            from strands_nb.notebook.offers import of_unfinished  # noqa: PLC0415 - imports the agents

            return of_unfinished(workflow, found, reuse=args.reuse)
        if not found.questions:  # else this run comes to park as well, and says so: outputs do not depend on the past
            print(f"{workflow.name} was left unfinished before and starts anew; --reuse goes on with it")  # noqa: T201 - the cell's output
        return None

    def _asked(self, offer: Offer) -> Run:
        run = offer.run.launch()
        self._notebook.show(run)
        return run

    @staticmethod
    def _unasked(args: Namespace) -> bool:
        return args.reuse or _background(args)

    def _started(self, workflow: Workflow) -> Run:
        """Start the workflow of a cell, which shows its card."""
        try:
            run = self._notebook.latest[workflow.name] = workflow.start()
        except CapabilityError as error:
            raise UsageError(self._with_hint(error, workflow)) from error
        return run

    def _with_hint(self, error: CapabilityError, workflow: Workflow) -> str:
        """What is missing, as it is given here."""
        said = str(error).replace("; give it, e.g. ", "; give it, e.g. --var ")
        missing = " ".join(problem.message for problem in error.errors)
        there = [name for name in offered(self._shell.user_ns, workflow.spec, {}) if f"{name!r}" in missing]
        return f"{said}\nthe notebook has {', '.join(there)}: --from-ns takes it" if there else said

    # ---- after --------------------------------------------------------------------------------------------------

    def _checked(self, args: Namespace, workflow: Workflow) -> Workflow | None:
        """Say what is wrong, and show or keep the workflow."""
        tell(workflow.check())
        return self._kept(args, workflow) if args.out else workflow

    def _handed(self, args: Namespace, run: Run) -> Run | None:
        return self._kept(args, run) if args.out else run

    def _kept(self, args: Namespace, value: Any) -> None:  # noqa: ANN401 - a Run, a RunResult or a Workflow
        if args.out:
            self._shell.user_ns[args.out] = value


def tell(problems: Sequence[Problem]) -> None:
    """Print problems with their places, and how many are mistakes."""
    for problem in problems:
        print(f"{problem.severity}: {problem}")  # noqa: T201 - the cell's output
        if excerpt := problem.excerpt():
            print(excerpt)  # noqa: T201 - the same
    mistakes = sum(problem.severity == "error" for problem in problems)
    print(f"{mistakes} mistake{'s'[: mistakes > 1]}" if mistakes else "valid")  # noqa: T201 - the same


def _background(args: Namespace) -> bool:
    return bool(settings().background if args.background is None else args.background)


def _from_ns(args: Namespace) -> str | None:
    return "" if args.from_ns is None and settings().from_ns else args.from_ns


def _options(args: Namespace) -> dict[str, Any]:
    """Those of `Workflow.with_options` that the line names."""
    limits = {
        "max_tokens": args.max_tokens,
        "max_cost_usd": args.max_cost,
        "max_steps": args.max_steps,
        "max_duration_s": args.max_duration,
    }
    named = {
        "model": model_text(args.provider, args.model) if args.model else None,
        "provider": args.provider,
        "session": args.session,
        "on_hitl": args.on_hitl,
        "budgets": {name: limit for name, limit in limits.items() if limit is not None} or None,
        "output_dir": args.output_dir,
        "overwrite": args.overwrite,
        "lenient": args.lenient or None,
        "on_change": "reuse_unchanged" if args.session and args.reuse else None,
    }
    return {name: value for name, value in named.items() if value is not None}
