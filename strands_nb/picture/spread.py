"""Where the cells of each row stand across the flow: near what they are tied to, and never on one another."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strands_nb.picture.rows import Rows

__all__ = ("nearest", "spread")

_SWEEPS: Final = 8
_STRAIGHT: Final = 4.0
_FAINT: Final = 0.2
_LOOSE: Final = 0.01


def spread(rows: Rows) -> list[float]:
    """The middles of all cells."""
    middles = [0.0] * len(rows.sizes)
    for row in rows.rows:
        _settle(rows, row, [(0.0, 1.0)] * len(row), middles)
    for _ in range(_SWEEPS):
        for row in rows.rows:
            _settle(rows, row, [_wish(rows, cell, rows.before[cell], middles) for cell in row], middles)
        for row in reversed(rows.rows):
            _settle(rows, row, [_wish(rows, cell, rows.after[cell], middles) for cell in row], middles)
    return [float(round(middle)) for middle in middles]


def _wish(rows: Rows, cell: int, ties: Sequence[tuple[int, float]], middles: list[float]) -> tuple[float, float]:
    """Where a cell would stand, and how strongly: a long arrow is to be straight before all else."""
    if not ties:
        return middles[cell], _LOOSE
    weights = [_FAINT if other in rows.passing else 1.0 for other, _ in ties]
    places = (weight * (middles[other] + shift) for weight, (other, shift) in zip(weights, ties, strict=True))
    straight = cell in rows.passing and all(other >= rows.items for other, _ in ties)
    return sum(places) / sum(weights), _STRAIGHT if straight else sum(weights)


def _settle(rows: Rows, row: list[int], wishes: list[tuple[float, float]], middles: list[float]) -> None:
    gaps = [rows.gap(one, other) for one, other in pairwise(row)]
    for cell, middle in zip(row, nearest(wishes, gaps), strict=True):
        middles[cell] = middle


def nearest(wishes: Sequence[tuple[float, float]], gaps: Sequence[float]) -> list[float]:
    """The places nearest to the wished ones (least squares, by weight) that keep order and gaps.

    Without the gaps this is a fit by a sequence that never falls: neighbours in the wrong order share their mean.

    >>> nearest([(0.0, 1.0), (0.0, 1.0), (9.0, 1.0)], [4, 4])
    [-2.0, 2.0, 9.0]
    """
    offsets = list(accumulate(gaps, initial=0.0))[: len(wishes)]
    blocks: list[tuple[float, float, int]] = []
    for (wish, weight), offset in zip(wishes, offsets, strict=True):
        block = (wish - offset, weight, 1)
        while blocks and blocks[-1][0] >= block[0]:
            block = _joined(blocks.pop(), block)
        blocks.append(block)
    means = [mean for mean, _, count in blocks for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _joined(one: tuple[float, float, int], other: tuple[float, float, int]) -> tuple[float, float, int]:
    weight = one[1] + other[1]
    return (one[0] * one[1] + other[0] * other[1]) / weight, weight, one[2] + other[2]
