"""What every store of sessions promises, as tests to inherit.

    class TestMyStore(SessionRepositoryContract):
        @pytest.fixture(autouse=True)
        def _place(self, tmp_path):
            self.folder = tmp_path

        def make_store(self):
            return MyStore(self.folder)

        def reopen(self, store):
            return MyStore(self.folder)

pytest collects them with the subclass; each test gets a store of its own.
"""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(*(f"{__name__}.{part}" for part in ("log", "owners", "shared", "texts")))

from strands_nb.testing.stores.contract import OneObjectContract, SessionRepositoryContract  # noqa: E402 - see above

__all__ = ("OneObjectContract", "SessionRepositoryContract")
