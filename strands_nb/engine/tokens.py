"""Streamed text comes in thousands of pieces; most readers are as happy with fewer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from strands_nb.engine import events as ev

__all__ = ("joined",)


def joined(events: Iterable[ev.Event]) -> Iterator[ev.Event]:
    """The same events, with all that a unit has streamed between two others as one.

    Units are in the order of their latest words, so that the last event is still the latest.
    """
    tokens: dict[str, list[ev.Token]] = {}
    for event in events:
        if isinstance(event, ev.Token):
            said = tokens.pop(event.key, [])
            said.append(event)
            tokens[event.key] = said
            continue
        yield from map(_as_one, tokens.values())
        tokens.clear()
        yield event
    yield from map(_as_one, tokens.values())


def _as_one(tokens: list[ev.Token]) -> ev.Token:
    if len(tokens) == 1:
        return tokens[0]
    return replace(tokens[-1], data={**tokens[-1].data, "text": "".join(token.data["text"] for token in tokens)})
