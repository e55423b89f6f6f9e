"""A real kernel to talk to, without any front end."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

from jupyter_client.manager import KernelManager

from tests import kernels
from tests.notebook.shells import at_cursor

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Ran:
    """What a cell left behind."""

    status: str
    payload: list[dict[str, Any]] = field(default_factory=list[Any])
    """What the kernel asks of the front end besides."""
    outputs: list[dict[str, Any]] = field(default_factory=list[Any])

    @property
    def text(self) -> str:
        """Everything a reader of the cell would see, as text."""
        parts: list[str] = []
        for output in self.outputs:
            parts.append(output.get("text") or output.get("data", {}).get("text/plain") or "")
            parts += output.get("traceback", [])
        return _ANSI.sub("", "\n".join(parts))

    @property
    def data(self) -> list[dict[str, Any]]:
        """The rich outputs, as they stand at the end."""
        return [output["data"] for output in self.outputs if "data" in output]


class Kernel:
    """Runs cells, as a front end without widgets would."""

    def __init__(self, version: str | None = None, **options: Any) -> None:
        """`version` is one of ipykernel; without one it is what is installed here."""
        self.manager: Any = KernelManager(kernel_name=kernels.required(version) if version else "python3", **options)
        self.manager.kernel_spec_manager.kernel_dirs[:0] = [str(path / "kernels") for path in kernels.PATHS]
        self.version = version or ""
        self.manager.start_kernel()
        self.client: Any = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(60)

    def start(self, code: str, *, allow_stdin: bool = False) -> str:
        """Send a cell; returns the id of the request."""
        return self.client.execute(code, allow_stdin=allow_stdin)

    def run(self, code: str, *, allow_stdin: bool = False, timeout: float = 30) -> Ran:
        """Run a cell to its end."""
        return self.finish(self.start(code, allow_stdin=allow_stdin), timeout=timeout)

    def finish(self, request: str, timeout: float = 30) -> Ran:
        """Wait for a cell's end and collect its outputs; a display that is updated counts as it stands in the end."""
        ran, shown, until = Ran("?"), dict[str, dict[str, Any]](), time.monotonic() + timeout
        while time.monotonic() < until:
            message = self.client.get_iopub_msg(timeout=timeout)
            kind, content = message["msg_type"], message["content"]
            display = content.get("transient", {}).get("display_id")
            if kind == "update_display_data" and display in shown:
                shown[display]["data"] = content["data"]
            if message["parent_header"].get("msg_id") != request:
                continue
            if kind == "stream" and ran.outputs and ran.outputs[-1].get("name") == content["name"]:
                ran.outputs[-1]["text"] += content["text"]  # a kernel may send what was printed at once in pieces
            elif kind in ("stream", "display_data", "execute_result", "error"):
                ran.outputs.append(content)
                if display:
                    shown[display] = content
            if kind == "status" and content["execution_state"] == "idle":
                reply = self._reply(request, timeout)
                ran.status, ran.payload = reply["status"], reply.get("payload", [])
                return ran
        raise TimeoutError("the cell did not end")

    def _reply(self, request: str, timeout: float) -> dict[str, Any]:
        while True:
            reply = self.client.get_shell_msg(timeout=timeout)
            if reply["parent_header"].get("msg_id") == request:
                return reply["content"]

    def complete(self, text: str, timeout: float = 20) -> list[str]:
        """What Tab offers at the cursor ¦."""
        reply = self._reply(self.client.complete(*at_cursor(text)), timeout)
        assert reply["status"] == "ok", reply
        return reply["matches"]

    def inspect(self, text: str, timeout: float = 20) -> str:
        """What Shift-Tab shows at the cursor ¦; empty where nothing is found."""
        reply = self._reply(self.client.inspect(*at_cursor(text)), timeout)
        return _ANSI.sub("", reply["data"]["text/plain"]) if reply["found"] else ""

    def type(self, text: str, timeout: float = 20) -> str:
        """Answer `input()`; returns what it asked."""
        asked = self.client.get_stdin_msg(timeout=timeout)["content"]["prompt"]
        self.client.input(text)
        return asked

    def question(self, request: str, timeout: float = 30) -> tuple[str, str]:
        """The comm of the card that a running cell shows, and its question, once it is open."""
        while True:
            message = self.client.get_iopub_msg(timeout=timeout)
            content = message["content"]
            asked = content.get("data", {}).get("state", {}).get("questions")
            if message["msg_type"] == "comm_msg" and asked:
                return content["comm_id"], asked[0]["question_id"]

    def heard(self, comm_id: str, kind: str, timeout: float = 10) -> None:
        """Wait for a custom message to a widget."""
        while True:
            content = self.client.get_iopub_msg(timeout=timeout)["content"]
            message = content.get("data", {}).get("content", {})
            if content.get("comm_id") == comm_id and message.get("type") == kind:
                return

    def say(self, comm_id: str, **message: Any) -> None:
        """A custom message to a widget, as its script would send it."""
        data = {"method": "custom", "content": {"v": 1, **message}}
        self.client.shell_channel.send(self.client.session.msg("comm_msg", {"comm_id": comm_id, "data": data}))

    def interrupt(self) -> None:
        """What the stop button does."""
        self.manager.interrupt_kernel()

    def stop(self) -> None:
        """End it."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
