"""Tools that must not be called twice, in processes that are killed at the worst of times."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from strands_nb.app import plan
from strands_nb.engine.effects import AGAIN, HAPPENED
from strands_nb.errors import InvalidAnswerError
from tests.app.paying import Bank, paying

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _factory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "factory", plan.factory)  # put back after each test


def killed(folder: Path, effect: str, moment: str) -> Bank:
    """A session whose process died at this moment."""
    command = [sys.executable, "-m", "tests.app.paying", str(folder), effect, moment]
    assert subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode == -9  # noqa: S603 - our own module
    bank = Bank(folder, "")
    assert bank.payments == ["ada"]
    return bank


def test_a_human_is_asked_about_a_call_that_was_under_way_and_nothing_is_called_before(tmp_path: Path) -> None:
    bank = killed(tmp_path, "once", "in call")
    run = paying(tmp_path, "once", on_hitl="park").start()
    assert run.result(20).status == "paused"
    (question,) = run.pending
    assert question.prompt.startswith("pay was under way when the run broke off")
    assert (question.context_display, question.choices) == ('{"to":"ada"}', [HAPPENED, AGAIN])
    assert bank.payments == ["ada"]
    with pytest.raises(InvalidAnswerError):
        run.answer("whatever")


@pytest.mark.parametrize(("answer", "payments", "said"), [(HAPPENED, 1, "user said so"), (AGAIN, 2, "paid ada")])
def test_the_answer_says_whether_it_is_called_again(tmp_path: Path, answer: str, payments: int, said: str) -> None:
    bank = killed(tmp_path, "once", "in call")
    assert paying(tmp_path, "once", on_hitl="park").run().status == "paused"
    result = paying(tmp_path, "once").resume("s", answer)
    assert result.success
    assert said in result.last_response
    assert len(bank.payments) == payments


def test_a_call_that_was_answered_is_not_made_again_though_its_step_is(tmp_path: Path) -> None:
    bank = killed(tmp_path, "once", "after call")
    assert paying(tmp_path, "once", on_hitl="park").run().last_response == "It is paid ada."
    assert bank.payments == ["ada"]


@pytest.mark.parametrize("effect", ["", "none", "idempotent"])
@pytest.mark.parametrize("moment", ["in call", "after call"])
def test_a_tool_that_may_be_called_twice_is_called_again_with_the_same_id(
    tmp_path: Path, effect: str, moment: str
) -> None:
    bank = killed(tmp_path, effect, moment)
    assert paying(tmp_path, effect).run().success
    assert bank.payments == ["ada", "ada"]
    ids = [line.split()[1] for line in (tmp_path / "paid").read_text().splitlines()]
    assert ids[0] == ids[1], "an idempotency key"


def test_a_finished_session_asks_nothing(tmp_path: Path) -> None:
    killed(tmp_path, "once", "after call")
    paying(tmp_path, "once").run()
    again = paying(tmp_path, "once").start()
    assert again.result(20).success
    assert Bank(tmp_path, "").payments == ["ada"]
