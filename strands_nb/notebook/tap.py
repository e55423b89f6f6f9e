"""Clicks that reach a busy kernel: our own comm messages, taken off the shell channel before anything queues them.

A kernel handles one message of the shell channel at a time, so a click waits for the cell it should steer. Here the
socket's receive callback is replaced by one that hands messages for our widgets to a thread of ours and leaves all
others, in order, to the kernel. On ipykernel 7 a thread of its own reads the socket, so this works whatever the main
thread does; on ipykernel 6 the main loop reads it, so it works while a cell awaits, or while our own waiting pumps.

This leans on private names of ipykernel and pyzmq. So only versions that are known are touched, and `attach` sends the
kernel a message of its own from outside: unless it comes by here, all is put back, and a cell that needs an answer
parks.
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

__all__ = ("CommTap", "follow_front_end")

_log = logging.getLogger("strands_nb.notebook")
_CALLS = ("kernel_info_request", "comm_info_request")
"""With which a page begins, and without whose replies it shows no widget."""
_KNOWN = (6, 7)
_PROBE_S = 2.0


class CommTap:
    """The tap of one kernel."""

    def __init__(self, kernel: Any) -> None:  # noqa: ANN401 - ipykernel publishes no types
        self._kernel = kernel
        self._stream: Any = None
        self._original: Callable[[Any], Any] | None = None
        self._messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._reader = getattr(kernel, "shell_channel_thread", None)
        self._probe = uuid.uuid4().hex
        self._comms = set[str]()
        self._probed = threading.Event()
        self.attached = False
        self.called_at = -math.inf
        """When a page was last opened or connected anew, by `time.monotonic`."""
        self.refused = ""
        """Why the tap is not in place, once it has been tried."""

    @property
    def anytime(self) -> bool:
        """Whether it works whatever the main thread does."""
        return self._reader is not None

    def add(self, comm_id: str) -> None:
        """Take the messages of this comm."""
        self._comms.add(comm_id)

    def discard(self, comm_id: str) -> None:
        """Leave them to the kernel again."""
        self._comms.discard(comm_id)

    def attach(self) -> bool:
        """Put the tap in place, if a message that is sent to the kernel comes by it; returns whether it is."""
        if not self.attached and not self.refused:
            self.refused = self._looks_wrong() or self._install()
            self.attached = not self.refused
        return self.attached

    def _looks_wrong(self) -> str:
        try:
            from ipykernel._version import __version__  # noqa: PLC0415 - there are kernels without it
        except ImportError:
            return "this kernel is not ipykernel"
        if int(__version__.partition(".")[0]) not in _KNOWN:
            return f"ipykernel {__version__} is not one that this version of strands_nb knows"
        stream = getattr(self._kernel, "shell_stream", None)
        expected = (self._kernel, "session"), (self._kernel, "comm_manager"), (stream, "socket"), (stream, "flush")
        usual = callable(getattr(stream, "_recv_callback", None)) and all(hasattr(one, name) for one, name in expected)
        return "" if usual else f"ipykernel {__version__} is not as it was"

    def _install(self) -> str:
        self._stream = self._kernel.shell_stream
        self._original = self._stream._recv_callback  # noqa: SLF001 - see the module's docstring
        if self._reader is not None:
            threading.Thread(target=self._work, name="strands-nb-clicks", daemon=True).start()
        self._comms.add(self._probe)
        self._put(self._receive)
        if self._hears_itself():
            return ""
        self._remove()
        return "a message that was sent to the kernel did not come by the tap"

    def detach(self) -> None:
        """Give the socket back."""
        if self.attached:
            self._remove()
            self.attached = False

    def _remove(self) -> None:
        self._comms.clear()
        self._messages.put(None)
        if self._stream._recv_callback == self._receive:  # noqa: SLF001 - else somebody else has put theirs over it
            self._put(self._original)

    def pump(self) -> None:
        """Read what has arrived; needed where the main thread reads the socket and is busy waiting for us."""
        stream = self._stream
        if stream is None or self._reader is not None:
            return
        if threading.current_thread() is threading.main_thread():
            import zmq  # noqa: PLC0415 - there wherever a kernel is

            stream.flush(zmq.POLLIN)

    def _put(self, callback: Callable[[Any], Any] | None) -> None:
        def put() -> None:
            self._stream._recv_callback = callback  # noqa: SLF001

        self._on_reader(put)

    def _on_reader(self, deed: Callable[[], object]) -> None:
        """On the thread that reads the socket, between two messages."""
        loop = getattr(self._reader, "io_loop", None)
        if loop is None:
            deed()
            return
        done = threading.Event()
        loop.add_callback(lambda: (deed(), done.set()))
        done.wait(_PROBE_S)

    # ---- what comes in ------------------------------------------------------------------------------------------

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
            kind = peeked["header"]["msg_type"]
            if kind in _CALLS:
                self.called_at = time.monotonic()
            if kind != "comm_msg" or session.unpack(peeked["content"]).get("comm_id") not in self._comms:
                return None
            return session.deserialize(rest, content=True, copy=False)
        except Exception as error:  # noqa: BLE001 - a message that cannot be read is the kernel's to complain about
            _log.debug("not looked into: %s", error)
            return None

    def _work(self) -> None:
        while (message := self._messages.get()) is not None:
            self._handle(message)

    def _handle(self, message: Any) -> None:  # noqa: ANN401 - a Jupyter message
        comm_id = message["content"]["comm_id"]
        if comm_id == self._probe:
            self._probed.set()
            return
        try:
            self._announce("busy", message)
            callback = getattr(self._kernel.comm_manager.get_comm(comm_id), "_msg_callback", None)
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

    # ---- the test -----------------------------------------------------------------------------------------------

    def _hears_itself(self) -> bool:
        """Send the kernel a message as a front end would, for a comm that nobody has."""
        import zmq  # noqa: PLC0415

        try:
            with self._line() as line:
                self._kernel.session.send(line, "comm_msg", {"comm_id": self._probe, "data": {}})
                until = time.monotonic() + _PROBE_S
                while not self._probed.wait(0.002) and time.monotonic() < until:
                    self.pump()
        except (zmq.ZMQError, AttributeError, IndexError) as error:
            _log.debug("no line to the kernel itself: %s", error)
        return self._probed.is_set()

    def _line(self) -> Any:  # noqa: ANN401 - a zmq socket
        """A connection to the kernel's own shell channel."""
        import zmq  # noqa: PLC0415

        own, addresses = self._stream.socket, list[str]()
        self._on_reader(lambda: addresses.append(own.get(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()))
        line = own.context.socket(zmq.DEALER)
        line.linger = 0
        if key := getattr(getattr(self._kernel, "parent", None), "curve_publickey", None):  # the kernel is encrypted
            line.curve_publickey, line.curve_secretkey = zmq.curve_keypair()
            line.curve_serverkey = key
        line.connect(addresses[0].replace("0.0.0.0", "127.0.0.1"))  # noqa: S104 - it listens there, we do not
        return line


def follow_front_end(comm: Any) -> None:  # noqa: ANN401 - a comm of ipykernel
    """Let the front end choose the thread that handles a comm's messages, as it does for all others.

    ipykernel 7.4 sends them where the comm was last used: for a card, to the very cell that waits for the click.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = None  # noqa: SLF001 - the kernel looks whether there is one
