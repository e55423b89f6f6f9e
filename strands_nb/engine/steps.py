"""The units of a run, by any name that people have for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from strands_nb.engine.forking import unit_named
from strands_nb.engine.units import UnitState
from strands_nb.errors import SessionError

__all__ = ("Steps",)


class Steps(Mapping[str, UnitState]):
    """The units of work in the order of the workflow: by key, by the id of a step, or by its number in a chain.

    >>> steps = Steps({"steps/0": UnitState("steps/0", id="draft"), "steps/1": UnitState("steps/1")})
    >>> steps["steps/0"] is steps["draft"] is steps[0]
    True
    >>> steps
    steps/0  draft    waiting
    steps/1  steps/1  waiting
    """

    def __init__(self, units: Mapping[str, UnitState]) -> None:
        self._units = units

    def __getitem__(self, name: str | int) -> UnitState:
        """A unit.

        Raises:
            KeyError: none is called so, or several are; it says what comes close.
        """
        try:
            return self._units[unit_named(self._units, str(name))]
        except SessionError as error:
            raise KeyError(str(error)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._units)

    def __len__(self) -> int:
        return len(self._units)

    def __repr__(self) -> str:
        rows = [(unit.key, unit.label or unit.id or unit.agent or unit.key, unit.status) for unit in self.values()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
        return "\n".join(lines) or "no steps"

    def _ipython_key_completions_(self) -> list[str]:
        ids = [unit.id for unit in self.values() if unit.id is not None]
        return [*self, *dict.fromkeys(ids)]
