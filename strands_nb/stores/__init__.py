"""Where sessions live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.lazy import lazily
from strands_nb.stores.file import FileSessionRepository

if TYPE_CHECKING:
    from strands_nb.stores.s3 import S3SessionRepository

__all__ = ("FileSessionRepository", "S3SessionRepository")


__getattr__ = lazily(__name__, {"strands_nb.stores.s3": ("S3SessionRepository",)})
