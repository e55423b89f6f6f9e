"""Reading and writing files, whole and in parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from strands_nb.errors import ToolError
from strands_nb.tools.files import MAX_FILE, Files
from strands_nb.tools.folder import Folder


@pytest.fixture
def files(root: Path) -> Files:
    return Files(Folder(root))


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "utf-16", "utf-8-sig"])
def test_what_is_written_is_read_back_unchanged(files: Files, encoding: str) -> None:
    text = "Zwei\r\nZeilen – “süß” 😀\n"  # noqa: RUF001 - on purpose
    assert files.file_write("new.txt", text, encoding=encoding) == f"wrote {len(text)} characters to new.txt"
    assert files.file_read("new.txt", encoding) == text


def test_a_file_is_written_without_changing_line_ends(files: Files, root: Path) -> None:
    files.file_write("ends.txt", "a\r\nb\n")
    assert (root / "ends.txt").read_bytes() == b"a\r\nb\n"


def test_folders_are_made_if_asked(files: Files, root: Path) -> None:
    with pytest.raises(ToolError, match=r"there is no 'deep/er\.txt'"):
        files.file_write("deep/er.txt", "x")
    files.file_write("deep/er.txt", "x", create_dirs=True)
    assert (root / "deep/er.txt").read_text() == "x"


def test_bytes_that_are_no_text_are_refused_rather_than_guessed(files: Files, root: Path) -> None:
    (root / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(ToolError, match="is no text in utf-8"):
        files.file_read("photo.jpg")


def test_a_character_that_the_encoding_lacks_is_refused_before_anything_is_written(files: Files, root: Path) -> None:
    for content, encoding in (("süß", "ascii"), ("\ud800", "utf-8")):
        with pytest.raises(ToolError, match="use utf-8"):
            files.file_write("x.txt", content, encoding=encoding)
    assert not (root / "x.txt").exists()


@pytest.mark.parametrize("encoding", ["zip", "hex", "rot13", "idna", "punycode", "unicode_escape", "../x", "", "a\0"])
def test_only_encodings_of_files_are_known(files: Files, encoding: str) -> None:
    with pytest.raises(ToolError, match="is no encoding of files"):
        files.file_read("notes/a.txt", encoding)


def test_too_much_is_neither_read_nor_written(files: Files, root: Path) -> None:
    (root / "large.txt").write_bytes(b"x" * (MAX_FILE + 1))
    with pytest.raises(ToolError, match="look at parts of it"):
        files.file_read("large.txt")
    with pytest.raises(ToolError, match="write several files"):
        files.file_write("other.txt", "x" * (MAX_FILE + 1))
    assert files.file_write("other.txt", "x" * MAX_FILE)
    assert len(files.file_read("other.txt")) == MAX_FILE


def test_head_and_tail_give_ten_lines_unless_told_otherwise(files: Files, root: Path) -> None:
    (root / "many.txt").write_text("".join(f"line {n}\n" for n in range(1, 101)))
    assert files.head("many.txt").splitlines() == [f"line {n}" for n in range(1, 11)]
    assert files.tail("many.txt").splitlines() == [f"line {n}" for n in range(91, 101)]
    assert files.head("many.txt", 2) == "line 1\nline 2"
    assert files.tail("many.txt", 2) == "line 99\nline 100"
    assert files.head("many.txt", 1000) == files.tail("many.txt", 1000)


def test_they_look_no_further_than_their_limit_and_show_no_half_line_at_the_end_of_a_file(
    files: Files, root: Path
) -> None:
    (root / "many.txt").write_text("".join(f"line {n}\n" for n in range(1, 101)))
    assert files.head("many.txt", 10, 10) == "line 1\nlin"
    assert files.tail("many.txt", 10, 12) == "line 100"


@pytest.mark.parametrize(("data", "shown"), [(b"", ""), (b"one", "one"), (b"one\r\ntwo", "one\ntwo"), (b"\xff\n", "�")])
def test_odd_files_have_lines_too(files: Files, root: Path, data: bytes, shown: str) -> None:
    (root / "odd").write_bytes(data)
    assert files.head("odd") == files.tail("odd") == shown


def test_an_answer_has_an_end(files: Files, root: Path) -> None:
    (root / "long.txt").write_text("x" * 900_000)
    assert len(files.head("long.txt")) < MAX_FILE + 100
    assert files.tail("long.txt").endswith("(cut after 256,000 characters)")


@pytest.mark.parametrize("act", ["file_read", "head", "tail"])
def test_all_of_them_stay_in_their_folder(files: Files, root: Path, act: str) -> None:
    with pytest.raises(ToolError, match=str(root)):
        getattr(files, act)("../secret.txt")
