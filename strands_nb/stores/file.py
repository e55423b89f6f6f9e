"""Sessions as folders: an append-only `journal.jsonl`, and a lock with the name of its writer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar

from strands_nb.engine.events import Event
from strands_nb.engine.store import Durable, Repair, Salvage, SessionEntry, storage_error
from strands_nb.errors import SessionBusyError, SessionCorruptedError, SessionNotFoundError
from strands_nb.settings import data_home
from strands_nb.stores.blobs import BlobFolder
from strands_nb.stores.fs import Fs, RealFs, make_certain, put
from strands_nb.stores.ids import check_session_id
from strands_nb.stores.lock import Lease, acquire, alone, living_owner
from strands_nb.stores.notices import notify
from strands_nb.stores.records import Scan, events_of, last_epoch, scan
from strands_nb.stores.repair import repair, rest_of
from strands_nb.stores.writer import Writer

__all__ = ("Durability", "FileSessionRepository")

Durability: TypeAlias = Literal["step", "fast"]
"""`step`: on the disk before anyone is told. `fast`: handed to the system, survives a kill but not a power cut."""

T = TypeVar("T")
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
        self._writers: dict[str, Writer] = {}

    async def read(self, session_id: str) -> Sequence[Event]:
        """All intact events; see `SessionRepository.read`."""
        writer = self._writers.get(session_id)
        found = writer.just_read() if writer is not None else None
        if found is None:
            found = await self._do(session_id, self._scan, session_id)
        if found.verdict == "damaged":
            raise _damaged(session_id, found)
        if not found.records:
            raise self._unknown(session_id)
        return events_of(found.records)

    async def salvage(self, session_id: str) -> Salvage:
        """What can be read of a session, damaged or not; nothing is locked and nothing is changed.

        Raises:
            SessionNotFoundError: there is no such session, or nothing of it can be read.
        """
        return await self._do(session_id, self._salvage, session_id)

    async def repair(self, session_id: str) -> Repair:
        """Make a damaged session one that resumes: what is intact is kept, and the original put aside.

        Raises:
            SessionNotFoundError, SessionBusyError: as for `claim`.
            StorageError: the disk does not take it; the session is as it was.
        """
        return await self._do(session_id, self._repair, session_id)

    async def claim(self, session_id: str, *, take_over: bool = False) -> str | None:
        """Become the only writer; see `SessionRepository.claim`."""
        writer, notice = await self._do(session_id, self._open, session_id, take_over)
        former, self._writers[session_id] = self._writers.get(session_id), writer
        if former is not None:
            await former.close()
        return notice

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
        await self._do(session_id, self._delete, session_id)

    async def _do(self, session_id: str, work: Callable[..., T], *args: object) -> T:
        """Run `work` in a worker thread; what the system says goes out as an error of ours."""
        try:
            return await asyncio.to_thread(work, *args)
        except OSError as error:
            raise storage_error(error, session_id, self.storage_dir / session_id) from error

    # ---- in a worker thread -------------------------------------------------------------------------------------

    def _folder(self, session_id: str) -> Path:
        check_session_id(session_id)
        return self.storage_dir / session_id

    def _scan(self, session_id: str) -> Scan:
        folder = self._folder(session_id)
        try:
            data = self._fs.read(folder / "journal.jsonl")
        except FileNotFoundError:
            raise self._unknown(session_id) from None
        return scan(data, BlobFolder(self._fs, folder).put_back)

    def _unknown(self, session_id: str) -> SessionNotFoundError:
        message = f"no session {session_id!r} in {self.storage_dir}; `strands-nb sessions list` shows those there are"
        return SessionNotFoundError(message, session_id=session_id)

    def _delete(self, session_id: str) -> None:
        """Also a damaged one. The journal goes while the lock is held, so that nobody resumes what is half gone."""
        folder, fs = self._folder(session_id), self._fs
        with self._alone_with(session_id):
            lease = acquire(fs, folder, lambda: 0, take_over=False)
            try:
                fs.remove(folder / "journal.jsonl")
                fs.sync_dir(folder)
            finally:
                lease.release(fs)
            fs.remove_tree(folder)
            fs.sync_dir(folder.parent)
        notify(self.storage_dir, session_id)

    @contextmanager
    def _alone_with(self, session_id: str) -> Generator[None]:
        """Alone with a session that exists."""
        folder = self._folder(session_id)
        with ExitStack() as stack:
            try:
                stack.enter_context(alone(self._fs, folder))
            except FileNotFoundError:
                raise self._unknown(session_id) from None
            if not self._fs.exists(folder / "journal.jsonl"):
                raise self._unknown(session_id)
            yield

    def _salvage(self, session_id: str) -> Salvage:
        folder, found = self._folder(session_id), self._scan(session_id)
        if found.verdict != "damaged":
            if not found.records:
                raise self._unknown(session_id)
            return Salvage(events_of(found.records), notice=_torn(session_id) if found.verdict == "torn" else None)
        grow = BlobFolder(self._fs, folder).put_back
        rest = rest_of(self._fs.read(folder / "journal.jsonl"), session_id, grow)
        whole = [record for raw in rest.records if (record := grow(raw)) is not None]
        return Salvage(events_of(whole), rest.lost, str(_damaged(session_id, found)))

    def _repair(self, session_id: str) -> Repair:
        folder, fs = self._folder(session_id), self._fs
        with self._alone_with(session_id):
            lease = acquire(fs, folder, lambda: _last_epoch(fs, folder), take_over=False)
            try:
                return repair(fs, lease)
            finally:
                lease.release(fs)

    def _open(self, session_id: str, take_over: bool) -> tuple[Writer, str | None]:  # noqa: FBT001 - as `claim` has it
        folder, fs = self._folder(session_id), self._fs
        with alone(fs, folder, make=True):
            lease = acquire(fs, folder, lambda: _last_epoch(fs, folder), take_over=take_over)
            try:
                found = self._made_safe(lease)
                fd = self._appendable(folder, new=not found.records)
            except BaseException:
                lease.release(fs, crashed=lease.crashed)
                raise
        notify(self.storage_dir, session_id)
        notice = _torn(session_id) if found.verdict == "torn" else None
        return Writer(fs, lease, fd, found, sync=self._durability == "step"), notice

    def _made_safe(self, lease: Lease) -> Scan:
        """What the journal holds, all of it on the disk: its writer may have died between a write and its sync.

        Raises:
            SessionCorruptedError: the damage is not at the end; nothing is touched then.
        """
        fs, folder, journal = self._fs, lease.folder, lease.folder / "journal.jsonl"
        data = fs.read(journal) if fs.exists(journal) else b""
        blobs = BlobFolder(fs, folder)
        found = scan(data, blobs.put_back)
        if found.verdict == "damaged":
            raise _damaged(folder.name, found)
        if found.verdict == "torn":
            _log.warning("%s (%d bytes)", _torn(folder.name), len(data) - found.good_bytes)
        if data and (lease.crashed or found.verdict == "torn"):
            make_certain(fs, blobs.found())
            put(fs, journal, data[: found.good_bytes])
        return found

    def _appendable(self, folder: Path, *, new: bool) -> int:
        fd = self._fs.open_append(folder / "journal.jsonl")
        try:
            if new:  # its name and its folder's are to survive a power cut as well
                self._fs.sync_dir(folder)
                self._fs.sync_dir(folder.parent)
        except BaseException:
            self._fs.close(fd)
            raise
        return fd

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
        return last_epoch(fs.read(folder / "journal.jsonl"))
    except FileNotFoundError:
        return 0


def _torn(session_id: str) -> str:
    return f"session {session_id}: an unfinished record at its end, as a crash leaves it, was cut off"


def _damaged(session_id: str, found: Scan) -> SessionCorruptedError:
    count = len(found.records)
    message = (
        f"session {session_id} is damaged: record {count} of its journal is not intact, and intact ones follow. "
        f"It can be looked at, and nothing will be written to it; `strands-nb sessions repair {session_id}` "
        "makes it one that resumes, and keeps all that is intact"
    )
    return SessionCorruptedError(message, session_id=session_id, readable=count)
