"""No path leads out of the folder, whatever it is made of and whatever changes meanwhile."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from strands_nb.errors import ToolError
from strands_nb.tools.folder import Folder
from tests.spec.shared import CORPORA, needs_corpora

HOSTILE = [
    "../secret.txt",
    "notes/../../secret.txt",
    "notes/../notes/a.txt",
    "/etc/passwd",
    "//etc/passwd",
    "/",
    "..",
    "",
    "/proc/self/root/etc/passwd",
    "/dev/stdin",
    "/tmp/../etc/passwd",  # noqa: S108 - hostile on purpose
    "a\0b",
    "\ud800",
    "a" * 5000,
    "../" * 2000,
    "~/.ssh/id_rsa",
    "file:///etc/passwd",
    "C:/windows/win.ini",
    "‥/etc/passwd",
]
posix = pytest.mark.skipif(sys.platform == "win32", reason="links, modes and pipes as Unix has them")


def read(folder: Folder, path: str) -> bytes:
    with folder.reading(path) as file:
        return file.read()


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


def outside(root: Path) -> dict[str, bytes]:
    return {name: data for name, data in everything(root.parent).items() if not Path(name).is_relative_to(root)}


def test_a_path_is_relative_to_the_root_or_absolute_and_below_it(root: Path) -> None:
    folder = Folder(root)
    assert read(folder, "notes/a.txt") == read(folder, "./notes//a.txt") == read(folder, str(root / "notes/a.txt"))


@pytest.mark.parametrize("path", HOSTILE)
def test_a_hostile_path_reads_nothing_and_writes_nothing_outside(root: Path, path: str) -> None:
    before = outside(root)
    with pytest.raises(ToolError):
        read(Folder(root), path)
    with suppress(ToolError):
        Folder(root).write(path, b"x", create_dirs=True)
    assert outside(root) == before


@needs_corpora
def test_so_it_is_with_every_path_anybody_thought_of(root: Path) -> None:
    lines = (CORPORA / "paths_and_ids.txt").read_text(encoding="utf-8").splitlines()
    paths = [decoded(line) for line in lines if line and not line.startswith(("#", "symlink:", "fifo:"))]
    assert len(paths) > 80
    for path in paths:
        folder = Folder(root)
        try:
            folder.write(path, b"mine", create_dirs=True)
        except ToolError as error:
            assert len(str(error)) < 1000  # noqa: PT017 - either is fine, but not a third thing
        else:
            assert read(folder, path) == b"mine"
    assert outside(root) == {str(root.parent / "secret.txt"): b"SECRET"}
    assert not list(root.rglob("*.part"))


def decoded(line: str) -> str:
    """A line of the corpus as it is meant."""
    if line.startswith("LONG:"):
        piece, _, count = line.removeprefix("LONG:").rpartition("*")
        return piece * int(count)
    return re.sub(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4}))", lambda code: chr(int(code[1] or code[2], 16)), line)


def test_the_refusal_names_the_root_and_does_not_repeat_a_path_without_end(root: Path) -> None:
    with pytest.raises(ToolError, match=f"'../secret.txt' is not below {root}"):
        read(Folder(root), "../secret.txt")
    with pytest.raises(ToolError) as caught:
        read(Folder(root), "../" * 10_000)
    assert len(str(caught.value)) < 500


@posix
def test_a_link_to_elsewhere_is_refused_and_one_that_stays_is_followed(root: Path) -> None:
    (root / "out").symlink_to(root.parent / "secret.txt")
    (root / "away").symlink_to(root.parent)
    (root / "in").symlink_to(root / "notes")
    (root / "circle").symlink_to(root / "circle")
    folder = Folder(root)
    for path in ("out", "away/secret.txt", "away/new.txt", "circle"):
        with pytest.raises(ToolError):
            read(folder, path)
        with pytest.raises(ToolError):
            folder.write(path, b"x")
    assert read(folder, "in/a.txt") == b"one\ntwo\n"
    folder.write("in/b.txt", b"b")
    assert (root / "notes/b.txt").read_bytes() == b"b"
    assert sorted(path.name for path in root.parent.iterdir()) == ["root", "secret.txt"]


@posix
def test_a_dangling_link_is_not_written_through(root: Path) -> None:
    (root / "dangling").symlink_to(root.parent / "made.txt")
    with pytest.raises(ToolError, match="is not below"):
        Folder(root).write("dangling", b"x")
    assert not (root.parent / "made.txt").exists()


class Racing(Folder):
    """Something changes between the look and the opening."""

    def __init__(self, root: Path, change: Callable[[], object]) -> None:
        super().__init__(root)
        self._change = change

    def place(self, path: str) -> tuple[str, ...]:
        found = super().place(path)
        self._change()
        return found


@posix
@pytest.mark.parametrize("path", ["notes/a.txt", "notes/new.txt"])
def test_a_folder_that_becomes_a_link_in_between_is_refused(root: Path, path: str) -> None:
    elsewhere = root.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.txt").write_text("SECRET")

    def swap() -> None:
        if not (root / "notes").is_symlink():
            (root / "notes").rename(root / "was")
            (root / "notes").symlink_to(elsewhere)

    with pytest.raises(ToolError, match="cannot be used"):
        read(Racing(root, swap), path)
    (root / "notes").unlink()
    (root / "was").rename(root / "notes")
    with pytest.raises(ToolError, match="cannot be used"):
        Racing(root, swap).write(path, b"x", create_dirs=True)
    assert everything(elsewhere) == {str(elsewhere / "a.txt"): b"SECRET"}


@posix
def test_a_file_that_becomes_a_link_in_between_is_not_followed(root: Path) -> None:
    def swap() -> None:
        (root / "notes/a.txt").unlink()
        (root / "notes/a.txt").symlink_to(root.parent / "secret.txt")

    with pytest.raises(ToolError, match="cannot be used"):
        read(Racing(root, swap), "notes/a.txt")
    (root / "notes/a.txt").unlink()
    (root / "notes/a.txt").write_text("a file again")
    with pytest.raises(ToolError, match="no regular file"):
        Racing(root, swap).write("notes/a.txt", b"x")
    assert (root.parent / "secret.txt").read_text() == "SECRET"


@posix
def test_a_pipe_is_no_file_and_nobody_waits_for_it(root: Path) -> None:
    os.mkfifo(root / "pipe")
    with pytest.raises(ToolError, match="no regular file"):
        read(Folder(root), "pipe")
    with pytest.raises(ToolError, match="no regular file"):
        Folder(root).write("pipe", b"x")


@posix
@pytest.mark.parametrize("path", ["notes", "."])
def test_of_a_folder_the_entries_are_told(root: Path, path: str) -> None:
    with pytest.raises(ToolError, match=r"is a folder; name a file in it\. It has: (a\.txt|notes)"):
        read(Folder(root), path)
    with pytest.raises(ToolError, match="is a folder"):
        Folder(root).write(path, b"x")


def test_what_is_not_there_is_said_with_the_root(root: Path) -> None:
    with pytest.raises(ToolError, match=rf"there is no 'nowhere.txt' in {root}"):
        read(Folder(root), "nowhere.txt")


def test_a_missing_folder_is_made_only_if_asked(root: Path) -> None:
    with pytest.raises(ToolError, match=r"there is no 'x/y/z\.txt'"):
        Folder(root).write("x/y/z.txt", b"z")
    assert not (root / "x").exists()
    Folder(root).write("x/y/z.txt", b"z", create_dirs=True)
    assert (root / "x/y/z.txt").read_bytes() == b"z"


@posix
def test_a_file_that_is_replaced_keeps_its_mode(root: Path) -> None:
    (root / "run.sh").write_text("old")
    (root / "run.sh").chmod(0o750)
    Folder(root).write("run.sh", b"new")
    assert (root / "run.sh").read_bytes() == b"new"
    assert (root / "run.sh").stat().st_mode & 0o777 == 0o750


@posix
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ToolError, match="No space left on device"):
        Folder(root).write("notes/a.txt", b"new")
    assert everything(root) == {str(root / "notes/a.txt"): b"one\ntwo\n"}


def test_no_descriptor_is_left_open(root: Path) -> None:
    fds = Path("/proc/self/fd")
    if not fds.is_dir():
        pytest.skip("no list of descriptors here")
    before = len(list(fds.iterdir()))
    for path in [*HOSTILE, "notes", "notes/a.txt", "notes/deep/er.txt"]:
        with suppress(ToolError):
            read(Folder(root), path)
        with suppress(ToolError):
            Folder(root).write(path, b"x")
    assert len(list(fds.iterdir())) == before


@posix
def test_systems_that_cannot_open_step_by_step_are_held_by_the_look_alone(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("strands_nb.tools.folder._STEP_BY_STEP", False)
    folder = Folder(root)
    folder.write("new/b.txt", b"b", create_dirs=True)
    assert read(folder, "new/b.txt") == b"b"
    for path in ("../secret.txt", str(root.parent / "secret.txt")):
        with pytest.raises(ToolError, match="is not below"):
            read(folder, path)
    assert not list(root.rglob("*.part"))
