"""Large texts beside the journal: records stay small, and equal texts are kept once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, cast

from strands_nb.engine.events import Event
from strands_nb.stores.fs import Fs, write_all

__all__ = ("LARGE", "BlobFolder", "grown", "references", "shrunk")

LARGE: Final = 65_536
"""Texts of more characters than this go to a file of their own."""
_REF: Final = "$blob"
_NAME: Final = re.compile(r"[0-9a-f]{64}")
_LITERAL: Final = "$literal"
"""Wraps data that happens to look like one of our own references."""


class _LostError(Exception):
    """A blob is missing, or its bytes are not those it is named after."""


def shrunk(event: Event, keep: Callable[[str, bytes], None]) -> Event:
    """The event with references in place of its large texts, each of which is handed to `keep` with its name."""

    def shrink(value: Any) -> Any:  # noqa: ANN401 - any JSON
        if isinstance(value, dict):
            looks_like_ours = _REF in value or _LITERAL in value
            return {_LITERAL: json.dumps(value)} if looks_like_ours else cast("Any", value)
        if not isinstance(value, str) or len(value) <= LARGE:
            return value
        data = value.encode("utf-8", "surrogatepass")
        name = sha256(data).hexdigest()
        keep(name, data)
        return {_REF: name}

    data = _walk(event.data, shrink)
    return event if data is event.data else replace(event, data=data)


def grown(record: dict[str, Any], find: Callable[[str], bytes | None]) -> dict[str, Any] | None:
    """The record with its large texts in place again; None where one of them is missing or damaged."""

    def grow(value: Any) -> Any:  # noqa: ANN401 - any JSON
        if not isinstance(value, dict):
            return value
        found = cast("dict[str, Any]", value)
        if _LITERAL in found:
            return json.loads(found[_LITERAL])
        if _REF not in found:
            return found
        if _NAME.fullmatch(str(found[_REF])) is None:
            raise _LostError  # a journal may come from anywhere: no name in it leads out of its place
        data = find(found[_REF])
        if data is None or sha256(data).hexdigest() != found[_REF]:
            raise _LostError
        return data.decode("utf-8", "surrogatepass")

    try:
        return {**record, "data": _walk(record["data"], grow)}
    except _LostError:
        return None


def references(record: dict[str, Any]) -> set[str]:
    """The names of the blobs that a record refers to."""
    names: set[str] = set()

    def note(value: Any) -> Any:  # noqa: ANN401 - any JSON
        if not isinstance(value, dict) or not (_REF in value or _LITERAL in value):
            return cast("Any", value)
        if _LITERAL not in value:
            names.add(cast("str", value[_REF]))
        return None  # not deeper: what a literal holds is data

    _walk(record["data"], note)
    return names


class BlobFolder:
    """The folder `blobs` in the folder of a session; a blob's name is the SHA-256 of its bytes."""

    def __init__(self, fs: Fs, session: Path) -> None:
        self._fs, self._session = fs, session
        self._unsynced: list[Path] = []
        self._kept: dict[str, None] = {}
        """Names of what this writer has written, or found whole."""
        self._found: dict[str, None] = {}

    @property
    def _folder(self) -> Path:
        return self._session / "blobs"

    def take_out(self, event: Event) -> Event:
        """The event with references in place of large texts, which are written (not yet synced)."""
        return shrunk(event, self._keep)

    def put_back(self, record: dict[str, Any]) -> dict[str, Any] | None:
        """The record with its large texts in place again; None where one of them is missing or damaged."""
        return grown(record, self._find)

    def found(self) -> list[Path]:
        """The blobs that records refer to and that are there."""
        return [self._folder / name for name in sorted(self._found)]

    def unsynced(self) -> list[Path]:
        """The blobs written since this was asked last: to be synced before the records that refer to them."""
        waiting, self._unsynced = self._unsynced, []
        return waiting

    def sync(self, waiting: Sequence[Path]) -> None:
        """Make these blobs durable."""
        for path in waiting:
            fd = self._fs.open_append(path)
            try:
                self._fs.sync(fd)
            finally:
                self._fs.close(fd)
        if waiting:
            self._fs.sync_dir(self._folder)
            self._fs.sync_dir(self._session)

    def _keep(self, name: str, data: bytes) -> None:
        if name not in self._kept:
            self._write(self._folder / name, data)
            self._kept[name] = None

    def _write(self, path: Path, data: bytes) -> None:
        """Write a blob, unless it is there whole: earlier records may refer to it, so it is never cut and rewritten."""
        self._fs.make_dir(self._folder)
        self._unsynced.append(path)
        if self._find(path.name) == data:
            return
        fd = self._fs.open_append(path)
        try:
            self._fs.truncate(fd, 0)
            write_all(self._fs, fd, data)
        finally:
            self._fs.close(fd)

    def _find(self, name: str) -> bytes | None:
        try:
            data = self._fs.read(self._folder / name)
        except FileNotFoundError:
            return None
        self._found[name] = None
        return data


def _walk(value: Any, change: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - any JSON
    """`value` with `change` applied to each part, outside in; the very same object where nothing changed."""
    new = change(value)
    if new is not value:
        return new
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value)
        walked = {name: _walk(part, change) for name, part in items.items()}
        return value if all(walked[name] is part for name, part in items.items()) else walked  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        parts = cast("list[Any]", value)
        new_parts = [_walk(part, change) for part in parts]
        return value if all(a is b for a, b in zip(parts, new_parts, strict=True)) else new_parts  # pyright: ignore[reportUnknownVariableType]
    return value
