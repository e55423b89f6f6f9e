"""Counts what one call uses, from the provider's figures where there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strands_nb.engine.call import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from strands_nb.engine.call import Watcher

__all__ = ("Meter", "tokens_of")

CHARACTERS_PER_TOKEN = 4


def tokens_of(characters: int) -> int:
    """A rough count where nobody counted: a token per four characters, rounded up.

    >>> tokens_of(9)
    3
    """
    return -(-characters // CHARACTERS_PER_TOKEN)


class Meter:
    """Adds up the requests of one call and tells the watcher.

    A request is opened before it is sent and closed by the provider's figures; one that ends without any is
    estimated, and the whole usage is marked so.
    """

    def __init__(self, watch: Watcher) -> None:
        self._watch = watch
        self._input = self._output = self._cached = 0
        self._estimated = False
        self._open = False
        self._streamed = 0

    def opened(self) -> None:
        """A request is about to be sent."""
        self._open, self._streamed = True, 0

    def streamed(self, characters: int) -> None:
        """Part of a reply arrived."""
        self._streamed += characters

    def counted(self, usage: Mapping[str, Any]) -> None:
        """The provider's figures for the open request; all zero means that it gave none."""
        cached, written = usage.get("cacheReadInputTokens") or 0, usage.get("cacheWriteInputTokens") or 0
        sent, answered = usage.get("inputTokens") or 0, usage.get("outputTokens") or 0
        if not (sent or answered):
            return
        # Some providers count cached tokens inside the input, others beside it; the total tells which.
        inside = sent + answered == (usage.get("totalTokens") or sent + answered)
        self._add(sent if inside else sent + cached + written, answered, cached)

    def settle(self, asked: Callable[[], int], *, refused: bool = False) -> None:
        """Close the request if it is still open: `asked()` is how many characters it held.

        `refused`: the service failed; unless it had begun to answer, nothing was used.
        """
        if not self._open:
            return
        if refused and not self._streamed:
            self._open = False
            return
        self._estimated = True
        self._add(tokens_of(asked()), tokens_of(self._streamed), 0)

    def _add(self, sent: int, answered: int, cached: int) -> None:
        self._open = False
        self._input, self._output, self._cached = self._input + sent, self._output + answered, self._cached + cached
        self._watch.used(self.usage)

    @property
    def usage(self) -> Usage:
        """Everything so far."""
        return Usage(self._input, self._output, self._cached, estimated=self._estimated)
