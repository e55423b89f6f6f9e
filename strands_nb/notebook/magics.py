"""`%%workflow` and `%workflow`: parse the line, ask the app, show the answer. No logic lives here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from traitlets import Unicode

from strands_nb.errors import StrandsNbError
from strands_nb.notebook.verbs import Verbs

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable
    from types import TracebackType

    from IPython.core.interactiveshell import InteractiveShell

    from strands_nb.app import Workflow
    from strands_nb.engine.run import Run
    from strands_nb.notebook.cell import Notebook
    from strands_nb.notebook.edited import Offer

__all__ = ("AWAITED", "WorkflowMagics")

AWAITED = "_workflow"
"""The cell magic behind `%%workflow` in cells that can await."""


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of `%%workflow`."""
    for option in reversed(
        [
            argument("name", nargs="?", help="Name of the workflow; the text's own name if left out."),
            argument("-o", "--out", metavar="VAR", help="Put the result (with -b: the run) into this variable."),
            argument("-b", "--background", action="store_true", help="Return at once; the run goes on."),
            argument("--reuse", action="store_true", help="Edited since its last run: run only what changed, unasked."),
            argument("--anew", action="store_true", help="Edited since its last run: start anew, unasked."),
            argument("--var", action="append", default=[], metavar="NAME=VALUE", help="Value of an input; repeatable."),
            argument("--model", metavar="PROVIDER:MODEL", help="Model of all agents, e.g. local, scripted."),
            argument(
                "--on-hitl",
                choices=("ask", "default", "fail", "park"),
                default="ask",
                help="What becomes of a question; `ask` parks where nobody can answer.",
            ),
        ]
    ):
        function = option(function)
    return magic_arguments()(function)


@magics_class
class WorkflowMagics(Magics):
    """The magics; `%config WorkflowMagics.model = "openai:gpt-4o-mini"` sets a default model."""

    model = Unicode("", help="Model for workflows that name none, as provider:model.").tag(config=True)

    def __init__(self, shell: InteractiveShell, notebook: Notebook) -> None:
        super().__init__(shell)
        self._notebook = notebook
        self._verbs = Verbs(shell, notebook)

    @_options
    @cell_magic
    def workflow(self, line: str, cell: str) -> Any:  # noqa: ANN401 - a Run with -b, else nothing
        """Run a workflow written in YAML, and wait for it; in a cell of its own, the kernel stays responsive."""
        with _told_in_one_line():
            args, workflow, offer = self._prepared(self.workflow, line, cell)
            if offer is not None:
                answer = None if args.reuse or args.background else self._notebook.wait(self._offered(offer))
                workflow = offer.taken(answer)
            if workflow is None:
                return None
            run = self._verbs.start(workflow)
            if not args.background:
                self._keep(args, self._notebook.wait(run))
                return None
            self._keep(args, run)
            return None if args.out else run

    @_options
    @cell_magic(AWAITED)
    async def awaited(self, line: str, cell: str) -> Any:  # noqa: ANN401 - a Run with -b, else nothing
        """Run a workflow written in YAML, awaiting its end."""
        with _told_in_one_line():
            args, workflow, offer = self._prepared(self.awaited, line, cell)
            if offer is not None:
                unasked = args.reuse or args.background
                answer = None if unasked else await self._notebook.wait_async(self._offered(offer))
                workflow = offer.taken(answer)
            if workflow is None:
                return None
            run = self._verbs.start(workflow)
            if not args.background:
                self._keep(args, await self._notebook.wait_async(run))
                return None
            self._keep(args, run)
            return None if args.out else run

    def _prepared(self, magic: Any, line: str, cell: str) -> tuple[Namespace, Workflow, Offer | None]:  # noqa: ANN401 - a decorated magic
        args = parse_argstring(magic, line)
        workflow = self._verbs.prepare(args, cell, default_model=str(self.model))
        return args, workflow, self._verbs.offer(args, workflow)

    def _offered(self, offer: Offer) -> Run:
        run = offer.run.launch()
        self._notebook.show(run)
        return run

    def _keep(self, args: Namespace, value: Any) -> None:  # noqa: ANN401 - a Run or a RunResult
        if args.out and self.shell is not None:
            self.shell.user_ns[args.out] = value

    @line_magic("workflow")
    def line(self, line: str) -> Any:  # noqa: ANN401 - what the verb shows
        """Everything else: `%workflow help` lists the verbs."""
        verb, _, rest = line.strip().partition(" ")
        with _told_in_one_line():
            return self._verbs.do(verb or "help", rest.strip())


class _told_in_one_line:  # noqa: N801 - reads like the built-in context managers
    """Errors that users can mend are shown as their message, without a traceback."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, StrandsNbError):
            raise UsageError(str(error)) from None
