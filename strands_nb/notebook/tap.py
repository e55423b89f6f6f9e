"""Clicks that reach a busy kernel: our own comm messages, taken off the shell channel before anything queues them.

A kernel handles one message of the shell channel at a time, so a click waits for the cell it should steer. Here the
socket's receive callback is replaced by one that hands messages for our widgets to a thread of ours and leaves all
others, in order, to the kernel. On ipykernel 7 a thread of its own reads the socket, so this works whatever the main
thread does; on ipykernel 6 the main loop reads it, so it works while a cell awaits, or while our own waiting pumps.

This leans on private names of ipykernel and pyzmq. `attach` says whether they are as expected; where they are not,
nothing is touched, and a cell that nobody can answer parks.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

__all__ = ("CommTap",)

_log = logging.getLogger("strands_nb.notebook")


class CommTap:
    """The tap of one kernel."""

    def __init__(self, kernel: Any) -> None:  # noqa: ANN401 - ipykernel publishes no types
        self._kernel = kernel
        self._stream: Any = None
        self._original: Callable[[Any], Any] | None = None
        self._comms: set[str] = set()
        self._messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._reader = getattr(kernel, "shell_channel_thread", None)
        self.attached = False

    def add(self, comm_id: str) -> None:
        """Take the messages of this comm."""
        self._comms.add(comm_id)

    def discard(self, comm_id: str) -> None:
        """Leave them to the kernel again."""
        self._comms.discard(comm_id)

    def attach(self) -> bool:
        """Put the tap in place, if kernel and socket look as expected; returns whether it is."""
        if self.attached:
            return True
        stream = getattr(self._kernel, "shell_stream", None)
        expected = (stream, "_recv_callback"), (self._kernel, "session"), (self._kernel, "comm_manager")
        if stream is None or not all(hasattr(thing, name) for thing, name in expected):
            return False
        self._stream, self._original = stream, stream._recv_callback  # noqa: SLF001 - see the module's docstring
        if not callable(self._original):
            return False
        self._set_callback(self._receive)
        if self._reader is not None:
            threading.Thread(target=self._work, name="strands-nb-clicks", daemon=True).start()
        self.attached = True
        return True

    def detach(self) -> None:
        """Give the socket back."""
        if self.attached:
            self._set_callback(self._original)
            self._messages.put(None)
            self.attached = False

    def pump(self) -> None:
        """Read what has arrived; needed where the main thread reads the socket and is busy waiting for us."""
        if self.attached and self._reader is None and threading.current_thread() is threading.main_thread():
            import zmq  # noqa: PLC0415 - there wherever a kernel is

            self._stream.flush(zmq.POLLIN)

    def _set_callback(self, callback: Callable[[Any], Any] | None) -> None:
        """On the thread that reads the socket, between two messages."""

        def set_it() -> None:
            self._stream._recv_callback = callback  # noqa: SLF001
            done.set()

        done = threading.Event()
        loop = getattr(self._reader, "io_loop", None)
        if loop is None:
            set_it()
        else:
            loop.add_callback(set_it)
            done.wait(2)

    def _receive(self, frames: Any) -> Any:  # noqa: ANN401 - zmq frames in, perhaps a coroutine of the kernel's out
        message = self._ours(frames)
        if message is None:
            return self._original(frames) if self._original is not None else None
        if self._reader is None:
            self._handle(message)
        else:
            self._messages.put(message)
        return None

    def _ours(self, frames: Any) -> Any:  # noqa: ANN401 - zmq frames in, a Jupyter message or None out
        """The message if it is for one of our comms; anything odd is the kernel's business."""
        session = self._kernel.session
        try:
            _, rest = session.feed_identities(frames, copy=False)
            peeked = session.deserialize(rest, content=False, copy=False)
            if peeked["header"]["msg_type"] != "comm_msg":
                return None
            if session.unpack(peeked["content"]).get("comm_id") not in self._comms:
                return None
            return session.deserialize(rest, content=True, copy=False)
        except Exception as error:  # noqa: BLE001 - a message that cannot be read is the kernel's to complain about
            _log.debug("not looked into: %s", error)
            return None

    def _work(self) -> None:
        while (message := self._messages.get()) is not None:
            self._handle(message)

    def _handle(self, message: Any) -> None:  # noqa: ANN401 - a Jupyter message
        kernel = self._kernel
        try:
            self._announce("busy", message)
            comm = kernel.comm_manager.get_comm(message["content"]["comm_id"])
            callback = getattr(comm, "_msg_callback", None)
            if callback is not None:
                callback(message)  # not `handle_msg`: that would run the hooks of cells
        except Exception:  # noqa: BLE001 - this thread must live on
            _log.exception("a message of the card could not be handled")
        finally:
            self._announce("idle", message)

    def _announce(self, status: str, message: Any) -> None:  # noqa: ANN401 - a Jupyter message
        """Front ends wait for a message to be done before they send the next state."""
        publish = getattr(self._kernel, "_publish_status", None)
        if publish is not None:
            publish(status, "shell", parent=message)
