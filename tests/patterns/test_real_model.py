"""All seven patterns with a real model in this process. What it says is never asserted, only what becomes of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from strands_nb.engine import events as ev
from tests.patterns.seven import SEVEN
from tests.patterns.support import SESSION, events_of, flow

if TYPE_CHECKING:
    from tests.patterns.example import Example

pytestmark = pytest.mark.local_model
PATIENCE = 50.0
"""Seconds for all calls up to a question; never reached when all is well."""


def briefly(text: str) -> str:
    """The workflow with agents of few words, whose work is never quite good enough."""
    for name, words in (("A", 8), ("B", 8), ("J", 64)):
        settings = f"inference: {{max_tokens: {words}, temperature: 0}}"
        text = text.replace(f"prompt: You are {name}.", f"prompt: You are {name}., {settings}")
    text = text.replace("min_score: 80, max_iters: 3", "min_score: 100, max_iters: 2")
    return text.replace("max_workers: 3", "max_workers: 2")


@pytest.mark.parametrize("seven", SEVEN.values(), ids=SEVEN)
def test_a_real_model_gets_to_the_end_over_every_question(seven: Example, small_model: Path) -> None:
    workflow = flow(briefly(seven.text), model=f"local:{small_model}")
    run, asked = workflow.with_options(on_hitl="park").start(), 0
    while (result := run.result(PATIENCE)).status == "paused":
        asked += 1
        run = workflow.reopened(SESSION, approve=True, question=run.pending[0].question_id)
    assert (result.status, result.error) == ("completed", None)
    assert asked >= 1
    assert result.last_response
    assert result.execution_context.keys() == seven.context.keys()
    spent = events_of(workflow, ev.Spent)
    assert Counter(event.key for event in spent).most_common(1)[0][1] == 1, "no call is made twice"
    assert sum(result.token_usage.values()) == sum(e.data["usage"]["input"] + e.data["usage"]["output"] for e in spent)
    assert not any(event.data["usage"]["estimated"] for event in spent)
