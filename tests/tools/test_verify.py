"""A model checks the workflow it has written."""

from __future__ import annotations

from pathlib import Path

import pytest

from strands_nb.tools.verify import spec_verify

GOOD = "agents: {writer: {prompt: You write.}}\nsteps: [{writer: 'About {{ topic }}'}]"


def test_a_sound_workflow_is_valid_and_what_a_run_would_need_is_listed() -> None:
    report = spec_verify(GOOD)
    assert (report["valid"], report["errors"], report["pattern"]) == (True, [], "chain")
    assert "'topic' is not defined" in report["needs"][0]
    assert "needs" not in spec_verify(GOOD, check_capability=False)


def test_every_mistake_is_told_with_its_place() -> None:
    report = spec_verify("agents: {writer: {promt: Hi}}\nsteps: [{agent: wrtier}]")
    assert report["valid"] is False
    assert any("line 1" in error and "did you mean 'prompt'?" in error for error in report["errors"])


@pytest.mark.parametrize("text", ["", "just words", "a: [1", "- 1", "\0", "&a [*a, *a]", "{{ x }}", "x: " + "[" * 5000])
def test_whatever_a_model_writes_there_is_a_report(text: str) -> None:
    report = spec_verify(text)
    assert report["valid"] is False
    assert report["errors"]


def test_no_file_is_read_for_a_text_that_a_model_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.yaml").write_text(GOOD)
    report = spec_verify("agents: {writer: {$ref: other.yaml}}\nsteps: [{writer: Go}]")
    assert report["valid"] is False
    assert "cannot refer to files" in report["errors"][0]
