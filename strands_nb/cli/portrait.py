"""One session on a terminal: its rows, its open questions with the ways to answer them, what it has cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from strands_nb.app.terminal import printable
from strands_nb.cli.progress import Picture, dollars
from strands_nb.cli.report import answers_of, quoted, table_console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from strands_nb.app.record import SessionRecord

__all__ = ("show_record",)

_RESUMABLE = ("paused", "interrupted", "failed")


def show_record(record: SessionRecord) -> None:
    """Print it on standard output."""
    out = table_console()
    out.print(Picture(record.state, record.worked, tail=False))
    for line in _facts(record):
        out.print(Text(line, "dim"), soft_wrap=True)
    if record.state.error:
        out.print(Text(printable(record.state.error), "red"), soft_wrap=True)
    for line in _questions(record):
        out.print(line, soft_wrap=True)
    _print_costs(out, record)


def _facts(record: SessionRecord) -> Iterator[str]:
    one = record.summary
    begun = f"begun {one.created_at.astimezone():%Y-%m-%d %H:%M}, " if one.created_at else ""
    yield f"{one.pattern_type} · {begun}last changed {one.updated_at.astimezone():%Y-%m-%d %H:%M}"
    if one.owner:
        yield f"running in {printable(one.owner)}"
    for name, value in one.variables.items():
        yield f"{name}: {' '.join(printable(str(value)).split())[:200]}"
    for path in one.artifacts_written:
        yield f"wrote {printable(path)}"


def _questions(record: SessionRecord) -> Iterator[Text]:
    """What is asked, and commands that answer it."""
    resume = f"strands-nb resume {quoted(record.summary.session_id)}"
    questions = record.summary.questions
    for question in questions:
        yield Text(f"\nneeds you · {question['key']}", "bold yellow")
        yield Text(printable(question["prompt"].strip()), "bold")
        if question["context_display"]:
            yield Text(printable(question["context_display"].strip()))
    if questions and not record.summary.owner:
        for line in answers_of(list(questions), resume):
            yield Text(line, "dim")
    elif record.summary.status in _RESUMABLE:
        yield Text(f"go on from here:  {resume}", "dim")


def _print_costs(out: Console, record: SessionRecord) -> None:
    if not record.spending:
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("agent", "model", "calls", "tokens", "cost"):
        table.add_column(name, justify="left" if name in ("agent", "model") else "right", no_wrap=True)
    for one in record.spending:
        name, model = (" ".join(printable(text).split()) for text in (one.agent, one.model))
        table.add_row(Text(name), Text(model), str(one.attempts), f"{one.tokens:,}", dollars(one.cost) or "free")
    out.print()
    out.print(table)
