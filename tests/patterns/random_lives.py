"""What happens to the processes that run a session: where they end, what fails in them, when questions are answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, NamedTuple
from zlib import crc32

from hypothesis import strategies as st

from tests.patterns.random_flow import Flow

__all__ = ("Crash", "Life", "Manner", "lives")

Manner = Literal["at once", "soon", "when quiet", "parked"]
"""When a question is answered; `parked`: after its run has paused for it."""


class Crash(NamedTuple):
    """How a process ends early: around its `at`-th append, or in the middle of its `at`-th call.

    `interrupted` is the user's interrupt, which gives the run the time to say so.
    """

    how: Literal["before append", "after append", "in call", "interrupted"]
    at: int


@dataclass(frozen=True)
class Life:
    """What is special about one process."""

    crash: Crash | None = None
    manners: tuple[Manner, ...] = ("at once",)
    """How questions are answered; which one of these depends on the question's key."""
    order: int = 0
    """Decides which of several open questions is answered first."""
    turns: tuple[int, ...] = (0,)
    """How many turns of the event loop calls take; which one of these depends on the call's key."""
    lag: int = 0
    """How many turns of the event loop it takes until a record is safe; what is not is lost in a crash."""
    flaky: Mapping[str, int] = field(default_factory=dict[str, int])
    """How often calls fail before they succeed."""
    broken: frozenset[str] = frozenset()
    """Keys of calls that fail for good as long as the process lives."""
    leaves: bool = False
    """Whether it ends as soon as the run is paused; otherwise it stays until all is answered."""
    answers_first: bool = False
    """Whether a question that is open at its birth is answered before the run goes on."""
    edited: bool = False
    """Whether it has the edited workflow."""

    def __repr__(self) -> str:
        told = [(f.name, getattr(self, f.name)) for f in fields(self)]
        calm = Life()
        return f"Life({', '.join(f'{name}={value!r}' for name, value in told if value != getattr(calm, name))})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001 - as hypothesis calls it
        printer.text(repr(self))

    def pick(self, options: tuple[Any, ...], key: str) -> Any:
        """One of several, always the same for a key."""
        return options[crc32(key.encode()) % len(options)]


def lives(flow: Flow, *, calls: Sequence[str], appends: int, order: int, edited: bool) -> st.SearchStrategy[list[Life]]:
    """Processes that come to an end too early, and a last one that does not.

    `calls` are the keys of the run that nothing happens to, `appends` is the number of its records.
    """
    return st.composite(_lives)(flow, calls, appends, order, edited)


def _lives(  # noqa: PLR0917 - `composite` hands them on by position
    draw: Callable[[st.SearchStrategy[Any]], Any],
    flow: Flow,
    calls: Sequence[str],
    appends: int,
    order: int,
    edited: bool,  # noqa: FBT001 - the same
) -> list[Life]:
    early = draw(st.lists(_life(flow, calls, appends, order), min_size=1, max_size=3))
    since = draw(st.integers(1, len(early))) if edited else len(early) + 1
    last = replace(draw(_life(flow, calls, appends, order)), crash=None, broken=frozenset(), leaves=False)
    return [replace(life, edited=number >= since) for number, life in enumerate([*early, last])]


def _life(flow: Flow, calls: Sequence[str], appends: int, order: int) -> st.SearchStrategy[Life]:
    manner: st.SearchStrategy[Manner] = st.sampled_from(["at once", "soon", "when quiet", "parked"])
    manners = st.lists(manner, min_size=1, max_size=3).map(tuple)
    if flow.racing:  # answers must come in the same order, and when there is nothing else to do
        manners = st.sampled_from([("when quiet",), ("parked",)])
    crashes = st.one_of(
        st.builds(Crash, st.sampled_from(["before append", "after append"]), st.integers(1, appends)),
        st.builds(Crash, st.sampled_from(["in call", "interrupted"]), st.integers(1, max(1, len(calls)))),
    )
    fragile = [key for key in calls if not flow.collects(key)]
    return st.builds(
        Life,
        crash=st.none() | crashes,
        manners=manners,
        order=st.just(order) if flow.racing else st.integers(0, 7),
        turns=st.lists(st.integers(0, 5), min_size=1, max_size=4).map(tuple),
        lag=st.integers(0, 2),
        flaky=st.dictionaries(st.sampled_from(calls), st.integers(1, 2), max_size=2) if calls else st.just({}),
        broken=st.frozensets(st.sampled_from(fragile), max_size=1) if fragile else st.just(frozenset[str]()),
        leaves=st.booleans(),
        answers_first=st.sampled_from([False] if flow.racing else [False, True]),
    )
