"""What may be the id of a session: safe as a file name and in a URL, and the same in every case of letters."""

from __future__ import annotations

import re
from typing import Final

from strands_nb.errors import SessionNotFoundError

__all__ = ("check_session_id", "is_session_id")

_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def is_session_id(word: str) -> bool:
    """Whether it may be one.

    >>> is_session_id("wf-4zfpvp9s"), is_session_id("brief.yaml")
    (True, False)
    """
    return _ID.fullmatch(word) is not None


def check_session_id(word: str) -> None:
    """Refuse what cannot be one.

    Raises:
        SessionNotFoundError: so there is no such session.
    """
    if not is_session_id(word):
        message = f"{word!r} is no session id: lower-case letters, digits and dashes, at most 64"
        raise SessionNotFoundError(message, session_id=word)
