"""What the first and last lines of a journal tell: enough to sort and filter by, for a fraction of reading it."""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from strands_nb.engine.events import Rerun, tag_of
from strands_nb.engine.state import EMPTY, END_STATUS, RunStatus, fold
from strands_nb.stores.records import events_of, scan

__all__ = ("Glance", "glance")

_HEAD_BYTES: Final = 4096
_TAIL_BYTES: Final = (4096, 65_536)
"""The last record holds the result of a run, which may be long."""
_STRING: Final = rb'("(?:[^"\\]|\\.)*")'
_HEAD: Final = re.compile(rb'[0-9a-f]{8} \d+ \{"seq":0,[^{]*?"spec_name":' + _STRING + rb',"pattern_type":' + _STRING)
_LINE: Final = re.compile(rb'([0-9a-f]{8}) (\d+) (\{"seq":\d+,"epoch":(\d+),"type":"([^"\\]+)".*)')
_ENDS: Final[Mapping[str, RunStatus]] = {
    **{event.tag: status for event, status in END_STATUS.items()},
    Rerun.tag: "paused",
}
_SAID_AT_REST: Final = {"hitl_answered", "hitl_extended", "hitl_timeout"}
"""May be recorded while nothing runs: they neither end a pause nor begin one."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What a session is; `status` as recorded, so `running` also where its process has died."""

    workflow: str
    pattern_type: str
    status: RunStatus


def glance(journal: Path) -> Glance | None:
    """Look at a journal; None where it does not begin with a record.

    Damage in its middle is not seen. Where the ends do not tell, the whole is read.

    Raises:
        OSError: it is not there, or cannot be read.
    """
    fd = os.open(journal, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
    try:
        head = os.read(fd, _HEAD_BYTES)
        status = _status(head) if len(head) < _HEAD_BYTES else _status_at_end(fd)
    finally:
        os.close(fd)
    begin = _HEAD.match(head)
    if begin is None or status is None:
        return _by_reading(journal)
    return Glance(json.loads(begin[1]), json.loads(begin[2]), status)


def _status_at_end(fd: int) -> RunStatus | None:
    size = os.fstat(fd).st_size
    for length in _TAIL_BYTES:
        os.lseek(fd, max(0, size - length), os.SEEK_SET)
        if (status := _status(os.read(fd, length).partition(b"\n")[2])) is not None:
            return status
    return None


def _status(tail: bytes) -> RunStatus | None:
    """What the last records make of the run; None where they do not tell."""
    found = list(_intact(tail))
    latest = max((epoch for epoch, _ in found), default=0)  # who was taken over may have written once more
    for epoch, event_type in reversed(found):
        if epoch == latest and event_type not in _SAID_AT_REST:
            return _ENDS.get(tag_of(event_type), "running")
    return None


def _intact(tail: bytes) -> Iterator[tuple[int, str]]:
    """Epoch and event type of the records in it."""
    for line in tail.split(b"\n")[:-1]:
        parts = _LINE.fullmatch(line)
        if parts is not None and int(parts[2]) == len(parts[3]) and int(parts[1], 16) == zlib.crc32(parts[3]):
            yield int(parts[4]), parts[5].decode()


def _by_reading(journal: Path) -> Glance | None:
    events = events_of(scan(journal.read_bytes()).records)
    if not events:
        return None
    return Glance(events[0].spec_name, events[0].pattern_type, fold(EMPTY, events).status)
