"""Sessions in a bucket of S3, or of a server that speaks its protocol: for runs that no single machine owns."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from strands_nb.engine.events import Event
from strands_nb.engine.store import Durable, SessionEntry
from strands_nb.errors import (
    CapabilityError,
    Problem,
    SessionBusyError,
    SessionCorruptedError,
    SessionError,
    SessionNotFoundError,
)
from strands_nb.stores.bucket import Bucket, client_for
from strands_nb.stores.ids import check_session_id, is_session_id
from strands_nb.stores.lease import acquire, owner_of
from strands_nb.stores.records import events_of
from strands_nb.stores.s3_log import Writer, load, places, record_key
from strands_nb.stores.threads import Threads

__all__ = ("S3SessionRepository",)

_THREADS: Final = 16


class S3SessionRepository:
    """Sessions below `prefix` of a bucket; needs the extra `[s3]`, and a server that heeds conditional writes.

    Credentials are those that boto3 finds; a `client` of boto3 goes before `endpoint_url` and `region`. Whoever writes
    a session shows every `heartbeat` seconds that it lives; one that has not for `stale_after` seconds may be replaced,
    as may at once one whose process on this machine is gone. Requests run in threads, at most 16 at a time.

    One event loop at a time may write through one instance; any number may read.

    Raises:
        CapabilityError: boto3 is not installed.
    """

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        client: Any = None,  # noqa: ANN401 - boto3 is untyped
        endpoint_url: str | None = None,
        region: str | None = None,
        heartbeat: float = 5.0,
        stale_after: float = 60.0,
    ) -> None:
        _refuse_without_boto3()
        self.bucket, self.prefix = bucket, f"{prefix.strip('/')}/".lstrip("/")
        self._client, self._endpoint_url, self._region = client, endpoint_url, region
        self._heartbeat, self._stale_after = heartbeat, stale_after
        self._threads = Threads(_THREADS)
        self._connecting = threading.Lock()
        self._connected: Bucket | None = None
        self._writers: dict[str, Writer] = {}

    def __repr__(self) -> str:
        return f"S3SessionRepository({self.bucket!r}, {self.prefix!r})"

    async def read(self, session_id: str) -> Sequence[Event]:
        """All intact events; see `SessionRepository.read`."""
        check_session_id(session_id)
        writer = self._writers.get(session_id)
        found = writer.just_read() if writer is not None else None
        if found is None:
            bucket = await self._threads.do(self._connect)
            found = await load(self._threads, bucket, session_id)
            if not found.intact and not await self._threads.do(places, bucket, session_id):
                raise self._unknown(session_id)  # deleted while it was read
        count = len(found.records)
        if not found.intact:
            message = (
                f"session {session_id}: record {count} of its log in {self._where} is missing or damaged, and others "
                f"follow; the first {count} can be read, and nothing will be written to it"
            )
            raise SessionCorruptedError(message, session_id=session_id, readable=count)
        if not count:
            raise self._unknown(session_id)
        return events_of(found.records)

    async def claim(self, session_id: str, *, take_over: bool = False) -> None:
        """Become the only writer; see `SessionRepository.claim`."""
        check_session_id(session_id)
        bucket = await self._threads.do(self._connect)
        stale_after = self._stale_after
        lease = await self._threads.do(acquire, bucket, session_id, take_over=take_over, stale_after=stale_after)
        writer = Writer(self._threads, bucket, lease)
        try:
            await writer.open(self._heartbeat)
        except BaseException:
            await writer.close()
            raise
        former, self._writers[session_id] = self._writers.get(session_id), writer
        if former is not None:
            await former.close()

    def append(self, session_id: str, event: Event) -> Durable:
        """Queue one event now; see `SessionRepository.append`. It is safe when its put has returned."""
        writer = self._writers.get(session_id)
        if writer is None:
            message = f"session {session_id} is not ours to write: claim it first"
            raise SessionBusyError(message, session_id=session_id)
        return writer.append(event)

    async def release(self, session_id: str) -> None:
        """Put what is queued and let go; see `SessionRepository.release`."""
        if (writer := self._writers.pop(session_id, None)) is not None:
            await writer.close()

    async def list(self) -> Sequence[SessionEntry]:
        """All sessions, newest first, by one listing; a running one is as new as its last heartbeat."""
        bucket = await self._threads.do(self._connect)
        changed, now = await self._threads.do(_changes, bucket)
        fresh = [name for name, at in changed.items() if (now - at).total_seconds() < self._stale_after]
        owners = await self._threads.each(lambda name: owner_of(bucket, name, self._stale_after), fresh)
        by_name = {name: str(owner) for name, owner in zip(fresh, owners, strict=True) if owner is not None}
        entries = [SessionEntry(name, at, by_name.get(name)) for name, at in changed.items()]
        return sorted(entries, key=lambda entry: entry.updated_at, reverse=True)

    async def entry(self, session_id: str) -> SessionEntry:
        """One line of the listing, as new as its last record, by a listing of its own; see `SessionLookup.entry`."""
        check_session_id(session_id)
        return await self._threads.do(self._entry, session_id)

    async def delete(self, session_id: str) -> None:
        """Remove its objects; see `SessionRepository.delete`."""
        check_session_id(session_id)
        await self._threads.do(self._delete, session_id)

    # ---- in a worker thread -------------------------------------------------------------------------------------

    def _connect(self) -> Bucket:
        """Importing boto3 and making a client take a while: not on the loop, and once."""
        with self._connecting:
            if self._connected is None:
                client = self._client or client_for(self._endpoint_url, self._region, _THREADS)
                self._connected = Bucket(client, self.bucket, self.prefix)
            return self._connected

    def _entry(self, session_id: str) -> SessionEntry:
        bucket = self._connect()
        objects = [one for page in bucket.pages(f"{session_id}/") for one in page.objects]
        if not objects:
            raise self._unknown(session_id)
        (last, at), owner = objects[-1], owner_of(bucket, session_id, self._stale_after)
        return SessionEntry(session_id, at, str(owner) if owner is not None else None, f"{last} {at.isoformat()}")

    def _delete(self, session_id: str) -> None:
        """Also a damaged one. The first record goes first, so that nobody resumes what is half gone."""
        bucket = self._connect()
        if not places(bucket, session_id):
            raise self._unknown(session_id)
        lease = acquire(bucket, session_id, take_over=False, stale_after=self._stale_after)
        try:
            bucket.remove([record_key(session_id, 0)])
            bucket.remove([*bucket.keys(f"{session_id}/"), *bucket.keys(f"{session_id}.blobs/")])
            bucket.remove([f"{session_id}.owner"])
        except SessionError:
            lease.release(cleanly=False)
            raise

    # ---- what is said ------------------------------------------------------------------------------------------

    @property
    def _where(self) -> str:
        return f"bucket {self.bucket!r} below {self.prefix!r}" if self.prefix else f"bucket {self.bucket!r}"

    def _unknown(self, session_id: str) -> SessionNotFoundError:
        message = f"no session {session_id!r} in {self._where}; `await store.list()` gives those there are"
        return SessionNotFoundError(message, session_id=session_id)


def _changes(bucket: Bucket) -> tuple[dict[str, datetime], datetime]:
    """When each session was last written, and the time now; a session is a folder with its owner's note beside it."""
    folders: list[str] = []
    notes: dict[str, datetime] = {}
    now = datetime.now(UTC)
    for page in bucket.pages("", "/"):
        folders += [folder.removesuffix("/") for folder in page.folders]
        notes |= {key.removesuffix(".owner"): at for key, at in page.objects if key.endswith(".owner")}
        now = page.now
    return {name: notes[name] for name in folders if name in notes and is_session_id(name)}, now


def _refuse_without_boto3() -> None:
    if importlib.util.find_spec("boto3") is None:
        message = "sessions in S3 need the package boto3, which is not installed"
        problem = Problem(message=message, severity="needs", hint='pip install "strands-nb[s3]"')
        raise CapabilityError([problem])
