"""The parts of the contract, put together."""

from __future__ import annotations

from strands_nb.testing.stores.log import LogTests
from strands_nb.testing.stores.owners import OwnerTests
from strands_nb.testing.stores.shared import SharedTests
from strands_nb.testing.stores.texts import TextTests

__all__ = ("OneObjectContract", "SessionRepositoryContract")


class OneObjectContract(LogTests, OwnerTests, TextTests):
    """For a store whose sessions end with the object that holds them; define `make_store`."""


class SessionRepositoryContract(OneObjectContract, SharedTests):
    """For a store whose sessions outlive the process that wrote them; define `make_store` and `reopen`."""
