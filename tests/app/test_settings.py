"""Settings of the environment, of a project and of a notebook: which goes before which, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from strands_nb import SessionManager, Workflow
from strands_nb.app.settings import KEYS, Settings, set_nearer, settings
from strands_nb.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

WRITER = "name: brief\nagents: {w: {prompt: Write.}}\nsteps: [{w: One.}, {w: Two.}]"
GATED = "name: gated\nagents: {w: {prompt: Write.}}\nsteps: [{w: One.}, {approve: Good?}]"


@pytest.fixture(autouse=True)
def _nobody_says_anything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[None, None, None]:  # pyright: ignore[reportUnusedFunction]
    for name in KEYS:
        monkeypatch.delenv(f"STRANDS_NB_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)
    yield
    set_nearer(None)


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], Path]:
    """Write a table of a project's settings."""

    def write(table: str) -> Path:
        path = tmp_path / "pyproject.toml"
        path.write_text(f"[tool.strands_nb]\n{table}\n", encoding="utf-8")
        return path

    return write


# ---- where they come from -------------------------------------------------------------------------------------------


def test_where_nobody_says_anything_nothing_is_set() -> None:
    assert settings() == Settings()


def test_a_call_the_text_the_notebook_the_environment_and_the_project_count_in_this_order(
    project: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    project("max_tokens = 50")
    workflow = Workflow.from_yaml(WRITER)

    def limit(flow: Workflow = workflow) -> int | None:
        return flow.estimate().tokens

    assert limit() == 50
    monkeypatch.setenv("STRANDS_NB_MAX_TOKENS", "40")
    assert limit() == 40
    set_nearer(lambda: Settings(max_tokens=30))
    assert limit() == 30
    said = Workflow.from_yaml(f"runtime: {{budgets: {{max_tokens: 20}}}}\n{WRITER}")
    assert limit(said) == 20
    assert limit(said.with_options(budgets={"max_tokens": 10})) == 10


def test_keys_of_different_places_are_put_together(
    project: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    project('max_cost = 1\non_hitl = "park"')
    monkeypatch.setenv("STRANDS_NB_ON_HITL", "approve")
    assert (settings().max_cost, settings().on_hitl) == (1.0, "approve")


def test_provider_and_model_are_taken_from_the_same_place(
    project: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    project('provider = "openai"\nmodel = "gpt-4o"')
    assert settings().default_model == "openai:gpt-4o"
    monkeypatch.setenv("STRANDS_NB_PROVIDER", "scripted")
    assert settings().default_model == "scripted"


def test_the_nearest_project_counts_that_says_anything_about_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[tool.strands_nb]\noutput_dir = "out"\n', encoding="utf-8")
    (below / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n", encoding="utf-8")
    monkeypatch.chdir(below)
    assert settings().output_dir == tmp_path / "out"


def test_a_project_that_is_edited_is_read_again(project: Callable[[str], Path]) -> None:
    project("max_tokens = 10")
    assert settings().max_tokens == 10
    os.utime(project("max_tokens = 2000"), ns=(1, 1))
    assert settings().max_tokens == 2000


# ---- what they do ---------------------------------------------------------------------------------------------------


def test_a_run_has_the_model_the_limits_and_the_policy_of_the_settings(project: Callable[[str], Path]) -> None:
    project('model = "scripted"\nmax_tokens = 1\non_hitl = "approve"')
    assert Workflow.from_yaml(WRITER).run().exit_code == 20
    done = Workflow.from_yaml(GATED).with_options(budgets={"max_tokens": None}).run()
    assert (done.status, done.steps[1]["response"]) == ("completed", "approved")


def test_sessions_are_kept_and_found_where_the_settings_say(project: Callable[[str], Path], tmp_path: Path) -> None:
    project('model = "scripted"\nstorage_dir = "kept"')
    result = Workflow.from_yaml(WRITER).run()
    assert (tmp_path / "kept" / result.session_id / "journal.jsonl").exists()
    assert [one.session_id for one in SessionManager().sync.list()] == [result.session_id]


def test_output_files_go_where_the_settings_say(project: Callable[[str], Path], tmp_path: Path) -> None:
    project('model = "scripted"\noutput_dir = "out"')
    Workflow.from_yaml(f"outputs: {{artifacts: [{{path: a.md, from: '{{{{ last_response }}}}'}}]}}\n{WRITER}").run()
    assert (tmp_path / "out" / "a.md").exists()


def test_limits_of_the_settings_stay_with_the_session(project: Callable[[str], Path]) -> None:
    path = project('model = "scripted"\nmax_tokens = 1')
    result = Workflow.from_yaml(WRITER).run()
    path.unlink()
    again = SessionManager().sync.resume(result.session_id)
    assert again.exit_code == 20


# ---- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('modl = "scripted"', "there is no key 'modl'; did you mean 'model'?"),
        ("zzz = 1", "there is no key 'zzz'; there are: model, provider, max_cost"),
        ('max_cost = "much"', "max_cost should be an amount of US dollars above 0; write, e.g., max_cost = 1.0"),
        ("max_cost = -1", "max_cost should be an amount of US dollars above 0"),
        ("max_tokens = 1.5", "max_tokens should be a whole number above 0; write, e.g., max_tokens = 50000"),
        ("max_tokens = true", "max_tokens should be a whole number above 0"),
        ("background = 1", "background should be true or false"),
        ('on_hitl = "aks"', "on_hitl should be one of ask, approve, default, fail, park; did you mean 'ask'?"),
        ("storage_dir = 5", "storage_dir should be the path of a folder"),
        ("model = []", "model should be a text"),
        ('model = "openia:gpt-4o"', "unknown provider 'openia' in 'openia:gpt-4o'; did you mean 'openai'?"),
        ("model = ", "cannot be read"),
    ],
)
def test_what_is_no_setting_is_refused_with_the_file_and_what_to_write(
    project: Callable[[str], Path], table: str, said: str
) -> None:
    path = project(table)
    with pytest.raises(BuildError) as refused:
        settings()
    assert said in str(refused.value)
    assert str(refused.value).startswith(str(path))
    with pytest.raises(BuildError):
        Workflow.from_yaml(WRITER).run()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("MAX_TOKENS", "many", "$STRANDS_NB_MAX_TOKENS: max_tokens should be a whole number above 0"),
        ("FROM_NS", "yes", "$STRANDS_NB_FROM_NS: from_ns should be true or false"),
        ("MODEL", "openia", "the environment: unknown provider 'openia'"),
    ],
)
def test_what_is_no_setting_in_the_environment_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, said: str
) -> None:
    monkeypatch.setenv(f"STRANDS_NB_{name}", text)
    with pytest.raises(BuildError) as refused:
        settings()
    assert said in str(refused.value)


def test_an_empty_variable_says_nothing_and_others_of_our_prefix_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRANDS_NB_MAX_COST", "")
    monkeypatch.setenv("STRANDS_NB_ELSEWHERE", "1")
    assert settings() == Settings()
