"""The tests bite: of bugs made on purpose in what keeps sessions they notice nearly all."""

from __future__ import annotations

import pytest

from tests.soak.seeded_bugs import BUGS, ROOT, Bug, caught


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_there_is_a_place_for_each_bug(bug: Bug) -> None:
    assert (ROOT / "strands_nb" / bug.file).read_text().count(bug.right) == 1
    assert all((ROOT / test).exists() for test in bug.tests)


@pytest.mark.soak
def test_of_the_bugs_made_on_purpose_all_but_one_at_most_are_noticed() -> None:
    found = {bug.name: caught(bug) for bug in BUGS}
    for name, test in found.items():
        print(f"| {name} | {test or '**not noticed**'} |")  # noqa: T201 - the table
    assert len(BUGS) >= 20
    assert list(found.values()).count(None) <= 1
