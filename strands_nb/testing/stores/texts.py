"""The contract of what is stored: it comes back as it was, to the last sign."""

from __future__ import annotations

from typing import Any

import pytest

from strands_nb.engine.store import SessionRepository
from strands_nb.testing.stores.support import StoreTests, put, run, values

__all__ = ("TextTests",)

BIG = "tide " * 20_000
TEXTS = {
    "empty": "",
    "half of a surrogate pair": "torn \ud83d here",
    "large, with half of a surrogate pair": "torn \udc00" + BIG,
    "nul": "a\0b",
    "line separators": "a\u2028b\u2029c\x85d\r\ne\rf\x0bg\x0ch\n",
    "beyond the first plane": "\U0001f600 \U0010ffff",
    "large": BIG,
    "65,536 signs": "x" * 65_536,
    "65,537 signs": "x" * 65_537,
    "a million signs": "sea\u00e9" * 250_000,
    "combining": "e\u0301 \u00e9 \ufeff",
    "controls": "".join(map(chr, range(32))) + "\x7f",
    "spaces around": " \t a \n",
    "looks like data": '{"seq": 0, "epoch": 1}\n00000000 2 {}\n',
}
LOOKALIKES: list[Any] = [
    {"$blob": "0" * 64},
    {"$blob": None, "more": [1]},
    {"$literal": '{"$blob": "x"}'},
    {"$literal": {"$literal": {"$blob": BIG}}},
    [{"deep": {"$blob": BIG}}],
    {"$blob": {"$blob": "0" * 64}},
]
VALUES: list[Any] = [None, True, 0, -1, 2**70, 0.1, 1e300, [], {}, [[], {"": [None]}], {"a.b": {"$c": 1}}]


class TextTests(StoreTests):
    """Texts and any other JSON."""

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
    def test_a_text_comes_back_as_it_was(self, store: SessionRepository, text: str) -> None:
        run(put(store, [text, {"in": [text]}, {text[:50]: 1}]))
        assert run(values(store)) == [text, {"in": [text]}, {text[:50]: 1}]

    @pytest.mark.parametrize("value", LOOKALIKES, ids=range(len(LOOKALIKES)))
    def test_data_that_looks_like_a_reference_of_ours_comes_back(self, store: SessionRepository, value: Any) -> None:  # noqa: ANN401 - any JSON
        run(put(store, [value, BIG]))
        assert run(values(store)) == [value, BIG]

    def test_any_json_comes_back_as_it_was(self, store: SessionRepository) -> None:
        run(put(store, VALUES))
        assert repr(run(values(store))) == repr(VALUES), "1 is not 1.0, nor is it True"
