"""The time, in the zones and forms that models ask for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from strands_nb.errors import ToolError
from strands_nb.tools.clock import current_time


@pytest.mark.parametrize("zone", ["utc", "UTC", "local", "Europe/Berlin", "America/St_Johns"])
def test_the_time_is_now_in_whatever_zone(zone: str) -> None:
    told = datetime.fromisoformat(current_time("iso", zone))
    assert abs(told - datetime.now(UTC)) < timedelta(seconds=30)


def test_the_zone_is_told_with_the_time() -> None:
    offset = datetime.fromisoformat(current_time(timezone="Asia/Kolkata")).utcoffset()
    assert offset == timedelta(hours=5, minutes=30)


def test_it_can_be_told_as_a_number_and_in_words() -> None:
    now = datetime.now(UTC)
    assert abs(int(current_time("unix")) - now.timestamp()) < 30
    assert current_time("human").endswith(" UTC")
    assert str(now.year) in current_time("human")


@pytest.mark.parametrize("zone", ["Atlantis/Capital", "../../etc/passwd", "/etc/localtime", "", "a\0b", "x" * 5000])
def test_a_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(ToolError, match="there is no time zone"):
        current_time(timezone=zone)
