"""The hook by which a notebook shows runs, without the app knowing any notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from strands_nb.engine.result import RunResult
    from strands_nb.engine.run import Run

__all__ = ("Surface", "current_surface", "set_surface")


class Surface(Protocol):
    """Where runs are shown and answered, when they are started there."""

    def here(self) -> bool:
        """Whether the caller's thread is one whose runs are shown (a cell that is being run)."""
        ...

    def show(self, run: Run) -> None:
        """Show a run that has just started."""
        ...

    def wait(self, run: Run) -> RunResult:
        """Wait for it while its questions can be answered."""
        ...

    def settle(self, run: Run) -> None:
        """Wait, briefly, until what is shown is what has become of the run; for those who wait for it themselves."""
        ...

    async def wait_async(self, run: Run) -> RunResult:
        """The same for a coroutine."""
        ...


_surface: Surface | None = None


def set_surface(surface: Surface | None) -> None:
    """Install the one surface of this process, or remove it."""
    global _surface  # noqa: PLW0603 - there is one kernel per process
    _surface = surface


def current_surface() -> Surface | None:
    """The surface, where there is one and the caller is on it."""
    return _surface if _surface is not None and _surface.here() else None
