"""The log of one session in a bucket: numbered objects, each written once and never again, and its only writer.

That each place is taken once is what keeps writers apart: whoever claims the session after one that may still live
takes the next place with a fence, which holds nothing. What the former writer sends later finds its place taken.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from strands_nb.engine.events import Event
from strands_nb.engine.store import Durable
from strands_nb.errors import SessionBusyError, SessionCorruptedError, SessionError
from strands_nb.stores.blobs import grown, references, shrunk
from strands_nb.stores.bucket import Bucket, Stored
from strands_nb.stores.lease import Lease
from strands_nb.stores.records import encode, scan
from strands_nb.stores.threads import Threads

__all__ = ("Log", "Writer", "blob_key", "load", "places", "record_key")

_PLACE: Final = re.compile(r".*/(\d{12})")
_TRIES: Final = 100
_FENCE: Final = b"# fence "
"""How a fence begins; a record begins with eight hex digits, so no few damaged bits make one of it."""


@dataclass(frozen=True, slots=True)
class Log:
    """What a session holds: the records before any damage, and the next free place."""

    records: Sequence[dict[str, Any]]
    next_place: int
    intact: bool


def record_key(session_id: str, place: int) -> str:
    """The name of one object of the log; names sort as places do."""
    return f"{session_id}/{place:012d}"


def blob_key(session_id: str, name: str) -> str:
    """The name of a large text, outside the folder of the log: before its record is written there is no session."""
    return f"{session_id}.blobs/{name}"


def places(bucket: Bucket, session_id: str) -> list[int]:
    """The places of the log that are taken, in order."""
    found = map(_PLACE.fullmatch, bucket.keys(f"{session_id}/"))
    return [int(match[1]) for match in found if match is not None]


async def load(threads: Threads, bucket: Bucket, session_id: str) -> Log:
    """Read the whole log, many objects at a time."""
    taken = await threads.do(places, bucket, session_id)
    bodies = await threads.each(bucket.get, [record_key(session_id, place) for place in taken])
    found, names = await threads.do(_parsed, taken, bodies)
    blobs = await threads.each(bucket.get, [blob_key(session_id, name) for name in names])
    texts = {name: blob.body for name, blob in zip(names, blobs, strict=True) if blob is not None}
    return await threads.do(_completed, found, texts)


def _parsed(taken: Sequence[int], bodies: Sequence[Stored | None]) -> tuple[Log, list[str]]:
    """The records before any damage, and the blobs they refer to; a place that is missing shows in their numbers."""
    texts = [body.body for body in bodies if body is not None]
    found = scan(b"".join(text for text in texts if not text.startswith(_FENCE)))
    intact = None not in bodies and found.verdict == "clean"  # written whole: what is torn is damaged as well
    log = Log(found.records, taken[-1] + 1 if taken else 0, intact)
    return log, sorted({name for record in found.records for name in references(record)})


def _completed(log: Log, blobs: dict[str, bytes]) -> Log:
    """The log with its large texts in place, up to the first that is missing or damaged."""
    records: list[dict[str, Any]] = []
    for record in log.records:
        complete = grown(record, blobs.get)
        if complete is None:
            return Log(records, log.next_place, intact=False)
        records.append(complete)
    return Log(records, log.next_place, log.intact)


class Writer:
    """Appends to one session: queues at once, puts in groups, and keeps the lease while it lives."""

    def __init__(self, threads: Threads, bucket: Bucket, lease: Lease) -> None:
        self._threads, self._bucket, self._lease = threads, bucket, lease
        self._alone = lease.follows_cleanly
        """Whether no former writer can write any more."""
        self._found: Log | None = None
        self._epoch, self._count, self._place = lease.note.epoch, 0, 0
        self._lines: list[bytes] = []
        self._blobs: dict[str, bytes] = {}
        self._kept: set[str] = set()
        """Names of the blobs that this writer has written, or is about to."""
        self._batch: asyncio.Future[None] | None = None
        """Resolves when all queued since the last put began is in the bucket."""
        self._flusher: asyncio.Task[None] | None = None
        self._beating: asyncio.Task[None] | None = None
        self._broken: Exception | None = None

    async def open(self, heartbeat: float) -> None:
        """Shut out any former writer, read the log, and show every `heartbeat` seconds that we live.

        Raises:
            SessionCorruptedError: the log is damaged; nothing may be added to it.
        """
        session_id = self._lease.session_id
        self._beating = asyncio.create_task(self._beat(heartbeat))
        if not self._alone:
            await self._threads.do(_fence, self._bucket, self._lease)
            self._alone = True
        self._found = log = await load(self._threads, self._bucket, session_id)
        self._count, self._place = len(log.records), log.next_place
        if log.records:
            self._epoch = max(self._epoch, log.records[-1]["epoch"] + 1)
        if not log.intact:
            message = (
                f"session {session_id}: its log is damaged after {self._count} records; nothing can be added to it"
            )
            raise SessionCorruptedError(message, session_id=session_id, readable=self._count)

    def append(self, event: Event) -> Durable:
        """Queue one record; it is put after those before it, in one object with those that wait as well."""
        session_id = self._lease.session_id
        if self._broken is not None:
            raise self._broken
        if event.seq != self._count:
            message = f"session {session_id} is at record {self._count}, not {event.seq}: it has another writer"
            raise SessionBusyError(message, session_id=session_id)
        self._found = None
        self._lines.append(encode(shrunk(event, self._keep), self._epoch))
        self._count += 1
        loop = asyncio.get_running_loop()
        if self._batch is None:
            self._batch = loop.create_future()
        if self._flusher is None:
            self._flusher = loop.create_task(self._flush())
        return self._batch

    def just_read(self) -> Log | None:
        """What opening has found, once, and only as long as nothing has been added."""
        found, self._found = self._found, None
        return found

    async def close(self) -> None:
        """Put what is queued, and let go."""
        if self._beating is not None:
            self._beating.cancel()
        if self._flusher is not None and not self._flusher.done():  # else it may be of a loop that has ended
            await asyncio.wait({self._flusher})
        await self._threads.do(self._lease.release, cleanly=self._alone and self._broken is None)

    def _keep(self, name: str, data: bytes) -> None:
        if name not in self._kept:
            self._blobs[name] = data
            self._kept.add(name)

    async def _flush(self) -> None:
        """Put as long as there is something new; what arrives meanwhile goes with the next put."""
        while (batch := self._batch) is not None:
            self._batch = None
            try:
                await self._put()
            except Exception as error:  # noqa: BLE001 - whoever waits gets it; it is never left to wait
                self._broken = error
                batch.set_exception(error)
                if self._batch is not None:
                    self._batch.set_exception(error)
                    self._batch = None
            else:
                batch.set_result(None)
        self._flusher = None

    async def _put(self) -> None:
        """All that is queued as one object; the large texts first, so that no record ever lacks one."""
        lines, self._lines = self._lines, []
        blobs, self._blobs = self._blobs, {}
        session_id = self._lease.session_id
        await self._threads.each(lambda name: self._bucket.put(blob_key(session_id, name), blobs[name]), blobs)
        if not await self._threads.do(self._bucket.put_once, record_key(session_id, self._place), b"".join(lines)):
            raise await self._threads.do(self._lease.overtaken)
        self._place += 1

    async def _beat(self, pause: float) -> None:
        while True:
            await asyncio.sleep(pause)
            try:
                await self._threads.do(self._lease.renew)
            except SessionBusyError as error:
                self._broken = error
                return
            except SessionError:
                pass  # the next beat may get through; if none does, the puts fail too, and say so


def _fence(bucket: Bucket, lease: Lease) -> None:
    """Take the next place of the log; a former writer that is at it may be quicker a few times."""
    for _ in range(_TRIES):
        taken = places(bucket, lease.session_id)
        place = taken[-1] + 1 if taken else 0
        if bucket.put_once(record_key(lease.session_id, place), _FENCE + lease.note.dump() + b"\n"):
            return
    raise lease.overtaken()
