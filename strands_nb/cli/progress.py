"""A run on a terminal: its rows while it runs, and plain lines where there is no terminal."""

from __future__ import annotations

import re
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self, assert_never

from rich.cells import cell_len, set_cell_size
from rich.live import Live
from rich.text import Text

from strands_nb.app.shown import (
    UNREACHED,
    ShownRow,
    ShownStatus,
    decision_text,
    heading_text,
    path_name,
    revision_text,
    shown_rows,
    unknown_text,
)
from strands_nb.app.terminal import one_line, printable
from strands_nb.engine import events as ev
from strands_nb.engine.state import base_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console, ConsoleOptions

    from strands_nb.engine.payloads import AnswerData, UnitCompleteData
    from strands_nb.engine.question import HITLHandler, HITLState
    from strands_nb.engine.run import Run
    from strands_nb.engine.state import RunState, RunStatus, UnitState

__all__ = ("Picture", "Progress", "dollars", "watch")

_STREAM_LINES = 4
_MAX_OPEN = 3
"""With more than this many at work, each shows one line of what it writes."""
_LABEL_WIDTH = 24
_NARROW = 50
_SIGNS: dict[ShownStatus, tuple[str, str]] = {
    "waiting": ("○", "dim"),
    "running": ("◉", "blue"),
    "asking": ("◆", "yellow"),
    "completed": ("✓", "green"),
    "failed": ("✕", "red"),
    "interrupted": ("‖", "dim"),
    "unknown": ("?", "yellow"),
    "unreached": ("◌", "dim"),
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
        self._run, self._console, self._began = run, console, time.monotonic()
        self._live = self._new_live()

    def _new_live(self) -> Live:
        return Live(console=self._console, get_renderable=self._picture, refresh_per_second=8, transient=True)

    def _picture(self, *, tail: bool = True) -> Picture:
        return Picture(self._run.state, time.monotonic() - self._began, tail=tail)

    def around(self, handler: HITLHandler) -> HITLHandler:
        """The same handler, with the picture out of its way."""
        return _Aside(self, handler)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._live.stop()
        self._console.print(self._picture(tail=False))

    def pause(self) -> None:
        """Step aside."""
        self._live.stop()

    def go_on(self) -> None:
        """Come back, below what was said meanwhile: a former picture would be drawn over it."""
        self._live = self._new_live()
        self._live.start(refresh=True)


class _Aside:
    """A handler that is called while the picture stands still; see `attend` for its methods."""

    def __init__(self, progress: Progress, handler: Any) -> None:  # noqa: ANN401 - a handler with more methods
        self._progress, self._handler = progress, handler
        self.refused = handler.refused

    def __call__(self, state: HITLState) -> Any:  # noqa: ANN401 - whatever the handler answers
        return self.while_open(state, lambda: True)

    def while_open(self, state: HITLState, is_open: Callable[[], bool]) -> Any:  # noqa: ANN401
        self._progress.pause()
        try:
            return self._handler.while_open(state, is_open)
        finally:
            self._progress.go_on()


@contextmanager
def watch(
    run: Run, console: Console, *, quiet: bool, since: int = 0
) -> Generator[Callable[[HITLHandler], HITLHandler], None, None]:
    """Show the run on the console, as lines from record `since` on; yields what to wrap handlers in."""
    if quiet:
        yield lambda handler: handler
    elif console.is_terminal:
        with Progress(run, console) as progress:
            yield progress.around
    else:
        lines = _Lines(run, console, since)
        forget = run.listen(lines, replay=True)
        try:
            yield lambda handler: handler
        finally:
            forget()


class Picture:
    """The run as rows, like the card in a notebook; `seconds` is how long somebody has been watching."""

    def __init__(self, state: RunState, seconds: float, *, tail: bool) -> None:
        self._state, self._seconds, self._tail = state, seconds, tail

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        state, width = self._state, options.max_width
        yield Text.assemble(
            (printable(state.spec_name) or "…", "bold"),
            "  ",
            _STATUS[state.status],
            "  ",
            (_meta(state, self._seconds), "dim"),
        )
        if state.unknown:
            yield Text(f"? {unknown_text(state.unknown)}", "yellow")
        rows = shown_rows(state)
        labels = min(_LABEL_WIDTH, max((cell_len(_label(row)) for row in rows), default=0))
        lines = _STREAM_LINES if sum(bool(row.unit.text) for row in rows) <= _MAX_OPEN else 1
        for row in rows:
            said = heading_text(row, state) if row.heading else _said(row)
            yield _row(row, said, labels, width)
            if self._tail and row.unit.text:
                yield from _streaming(row, lines, console, width)


def _label(row: ShownRow) -> str:
    return "  " * row.depth + one_line(row.name)


def _row(row: ShownRow, said: str, labels: int, width: int) -> Text:
    """Sign, label, what was said as far as it fits, figures."""
    sign, color = _SIGNS[row.status]
    figures = _figures(row.unit) if width >= _NARROW else ""
    room = width - labels - cell_len(figures) - 5
    return Text.assemble(
        (sign, color),
        " ",
        (_fitted(_label(row), labels), "bold" if row.heading else ""),
        "  ",
        (_fitted(one_line(said), max(room, 0)), "red" if row.status == "failed" else "dim"),
        " ",
        (figures, "dim"),
        no_wrap=True,
        overflow="crop",
    )


def _fitted(text: str, width: int) -> str:
    """The text in exactly so many cells."""
    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, max(width - 1, 0)) + "…"


def _streaming(row: ShownRow, lines: int, console: Console, width: int) -> Iterator[Text]:
    """The last few lines of what streams."""
    lead = "  " * row.depth + "  │ "
    inside = max(width - len(lead), 10)
    recent = Text(printable(row.unit.text[-lines * inside * 2 :].rstrip()))
    for line in recent.wrap(console, inside, overflow="fold")[-lines:]:
        line.rstrip()
        yield Text(lead, "dim") + line


def _meta(state: RunState, seconds: float) -> str:
    worked, waited = (seconds, 0.0) if state.duration is None else (state.duration, state.waiting or 0.0)
    models = dict.fromkeys(unit.model for unit in state.units.values() if unit.model)
    parts = [
        _clock(worked),
        f"waited {_clock(waited)}" if waited >= 1 else "",
        f"{state.tokens:,} tok" if state.tokens else "",
        dollars(state.cost),
        f"session {state.session_id}" if state.session_id else "",
        ", ".join(models),
    ]
    return " · ".join(filter(None, parts))


def dollars(cost: float | None) -> str:
    """As the card says it: more digits the less it is, and nothing for nothing."""
    if not cost:
        return "cost unknown" if cost is None else ""
    digits = 4 if cost < 0.01 else 3 if cost < 0.995 else 2  # noqa: PLR2004
    amount = f"{max(cost, 0.0001):.{digits}f}"
    return "≈ $" + re.sub(r"(\.\d\d+?)0+$", r"\1", amount)


def _clock(seconds: float) -> str:
    """Minutes and seconds, hours where there are any."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:02d}:{rest:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"  # noqa: PLR2004


def _said(row: ShownRow) -> str:
    unit = row.unit
    if row.status == "unreached":
        return UNREACHED
    if unit.status == "failed":
        return unit.error or "failed"
    if unit.response is not None and unit.answer is not None:
        return _answered(unit.response, unit.answer)
    if unit.response is not None:
        return _replied(unit.role, unit.value, unit.response)
    return f"needs you: {_first_line(unit.prompt or '')}" if unit.status == "asking" else unit.detail


def _replied(role: str, value: Any, response: str) -> str:  # noqa: ANN401 - any JSON
    """What was decided, or else the beginning of what was said."""
    return decision_text(role, value) or _first_line(response)


def _answered(response: str, answer: AnswerData) -> str:
    action = "" if answer["action"] == "approve" else f"{answer['action']}: "
    return f"{action}{_first_line(response)} ({answer['by']})"


def _figures(unit: UnitState) -> str:
    parts = [revision_text(unit)]
    if unit.kind != "hitl" and unit.duration is not None:
        parts.append(f"{unit.duration:.1f} s")
        parts.append(f"{unit.tokens:,} tok" if unit.kind == "agent" else "")
        parts.append(f"attempt {unit.attempts}" if unit.attempts > 1 else "")
    return " · ".join(filter(None, parts))


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


class _Lines:
    """The events from record `since` on as plain lines, for logs."""

    def __init__(self, run: Run, console: Console, since: int) -> None:
        self._run, self._console, self._since, self._began = run, console, since, time.monotonic()

    def __call__(self, event: ev.Event) -> None:
        if event.seq < self._since:
            return
        state = self._run.state
        text = _sentence(event, state)
        if text is None and isinstance(event, ev.RunPaused | ev.RunCompleted | ev.RunFailed | ev.RunCancelled):
            text = f"{_STATUS[_ENDS[event.tag]][0]} · {_meta(state, time.monotonic() - self._began)}"
        if text is not None:
            self._console.print(Text(one_line(text)), soft_wrap=True)


_ENDS: dict[str, RunStatus] = {
    "workflow_paused": "paused",
    "workflow_complete": "completed",
    "error": "failed",
    "workflow_cancelled": "cancelled",
}


def _sentence(event: ev.Event, state: RunState) -> str | None:  # noqa: C901, PLR0911 - a sentence for each kind
    match event:
        case ev.RunStarted():
            return f"{event.spec_name}: session {event.session_id}"
        case ev.RunResumed(data=data):
            unknown = unknown_text(data.get("unknown", []))
            return f"{event.spec_name}: session {event.session_id} goes on{unknown and f'; {unknown}'}"
        case ev.Rerun(data=data):
            return f"↻ {path_name(state.units, event.key)}: is to be done again ({data['by']})"
        case ev.UnitStarted(data=data) if data["kind"] == "agent":
            again = f", revision {data['revision']}" if data["revision"] > 1 else ""
            return f"◉ {path_name(state.units, event.key)} ({data['model']}{again})"
        case ev.UnitCompleted(data=data):
            unit = state.units.get(base_key(event.key))
            outcome = _took(data) if unit is not None and unit.kind == "scope" else _outcome(data)
            return f"✓ {path_name(state.units, event.key)}: {outcome}"
        case ev.UnitFailed(data=data):
            return f"✕ {path_name(state.units, event.key)}: {data['error']}"
        case ev.HitlRequested(data=data):
            return f"◆ {path_name(state.units, event.key)}: {_first_line(data['prompt'])}"
        case ev.Retried(data=data):
            return f"↻ {path_name(state.units, event.key)}: {data['error']}; again in {data['delay']:g} s"
        case ev.BudgetWarned(data=data):
            return f"! {data['budget']}: {data['spent']:g} of {data['limit']:g}"
        case (
            ev.Token() | ev.Spent() | ev.Noted() | ev.ToolStarted() | ev.ToolCompleted() | ev.HitlPaused()
            | ev.HitlAnswered() | ev.HitlTimedOut() | ev.HitlExtended() | ev.RouteDecided() | ev.PlanCreated()
            | ev.UnitStarted() | ev.RunPaused() | ev.RunCompleted() | ev.RunFailed() | ev.RunCancelled()
        ):  # fmt: skip
            return None
        case _:
            assert_never(event)


def _outcome(data: UnitCompleteData) -> str:
    if data["answer"]:
        return _answered(data["response"], data["answer"])
    return f"{_replied(data['role'], data['value'], data['response'])[:100]} · {_took(data)}"


def _took(data: UnitCompleteData) -> str:
    return f"{data['duration']:.1f} s · {data['tokens']:,} tok"
