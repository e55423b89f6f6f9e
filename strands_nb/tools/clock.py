"""What time it is."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field

from strands_nb.errors import ToolError

__all__ = ("current_time",)


def current_time(
    format: Annotated[  # noqa: A002 - the name is part of the format's contract
        Literal["iso", "unix", "human"], Field(description="iso: ISO 8601; unix: seconds since 1970; human: in words")
    ] = "iso",
    timezone: Annotated[str, Field(description="utc, local, or a name such as Europe/Berlin")] = "utc",
) -> str:
    """The current date and time.

    >>> current_time("iso", "utc").endswith("+00:00")
    True
    """
    now = datetime.now(_zone(timezone))
    now = now.astimezone() if now.tzinfo is None else now
    match format:
        case "iso":
            return now.isoformat(timespec="seconds")
        case "unix":
            return str(int(now.timestamp()))
        case "human":
            return f"{now:%A}, {now.day} {now:%B %Y, %H:%M:%S} {now.tzname()}"


def _zone(name: str) -> tzinfo | None:
    """The zone; None for that of this machine."""
    if name.casefold() in {"utc", "local"}:
        return UTC if name.casefold() == "utc" else None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ToolError(f"there is no time zone {name[:60]!r}; give utc, local, or one such as Europe/Berlin") from None
