"""A run on a terminal: its rows while it runs, and plain lines where there is no terminal."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self, assert_never

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from strands_nb.engine import events as ev

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console, RenderableType

    from strands_nb.engine.question import HITLHandler, HITLState
    from strands_nb.engine.run import Run
    from strands_nb.engine.state import RunState, RunStatus, UnitState, UnitStatus

__all__ = ("Progress", "watch")

_STREAM_LINES = 4
_SIGNS: dict[UnitStatus, tuple[str, str]] = {
    "waiting": ("○", "dim"),
    "running": ("◉", "blue"),
    "asking": ("◆", "yellow"),
    "completed": ("✓", "green"),
    "failed": ("✕", "red"),
    "interrupted": ("‖", "dim"),
}
_STATUS: dict[RunStatus, tuple[str, str]] = {
    "running": ("● running", "blue"),
    "paused": ("‖ paused", "yellow"),
    "interrupted": ("‖ interrupted", "yellow"),
    "completed": ("✓ done", "green"),
    "failed": ("✕ failed", "red"),
    "cancelled": ("✕ cancelled", "red"),
}


class Progress:
    """The live picture of one run; can step aside while a question is asked."""

    def __init__(self, run: Run, console: Console) -> None:
        self._run = run
        self._live = Live(console=console, get_renderable=self._picture, refresh_per_second=8, transient=True)
        self._console = console

    def _picture(self) -> RenderableType:
        return picture(self._run.state, tail=True)

    def around(self, handler: HITLHandler) -> HITLHandler:
        """The same handler, with the picture out of its way."""
        return _Aside(self, handler)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._live.stop()
        self._console.print(picture(self._run.state, tail=False))

    def pause(self) -> None:
        """Step aside."""
        self._live.stop()

    def go_on(self) -> None:
        """Come back."""
        self._live.start(refresh=True)


class _Aside:
    def __init__(self, progress: Progress, handler: HITLHandler) -> None:
        self._progress, self._handler = progress, handler
        if refused := getattr(handler, "refused", None):
            self.refused = refused

    def __call__(self, state: HITLState) -> Any:  # noqa: ANN401 - whatever the handler answers
        self._progress.pause()
        try:
            return self._handler(state)
        finally:
            self._progress.go_on()


@contextmanager
def watch(run: Run, console: Console, *, quiet: bool) -> Generator[Callable[[HITLHandler], HITLHandler], None, None]:
    """Show the run on the console; yields what to wrap handlers in."""
    if quiet:
        yield lambda handler: handler
    elif console.is_terminal:
        with Progress(run, console) as progress:
            yield progress.around
    else:
        forget = run.listen(lambda event: _line(console, run, event), replay=True)
        try:
            yield lambda handler: handler
        finally:
            forget()


def picture(state: RunState, *, tail: bool) -> RenderableType:
    """The run as rows, like the card in a notebook."""
    label, style = _STATUS[state.status]
    head = Text.assemble((state.spec_name or "…", "bold"), "  ", (label, style), "  ", (_meta(state), "dim"))
    rows = Table.grid(padding=(0, 1))
    rows.add_column(width=2)
    rows.add_column(min_width=12, no_wrap=True)
    rows.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    rows.add_column(justify="right", no_wrap=True)
    rows.expand = True
    for unit in state.units.values():
        sign, color = _SIGNS[unit.status]
        rows.add_row(Text(sign, color), Text(unit.label), Text(_said(unit), "dim"), Text(_figures(unit), "dim"))
        if tail and unit.text:
            lines = unit.text.rstrip().splitlines()[-_STREAM_LINES:]
            rows.add_row("", "", Text("\n".join(lines), no_wrap=False, overflow="fold"), "")
    return Group(head, rows)


def _meta(state: RunState) -> str:
    parts = [_clock(state), f"{state.tokens:,} tok" if state.tokens else "", f"session {state.session_id}"]
    models = dict.fromkeys(unit.model for unit in state.units.values() if unit.model)
    return " · ".join(part for part in [*parts, ", ".join(models)] if part)


def _clock(state: RunState) -> str:
    if state.started_at is None:
        return ""
    end = (
        datetime.now(UTC) if state.status == "running" else datetime.fromisoformat(state.updated_at or state.started_at)
    )
    seconds = int((end - datetime.fromisoformat(state.started_at)).total_seconds())
    return f"{seconds // 60:02d}:{seconds % 60:02d}"


def _said(unit: UnitState) -> str:
    if unit.status == "failed":
        return unit.error or "failed"
    if unit.response is not None:
        by = f" ({unit.answer['by']})" if unit.answer else ""
        return _first_line(unit.response) + by
    return "needs you" if unit.status == "asking" else unit.detail


def _figures(unit: UnitState) -> str:
    if unit.kind == "hitl" or unit.duration is None:
        return ""
    retried = f" · attempt {unit.attempts}" if unit.attempts > 1 else ""
    return f"{unit.duration:.1f} s · {unit.tokens:,} tok{retried}"


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _line(console: Console, run: Run, event: ev.Event) -> None:
    """One event as a plain line, for logs."""
    text = _sentence(event, run.state)
    if text:
        console.print(text, highlight=False, markup=False, soft_wrap=True)


def _sentence(event: ev.Event, state: RunState) -> str | None:  # noqa: C901, PLR0911 - a sentence for each kind
    match event:
        case ev.RunStarted():
            return f"{event.spec_name}: session {event.session_id}"
        case ev.RunResumed():
            return f"{event.spec_name}: session {event.session_id} goes on"
        case ev.UnitStarted(data=data) if data["kind"] == "agent":
            return f"◉ {_label(state, event.key)} ({data['model']})"
        case ev.UnitCompleted(data=data):
            by = (
                f" ({data['answer']['by']})"
                if data["answer"]
                else f" · {data['duration']:.1f} s · {data['tokens']:,} tok"
            )
            return f"✓ {_label(state, event.key)}: {_first_line(data['response'])[:100]}{by}"
        case ev.UnitFailed(data=data):
            return f"✕ {_label(state, event.key)}: {data['error']}"
        case ev.HitlRequested(data=data):
            return f"◆ {_label(state, event.key)}: {_first_line(data['prompt'])}"
        case ev.Retried(data=data):
            return f"↻ {_label(state, event.key)}: {data['error']}; again in {data['delay']:g} s"
        case ev.BudgetWarned(data=data):
            return f"! {data['budget']}: {data['spent']:g} of {data['limit']:g}"
        case ev.RunPaused() | ev.RunCompleted() | ev.RunFailed() | ev.RunCancelled():
            return f"{_STATUS[state.status][0]} · {_meta(state)}"
        case (
            ev.Token() | ev.Spent() | ev.Noted() | ev.ToolStarted() | ev.ToolCompleted() | ev.HitlPaused()
            | ev.HitlAnswered() | ev.HitlTimedOut() | ev.HitlExtended() | ev.RouteDecided() | ev.PlanCreated()
            | ev.UnitStarted()
        ):  # fmt: skip
            return None
        case _:
            assert_never(event)


def _label(state: RunState, key: str) -> str:
    unit = state.units.get(key.partition("~")[0])
    return unit.label if unit else key
