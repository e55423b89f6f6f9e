"""What a card offers besides steering: run again, do a step again, compare, export, and fold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, TypeGuard

from strands_nb.app.run import Run
from strands_nb.engine.loop import engine_loop
from strands_nb.errors import SessionError

if TYPE_CHECKING:
    from strands_nb.engine.run import Run as EngineRun
    from strands_nb.notebook.cards.steering import Deed, Message

__all__ = ("Shows", "deeds_of", "has_afterwards")

_LISTED: Final = 20


class Shows(Protocol):
    """What shows a run: a card."""

    run: EngineRun

    def turn_to(self, run: EngineRun) -> None:
        """Show another run instead."""
        ...

    def fold(self) -> None:
        """Give way to a picture."""
        ...


def has_afterwards(run: EngineRun) -> TypeGuard[Run]:
    """Whether there is more to it than the answer that it waits for."""
    return isinstance(run, Run)


def deeds_of(card: Shows) -> dict[str, Deed]:
    """The deeds by the names under which a front end asks for them; what they return goes back to it."""
    return {
        "again": lambda _: card.turn_to(_run(card).again()),
        "rerun": lambda message: _rerun(card, message),
        "sessions": lambda _: _sessions(_run(card)),
        "compare": lambda message: _run(card).compare(str(message["session"])).to_json(),
        "export": lambda message: _file(_run(card), message),
        "fold": lambda _: card.fold(),
    }


def _run(card: Shows) -> Run:
    if not has_afterwards(card.run):
        message = f"{card.run!r} is no run of a workflow"
        raise SessionError(message, session_id=card.run.session_id)
    return card.run


def _rerun(card: Shows, message: Message) -> None:
    card.run.rerun(str(message["step"]), by="card")


def _sessions(run: Run) -> list[dict[str, Any]]:
    """The other sessions of the workflow, the latest first."""
    from strands_nb.app import Wanted, summaries  # noqa: PLC0415 - only for who compares

    wanted = Wanted(workflow=run.plan.spec_name, limit=_LISTED + 1)
    found = engine_loop.submit(lambda: summaries(run.store, wanted)).result()
    return [one.to_dict() for one in found if one.session_id != run.session_id][:_LISTED]


def _file(run: Run, message: Message) -> dict[str, str]:
    from strands_nb.app.export import MEDIA_TYPES  # noqa: PLC0415 - only for who exports

    file_format = message["format"]
    text = run.export(file_format)
    return {"name": f"{run.session_id}.{file_format}", "type": MEDIA_TYPES[file_format], "text": text}
