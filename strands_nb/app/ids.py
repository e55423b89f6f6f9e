"""Ids of sessions."""

from __future__ import annotations

import secrets
from typing import Final

__all__ = ("new_session_id",)

_ID_LETTERS: Final = "0123456789abcdefghjkmnpqrstvwxyz"


def new_session_id() -> str:
    """A fresh id that is easy to read aloud: no letters that look like digits.

    >>> new_session_id()[:3], len(new_session_id())
    ('wf-', 11)
    """
    return "wf-" + "".join(secrets.choice(_ID_LETTERS) for _ in range(8))
