"""Counts what one call uses, from the provider's figures where there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strands_nb.engine.call import Usage, tokens_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from strands_nb.agents.prices import Tariff
    from strands_nb.engine.call import Watcher

__all__ = ("Meter",)


class Meter:
    """Adds up the requests of one call, priced by `tariff`, and tells the watcher.

    A request is opened before it is sent and closed by the provider's figures; one that ends without any is
    estimated, and the whole usage is marked so.
    """

    def __init__(self, watch: Watcher, tariff: Tariff) -> None:
        self._watch, self._tariff = watch, tariff
        self.usage = Usage(cost=0.0)
        """Everything so far."""
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
        self._add(Usage(sent if inside else sent + cached + written, answered, cached), written)

    def settle(self, asked: Callable[[], int], *, refused: bool = False) -> None:
        """Close the request if it is still open: `asked()` is how many characters it held.

        `refused`: the service failed; unless it had begun to answer, nothing was used.
        """
        if not self._open:
            return
        if refused and not self._streamed:
            self._open = False
            return
        self._add(Usage(tokens_of(asked()), tokens_of(self._streamed), estimated=True))

    def _add(self, used: Usage, written: int = 0) -> None:
        before, cost = self.usage, self._tariff(used, written=written)
        self._open = False
        self.usage = Usage(
            before.input_tokens + used.input_tokens,
            before.output_tokens + used.output_tokens,
            before.cached_tokens + used.cached_tokens,
            None if before.cost is None or cost is None else before.cost + cost,
            before.estimated or used.estimated,
        )
        self._watch.used(self.usage)
