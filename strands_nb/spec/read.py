"""Bytes to text to tree, within limits."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from strands_nb.errors import LoadError
from strands_nb.spec.compose import compose, refuse
from strands_nb.spec.json_text import compose_json
from strands_nb.spec.tree import Document, Mark

if TYPE_CHECKING:
    from strands_nb.errors import Problem
    from strands_nb.spec.tree import Node

__all__ = ("MAX_FILE_BYTES", "MAX_NETWORK_BYTES", "SUFFIXES", "document_of", "read_file", "tree_of")

MAX_FILE_BYTES = 10_000_000
"""Largest file."""
MAX_NETWORK_BYTES = 2**20
"""Largest text from the network."""
SUFFIXES = (".yaml", ".yml", ".json")
"""How the name of a workflow file ends."""

# What YAML 1.2 calls printable, and the byte order mark.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_file(path: Path) -> Document:
    """The text of a workflow file.

    Raises:
        LoadError: it is not there, no ordinary file, not named as one, too large, or not UTF-8.
    """
    try:
        status = path.stat()
        # Asked before opening: opening a pipe would wait for somebody to write to it.
        if not stat.S_ISREG(status.st_mode):
            raise LoadError(f"{path} is not a file")
        if path.resolve().suffix.lower() not in SUFFIXES:
            raise LoadError(f"{path} is no workflow file: its name should end in {', '.join(SUFFIXES)}")
        if status.st_size > MAX_FILE_BYTES:
            raise LoadError(f"{path} has {status.st_size:,} bytes; a workflow file has at most {MAX_FILE_BYTES:,}")
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise LoadError(f"there is no file {path}") from None
    except UnicodeDecodeError as error:
        raise LoadError(f"{path} is not UTF-8 text: byte {error.start} is {error.object[error.start]:#04x}") from None
    except (OSError, ValueError, RuntimeError) as error:
        raise LoadError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    return document_of(text, str(path))


def document_of(text: str, file: str | None = None, *, network: bool = False) -> Document:
    """The text as a document, once it is known to be text of a sensible size.

    Raises:
        LoadError: it is too large, or holds characters that are no text.
    """
    limit = MAX_NETWORK_BYTES if network else MAX_FILE_BYTES
    # A character is at most four bytes, so most texts need not be encoded to know.
    if len(text) > limit or (len(text) * 4 > limit and len(text.encode("utf-8", "replace")) > limit):
        raise LoadError(f"the text is longer than {limit:,} bytes")
    document = Document(text.removeprefix("\ufeff"), file)
    if match := _UNPRINTABLE.search(document.text):
        refuse(document, document.mark(match.start()), f"the character U+{ord(match[0]):04X} is not allowed")
    return document


def tree_of(document: Document) -> tuple[Node | None, list[Problem]]:
    """The tree of a text in YAML or JSON, None if it is empty, and what is wrong with it so far.

    Raises:
        LoadError: it is neither, or exceeds a limit.
    """
    named_json = document.file is not None and Path(document.file).suffix.lower() == ".json"
    if named_json and not document.text.strip():
        refuse(document, Mark(0, 0), "the file is empty")
    if named_json or document.text.lstrip()[:1] == "{":
        try:
            return compose_json(document)
        except LoadError:
            if named_json:
                raise
            # A flow mapping of YAML begins the same way.
    return compose(document)
