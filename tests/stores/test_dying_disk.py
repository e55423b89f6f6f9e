"""The process dies before, in, or after each call to the disk: what was acknowledged is there, nothing is made up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from strands_nb.stores import FileSessionRepository
from tests.stores.dying import MOMENTS, TEXTS
from tests.stores.support import count, put, run, values

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lives")
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-m", "tests.stores.dying", str(folder)], cwd=root, check=True, timeout=50)  # noqa: S603
    return folder


@pytest.mark.parametrize("moment", MOMENTS)
def test_death_at_any_call_to_the_disk_loses_nothing_that_was_acknowledged(lives: Path, moment: str) -> None:
    ends = sorted(lives.glob(f"{moment}-*"))
    assert len(ends) > 20
    lost: list[int] = []
    for folder in ends:
        acknowledged = folder / "acknowledged"
        safe = int(acknowledged.read_text()) if acknowledged.exists() else 0
        store = FileSessionRepository(folder)
        found = run(values(store)) if run(count(store)) else []
        assert found == TEXTS[: len(found)], folder.name
        assert len(found) >= safe, f"{folder.name}: {safe} were acknowledged, {len(found)} are there"
        lost.append(len(TEXTS) - len(found))
        run(put(store, TEXTS[len(found) :]))
        assert run(values(store)) == TEXTS, folder.name
    assert set(lost) >= {0, len(TEXTS)}, "some died before they had written anything, some after all of it"
