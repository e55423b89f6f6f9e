"""Runs as tables of pandas."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from strands_nb import CapabilityError, RunResult
from tests.app.support import TWO_AND_A_GATE, flow

TYPES = {
    **dict.fromkeys(["key", "name", "agent", "role", "status"], "string"),
    **dict.fromkeys(["attempts", "revision"], "Int64"),
    "seconds": "Float64",
    **dict.fromkeys(["tokens_in", "tokens_out", "tokens"], "Int64"),
    "cost": "Float64",
    "started_at": "datetime64[us, UTC]",
    **dict.fromkeys(["model", "prompt", "response"], "string"),
}


def types_of(table: Any) -> dict[str, str]:
    return {name: str(kind) for name, kind in table.dtypes.items()}


def test_a_run_is_a_table_with_a_row_for_each_unit() -> None:
    pytest.importorskip("pandas")
    run = flow(TWO_AND_A_GATE).start()
    while not run.pending:
        run.wait(0.01)
    asking: Any = run.to_dataframe()
    assert list(asking["status"]) == ["completed", "asking", "waiting"]
    assert asking["response"].isna().tolist() == [False, True, True]
    run.modify("Shorter.")
    while not run.pending:
        run.wait(0.01)
    run.answer("fine")
    run.result(10)
    table: Any = run.to_dataframe()
    assert types_of(table) == TYPES
    assert list(table["key"]) == ["steps/0", "steps/1", "steps/2"]
    assert list(table["name"]) == ["researcher", "review", "writer"]
    assert list(table["revision"]) == [2, 2, 1]
    assert (table["tokens_in"] + table["tokens_out"]).dropna().tolist() == [20, 10]
    assert table["tokens"].tolist() == [20, 0, 10]
    assert table["started_at"].is_monotonic_increasing


def test_a_result_is_the_table_of_its_own_moment() -> None:
    pytest.importorskip("pandas")
    workflow = flow(TWO_AND_A_GATE)
    paused = workflow.run()
    done = workflow.resume(paused.session_id, "fine")
    tables: Any = [result.to_dataframe() for result in (paused, done)]
    before, after = (list(table["status"]) for table in tables)
    assert before == ["completed", "asking", "waiting"]
    assert after == ["completed"] * 3


def test_a_table_without_rows_has_the_same_columns() -> None:
    pytest.importorskip("pandas")
    empty: Any = RunResult(status="failed", session_id="s", pattern_type="chain").to_dataframe()
    assert (len(empty), types_of(empty)) == (0, TYPES)


def test_without_pandas_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(CapabilityError, match=r"needs pandas; pip install strands-nb\[pandas\]"):
        flow(TWO_AND_A_GATE).run().to_dataframe()
