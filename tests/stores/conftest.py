"""What the tests of stores share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.stores.s3 import Server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def s3() -> Iterator[Server]:
    """An S3 server on this machine."""
    server = Server()
    yield server
    server.stop()
