"""The open journal of one session: writes at once, syncs in groups."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from strands_nb.engine.events import Event
from strands_nb.engine.store import Durable, storage_error
from strands_nb.errors import SessionBusyError, SessionError, StorageError
from strands_nb.stores.blobs import BlobFolder
from strands_nb.stores.fs import Fs, make_certain, write_all
from strands_nb.stores.lock import Lease, alone, owner_of
from strands_nb.stores.records import Scan, encode

__all__ = ("Writer",)


class Writer:
    """Appends to a journal whose lease is held; after the first failure it refuses everything."""

    def __init__(self, fs: Fs, lease: Lease, fd: int, found: Scan, *, sync: bool) -> None:
        self._fs, self._lease, self._fd = fs, lease, fd
        self._folder = lease.folder
        self._size = found.good_bytes
        self._count = len(found.records)
        self._found: Scan | None = found
        self._sync = sync
        self._blobs = BlobFolder(fs, lease.folder)
        self._batch: asyncio.Future[None] | None = None
        """Resolves when all written since the last sync began is safe."""
        self._syncing: asyncio.Future[None] | None = None
        """The same for the sync under way, or the last one."""
        self._flusher: asyncio.Task[None] | None = None
        self._broken: SessionError | None = None
        self._doubtful: Sequence[Path] | None = None
        """After a failed sync: the blobs that it was to make safe, together with the end of the journal."""

    # ---- on the event loop --------------------------------------------------------------------------------------

    def append(self, event: Event) -> Durable:
        """Write one event now; see `SessionRepository.append`."""
        if self._broken is not None:
            raise self._broken
        if event.seq != self._count:
            session_id = self._folder.name
            message = f"session {session_id} is at record {self._count}, not {event.seq}: it has another writer"
            raise SessionBusyError(message, session_id=session_id)
        try:
            self._found = None
            self._write(encode(self._blobs.take_out(event), self._lease.owner.epoch))
            if not self._sync:
                self._refuse_fenced()  # else every sync does
        except OSError as error:
            self._broken = storage_error(error, self._folder.name, self._folder)
            raise self._broken from error
        except SessionBusyError as error:
            self._broken = error
            raise
        self._count += 1
        return self._next_sync() if self._sync else None

    def just_read(self) -> Scan | None:
        """What opening the journal has found, once, and only as long as nothing has been added."""
        found, self._found = self._found, None
        return found

    async def close(self) -> None:
        """Sync what is left, and let go."""
        if self._flusher is not None and not self._interrupted:
            await asyncio.wait({self._flusher})
        await asyncio.to_thread(self._close)

    def _write(self, line: bytes) -> None:
        """Write a whole record or none: what a failed write leaves behind is cut off."""
        try:
            write_all(self._fs, self._fd, line)
        except OSError:
            with suppress(OSError):
                self._fs.truncate(self._fd, self._size)
            raise
        self._size += len(line)

    @property
    def _interrupted(self) -> bool:
        """Whether the event loop ended, with all tasks on it, before everything was synced."""
        return self._flusher is not None and (self._flusher.done() or self._flusher.get_loop().is_closed())

    def _next_sync(self) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        if self._interrupted:
            self._batch = self._flusher = None  # what they were to make safe, the next sync does
        if self._batch is None:
            self._batch = loop.create_future()
        if self._flusher is None:
            self._flusher = loop.create_task(self._flush())
            self._flusher.add_done_callback(self._ended)
        return self._batch

    async def _flush(self) -> None:
        """Sync as long as there is something new; what arrives meanwhile goes with the next sync."""
        loop = asyncio.get_running_loop()
        while self._batch is not None:
            self._syncing, self._batch, blobs = self._batch, None, self._blobs.unsynced()
            try:
                await loop.run_in_executor(None, self._make_safe, blobs)
            except OSError as error:
                # It may have dropped the data for good: trying again would lie.
                self._doubtful = [*blobs, *self._blobs.unsynced()]
                self._fail(storage_error(error, self._folder.name, self._folder))
            except SessionError as error:
                self._fail(error)
            else:
                self._syncing.set_result(None)
        self._flusher = None

    def _ended(self, flusher: asyncio.Task[None]) -> None:
        """Nobody may wait for ever for a sync that was cancelled, perhaps before it began."""
        if flusher.cancelled():
            session_id = self._folder.name
            message = f"session {session_id}: its event loop was ended before all that was written was on the disk"
            self._tell(StorageError(message, session_id=session_id))

    def _fail(self, error: SessionError) -> None:
        """There will be no further sync."""
        self._broken = error
        self._tell(error)

    def _tell(self, error: SessionError) -> None:
        """Tell all who wait, also for the next sync."""
        for waiting in (self._syncing, self._batch):
            if waiting is not None and not waiting.done():
                waiting.set_exception(error)
                waiting.exception()  # so that asyncio does not complain where nobody waits
        self._batch = None

    # ---- in a worker thread -------------------------------------------------------------------------------------

    def _make_safe(self, blobs: Sequence[Path]) -> None:
        self._refuse_fenced()
        self._blobs.sync(blobs)
        self._fs.sync(self._fd)

    def _refuse_fenced(self) -> None:
        if not self._lease.current(self._fs):
            session_id = self._folder.name
            owner = owner_of(self._fs, self._folder)
            message = f"session {session_id} was taken over by {owner}; this run of it stops here"
            raise SessionBusyError(message, session_id=session_id, owner=str(owner))

    def _close(self) -> None:
        try:
            with alone(self._fs, self._folder):
                self._let_go()
        except (OSError, SessionBusyError):  # what was acknowledged is safe, and on the rest nobody relies
            self._lease.abandon()

    def _let_go(self) -> None:
        if (self._interrupted or not self._sync) and self._broken is None:
            self._sync_at_last()
        crashed = self._doubtful is not None and not self._written_anew(self._doubtful)
        with suppress(OSError):
            self._fs.close(self._fd)
            if not self._count and self._lease.current(self._fs):  # claimed, but never begun: there is no session
                self._fs.remove_tree(self._folder)
        self._lease.release(self._fs, crashed=crashed)

    def _sync_at_last(self) -> None:
        """Where there were no syncs on the way, or not to the end."""
        blobs = self._blobs.unsynced()
        try:
            self._make_safe(blobs)
        except OSError:
            self._doubtful = blobs
        except SessionError:
            pass  # taken over: the other one sees to it

    def _written_anew(self, blobs: Sequence[Path]) -> bool:
        """After a failed sync what it covered can be read, and yet may be on no disk: write it again, if that works."""
        try:
            if self._lease.current(self._fs):  # else what follows ours is another writer's
                make_certain(self._fs, [*blobs, self._folder / "journal.jsonl"])
        except OSError:
            return False
        return True
