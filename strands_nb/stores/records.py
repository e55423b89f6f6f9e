r"""The line format of a journal: `<crc32, 8 hex> <length> <json>\n`, one record a line, numbered from 0.

A record names its number (`seq`) and the `epoch` of the writer. The first one also names session, workflow and
pattern, so that a journal tells everything by itself. Any truncation and any single damaged bit is detected.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from strands_nb.engine.events import Event, dump_event, load_event

__all__ = ("HEAD", "Grow", "Record", "Scan", "encode", "events_of", "frame", "intact", "last_epoch", "scan")

HEAD: Final = ("session_id", "spec_name", "pattern_type")
"""What the first record names, for all of them."""
Record: TypeAlias = dict[str, Any]

_BEGIN: Final = re.compile(rb"[0-9a-f]{8} ([0-9]{1,12}) \{")
_EPOCH: Final = re.compile(rb'{"seq":[0-9]+,"epoch":([0-9]{1,12}),')
_REFERS: Final = b'"$'
"""In every record that refers to something beside the journal."""


def encode(event: Event, epoch: int) -> bytes:
    """One record as its line."""
    full = dump_event(event)
    record: Record = {"seq": full["seq"], "epoch": epoch, "type": full["event_type"], "at": full["timestamp"]}
    if event.seq == 0:
        record |= {name: full[name] for name in HEAD}
    record |= {"key": full["key"], "data": full["data"]}
    return frame(record)


def frame(record: Record) -> bytes:
    """Any JSON object as a line with length and checksum. ASCII, so that half surrogates survive."""
    body = json.dumps(record, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode("ascii")
    return b"%08x %d %s\n" % (zlib.crc32(body), len(body), body)


@dataclass(frozen=True, slots=True)
class Scan:
    """What a journal's bytes hold: the intact records, how many bytes they take, and what follows them."""

    records: list[Record]
    good_bytes: int
    verdict: Literal["clean", "torn", "damaged"]
    """`torn`: an unfinished write at the end, as a crash leaves it. `damaged`: intact records follow the fault."""


Grow: TypeAlias = Callable[[Record], Record | None]
"""Completes a record by what lies beside the journal; None where that is missing or damaged."""


def _as_it_is(record: Record) -> Record:
    return record


def scan(data: bytes, grow: Grow = _as_it_is) -> Scan:
    """Read as many records as are intact and in sequence.

    A writer that was taken over may have written once more before it noticed. Nobody was told of such records (their
    sync fails), so the records of the next epoch win over them, whichever come first in the file.

    >>> line = frame({"seq": 0, "epoch": 1})
    >>> scan(line + line[:5]).verdict, scan(line + line[:5]).good_bytes == len(line)
    ('torn', True)
    """
    records: list[Record] = []
    offset = 0
    while offset < len(data):
        end = data.find(b"\n", offset)
        line = data[offset:end]
        record = _decode(line) if end >= 0 else None
        fits = record is not None and _fits(record, records)
        complete = (grow(record) if _REFERS in line else record) if record is not None and fits else None
        if complete is not None:
            del records[complete["seq"] :]
            records.append(complete)
        elif record is None or not _fenced(record, records):
            misplaced = record is not None and not fits
            return Scan(records, offset, "damaged" if misplaced else _verdict(data[offset:]))
        offset = end + 1
    return Scan(records, offset, "clean")


def _fits(record: Record, before: list[Record]) -> bool:
    """Whether a record continues those before it, or begins a new epoch on top of some of them."""
    if record["seq"] == len(before):
        return not before or record["epoch"] >= before[-1]["epoch"]
    return record["seq"] < len(before) and record["epoch"] > before[-1]["epoch"]


def _fenced(record: Record, before: list[Record]) -> bool:
    """Whether a record is of a writer that had been taken over."""
    return bool(before) and record["epoch"] < before[-1]["epoch"]


def _verdict(rest: bytes) -> Literal["torn", "damaged"]:
    """Damaged, if an intact record follows the faulty one that `rest` begins with."""
    return "damaged" if any(True for _ in intact(rest[1:])) else "torn"


def intact(data: bytes) -> Iterator[Record]:
    """All intact records wherever they lie, in the order of the file.

    What a model has said cannot look like one: inside a record every quote has a backslash before it.
    """
    at = 0
    while (found := _BEGIN.search(data, at)) is not None:
        end = found.end() - 1 + int(found[1])
        record = _decode(data[found.start() : end])
        at = found.start() + 1 if record is None else end
        if record is not None:
            yield record


def last_epoch(data: bytes) -> int:
    """The highest epoch that any record names, intact or not; 0 where there is none."""
    return max(map(int, _EPOCH.findall(data)), default=0)


def _decode(line: bytes) -> Record | None:
    """The record of one line, or None where anything about it is wrong."""
    parts = line.split(b" ", 2)
    if len(parts) != 3:  # noqa: PLR2004 - crc, length, body
        return None
    crc, length, body = parts
    if length != b"%d" % len(body) or crc != b"%08x" % zlib.crc32(body):
        return None
    try:
        record = json.loads(body)
    except ValueError:
        return None
    known = isinstance(record, dict) and {"seq", "epoch"} <= record.keys()
    return record if known else None  # pyright: ignore[reportUnknownVariableType]


def events_of(records: Sequence[Record]) -> list[Event]:
    """The events of intact records.

    Raises:
        KeyError: a record of a kind that this version does not know.
    """
    if not records:
        return []
    head = {name: records[0][name] for name in HEAD}
    return [
        load_event(
            {
                **head,
                "seq": r["seq"],
                "event_type": r["type"],
                "timestamp": r["at"],
                "key": r["key"],
                "data": r["data"],
            }
        )
        for r in records
    ]
