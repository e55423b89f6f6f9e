"""Sessions as folders: an append-only `journal.jsonl`, and a lock with the name of its writer."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, TypeAlias

from strands_nb.engine.events import Event
from strands_nb.engine.store import Durable, SessionEntry
from strands_nb.errors import SessionBusyError, SessionCorruptedError, SessionError, SessionNotFoundError
from strands_nb.settings import data_home
from strands_nb.stores.blobs import BlobFolder
from strands_nb.stores.fs import Fs, RealFs
from strands_nb.stores.lock import Lease, acquire, living_owner, owner_of
from strands_nb.stores.notices import notify
from strands_nb.stores.records import Scan, encode, events_of, scan

__all__ = ("Durability", "FileSessionRepository")

Durability: TypeAlias = Literal["step", "fast"]
"""`step`: on the disk before anyone is told. `fast`: handed to the system, survives a kill but not a power cut."""

_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_log = logging.getLogger("strands_nb.sessions")


class FileSessionRepository:
    """Sessions below a folder (default: `sessions` in the data home). Files are 0600, folders 0700.

    One event loop at a time may write through one instance; any number may read.

    >>> import asyncio, tempfile
    >>> asyncio.run(FileSessionRepository(tempfile.mkdtemp()).list())
    []
    """

    def __init__(
        self, storage_dir: str | Path | None = None, *, durability: Durability = "step", fs: Fs | None = None
    ) -> None:
        self.storage_dir = Path(storage_dir) if storage_dir is not None else data_home() / "sessions"
        self._fs = fs or RealFs()
        self._durability = durability
        self._writers: dict[str, _Writer] = {}

    async def read(self, session_id: str) -> Sequence[Event]:
        """All intact events; see `SessionRepository.read`."""
        writer = self._writers.get(session_id)
        found = writer.just_read() if writer is not None else None
        if found is None:
            found = await asyncio.to_thread(self._scan, session_id)
        if not found.records and found.verdict != "damaged":
            raise self._unknown(session_id)
        if found.verdict == "damaged":
            count = len(found.records)
            message = (
                f"session {session_id}: record {count} of its journal is damaged, and intact ones follow; "
                f"the first {count} can be read, and nothing will be written to it"
            )
            raise SessionCorruptedError(message, session_id=session_id, readable=count)
        return events_of(found.records)

    async def claim(self, session_id: str, *, take_over: bool = False) -> None:
        """Become the only writer; see `SessionRepository.claim`."""
        writer = await asyncio.to_thread(self._open, session_id, take_over=take_over)
        former, self._writers[session_id] = self._writers.get(session_id), writer
        if former is not None:
            await former.close()

    def append(self, session_id: str, event: Event) -> Durable:
        """Write one event now; see `SessionRepository.append`."""
        writer = self._writers.get(session_id)
        if writer is None:
            message = f"session {session_id} is not ours to write: claim it first"
            raise SessionBusyError(message, session_id=session_id)
        return writer.append(event)

    async def release(self, session_id: str) -> None:
        """Sync, close and unlock; see `SessionRepository.release`."""
        if (writer := self._writers.pop(session_id, None)) is not None:
            await writer.close()

    async def list(self) -> Sequence[SessionEntry]:
        """All sessions, newest first."""
        return await asyncio.to_thread(self._list)

    async def entry(self, session_id: str) -> SessionEntry:
        """One line of the listing; see `SessionLookup.entry`."""
        self._folder(session_id)
        found = await asyncio.to_thread(self._entry, session_id)
        if found is None:
            raise self._unknown(session_id)
        return found

    async def delete(self, session_id: str) -> None:
        """Remove the folder; see `SessionRepository.delete`."""
        await asyncio.to_thread(self._delete, session_id)

    # ---- in a worker thread -------------------------------------------------------------------------------------

    def _folder(self, session_id: str) -> Path:
        if _ID.fullmatch(session_id) is None:
            message = f"{session_id!r} is no session id: lower-case letters, digits and dashes, at most 64"
            raise SessionNotFoundError(message, session_id=session_id)
        return self.storage_dir / session_id

    def _scan(self, session_id: str) -> Scan:
        folder = self._folder(session_id)
        try:
            data = self._fs.read(folder / "journal.jsonl")
        except FileNotFoundError:
            raise self._unknown(session_id) from None
        return scan(data, BlobFolder(self._fs, folder / "blobs").put_back)

    def _unknown(self, session_id: str) -> SessionNotFoundError:
        message = f"no session {session_id!r} in {self.storage_dir}; `strands-nb sessions list` shows those there are"
        return SessionNotFoundError(message, session_id=session_id)

    def _delete(self, session_id: str) -> None:
        """Also a damaged one. The journal goes while the lock is held, so that nobody resumes what is half gone."""
        folder, fs = self._folder(session_id), self._fs
        if not fs.exists(folder / "journal.jsonl"):
            raise self._unknown(session_id)
        lease = acquire(fs, folder, lambda: 0, take_over=False)
        try:
            fs.remove(folder / "journal.jsonl")
        finally:
            lease.release(fs)
        fs.remove_tree(folder)
        notify(self.storage_dir, session_id)

    def _open(self, session_id: str, *, take_over: bool) -> _Writer:
        folder, fs = self._folder(session_id), self._fs
        fs.make_dir(folder)
        lease = acquire(fs, folder, lambda: _last_epoch(fs, folder), take_over=take_over)
        fd = fs.open_append(folder / "journal.jsonl")
        try:
            found = _mend(fs, folder, fd)
            if not found.records:  # a new one: its name and its folder's are to survive a power cut as well
                fs.sync_dir(folder)
                fs.sync_dir(folder.parent)
        except BaseException:
            fs.close(fd)
            lease.release(fs)
            raise
        notify(self.storage_dir, session_id)
        return _Writer(fs, lease, fd, found, sync=self._durability == "step")

    def _list(self) -> list[SessionEntry]:
        found = (self._entry(name) for name, _ in self._fs.entries(self.storage_dir))
        return sorted(filter(None, found), key=lambda entry: entry.updated_at, reverse=True)

    def _entry(self, session_id: str) -> SessionEntry | None:
        """None for what is not there, or was never begun."""
        folder = self.storage_dir / session_id
        owner = living_owner(self._fs, folder)  # first: what a writer has written, it wrote before it let go
        try:
            changed, size = self._fs.stamp(folder / "journal.jsonl")
        except FileNotFoundError:
            return None
        updated = datetime.fromtimestamp(changed / 1e9, UTC)
        return SessionEntry(session_id, updated, owner, f"{changed}-{size}") if size else None


def _last_epoch(fs: Fs, folder: Path) -> int:
    try:
        records = scan(fs.read(folder / "journal.jsonl")).records
    except FileNotFoundError:
        return 0
    return records[-1]["epoch"] if records else 0


def _mend(fs: Fs, folder: Path, fd: int) -> Scan:
    """Cut off what a crash has left unfinished at the end.

    Raises:
        SessionCorruptedError: the damage is not at the end; nothing is touched then.
    """
    data = fs.read(folder / "journal.jsonl")
    found = scan(data, BlobFolder(fs, folder / "blobs").put_back)
    if found.verdict == "damaged":
        count = len(found.records)
        message = f"session {folder.name}: its journal is damaged after {count} records; it is read-only from here on"
        raise SessionCorruptedError(message, session_id=folder.name, readable=count)
    if found.verdict == "torn":
        lost = len(data) - found.good_bytes
        _log.warning("session %s: an unfinished record of %d bytes at its end was cut off", folder.name, lost)
        fs.truncate(fd, found.good_bytes)
        fs.sync(fd)
    return found


class _Writer:
    """The open journal of one session: writes at once, syncs in groups."""

    def __init__(self, fs: Fs, lease: Lease, fd: int, found: Scan, *, sync: bool) -> None:
        self._fs, self._lease, self._fd = fs, lease, fd
        self._size, self._count = found.good_bytes, len(found.records)
        self._found: Scan | None = found
        self._sync = sync
        self._blobs = BlobFolder(fs, lease.folder / "blobs")
        self._batch: asyncio.Future[None] | None = None
        """Resolves when all written since the last sync began is safe."""
        self._flusher: asyncio.Task[None] | None = None
        self._broken: OSError | SessionError | None = None

    def append(self, event: Event) -> Durable:
        session_id = self._lease.folder.name
        if self._broken is not None:
            raise self._broken
        if event.seq != self._count:
            message = f"session {session_id} is at record {self._count}, not {event.seq}: it has another writer"
            raise SessionBusyError(message, session_id=session_id)
        if not self._sync:
            self._refuse_fenced()  # else every sync does
        self._found = None
        self._write(encode(self._blobs.take_out(event), self._lease.owner.epoch))
        self._count += 1
        if not self._sync:
            return None
        loop = asyncio.get_running_loop()
        if self._batch is None:
            self._batch = loop.create_future()
        if self._flusher is None:
            self._flusher = loop.create_task(self._flush())
        return self._batch

    def just_read(self) -> Scan | None:
        """What opening the journal has found, once, and only as long as nothing has been added."""
        found, self._found = self._found, None
        return found

    def _write(self, line: bytes) -> None:
        """Write a whole record or none: what a failed write leaves behind is cut off."""
        try:
            done = 0
            while done < len(line):
                done += self._fs.write(self._fd, line[done:])
        except OSError as error:
            self._broken = error
            self._fs.truncate(self._fd, self._size)
            raise
        self._size += len(line)

    async def _flush(self) -> None:
        """Sync as long as there is something new; what arrives meanwhile goes with the next sync."""
        while (batch := self._batch) is not None:
            self._batch = None
            blobs = self._blobs.unsynced()
            try:
                await asyncio.get_running_loop().run_in_executor(None, self._make_safe, blobs)
            except (OSError, SessionError) as error:
                # A failed sync may have dropped the data for good: trying again would lie. The next open rescans.
                self._broken = error
                batch.set_exception(error)
                if self._batch is not None:
                    self._batch.set_exception(error)
                    self._batch = None
            else:
                batch.set_result(None)
        self._flusher = None

    def _make_safe(self, blobs: Sequence[Path]) -> None:
        self._refuse_fenced()
        self._blobs.sync(blobs)
        self._fs.sync(self._fd)

    def _refuse_fenced(self) -> None:
        if not self._lease.current(self._fs):
            session_id = self._lease.folder.name
            owner = owner_of(self._fs, self._lease.folder)
            message = f"session {session_id} was taken over by {owner}; this run of it stops here"
            raise SessionBusyError(message, session_id=session_id, owner=str(owner))

    async def close(self) -> None:
        if self._flusher is not None:
            await asyncio.wait({self._flusher})
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._fs.close(self._fd)
        if not self._count and self._lease.current(self._fs):
            with suppress(OSError):  # claimed, but never begun: there is no session
                self._fs.remove_tree(self._lease.folder)
        self._lease.release(self._fs)
