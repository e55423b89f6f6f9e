"""What the models of a test say."""

from __future__ import annotations

import pytest

from strands_nb.agents import ModelFactory, Rule, ScriptedModel
from strands_nb.app import plan
from tests.app.tooling import Play


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    """Sets the rules by which the scripted models of a test answer."""

    def play(*rules: Rule, default: str = "done") -> None:
        models = ModelFactory({"scripted": ScriptedModel(rules, default=default)})
        monkeypatch.setattr(plan, "factory", models)

    play()
    return play
