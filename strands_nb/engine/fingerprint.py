"""What makes two requests the same request."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

__all__ = ("canonical", "fingerprint")


def fingerprint(*parts: str) -> str:
    """A 128-bit hash of the parts, in hex; each part's length enters too, so that no two lists collide by joining.

    >>> fingerprint("ab", "c") == fingerprint("a", "bc")
    False
    """
    text = "".join([f"{len(part)}:{part}" for part in parts])
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def canonical(value: Any) -> str:  # noqa: ANN401 - any JSON
    """JSON in one spelling only: sorted keys, no spaces, ASCII.

    >>> canonical({"b": 1, "a": "tide"})
    '{"a":"tide","b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
