"""Columns as a table of pandas, which is imported when somebody asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from strands_nb.errors import CapabilityError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pandas import DataFrame

__all__ = ("Column", "Kind", "data_frame")

Kind: TypeAlias = Literal["text", "count", "number", "time"]
"""Each takes None, also in a table without rows. Times are ISO 8601 with their offset, and are shown in UTC."""
Column: TypeAlias = "tuple[Kind, Sequence[Any]]"

_TYPES = {"text": "string", "count": "Int64", "number": "Float64", "time": "datetime64[us, UTC]"}


def data_frame(columns: Mapping[str, Column]) -> DataFrame:
    """The table with these columns.

    Raises:
        CapabilityError: pandas is not installed.
    """
    try:
        import pandas as pd  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        missing = Problem(message="a table needs pandas", hint="pip install strands-nb[pandas]", severity="needs")
        raise CapabilityError([missing], title="there is no table") from None

    def series(kind: Kind, values: Sequence[Any]) -> Any:  # noqa: ANN401 - pandas has a type for each kind
        if kind == "time":
            values = [None if value is None else pd.Timestamp(value).tz_convert("UTC") for value in values]
        return pd.array(list(values), dtype=_TYPES[kind])

    return pd.DataFrame({name: series(*column) for name, column in columns.items()})
