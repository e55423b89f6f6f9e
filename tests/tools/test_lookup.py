"""Finding lines: what is shown, and that no pattern runs away."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from strands_nb.errors import StrandsNbError, ToolError
from strands_nb.tools import lookup as module
from strands_nb.tools.folder import Folder
from strands_nb.tools.lookup import Lookup
from tests.spec.shared import CORPORA, needs_corpora
from tests.tools.support import call

TEXT = "alpha\nbeta\ngamma\ndelta\nEpsilon\nzeta\neta\ntheta\niota\nkappa\n"


@pytest.fixture
def lookup(root: Path) -> Lookup:
    (root / "greek.txt").write_text(TEXT)
    return Lookup(Folder(root))


def test_grep_shows_matches_with_what_is_around_them(lookup: Lookup) -> None:
    assert lookup.grep("^gam+a$", "greek.txt", call(), context_lines=1) == "2-beta\n3:gamma\n4-delta"


def test_surroundings_that_meet_are_shown_once_and_gaps_are_marked(lookup: Lookup) -> None:
    shown = lookup.grep("^(alpha|gamma|kappa)$", "greek.txt", call(), context_lines=1).splitlines()
    assert shown == ["1:alpha", "2-beta", "3:gamma", "4-delta", "--", "9-iota", "10:kappa"]


def test_grep_minds_case_and_search_does_not_unless_told(lookup: Lookup) -> None:
    assert lookup.grep("epsilon", "greek.txt", call()) == "no line matches"
    assert lookup.grep("epsilon", "greek.txt", call(), ignore_case=True, context_lines=0) == "5:Epsilon"
    assert lookup.search("EPSILON", "greek.txt", call()) == "5:Epsilon"
    assert lookup.search("EPSILON", "greek.txt", call(), ignore_case=False) == "no line matches"


def test_a_search_takes_words_as_they_stand_unless_they_are_a_pattern(lookup: Lookup, root: Path) -> None:
    (root / "signs.txt").write_text("a.b\naxb\n")
    assert lookup.search("a.b", "signs.txt", call()) == "1:a.b"
    assert lookup.search("a.b", "signs.txt", call(), is_regex=True) == "1:a.b\n2:axb"
    assert lookup.search("[invalid", "signs.txt", call()) == "no line matches"


def test_it_stops_at_the_largest_number_of_matches_and_says_so(lookup: Lookup) -> None:
    assert lookup.search("a", "greek.txt", call(), max_matches=2) == "1:alpha\n2:beta\n(the first 2; there may be more)"


def test_long_lines_are_shown_in_part_and_long_answers_have_an_end(lookup: Lookup, root: Path) -> None:
    (root / "long.txt").write_text(f"{'x' * 2000}\n" * 1000)
    shown = lookup.grep("x", "long.txt", call(), max_matches=1000, context_lines=0)
    assert all(len(line) < 600 for line in shown.splitlines())
    assert len(shown) < 300_000


@pytest.mark.parametrize("pattern", ["(", "(?<=a)b", r"(a)\1", "a{1000}{1000}", "x" * 1001 + "."])
def test_a_pattern_that_cannot_be_used_says_why(lookup: Lookup, pattern: str) -> None:
    with pytest.raises(StrandsNbError, match="regular expression"):
        lookup.grep(pattern, "greek.txt", call())


@pytest.mark.parametrize("pattern", ["(?i)EPS", "(?s)Eps.lon", "(?im)^eps"])
def test_flags_in_a_pattern_work_also_where_case_is_ignored(lookup: Lookup, pattern: str) -> None:
    assert lookup.grep(pattern, "greek.txt", call(), ignore_case=True, context_lines=0) == "5:Epsilon"


def test_a_pattern_that_would_never_end_elsewhere_ends_here(lookup: Lookup, root: Path) -> None:
    (root / "evil.txt").write_text("a" * 5000 + "!\n")
    assert lookup.grep("^(a+)+$", "evil.txt", call()) == "no line matches"


@needs_corpora
def test_so_does_every_pattern_anybody_thought_of(lookup: Lookup, root: Path) -> None:
    cases = [json.loads(line) for line in (CORPORA / "redos.jsonl").read_text(encoding="utf-8").splitlines()]
    begin = time.monotonic()
    for case in cases:
        (root / "subject.txt").write_text(case["subject"], encoding="utf-8", errors="replace")
        try:
            assert lookup.grep(case["pattern"], "subject.txt", call())
        except StrandsNbError:
            continue
    assert time.monotonic() - begin < 50


def test_a_search_that_takes_too_long_or_is_no_longer_wanted_ends(
    lookup: Lookup, monkeypatch: pytest.MonkeyPatch
) -> None:
    unwanted = call()
    unwanted.cancelled.set()
    with pytest.raises(ToolError, match="at line 1"):
        lookup.grep("no.such", "greek.txt", unwanted)
    monkeypatch.setattr(module, "MAX_SECONDS", -1.0)
    with pytest.raises(ToolError, match="use a simpler pattern"):
        lookup.grep("no.such", "greek.txt", call())


def test_what_is_no_text_or_too_large_is_not_searched(
    lookup: Lookup, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "binary").write_bytes(b"\x7fELF\0\0")
    with pytest.raises(ToolError, match="is no text"):
        lookup.search("ELF", "binary", call())
    monkeypatch.setattr(module, "MAX_SEARCHED", 10)
    with pytest.raises(ToolError, match="more than 10 bytes; look at it with head and tail"):
        lookup.search("alpha", "greek.txt", call())


def test_bytes_that_are_no_text_do_not_hide_the_rest(lookup: Lookup, root: Path) -> None:
    (root / "mixed.log").write_bytes(b"\xff\xfe broken\nfine here\n")
    assert lookup.search("fine", "mixed.log", call()) == "2:fine here"


def test_searching_stays_in_the_folder(lookup: Lookup, root: Path) -> None:
    for act in (lookup.grep, lookup.search):
        with pytest.raises(ToolError, match=str(root)):
            act("SECRET", "../secret.txt", call())
