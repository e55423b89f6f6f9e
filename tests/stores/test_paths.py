"""No session id and no name of a large text leads out of the folder of sessions."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import pytest

from strands_nb.errors import SessionCorruptedError, SessionNotFoundError, StorageError
from strands_nb.stores import FileSessionRepository
from strands_nb.stores.fs import RealFs
from strands_nb.stores.records import encode
from tests.spec.shared import CORPORA, needs_corpora
from tests.stores.support import event, put, run
from tests.tools.test_folder import decoded

HOSTILE = [
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "/etc/passwd",
    "a\0b",
    "A",
    "con",
    "s.",
    "-s",
    "\ud800",
    "é",
    "a" * 5000,
    "s\n",
]


def thought_of() -> list[str]:
    """Every path anybody thought of."""
    lines = (CORPORA / "paths_and_ids.txt").read_text(encoding="utf-8").splitlines()
    kinds = ("symlink:", "hardlink:", "fifo:", "dir:")
    return [decoded(line.split(":", 1)[1] if line.startswith(kinds) else line) for line in lines if line[:1] != "#"]


class WatchedDisk(RealFs):
    """Knows which files were looked at."""

    def __init__(self) -> None:
        self.seen: set[Path] = set()

    def read(self, path: Path) -> bytes:
        self.seen.add(path)
        return super().read(path)


def everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def try_ids(root: Path, names: list[str]) -> int:
    """Use each of them in every way; how many are ids. What is outside stays, and each id has a folder of its own."""
    store = FileSessionRepository(root / "sessions")
    accepted: set[str] = set()
    for name in names:
        for work in (store.read, store.salvage, store.repair, store.delete, store.claim):
            try:
                run(work(name))
            except SessionNotFoundError:
                continue
            accepted.add(name)
        if name in accepted:
            run(store.release(name))
            run(put(store, [name], name))
    assert {path.name for path in (root / "sessions").iterdir()} == accepted, "one folder each"
    assert everything(root) - {"sessions"} == {f"sessions/{path}" for path in everything(root / "sessions")}
    return len(accepted)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_id_reaches_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "sessions").mkdir()
    assert try_ids(tmp_path, [name]) == (name == "con")


@needs_corpora
def test_so_it_is_with_every_id_anybody_thought_of(tmp_path: Path) -> None:
    (tmp_path / "sessions").mkdir()
    names = thought_of()
    assert len(names) > 100
    assert try_ids(tmp_path, names) < 20


def try_references(folder: Path, names: list[str]) -> None:
    """A journal from somewhere else refers to large texts by these names."""
    for name in names:
        disk = WatchedDisk()
        store = FileSessionRepository(folder, fs=disk)
        (folder / "s").mkdir(exist_ok=True)
        lines = [encode(event(n, {"$blob": name} if n == 1 else "text"), 1) for n in range(3)]
        (folder / "s" / "journal.jsonl").write_bytes(b"".join(lines))
        with pytest.raises(SessionCorruptedError):
            run(store.read("s"))
        assert run(store.salvage("s")).lost == (1,)
        assert disk.seen == {folder / "s" / "journal.jsonl"}, name


@pytest.mark.parametrize("name", [*HOSTILE, "journal.jsonl", "0" * 63, "0" * 63 + "/", "G" * 64])
def test_a_hostile_reference_is_damage_and_no_file_is_read_for_it(tmp_path: Path, name: str) -> None:
    try_references(tmp_path, [name])


@needs_corpora
def test_so_it_is_with_every_path_anybody_thought_of(tmp_path: Path) -> None:
    try_references(tmp_path, thought_of())


@pytest.mark.skipif(sys.platform == "win32", reason="links as Unix has them")
@pytest.mark.parametrize("name", ["journal.jsonl", "lock"])
def test_a_link_in_the_place_of_a_file_is_not_followed(tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"mine")
    (tmp_path / "sessions" / "s").mkdir(parents=True)
    (tmp_path / "sessions" / "s" / name).symlink_to(outside)
    store = FileSessionRepository(tmp_path / "sessions")
    with suppress(StorageError):
        run(store.claim("s"))
        assert not (tmp_path / "sessions" / "s" / name).is_symlink(), "replaced by a file of ours"
        run(store.release("s"))
    assert outside.read_bytes() == b"mine"
