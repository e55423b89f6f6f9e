"""Sets of ids of which there can be thousands, each with thousands of members."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

__all__ = ("Ids",)


class Ids(Collection[str]):
    """Some of the names in `order`, as one number.

    What each of ten thousand tasks waits for takes a few megabytes so, and gigabytes as sets of Python.

    >>> some = Ids.of({"a": 0, "b": 1, "c": 2}, "ca")
    >>> list(some), len(some), "b" in some
    (['a', 'c'], 2, False)
    """

    __slots__ = ("_order", "mask")

    def __init__(self, order: Mapping[str, int], mask: int) -> None:
        self._order, self.mask = order, mask

    def __contains__(self, name: object) -> bool:
        return name in self._order and bool(self.mask >> self._order[str(name)] & 1)

    def __iter__(self) -> Iterator[str]:
        bits = self.mask.to_bytes(len(self._order) // 8 + 1, "little")  # looking each up in the number is quadratic
        return (name for name, index in self._order.items() if bits[index >> 3] >> (index & 7) & 1)

    def __len__(self) -> int:
        return self.mask.bit_count()

    @classmethod
    def of(cls, order: Mapping[str, int], names: Iterable[str]) -> Ids:
        """The set of these names."""
        mask = 0
        for name in names:
            mask |= 1 << order[name]
        return cls(order, mask)

    def with_(self, name: str) -> Ids:
        """The same set with one more name."""
        return Ids(self._order, self.mask | 1 << self._order[name])

    def meets(self, other: Ids) -> bool:
        """Whether the two, of the same order, have a name in common."""
        return bool(self.mask & other.mask)
