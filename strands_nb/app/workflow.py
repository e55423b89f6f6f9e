"""The workflow as an object: load it, check it, run it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from strands_nb.app.attend import attend, attend_async
from strands_nb.app.capability import unsupported
from strands_nb.app.models import model_problems
from strands_nb.app.options import OnHitl, Options
from strands_nb.app.plan import prepare
from strands_nb.app.surface import current_surface
from strands_nb.app.terminal import TerminalHandler
from strands_nb.engine.bus import EventBus, Handler
from strands_nb.engine.run import Run
from strands_nb.errors import CapabilityError, Problem, SchemaValidationError
from strands_nb.patterns import Outline, outline
from strands_nb.spec import Spec, check, load, parse, resolve_inputs
from strands_nb.stores import FileSessionRepository

if TYPE_CHECKING:
    from strands_nb.engine.payloads import Action
    from strands_nb.engine.question import HITLHandler
    from strands_nb.engine.result import RunResult
    from strands_nb.engine.store import SessionRepository

__all__ = ("Workflow",)

HandlerT = TypeVar("HandlerT", bound=Handler)
_ID_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


class Workflow:
    """A checked workflow and how to run it. Immutable but for its event handlers; `with_options` gives a copy.

    >>> workflow = Workflow.from_yaml('''
    ... agents: {writer: {prompt: You write briefly.}}
    ... steps: [{writer: "One line about {{ topic }}."}]
    ... ''').with_options(model="scripted")
    >>> workflow.check(topic="tides")
    []
    """

    def __init__(self, spec: Spec, /, *, variables: Mapping[str, Any] | None = None) -> None:
        self._spec = spec
        self._given = dict(variables or {})
        self._options = Options()
        self._bus = EventBus()

    # ---- making -------------------------------------------------------------------------------------------------

    @classmethod
    def from_file(cls, path: str | Path, /, **variables: Any) -> Workflow:  # noqa: ANN401 - JSON values
        """Load a workflow from YAML or JSON; `variables` are values for its inputs.

        Raises:
            LoadError: no such file, or neither YAML nor JSON.
            SchemaValidationError: it is no workflow, or refers to what does not exist; all mistakes at once.
        """
        return _sound(cls(load(path, variables=variables), variables=variables), variables)

    @classmethod
    def from_yaml(cls, text: str, /, **variables: Any) -> Workflow:  # noqa: ANN401 - JSON values
        """The same from a text; raises as `from_file`."""
        return _sound(cls(parse(text, variables=variables), variables=variables), variables)

    def with_options(self, **options: Any) -> Workflow:  # noqa: ANN401 - fields of Options, listed below
        """A copy that runs with other options.

        Args:
            **options: `model` ("provider:model"), `provider`, `session` (id of the session to use), `on_hitl` (ask,
                approve, default, fail, park, or a handler), `store`, `budgets`, `lenient`, `output_dir`, `overwrite`,
                `event_bus`.

        Raises:
            TypeError: an option of another name.
        """
        copy = Workflow(self._spec, variables=self._given)
        copy._options = replace(self._options, **options)
        copy._bus = copy._options.event_bus or self._bus
        return copy

    # ---- looking ------------------------------------------------------------------------------------------------

    @property
    def spec(self) -> Spec:
        """The workflow as data."""
        return self._spec

    @property
    def name(self) -> str:
        """Its name."""
        return self._spec.name

    @property
    def event_bus(self) -> EventBus:
        """Where the events of its runs go."""
        return self._bus

    @property
    def store(self) -> SessionRepository:
        """Where its sessions are kept."""
        return self._options.store or FileSessionRepository()

    def __repr__(self) -> str:
        return f"Workflow({self.name!r}, {self._spec.pattern.type}, {len(self.outline().nodes)} steps)"

    def outline(self) -> Outline:
        """The static picture: boxes and arrows."""
        return outline(self._spec)

    def check(self, **variables: Any) -> list[Problem]:  # noqa: ANN401 - JSON values
        """Everything that can be said before a run, without calling a model: mistakes, needs, warnings."""
        given = {**self._given, **variables}
        found = check(self._spec, given, lenient=self._options.lenient)
        return [*found, *model_problems(self._spec, self._options), *unsupported(self._spec)]

    # ---- running ------------------------------------------------------------------------------------------------

    def run(self, **variables: Any) -> RunResult:  # noqa: ANN401 - JSON values
        """Run to the end or to the first question, at which it parks (`result.status == "paused"`).

        Raises:
            SchemaValidationError: a mistake; nothing was run.
            CapabilityError: something is missing (a key, a variable); nothing was run.
        """
        run = self._started(variables, self._options.on_hitl or "park")
        if (surface := current_surface()) is not None:
            return surface.wait(run)
        return self._wait(run)

    async def run_async(self, **variables: Any) -> RunResult:  # noqa: ANN401 - JSON values
        """`run` as a coroutine, from any event loop. Cancelling it pauses the run."""
        run = self._started(variables, self._options.on_hitl or "park")
        if (surface := current_surface()) is not None:
            return await surface.wait_async(run)
        return await self._wait_async(run)

    def run_interactive(self, *, hitl_handler: HITLHandler | None = None, **variables: Any) -> RunResult:  # noqa: ANN401
        """Run to the end and ask a human on the way: by `hitl_handler`, the card of the cell, or the terminal.

        Raises as `run`; an interrupt pauses the run.
        """
        handler = hitl_handler or self._handler()
        run = self._started(variables, self._options.on_hitl or "ask")
        surface = current_surface()
        if handler is None and surface is not None:
            return surface.wait(run)
        return attend(run, handler or TerminalHandler(), "handler" if handler else "terminal")

    async def run_interactive_async(
        self,
        *,
        hitl_handler: HITLHandler | None = None,
        **variables: Any,  # noqa: ANN401 - JSON values
    ) -> RunResult:
        """`run_interactive` as a coroutine; handlers may be coroutines too."""
        handler = hitl_handler or self._handler()
        run = self._started(variables, self._options.on_hitl or "ask")
        surface = current_surface()
        if handler is None and surface is not None:
            return await surface.wait_async(run)
        return await attend_async(run, handler or TerminalHandler(), "handler" if handler else "terminal")

    def start(self, **variables: Any) -> Run:  # noqa: ANN401 - JSON values
        """Start a run and return its handle at once; questions wait for `run.answer(...)`. Raises as `run`."""
        return self._started(variables, self._options.on_hitl or "ask")

    def resume(self, session_id: str, /, hitl_response: str | None = None, **answer: Any) -> RunResult:  # noqa: ANN401
        """Go on with a session of this workflow; nothing that is recorded runs again.

        Args:
            session_id: which one.
            hitl_response: approves its open question with this text.
            **answer: `approve=True`, `reject=True` or `feedback="..."` (with `reject`, the reason; alone, a request
                to modify).

        Raises:
            SessionNotFoundError, SessionBusyError, SpecChangedError: it cannot be.
            AlreadyAnsweredError, InvalidAnswerError: the answer does not fit.
        """
        return self._wait(self.reopened(session_id, hitl_response, **answer))

    async def resume_async(self, session_id: str, /, hitl_response: str | None = None, **answer: Any) -> RunResult:  # noqa: ANN401
        """`resume` as a coroutine."""
        return await self._wait_async(await asyncio.to_thread(self.reopened, session_id, hitl_response, **answer))

    def reopened(
        self,
        session_id: str,
        hitl_response: str | None = None,
        *,
        approve: bool = False,
        reject: bool = False,
        feedback: str | None = None,
        question: str | None = None,
        by: str = "user",
    ) -> Run:
        """The handle of a session, running again; see `resume`."""
        run = self._prepared(self._given, self._options.on_hitl or "park", session_id)
        action = response_action(hitl_response, approve=approve, reject=reject, feedback=feedback)
        if action is None:
            run.launch(resume=True)
        else:
            run.respond(question, action[0], action[1], by=by).result()
        return run

    # ---- events -------------------------------------------------------------------------------------------------

    @overload
    def on(self, event_type: str) -> Callable[[HandlerT], HandlerT]: ...
    @overload
    def on(self, event_type: str, handler: HandlerT) -> HandlerT: ...
    def on(self, event_type: str, handler: Any = None) -> Any:
        """Call a function with each event of a type (`"*"` for all); also a decorator."""
        return self._bus.subscribe(event_type, handler)

    def off(self, event_type: str, handler: Handler) -> None:
        """Stop that."""
        self._bus.unsubscribe(event_type, handler)

    # ---- inside -------------------------------------------------------------------------------------------------

    def _handler(self) -> HITLHandler | None:
        on_hitl = self._options.on_hitl
        return on_hitl if callable(on_hitl) else None

    def _started(self, variables: Mapping[str, Any], on_hitl: OnHitl) -> Run:
        """Check, then start; a session that is named and exists is gone on with."""
        given = {**self._given, **variables}
        self._refuse(given)
        session_id = self._options.session or new_session_id()
        run = self._prepared(given, on_hitl, session_id)
        named = self._options.session is not None
        run.launch(resume=named, create=named)
        if (surface := current_surface()) is not None:
            surface.show(run)
        return run

    def _prepared(self, given: Mapping[str, Any], on_hitl: OnHitl, session_id: str) -> Run:
        prepared = prepare(self._spec, resolve_inputs(self._spec, given), self._options, on_hitl)
        return Run(prepared.plan, self.store, session_id, bus=self._bus, context=prepared.execution_context)

    def _refuse(self, given: Mapping[str, Any]) -> None:
        problems = self.check(**given)
        if mistakes := [problem for problem in problems if problem.severity == "error"]:
            raise SchemaValidationError(mistakes)
        if needs := [problem for problem in problems if problem.severity == "needs"]:
            raise CapabilityError(needs)

    @staticmethod
    def _wait(run: Run) -> RunResult:
        try:
            return run.result()
        except KeyboardInterrupt:
            run.pause("interrupted from the keyboard")
            raise

    @staticmethod
    async def _wait_async(run: Run) -> RunResult:
        try:
            return await run
        except asyncio.CancelledError:
            await asyncio.to_thread(run.pause, "the caller was cancelled")
            raise


def _sound(workflow: Workflow, variables: Mapping[str, Any]) -> Workflow:
    """The workflow, if it has no mistakes; what a run would need may still be missing."""
    mistakes = [problem for problem in check(workflow.spec, variables) if problem.severity == "error"]
    if mistakes:
        raise SchemaValidationError(mistakes)
    return workflow


def new_session_id() -> str:
    """A fresh id that is easy to read aloud: no letters that look like digits.

    >>> new_session_id()[:3], len(new_session_id())
    ('wf-', 11)
    """
    return "wf-" + "".join(secrets.choice(_ID_LETTERS) for _ in range(8))


def response_action(
    text: str | None, *, approve: bool, reject: bool, feedback: str | None
) -> tuple[Action, str | None] | None:
    """Which action the arguments of `resume` mean; None where there is no answer in them."""
    if reject:
        return "reject", feedback
    if feedback is not None:
        return "modify", feedback
    if approve or text is not None:
        return "approve", text
    return None
