"""What `%workflow VERB` does with a session that is there: look at it, and compare it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from IPython.core.error import UsageError

from strands_nb.engine.loop import engine_loop
from strands_nb.notebook.line.arguments import Parser, split_words

if TYPE_CHECKING:
    from strands_nb.app import Run, SessionManager
    from strands_nb.notebook.cell import Notebook

__all__ = ("AfterVerbs",)

_MOST: Final = 1000


class AfterVerbs:
    """One method per verb; each returns what the cell shows, or None."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook

    def card(self, rest: str) -> Any:  # noqa: ANN401 - a run, where there are no cards
        """Show the card of a session, also of one that has ended: to look at, compare, export, run again."""
        parser = Parser("card")
        parser.add_argument("session", nargs="?")
        run = self._opened(parser.parse(split_words(rest)).session)
        if self._notebook.kernel is None:
            return run
        self._notebook.open(run)
        return None

    def _opened(self, session_id: str | None) -> Run:
        """The run of this kernel, or else the session as it stands in the store."""
        from strands_nb.app import Run, reopen  # noqa: PLC0415

        name = session_id or next(reversed(self._notebook.cards), None)
        if name is None:
            raise UsageError("no run of this kernel; name a session: `%workflow list` shows all")
        if name in self._notebook.cards and isinstance(run := self._notebook.cards[name].run, Run):
            return run
        manager = _manager()
        if owner := manager.sync.get(name).owner:
            raise UsageError(f"session {name} is running in {owner}; look at it there, or `%workflow show {name}`")
        return engine_loop.submit(lambda: reopen(manager.storage, name)).result().opened(name)

    def diff(self, rest: str) -> Any:  # noqa: ANN401 - a comparison
        """Show what differs between two sessions, or between the one before of the same workflow and this one."""
        from strands_nb.app import compare  # noqa: PLC0415

        parser = Parser("diff")
        parser.add_argument("first")
        parser.add_argument("second", nargs="?")
        args = parser.parse(split_words(rest))
        first, second = (args.first, args.second) if args.second else (self._before(args.first), args.first)
        return compare(first, second)

    def _before(self, session_id: str) -> str:
        """The session of the same workflow that was begun last before this one."""
        manager = _manager()
        this = manager.sync.get(session_id)
        others = manager.sync.list(limit=_MOST, workflow_name=this.workflow_name)
        begun = [(one.created_at, one.session_id) for one in others if one.created_at and this.created_at]
        earlier = [one for one in begun if (this.created_at, session_id) > one]
        if not earlier:
            raise UsageError(f"no session of {this.workflow_name!r} was begun before {session_id}; name two")
        return max(earlier)[1]


def _manager() -> SessionManager:
    from strands_nb.app import SessionManager  # noqa: PLC0415 - the first run pays for it

    return SessionManager()
