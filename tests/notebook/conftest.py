"""What tests of the notebook share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.notebook.shells import Shell

if TYPE_CHECKING:
    from collections.abc import Generator


@pytest.fixture
def shell() -> Generator[Shell, None, None]:
    """An IPython with the extension."""
    made = Shell()
    made.run("%load_ext strands_nb")
    yield made
    made.run("%unload_ext strands_nb")
