"""The one folder in which tools may touch files: no path, link or race leads out of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import IO, NoReturn

from strands_nb.errors import ToolError

__all__ = ("Folder",)

_SHOWN_ENTRIES = 50
_SHOWN_PATH = 100

# Where a system has them: neither follow a link that appeared after we looked, nor wait for a pipe.
_SAFELY = sum(getattr(os, flag, 0) for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))
_AS_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _SAFELY
_STEP_BY_STEP = os.open in os.supports_dir_fd


class Folder:
    """A folder for tools: relative paths start there, and every path must end below it.

    A path with `..`, an absolute one to elsewhere and a symbolic link to elsewhere are refused; a link that stays
    below is followed. What was found so is then opened step by step without following links, so that one that is put
    there in between is refused too.

    >>> Folder("/srv/data").place("notes/a.txt"), Folder("/srv/data").place("/srv/data/b.txt")
    (('notes', 'a.txt'), ('b.txt',))
    """

    def __init__(self, root: str | Path = ".") -> None:
        self.root = Path(root).resolve()

    def place(self, path: str) -> tuple[str, ...]:
        """The real place of a path, as names from the root on.

        Raises:
            ToolError: it is elsewhere.
        """
        try:
            real = (self.root / path).resolve()
        except (OSError, ValueError, RuntimeError):  # links in a circle, or characters that no name has
            raise ToolError(f"{_shown(path)} is no path") from None
        if not path or ".." in Path(path).parts or not real.is_relative_to(self.root):
            message = f"{_shown(path)} is not below {self.root}, which file tools do not leave; give a path in there"
            raise ToolError(message)
        return real.relative_to(self.root).parts or (".",)

    @contextmanager
    def reading(self, path: str) -> Generator[IO[bytes]]:
        """The file, open for reading.

        Raises:
            ToolError: it is elsewhere, not there, or no file; of a folder, the message lists what is in it.
        """
        parts = self.place(path)
        with self._in_words(path):
            with self._parent(parts) as parent:
                opened = os.open(self._name(parts), os.O_RDONLY | _SAFELY, dir_fd=parent)
            try:
                _refuse_others(opened, path)
                with os.fdopen(opened, "rb", closefd=False) as file:
                    yield file
            finally:
                os.close(opened)

    def write(self, path: str, data: bytes, *, create_dirs: bool = False) -> None:
        """Write a file whole or not at all; one that is there is replaced, and its mode kept.

        Raises:
            ToolError: it is elsewhere, no file, or cannot be written.
        """
        parts = self.place(path)
        with self._in_words(path), self._parent(parts, create=create_dirs) as parent:
            _replace(self._name(parts), data, path, parent)

    def _name(self, parts: tuple[str, ...]) -> str:
        """What the file is called in its opened parent."""
        return parts[-1] if _STEP_BY_STEP else str(self.root.joinpath(*parts))

    @contextmanager
    def _parent(self, parts: tuple[str, ...], *, create: bool = False) -> Generator[int | None]:
        """The folder the file is in, opened step by step; None on systems that cannot."""
        if not _STEP_BY_STEP:
            if create:
                self.root.joinpath(*parts[:-1]).mkdir(parents=True, exist_ok=True)
            yield None
            return
        folder = os.open(self.root, _AS_FOLDER)
        try:
            for name in parts[:-1]:
                if create:
                    with suppress(FileExistsError):
                        os.mkdir(name, dir_fd=folder)
                below = os.open(name, _AS_FOLDER, dir_fd=folder)
                os.close(folder)
                folder = below
            yield folder
        finally:
            os.close(folder)

    @contextmanager
    def _in_words(self, path: str) -> Generator[None]:
        """What the disk says, in words for a model."""
        try:
            yield
        except FileNotFoundError:
            raise ToolError(f"there is no {_shown(path)} in {self.root}") from None
        except OSError as error:
            raise ToolError(f"{_shown(path)} in {self.root} cannot be used: {error.strerror}") from None


def _refuse_others(opened: int, path: str) -> None:
    """Let regular files pass."""
    mode = os.fstat(opened).st_mode
    if stat.S_ISDIR(mode):
        _refuse_folder(path, sorted(os.listdir(opened)))
    if not stat.S_ISREG(mode):
        raise ToolError(f"{_shown(path)} is no regular file")


def _refuse_folder(path: str, entries: list[str]) -> NoReturn:
    shown = ", ".join(entries[:_SHOWN_ENTRIES]) or "nothing"
    more = f", … ({len(entries)} in all)" if len(entries) > _SHOWN_ENTRIES else ""
    raise ToolError(f"{_shown(path)} is a folder; name a file in it. It has: {shown}{more}")


def _replace(name: str, data: bytes, path: str, parent: int | None) -> None:
    """Write beside, then move into place: whoever reads meanwhile sees the old file or the new one."""
    mode = _mode(name, path, parent)
    beside = os.path.join(os.path.dirname(name), f".{token_hex(8)}.part")  # noqa: PTH118, PTH120 - a name in `parent`
    made = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFELY, 0o666, dir_fd=parent)
    try:
        with os.fdopen(made, "wb") as file:
            if mode is not None and hasattr(os, "fchmod"):
                os.fchmod(made, mode)
            file.write(data)
        os.replace(beside, name, src_dir_fd=parent, dst_dir_fd=parent)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside, dir_fd=parent)
        raise


def _mode(name: str, path: str, parent: int | None) -> int | None:
    """The permissions of the file that is there, None if none is; refuses what is no regular file."""
    try:
        mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        raise ToolError(f"{_shown(path)} is {'a folder' if stat.S_ISDIR(mode) else 'no regular file'}; name a file")
    return stat.S_IMODE(mode)


def _shown(path: str) -> str:
    return repr(path if len(path) <= _SHOWN_PATH else path[:_SHOWN_PATH] + "…")
