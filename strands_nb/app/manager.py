"""Sessions under one roof: list them, look at one, go on with it, copy it, throw it away."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Final, Literal, ParamSpec, TypeVar, get_args

from strands_nb.app.digests import Digests
from strands_nb.app.listing import Wanted, forget, summaries, summary_of
from strands_nb.app.sessions import fork, reopen
from strands_nb.app.settings import session_store
from strands_nb.app.states import SessionList, SessionState
from strands_nb.engine.loop import engine_loop
from strands_nb.engine.state import RunStatus
from strands_nb.errors import SessionBusyError, SessionNotFoundError
from strands_nb.stores import FileSessionRepository

if TYPE_CHECKING:
    from strands_nb.engine.result import RunResult
    from strands_nb.engine.store import SessionRepository

__all__ = ("ResumeClient", "SessionManager", "SyncSessionManager")

P = ParamSpec("P")
T = TypeVar("T")
_STATUSES: Final[tuple[RunStatus, ...]] = get_args(RunStatus)
_SPARED: Final = ("running", "paused")
_MOST: Final = 1000


class SessionManager:
    r"""The sessions of a folder (by default: that of all runs), or of any other store.

    Its methods are coroutines; `manager.sync` has the same ones for callers that cannot await. What they return are
    pictures of a moment, and nobody else's to change.

    >>> import asyncio
    >>> from strands_nb import MemorySessionRepository, Workflow
    >>> workflow = Workflow.from_yaml("agents: {a: {prompt: A}}\nsteps: [{a: Facts}, {approve: Good?}]")
    >>> store = MemorySessionRepository()
    >>> paused = workflow.with_options(model="scripted", store=store).run()
    >>> manager = SessionManager(storage=store)
    >>> (session,) = asyncio.run(manager.list(status="paused"))
    >>> session.metadata.interrupt_metadata.prompt
    'Good?'
    >>> asyncio.run(manager.resume(session.session_id, approve=True)).status
    'completed'
    """

    def __init__(self, storage_dir: str | Path | None = None, *, storage: SessionRepository | None = None) -> None:
        if storage is not None and storage_dir is not None:
            message = "SessionManager(): give storage_dir or storage, not both"
            raise TypeError(message)
        if storage is None:
            storage = session_store() if storage_dir is None else FileSessionRepository(storage_dir)
        self.storage: SessionRepository = storage
        self.sync = SyncSessionManager(self)
        self._digests = Digests()

    async def list(
        self,
        offset: int = 0,
        limit: int = 100,
        status: str | None = None,
        workflow_name: str | None = None,
        pattern_type: str | None = None,
    ) -> builtins.list[SessionState]:
        """The sessions of that kind, most recently updated first: `limit` (1 to 1000) of them, from `offset` on.

        Raises:
            ValueError: there is no such status, or such a number is not possible.
        """
        if not 1 <= limit <= _MOST or offset < 0:
            message = f"limit={limit}, offset={offset}: a page has 1 to {_MOST} sessions, and begins at 0 or later"
            raise ValueError(message)
        _refuse_unknown(() if status is None else (status,))
        wanted = Wanted(status, workflow_name, pattern_type, offset=offset, limit=limit)
        found = await summaries(self.storage, wanted, digests=self._digests)
        return SessionList(map(SessionState.of, found))

    async def get(self, session_id: str) -> SessionState:
        """One session as it is now. Its journal is read only if it has changed since it was read last.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        return SessionState.of(await summary_of(self.storage, session_id, digests=self._digests))

    async def resume(
        self,
        session_id: str,
        hitl_response: str | None = None,
        *,
        approve: bool = False,
        reject: bool = False,
        feedback: str | None = None,
        on_change: Literal["refuse", "reuse_unchanged"] = "refuse",
    ) -> RunResult:
        """Go on with a session to its end or its next question; nothing that is recorded runs again.

        Args:
            session_id: which one.
            hitl_response: approves its open question with this text.
            approve: approves it without one.
            reject: rejects it; the run ends as cancelled, for the reason in `feedback`.
            feedback: alone, asks for the reviewed step to be done again so.
            on_change: what becomes of steps that would be asked something else now.

        Raises:
            SessionNotFoundError, SessionBusyError, SpecChangedError: it cannot be.
            CapabilityError: something is missing to go on with it.
            AlreadyAnsweredError, InvalidAnswerError: the answer does not fit.
        """
        workflow = await reopen(self.storage, session_id, on_change=on_change)
        return await workflow.resume_async(session_id, hitl_response, approve=approve, reject=reject, feedback=feedback)

    async def cleanup(
        self,
        older_than_days: float = 7,
        status_filter: str | Sequence[str] | None = None,
        *,
        max_age_days: float | None = None,
        keep_completed: bool | None = None,
        dry_run: bool = False,
    ) -> int:
        """Delete the sessions that nothing has been added to for so many days; returns how many.

        Those that run or are paused are kept, unless `status_filter` names what is to go; one that somebody is
        running is kept in any case. `max_age_days` is another name for `older_than_days`, `keep_completed` spares
        what has completed, `dry_run` only counts.

        Raises:
            ValueError: there is no such status, or the number of days is negative.
        """
        days = older_than_days if max_age_days is None else max_age_days
        if days < 0:
            message = f"older_than_days={days}: give a number of days, 0 or more"
            raise ValueError(message)
        filtered = (status_filter,) if isinstance(status_filter, str) else status_filter
        named = tuple(filtered) if filtered is not None else tuple(s for s in _STATUSES if s not in _SPARED)
        _refuse_unknown(named)
        statuses = [status for status in named if not (keep_completed and status == "completed")]
        before = datetime.now(UTC) - timedelta(days=days)
        old = await summaries(self.storage, Wanted(before=before), digests=self._digests)
        expired = [one.session_id for one in old if one.status in statuses]
        return len(expired) if dry_run else await self._delete_unchanged(expired, before)

    async def _delete_unchanged(self, session_ids: Sequence[str], before: datetime) -> int:
        """Delete them, but for those that somebody has gone on with meanwhile."""
        count = 0
        for session_id in session_ids:
            with suppress(SessionNotFoundError, SessionBusyError):
                if (await self.get(session_id)).updated_at < before:
                    await self.delete(session_id)
                    count += 1
        return count

    async def delete(self, session_id: str) -> None:
        """Delete a session and all it holds; files that its workflow has written elsewhere stay.

        Raises:
            SessionNotFoundError: there is no such session.
            SessionBusyError: somebody is running it.
        """
        await self.storage.delete(session_id)
        self._digests.drop(session_id)
        await forget(self.storage, session_id)

    async def fork(self, session_id: str, from_step: str | None = None) -> SessionState:
        """A new session that has done what this one has done, and paid nothing for it.

        With `from_step` (a key, an id, or the number of a step in a chain) that unit is to be done again there, and
        what its new outcome changes. Resuming the new one does it.

        Raises:
            SessionNotFoundError, SessionCorruptedError: it cannot be read.
            SessionError: it has no such unit.
        """
        return await self.get(await fork(self.storage, session_id, from_step))


def _refuse_unknown(statuses: Sequence[str]) -> None:
    if strange := [status for status in statuses if status not in _STATUSES]:
        message = f"there is no status {strange[0]!r}; there are: {', '.join(_STATUSES)}"
        raise ValueError(message)


def _blocking(
    method: Callable[Concatenate[SessionManager, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[SyncSessionManager, P], T]:
    """The same method for callers that wait: it runs on the engine's loop, whatever runs in this thread."""

    @wraps(method)
    def wait(self: SyncSessionManager, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.wait_for(partial(method, self.manager, *args, **kwargs))

    return wait


class SyncSessionManager:
    """The methods of `SessionManager` for callers that cannot await: scripts, cells, threads.

    >>> from strands_nb import MemorySessionRepository
    >>> SessionManager(storage=MemorySessionRepository()).sync.list()
    []
    """

    def __init__(self, manager: SessionManager) -> None:
        self.manager = manager

    list = _blocking(SessionManager.list)
    get = _blocking(SessionManager.get)
    cleanup = _blocking(SessionManager.cleanup)
    delete = _blocking(SessionManager.delete)
    fork = _blocking(SessionManager.fork)

    def resume(
        self,
        session_id: str,
        hitl_response: str | None = None,
        *,
        approve: bool = False,
        reject: bool = False,
        feedback: str | None = None,
        on_change: Literal["refuse", "reuse_unchanged"] = "refuse",
    ) -> RunResult:
        """See `SessionManager.resume`; an interrupt pauses the run."""
        store = self.manager.storage
        workflow = self.wait_for(partial(reopen, store, session_id, on_change=on_change))
        return workflow.resume(session_id, hitl_response, approve=approve, reject=reject, feedback=feedback)

    @staticmethod
    def wait_for(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine on the engine's loop and wait for it."""
        if engine_loop.inside():
            message = "SessionManager.sync on the engine's own thread would wait for itself; await the method there"
            raise RuntimeError(message)
        return engine_loop.submit(make).result()


class ResumeClient:
    r"""Answers of three kinds to sessions that wait; each goes on with the session and waits for it.

    >>> from strands_nb import MemorySessionRepository, Workflow
    >>> workflow = Workflow.from_yaml("agents: {a: {prompt: A}}\nsteps: [{a: Facts}, {approve: Good?}]")
    >>> store = MemorySessionRepository()
    >>> paused = workflow.with_options(model="scripted", store=store).run()
    >>> client = ResumeClient(SessionManager(storage=store))
    >>> client.modify(paused.session_id, "Shorter.").status
    'paused'
    >>> client.approve(paused.session_id).status
    'completed'
    """

    def __init__(self, session_manager: SessionManager | None = None) -> None:
        self.session_manager = session_manager or SessionManager()

    def approve(self, session_id: str) -> RunResult:
        """Approve its open question; raises as `SessionManager.resume`."""
        return self.session_manager.sync.resume(session_id, approve=True)

    def reject(self, session_id: str, reason: str | None = None) -> RunResult:
        """Reject it: the run ends as cancelled, for this reason."""
        return self.session_manager.sync.resume(session_id, reject=True, feedback=reason)

    def modify(self, session_id: str, feedback: str) -> RunResult:
        """Have the reviewed step done again with this feedback; then it is asked again."""
        return self.session_manager.sync.resume(session_id, feedback=feedback)
