"""A folder for tools, with something beside it that they must not touch."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a file and a folder in it; beside it, a secret."""
    folder = tmp_path / "root"
    (folder / "notes").mkdir(parents=True)
    (folder / "notes" / "a.txt").write_text("one\ntwo\n")
    (tmp_path / "secret.txt").write_text("SECRET")
    return folder
