"""The handle on a run of a workflow: the engine's, and what one does with a run afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

from strands_nb.engine import run as engine
from strands_nb.engine.events import Event
from strands_nb.engine.result import result_of
from strands_nb.engine.session import Session
from strands_nb.engine.table import table_of
from strands_nb.errors import SessionError

if TYPE_CHECKING:
    from pandas import DataFrame

    from strands_nb.app.comparing import Comparable, Comparison
    from strands_nb.app.export import ExportFormat
    from strands_nb.engine.store import SessionRepository

__all__ = ("Run",)


class Run(engine.Run):
    """One session, running or not: watch it, answer it, pause it, resume it.

    `await run` (or `run.result()`) gives the result of the leg that is under way: how the run ended, or that it is
    paused. An answer to a paused run goes on with it.
    """

    starter: Callable[[], Run] | None = None
    """Starts the same workflow anew; set by the workflow that made the run."""

    @property
    def store(self) -> SessionRepository:
        """Where its session is kept."""
        return self._holder.store

    @property
    def widget(self) -> Any:  # noqa: ANN401 - anywidget publishes no types
        """The card, made when it is first asked for: `mo.ui.anywidget(run.widget)`, or whatever shows anywidgets."""
        if self.card is None:
            # By name: the app knows no notebook.
            self.card = import_module("strands_nb.notebook").widget_of(self)
        return self.card

    def events(self) -> Sequence[Event]:
        """All that has happened so far and is on record."""
        return self._do(self._past())

    def look(self) -> Self:
        """Take in what the store has of it; nothing runs.

        Raises:
            SessionNotFoundError, SessionCorruptedError: it cannot be read.
        """
        self._do(self._look())
        return self

    def again(self) -> Run:
        """Start a new run, a session of its own, of the same workflow with the same inputs; raises as `start`.

        Raises:
            SessionError: it was not started by a workflow of this process.
        """
        if self.starter is None:
            message = f"session {self.session_id} was made without a workflow; start it as it was started"
            raise SessionError(message, session_id=self.session_id)
        return self.starter()

    def to_dataframe(self) -> DataFrame:
        """A row for each unit of work, in the order of the workflow; needs pandas.

        Raises:
            CapabilityError: pandas is not installed.
        """
        return table_of(self.events())

    def compare(self, other: Comparable) -> Comparison:
        """What differs between `other`, the run before (or its session's id), and this one; see `compare`."""
        from strands_nb.app.comparing import compare  # noqa: PLC0415 - most runs are compared with nothing

        return compare(other, self, store=self.store)

    def export(self, file_format: ExportFormat) -> str:
        """The text of a file: `py`, `yaml` (the workflow), `html`, `md` (a report) or `json` (all there is).

        Raises:
            ValueError: there is no such format.
            SessionError: the workflow is wanted, and the session holds none.
        """
        from strands_nb.app.export import export_session  # noqa: PLC0415 - as above

        return self._do(export_session(self.store, self.session_id, file_format))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        from strands_nb.app.static_output import bundle  # noqa: PLC0415 - only where it is shown

        del include, exclude
        return bundle(self.state)

    async def _look(self) -> None:
        session = Session(self.plan, self.store, self.session_id)
        session.open(await self._holder.past())
        self._opened(session)
        context: dict[str, Any] = {}  # it comes of running the program
        self._leg.set_result(result_of(session, context=context, artifacts=[], notice=None, failure=None))
