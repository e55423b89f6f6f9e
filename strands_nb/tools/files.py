"""Reading and writing files."""

from __future__ import annotations

import codecs
import os
from typing import Annotated

from pydantic import Field

from strands_nb.errors import ToolError
from strands_nb.tools.folder import Folder

__all__ = ("MAX_FILE", "FilePath", "Files", "cut", "lines_of")

MAX_FILE = 256_000
"""Most bytes that are read or written at once, and most characters of any answer: about what a model can take."""
_ENCODINGS = """
    ascii big5 cp437 cp850 cp1250 cp1251 cp1252 euc_jp euc_kr gb18030 gbk iso8859-1 iso8859-2 iso8859-15 koi8-r
    mac-roman shift_jis utf-16 utf-16-be utf-16-le utf-32 utf-8 utf-8-sig
"""
"""Those of files; Python has others, some of which take for ever or are no texts."""

FilePath = Annotated[str, Field(description="path of the file, relative to the folder of the tools")]
Encoding = Annotated[str, Field(description="utf-8, latin-1, utf-16, cp1252, …")]
Lines = Annotated[int, Field(ge=1, le=100_000, description="how many lines")]


class Files:
    """The file tools of one folder."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def file_read(self, path: FilePath, encoding: Encoding = "utf-8") -> str:
        """Read a text file, up to 256 kB; head, tail, grep and search look at parts of larger ones."""
        with self._folder.reading(path) as file:
            data = file.read(MAX_FILE + 1)
            size = os.fstat(file.fileno()).st_size
        if len(data) > MAX_FILE:
            message = f"{path!r} has {size:,} bytes, more than {MAX_FILE:,}; look at parts of it: head, tail, grep"
            raise ToolError(message)
        try:
            return data.decode(_known(encoding))
        except UnicodeError:
            raise ToolError(f"{path!r} is no text in {encoding}; name its encoding") from None

    def file_write(
        self,
        path: FilePath,
        content: Annotated[str, Field(description="all of the file's text")],
        *,
        encoding: Encoding = "utf-8",
        create_dirs: Annotated[bool, Field(description="make the folders it is in, if they are missing")] = False,
    ) -> str:
        """Write a text file, or replace it. Line ends stay as they are."""
        try:
            data = content.encode(_known(encoding))
        except UnicodeError:
            raise ToolError(f"the content has characters that {encoding} does not; use utf-8") from None
        if len(data) > MAX_FILE:
            raise ToolError(f"the content has {len(data):,} bytes, more than {MAX_FILE:,}; write several files")
        self._folder.write(path, data, create_dirs=create_dirs)
        return f"wrote {len(content):,} characters to {path}"

    def head(
        self,
        path: FilePath,
        lines: Lines = 10,
        bytes_limit: Annotated[int, Field(ge=1, le=1_000_000, description="how far to look")] = 1_000_000,
    ) -> str:
        """The first lines of a text file."""
        with self._folder.reading(path) as file:
            data = file.read(bytes_limit)
        return cut("\n".join(lines_of(data)[:lines]))

    def tail(
        self,
        path: FilePath,
        lines: Lines = 10,
        bytes_limit: Annotated[int, Field(ge=1, le=10_000_000, description="how far to look")] = 10_000_000,
    ) -> str:
        """The last lines of a text file."""
        with self._folder.reading(path) as file:
            start = max(0, os.fstat(file.fileno()).st_size - bytes_limit)
            file.seek(start)
            found = lines_of(file.read(bytes_limit))
        whole = found[1:] if start and len(found) > 1 else found  # the first may have begun before
        return cut("\n".join(whole[-lines:]))


def lines_of(data: bytes) -> list[str]:
    r"""The lines, whatever ends them; bytes that are no text as question marks.

    >>> lines_of(b"one\r\ntwo\n"), lines_of(b"")
    (['one', 'two'], [])
    """
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    return text.removesuffix("\n").split("\n") if text else []


def _known(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        name = ""
    if name not in _ENCODINGS.split():
        raise ToolError(f"{encoding[:40]!r} is no encoding of files; utf-8 and latin-1 are")
    return name


def cut(text: str) -> str:
    """The text, as far as an answer may go."""
    return text if len(text) <= MAX_FILE else f"{text[:MAX_FILE]}\n(cut after {MAX_FILE:,} characters)"
