"""Where things live; everything else is configured per workflow."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ("cache_home", "data_home")


def data_home() -> Path:
    """The folder of all state that must last: `$STRANDS_NB_HOME`, else the platform's user data folder.

    >>> os.environ["STRANDS_NB_HOME"] = "/tmp/elsewhere"
    >>> data_home().as_posix()
    '/tmp/elsewhere'
    >>> del os.environ["STRANDS_NB_HOME"]
    """
    return _home("user_data_dir", "")


def cache_home() -> Path:
    """The folder of what can be made again: `$STRANDS_NB_HOME/cache`, else the platform's user cache folder."""
    return _home("user_cache_dir", "cache")


def _home(kind: str, below: str) -> Path:
    if home := os.environ.get("STRANDS_NB_HOME"):
        return Path(home).expanduser() / below
    import platformdirs  # noqa: PLC0415 - 10 ms that a moved home need not pay

    return Path(getattr(platformdirs, kind)("strands_nb", appauthor=False))
