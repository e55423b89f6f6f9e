"""Blocking calls beside an event loop: a bounded number of them at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

__all__ = ("Threads",)

P = ParamSpec("P")
T = TypeVar("T")
U = TypeVar("U")


class Threads:
    """A few threads for calls that block; apart from the loop's own, which others wait for.

    >>> asyncio.run(Threads(2).each(len, ["a", "bb", ""]))
    [1, 2, 0]
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="strands-nb-store")

    async def do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of one call."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(work, *args, **kwargs))

    async def each(self, work: Callable[[U], T], items: Iterable[U]) -> list[T]:
        """The results of one call for each item, in their order."""
        return await asyncio.gather(*[self.do(work, item) for item in items])
