"""The units of a run by the names that people have for them."""

from __future__ import annotations

import pytest

from strands_nb.engine.state import UnitState
from strands_nb.engine.steps import Steps

STEPS = Steps(
    {
        "steps/0": UnitState("steps/0", id="draft", status="completed"),
        "branches/web/steps/0": UnitState("branches/web/steps/0", agent="reader"),
        "branches/docs/steps/0": UnitState("branches/docs/steps/0", agent="reader", label="docs"),
    }
)


def test_a_unit_is_found_by_key_by_id_and_by_number() -> None:
    assert STEPS["steps/0"] is STEPS["draft"] is STEPS["0"] is STEPS[0]
    assert STEPS["docs"].key == "branches/docs/steps/0"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("steps/9", "no unit is called 'steps/9'; did you mean 'steps/0'?"),
        ("nowhere", "no unit is called 'nowhere'; units: steps/0, branches/web/steps/0"),
        (7, "no unit is called '7'"),
    ],
)
def test_a_name_that_nobody_bears_says_what_comes_close(name: str | int, said: str) -> None:
    with pytest.raises(KeyError) as caught:
        STEPS[name]
    assert said in caught.value.args[0]


def test_they_are_a_mapping_in_the_order_of_the_workflow() -> None:
    assert list(STEPS) == ["steps/0", "branches/web/steps/0", "branches/docs/steps/0"]
    assert len(STEPS) == 3
    assert "steps/9" not in STEPS
    assert STEPS.get("steps/9") is None
    assert dict(STEPS) == dict(STEPS.items())


def test_they_show_as_a_table_and_complete_their_keys() -> None:
    assert repr(STEPS).splitlines()[0] == "steps/0                draft   completed"
    assert repr(Steps({})) == "no steps"
    assert STEPS._ipython_key_completions_() == [*STEPS, "draft"]
