"""What people click on a card: done off the thread that hears it, and acknowledged with what came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeAlias

from strands_nb.errors import AlreadyAnsweredError, SessionError, StrandsNbError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strands_nb.engine.run import Run

__all__ = ("Deed", "Message", "Steering")

Message: TypeAlias = dict[str, Any]
"""From or to the front end, see `js/src/protocol.ts`."""
Deed: TypeAlias = Callable[[Message], Any]


class Steering:
    """Does what is asked of one run; every request is answered by an `ack` with its id.

    What a deed returns is JSON, and goes along as the `result`.
    """

    def __init__(self, run: Run, send: Callable[[Message], None], more: Mapping[str, Deed] | None = None) -> None:
        self.run, self._send = run, send
        self._deeds: dict[str, Deed] = {
            "answer": self._answer,
            "extend": self._extend,
            "pause": lambda _: self.run.pause("paused from the card"),
            "cancel": lambda _: self.run.cancel("cancelled from the card"),
            "resume": self._resume,
            "spec": self._spec,
            **(more or {}),
        }

    def take(self, message: Message) -> None:
        """Begin with it at once, and return."""
        deed = self._deeds.get(message["type"])
        if deed is not None:
            threading.Thread(target=self._do, args=(deed, message), name="strands-nb-deed", daemon=True).start()

    def _do(self, deed: Deed, message: Message) -> None:
        ack: Message = {"v": 1, "type": "ack", "id": message["id"], "ok": True}
        try:
            outcome = deed(message)
            ack["result"] = outcome.result() if isinstance(outcome, Future) else outcome
        except StrandsNbError as error:
            ack |= {"ok": False, "error": str(error)}
            if isinstance(error, AlreadyAnsweredError) and error.first:
                ack["first"] = error.first
        except Exception as error:  # noqa: BLE001 - the person who clicked is told
            ack |= {"ok": False, "error": f"{type(error).__name__}: {error}"}
        self._send(ack)

    # ---- deeds --------------------------------------------------------------------------------------------------

    def _answer(self, message: Message) -> Future[None]:
        return self.run.respond(message["question"], message["action"], message.get("text") or None, by="card")

    def _extend(self, message: Message) -> None:
        self.run.extend(float(message["seconds"]), message["question"])

    def _resume(self, _: Message) -> None:
        self.run.resume()

    def _spec(self, _: Message) -> dict[str, str]:
        from strands_nb.spec import to_yaml, validate  # noqa: PLC0415 - only for who looks

        spec = self.run.plan.spec
        if spec is None:
            raise SessionError("this run was started from a Python program, not from a workflow")
        return {"yaml": to_yaml(validate(spec))}
