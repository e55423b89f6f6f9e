"""Tool calls that must not be made twice (`effect: once`): what is on record of those of one unit."""
# ruff: noqa: ANN401 - any JSON

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from strands_nb.engine.fingerprint import canonical

__all__ = ("AGAIN", "HAPPENED", "Effect", "Effects")

HAPPENED, AGAIN = "it happened", "call it again"
"""What a human can say of a call whose process died before it had an answer."""


@dataclass(slots=True)
class Effect:
    """One call. `result` is what the model was told; None where nobody knows whether it happened."""

    tool_id: str
    name: str
    arguments: Any
    result: str | None = None
    forgiven: bool = False
    """A human wants it made again."""


class Effects:
    """The calls of one unit, in order. An attempt that comes to one of them again is told what the first one was.

    >>> effects = Effects()
    >>> effects.started("t1", "send", {"to": "ada"})
    >>> [call.name for call in effects.unknown()]
    ['send']
    >>> effects.completed("t1", "sent")
    >>> effects.recall("send", {"to": "ada"}), effects.recall("send", {"to": "ada"})
    ('sent', None)
    """

    def __init__(self) -> None:
        self._calls: list[Effect] = []
        self._recalled: set[str] = set()

    def started(self, tool_id: str, name: str, arguments: Any) -> None:
        """A call is about to be made."""
        self._calls.append(Effect(tool_id, name, arguments))

    def completed(self, tool_id: str, result: str) -> None:
        """It has an answer; calls that may be made twice are not known here."""
        for call in self._calls:
            if call.tool_id == tool_id:
                call.result = result

    def unknown(self) -> list[Effect]:
        """The calls of which nobody knows whether they happened."""
        return [call for call in self._calls if call.result is None and not call.forgiven]

    def begin(self) -> None:
        """A new attempt comes to them from the beginning."""
        self._recalled.clear()

    def recall(self, name: str, arguments: Any) -> str | None:
        """What this very call was answered before, once for each time it was made; None where it has to be made."""
        asked = canonical(arguments)
        for call in self._calls:
            known = call.name == name and call.result is not None and call.tool_id not in self._recalled
            if known and canonical(call.arguments) == asked:
                self._recalled.add(call.tool_id)
                return call.result
        return None
