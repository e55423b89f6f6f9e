"""Public names that are imported when they are first used: `%load_ext` must not wait for models and templates."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ("lazily",)


def lazily(module: str, homes: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """The `__getattr__` of `module`, whose public names live in other modules.

    >>> get = lazily("strands_nb.lazy", {"json": ("dumps",)})
    >>> get("dumps")([1])
    '[1]'
    >>> get("loads")
    Traceback (most recent call last):
    AttributeError: module 'strands_nb.lazy' has no attribute 'loads'
    """
    home_of = {name: home for home, names in homes.items() for name in names}

    def get(name: str) -> Any:  # noqa: ANN401 - any public name
        if name not in home_of:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(home_of[name]), name)
        setattr(sys.modules[module], name, value)
        return value

    return get
