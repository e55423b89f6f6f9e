"""The workflow as an object: load it, check it, run it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from strands_nb.app.answers import response_action
from strands_nb.app.artifacts import path_problems
from strands_nb.app.attend import attend, attend_async
from strands_nb.app.capability import unsupported
from strands_nb.app.display import display_of
from strands_nb.app.estimate import Estimate, estimate
from strands_nb.app.ids import new_session_id
from strands_nb.app.models import model_problems
from strands_nb.app.options import OnHitl, Options
from strands_nb.app.plan import Blueprint, Prepared
from strands_nb.app.problems import Problems
from strands_nb.app.run import Run
from strands_nb.app.surface import current_surface
from strands_nb.app.terminal import TerminalHandler
from strands_nb.app.variables import so_far, unstorable
from strands_nb.engine.bus import EventBus, Handler
from strands_nb.engine.journal import Journal
from strands_nb.engine.loop import engine_loop
from strands_nb.errors import CapabilityError, Problem, SchemaValidationError
from strands_nb.patterns import Outline, outline
from strands_nb.picture import to_mermaid
from strands_nb.spec import Spec, check, load, parse, resolve_inputs
from strands_nb.spec.base import did_you_mean

if TYPE_CHECKING:
    from strands_nb.engine.question import HITLHandler
    from strands_nb.engine.result import RunResult
    from strands_nb.engine.store import SessionRepository

__all__ = ("Workflow",)

HandlerT = TypeVar("HandlerT", bound=Handler)


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
        self._blueprint, self._spec = Blueprint(spec), spec
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
                approve, default, fail, park, or a handler), `store`, or the `durability` of the default one (step,
                fast, memory), `budgets` (e.g. `{"max_tokens": 5000}`, the other limits stay), `prices` (US dollars per
                million tokens, e.g. `{"openai:my-model": {"input": 1.25, "output": 10, "cached": 0.125}}`), `tools`,
                your own in the place of those the workflow names (`{"tavily_search": function}`), `lenient`,
                `output_dir`, `overwrite`, `event_bus`; for tests `agents`; for a session of a workflow that was edited
                since, `on_change="reuse_unchanged"`.

        Raises:
            TypeError: an option of another name.
            BuildError: an option's value is not possible.
        """
        known = [field.name for field in fields(Options)]
        if strange := set(options) - set(known):
            name = min(strange)
            hint = did_you_mean(name, known, label="options")
            message = f"with_options() has no option {name!r}; {hint}; inputs are given to run() or from_file()"
            raise TypeError(message)
        copy = Workflow(self._spec, variables=self._given)
        copy._blueprint = self._blueprint
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
        return self._options.sessions

    def __repr__(self) -> str:
        return f"Workflow({self.name!r}, {self._spec.pattern.type}, {len(self.outline().nodes)} steps)"

    def outline(self) -> Outline:
        """The static picture: boxes and arrows."""
        return outline(self._spec)

    def to_mermaid(self) -> str:
        r"""The picture in the words of Mermaid, for documents.

        >>> text = "agents: {w: {prompt: Write.}}\nsteps: [{w: One line.}, {approve: Good?}]"
        >>> print(Workflow.from_yaml(text).to_mermaid().splitlines()[0])
        flowchart TD
        """
        return to_mermaid(self.outline())

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        del include, exclude
        return display_of(self.name, self.outline(), self.estimate())

    def estimate(self) -> Estimate:
        r"""What a run may come to: calls, and tokens and price where something limits them.

        >>> text = "agents: {w: {prompt: Write.}}\nsteps: [{w: One line.}, {w: Shorter.}]"
        >>> str(Workflow.from_yaml(text).with_options(model="scripted", budgets={"max_tokens": 900}).estimate())
        'at most 2 calls, 900 tokens, free'
        """
        return estimate(self._spec, self._options)

    def check(self, /, **variables: Any) -> list[Problem]:  # noqa: ANN401 - JSON values
        """Everything that can be said before a run, without calling a model: mistakes, needs, warnings."""
        return Problems(self._problems({**self._given, **variables}))

    # ---- running ------------------------------------------------------------------------------------------------
    # Whatever names inputs bear, they can be given: by keyword, or all in `variables`.

    def run(self, /, *, variables: Mapping[str, Any] | None = None, **more: Any) -> RunResult:  # noqa: ANN401 - JSON values
        """Run to the end or to the first question, at which it parks (`result.status == "paused"`).

        Raises:
            SchemaValidationError: a mistake; nothing was run.
            CapabilityError: something is missing (a key, a variable); nothing was run.
        """
        on_hitl = self._unasked()
        return self._wait(self._started({**(variables or {}), **more}, on_hitl), on_hitl)

    async def run_async(self, /, *, variables: Mapping[str, Any] | None = None, **more: Any) -> RunResult:  # noqa: ANN401
        """`run` as a coroutine, from any event loop. Cancelling it pauses the run."""
        on_hitl = self._unasked()
        return await self._wait_async(self._started({**(variables or {}), **more}, on_hitl), on_hitl)

    def run_interactive(
        self,
        /,
        *,
        hitl_handler: HITLHandler | None = None,
        variables: Mapping[str, Any] | None = None,
        **more: Any,  # noqa: ANN401 - JSON values
    ) -> RunResult:
        """Run to the end and ask a human on the way: by `hitl_handler`, the card of the cell, or the terminal.

        Raises as `run`; an interrupt pauses the run, and so does a handler that raises.
        """
        on_hitl = self._asking(hitl_handler)
        run = self._started({**(variables or {}), **more}, on_hitl)
        if on_hitl == "ask" and current_surface() is None:
            return attend(run, TerminalHandler(), "terminal")
        return self._wait(run, on_hitl)

    async def run_interactive_async(
        self,
        /,
        *,
        hitl_handler: HITLHandler | None = None,
        variables: Mapping[str, Any] | None = None,
        **more: Any,  # noqa: ANN401 - JSON values
    ) -> RunResult:
        """`run_interactive` as a coroutine; handlers may be coroutines too."""
        on_hitl = self._asking(hitl_handler)
        run = self._started({**(variables or {}), **more}, on_hitl)
        if on_hitl == "ask" and current_surface() is None:
            return await attend_async(run, TerminalHandler(), "terminal")
        return await self._wait_async(run, on_hitl)

    def spec_hash(self) -> str:
        """What sessions have in common that it could go on with: text, inputs, models."""
        return Prepared(self._blueprint, self._given, self._options, "park").plan.spec_hash

    def changes(self, session_id: str, /, **variables: Any) -> list[str]:  # noqa: ANN401 - JSON values
        """What differs between this workflow and the one that a session holds, a line each; nothing where nothing does.

        Raises:
            SessionNotFoundError, SessionCorruptedError: it cannot be read.
        """
        events = engine_loop.submit(partial(self.store.read, session_id)).result()
        prepared = Prepared(self._blueprint, {**self._given, **variables}, self._options, "park")
        journal = Journal(self.store, session_id, events)
        return [] if journal.spec_hash == prepared.plan.spec_hash else prepared.plan.changes(journal.edition)

    def start(self, /, *, variables: Mapping[str, Any] | None = None, **more: Any) -> Run:  # noqa: ANN401 - JSON values
        """Start a run and return its handle at once; questions wait for `run.answer(...)`. Raises as `run`."""
        on_hitl = self._options.questions or "ask"
        run = self._started({**(variables or {}), **more}, on_hitl)
        if callable(on_hitl):
            threading.Thread(target=attend, args=(run, on_hitl), name="strands-nb-questions", daemon=True).start()
        return run

    def resume(self, session_id: str, /, hitl_response: str | None = None, **answer: Any) -> RunResult:  # noqa: ANN401
        """Go on with a session of this workflow; nothing that is recorded runs again.

        Args:
            session_id: which one.
            hitl_response: approves its open question with this text.
            **answer: `approve=True`, `reject=True` or `feedback="..."` (with `reject`, the reason; alone, a request
                to modify); `question`, where several are open.

        Raises:
            SessionNotFoundError, SessionBusyError, SpecChangedError: it cannot be.
            CapabilityError: something is missing to go on with it.
            AlreadyAnsweredError, InvalidAnswerError: the answer does not fit.
        """
        on_hitl = self._unasked()
        return self._wait(_shown(self._reopened(session_id, on_hitl, hitl_response, **answer)), on_hitl)

    async def resume_async(self, session_id: str, /, hitl_response: str | None = None, **answer: Any) -> RunResult:  # noqa: ANN401
        """`resume` as a coroutine."""
        on_hitl = self._unasked()
        run = await asyncio.to_thread(self._reopened, session_id, on_hitl, hitl_response, **answer)
        return await self._wait_async(_shown(run), on_hitl)

    def reopened(self, session_id: str, /, hitl_response: str | None = None, **answer: Any) -> Run:  # noqa: ANN401
        """The handle of a session, running again; arguments as `resume`, and `by`, who answers."""
        return self._reopened(session_id, self._options.questions or "park", hitl_response, **answer)

    def opened(self, session_id: str, /) -> Run:
        """The handle of a session as it stands; nothing runs until it is answered, resumed, or a step done again.

        Raises:
            SessionNotFoundError, SessionCorruptedError: it cannot be read.
        """
        _, before = engine_loop.submit(partial(so_far, self.store, session_id)).result()
        return self._prepared({**before, **self._given}, self._options.on_hitl or "ask", session_id).look()

    def _reopened(
        self,
        session_id: str,
        on_hitl: OnHitl,
        hitl_response: str | None = None,
        *,
        approve: bool = False,
        reject: bool = False,
        feedback: str | None = None,
        question: str | None = None,
        by: str = "user",
    ) -> Run:
        action = response_action(hitl_response, approve=approve, reject=reject, feedback=feedback)
        complete, before = engine_loop.submit(partial(so_far, self.store, session_id)).result()
        given = {**before, **self._given}
        run = self._prepared(given, on_hitl, session_id)
        if not reject and not complete:
            self._refuse(given)
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

    def _problems(self, given: Mapping[str, Any]) -> list[Problem]:
        found = check(self._spec, given, lenient=self._options.lenient)
        if not any(problem.severity == "error" for problem in found):
            found += path_problems(self._spec, resolve_inputs(self._spec, given), self._options.folder)
        needs = [*model_problems(self._spec, self._options), *unsupported(self._spec, self._options)]
        return [*found, *unstorable(given), *needs]

    def _unasked(self) -> OnHitl:
        """What becomes of questions where nobody is asked, unless the caller has named a handler."""
        on_hitl = self._options.questions
        return "park" if on_hitl is None or on_hitl == "ask" else on_hitl

    def _asking(self, handler: HITLHandler | None) -> OnHitl:
        return handler or self._options.questions or "ask"

    def _started(self, variables: Mapping[str, Any], on_hitl: OnHitl) -> Run:
        """Check, then start; a session that is named and exists is gone on with."""
        given = {**self._given, **variables}
        self._refuse(given)
        session_id = self._options.session or new_session_id()
        run = self._prepared(given, on_hitl, session_id)
        named = self._options.session is not None
        return _shown(run.launch(resume=named, create=named))

    def _prepared(self, given: Mapping[str, Any], on_hitl: OnHitl, session_id: str) -> Run:
        prepared = Prepared(self._blueprint, given, self._options, on_hitl)
        run = Run(prepared.plan, self.store, session_id, bus=self._bus, context=prepared.execution_context)
        run.starter = partial(self._anew, given, on_hitl)
        return run

    def _anew(self, given: Mapping[str, Any], on_hitl: OnHitl) -> Run:
        return self.with_options(session=None, on_hitl=on_hitl).start(variables=given)

    def _refuse(self, given: Mapping[str, Any]) -> None:
        problems = self._problems(given)
        if mistakes := [problem for problem in problems if problem.severity == "error"]:
            raise SchemaValidationError(mistakes)
        if needs := [problem for problem in problems if problem.severity == "needs"]:
            raise CapabilityError(needs)

    @staticmethod
    def _wait(run: Run, on_hitl: OnHitl) -> RunResult:
        if callable(on_hitl):
            return _settled(run, attend(run, on_hitl))
        if (surface := current_surface()) is not None:
            return surface.wait(run)
        try:
            return run.result()
        except KeyboardInterrupt:
            run.pause("interrupted from the keyboard")
            raise

    @staticmethod
    async def _wait_async(run: Run, on_hitl: OnHitl) -> RunResult:
        if callable(on_hitl):
            return _settled(run, await attend_async(run, on_hitl))
        if (surface := current_surface()) is not None:
            return await surface.wait_async(run)
        try:
            return await run
        except asyncio.CancelledError:
            await asyncio.to_thread(run.pause, "the caller was cancelled")
            raise


def _shown(run: Run) -> Run:
    """The same run, on show where the caller is a cell of a notebook."""
    if (surface := current_surface()) is not None:
        surface.show(run)
    return run


def _settled(run: Run, result: RunResult) -> RunResult:
    """The result, once what is on show agrees with it."""
    if (surface := current_surface()) is not None:
        surface.settle(run)
    return result


def _sound(workflow: Workflow, variables: Mapping[str, Any]) -> Workflow:
    """The workflow, if it has no mistakes; what a run would need may still be missing."""
    mistakes = [problem for problem in check(workflow.spec, variables) if problem.severity == "error"]
    if mistakes:
        raise SchemaValidationError(mistakes)
    return workflow
