"""Costs on the command line: known, unknown, and limited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.agents import ModelFactory, ScriptedModel
from tests.cli.support import GATED, Shell

if TYPE_CHECKING:
    import pytest

PRICES = "scripted: {input: 2, output: 2}"


def priced(shell: Shell) -> Shell:
    (shell.folder / "home").mkdir()
    shell.write("home/prices.yaml", PRICES)
    return shell


def test_the_end_of_a_run_says_what_it_has_cost(shell: Shell) -> None:
    done = priced(shell).run("run", shell.write("w.yaml", GATED), "--on-hitl", "approve")
    assert done.code == 0
    assert " tok · ≈ $0.00" in done.err.splitlines()[-1]


def test_what_is_free_is_not_worth_a_word(shell: Shell) -> None:
    done = shell.run("run", shell.write("w.yaml", GATED), "--on-hitl", "approve")
    assert "$" not in done.err
    assert "cost" not in done.err


def test_a_price_that_is_not_known_is_said_to_be_unknown(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strands_nb.app.plan.factory", ModelFactory({"openai": ScriptedModel()}))
    name, key = shell.write("w.yaml", GATED), {"OPENAI_API_KEY": "x"}
    args = ("run", name, "--model", "openai:my-model", "--on-hitl", "approve")
    assert " tok · cost unknown · session " in shell.run(*args, **key).err.splitlines()[-1]
    assert shell.run(*args, "--json", **key).json["cost"] is None
    refused = shell.run(*args, "--budget", "max_cost_usd=1", **key)
    assert refused.code == 3
    assert "max_cost_usd cannot be watched: no price for openai:my-model" in refused.err


def test_a_used_up_cost_is_exit_20_and_the_advice_works(shell: Shell) -> None:
    name = priced(shell).write("w.yaml", GATED)
    done = shell.run("run", name, "--on-hitl", "approve", "--budget", "max_cost_usd=0.00001")
    assert done.code == 20
    assert "budget max_cost_usd is used up" in done.err
    advice = done.err.splitlines()[-1].partition("strands-nb ")[2]
    assert 0.00001 < float(advice.rpartition("=")[2]) < 0.01
    assert shell.run(*advice.split()).code == 0
