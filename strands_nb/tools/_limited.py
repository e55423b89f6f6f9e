"""Runs a program under limits that its children inherit: a script, `python _limited.py '{"CPU": 5}' program …`.

A program of its own, because between fork and exec of a process with threads hardly anything may be done.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress

__all__: tuple[str, ...] = ()


def main() -> None:
    """Set the limits that this system has, then become the program."""
    import resource  # noqa: PLC0415 - not on Windows, where nobody starts this

    for name, limit in json.loads(sys.argv[1]).items():
        # A limit that is lower already stays; macOS knows some of them by name only.
        with suppress(AttributeError, OSError, ValueError):
            kind = getattr(resource, f"RLIMIT_{name}")
            hard = resource.getrlimit(kind)[1]
            lower = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
            resource.setrlimit(kind, (lower, lower))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - no shell is what we want


if __name__ == "__main__":
    main()
