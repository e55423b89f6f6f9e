"""A figure in words, for those who hear it instead of seeing it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from strands_nb.picture.flow import returning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strands_nb.picture.figure import Arrow, Box, Figure

__all__ = ("about", "describe")


_MOST: Final = 12


def describe(figure: Figure, most: int = 60) -> str:
    """Every step with who does it and where it leads, at most so many of them.

    >>> from strands_nb.picture.figure import read
    >>> nodes = [{"key": "0", "label": "draft", "agent": "writer"}, {"key": "1", "label": "review", "kind": "hitl"}]
    >>> describe(read({"nodes": nodes, "edges": [["0", "1"], ["1", "0", "else"]]}))
    '2 steps, 1 human gate. draft (agent writer): to review. review (a human decides): back to draft (else).'
    """
    back = returning(figure)
    leaving: dict[str, list[str]] = {key: [] for key in figure.boxes}
    for arrow in figure.arrows:
        leaving[arrow.source].append(_way(arrow, figure, back))
    sentences = [_sentence(box, leaving[box.key], figure) for box in islice(figure.walk(), most)]
    more = len(figure.boxes) - len(sentences)
    return " ".join([f"{figure.summary()}.", *sentences, *([f"And {more:,} more."] if more else [])])


def about(box: Box) -> str:
    """Who acts in a box, with its label.

    >>> from strands_nb.picture.figure import read
    >>> about(read({"nodes": [{"key": "0", "label": "w", "role": "worker", "agent": "w"}], "edges": []}).boxes["0"])
    'w (any number of them)'
    """
    who = [f"agent {box.agent}"] if box.agent_word else []
    who += ["a human decides"] if box.human else []
    who += ["any number of them"] if box.many else []
    return f"{box.label} ({', '.join(who)})" if who else box.label


def _sentence(box: Box, ways: Sequence[str], figure: Figure) -> str:
    inside = ", ".join(_some([figure.boxes[key].label for key in figure.members[box.key]]))
    said = "; ".join([f"around {inside}"] * bool(inside) + _some(ways))
    name = f"{box.label} ({box.role_word})" if inside and box.role_word else about(box)
    return f"{name}: {said}." if said else f"{name}."


def _some(texts: Sequence[str]) -> list[str]:
    more = len(texts) - _MOST
    return [*texts[:_MOST], f"{more:,} more"] if more > 0 else [*texts]


def _way(arrow: Arrow, figure: Figure, back: set[Arrow]) -> str:
    where = f"{'back ' * (arrow in back)}to {figure.boxes[arrow.target].label}"
    return f"{where} ({arrow.label})" if arrow.label else where
