"""Files a run leaves behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from strands_nb.errors import SchemaValidationError
from tests.app.support import agents_of, flow

HEAD = "name: brief\nagents: {a: {prompt: A}}\nsteps: [{a: Go}, {approve: Ok?}]\n"


def with_artifacts(folder: Path, *artifacts: dict[str, str], **options: Any) -> Any:
    text = HEAD + f"outputs: {json.dumps({'artifacts': artifacts})}"
    return flow(text, {"a": "said"}, output_dir=folder, on_hitl="approve", **options)


def test_an_artifact_is_rendered_and_written_below_the_output_folder(tmp_path: Path) -> None:
    workflow = with_artifacts(
        tmp_path, {"path": "sub/{{ name }}-{{ topic }}.md", "from": "{{ steps[0].response }}\r\n{{ hitl_response }}"}
    )
    result = workflow.run(topic="fog")
    target = tmp_path / "sub" / "brief-fog.md"
    assert result.artifacts_written == [str(target)]
    assert target.read_bytes() == b"said\r\napproved"
    assert [p.name for p in target.parent.iterdir()] == ["brief-fog.md"]


def test_an_input_goes_before_a_field_of_the_document(tmp_path: Path) -> None:
    with_artifacts(tmp_path, {"path": "x.txt", "from": "{{ name }}"}).run(name="mine")
    assert (tmp_path / "x.txt").read_text() == "mine"


def test_the_execution_context_and_the_trace_are_at_hand(tmp_path: Path) -> None:
    workflow = with_artifacts(
        tmp_path,
        {"path": "context.txt", "from": "{{ execution_context.steps[0].response }} {{ execution_context | tojson }}"},
        {"path": "trace.json", "from": "$TRACE"},
        {"path": "also.json", "from": "{{ TRACE }}"},
    )
    result = workflow.run()
    said, context = (tmp_path / "context.txt").read_text().split(" ", 1)
    assert said == "said"
    assert json.loads(context) == result.execution_context
    trace = json.loads((tmp_path / "trace.json").read_text())
    assert [unit["key"] for unit in trace["units"]] == ["steps/0", "steps/1"]
    assert (tmp_path / "also.json").read_text() == (tmp_path / "trace.json").read_text()


LEAVING = ["../../etc", "/etc/passwd", "..", "C:\\x"]


@pytest.mark.parametrize("path", ["{{ topic }}/x", "{{ topic }}"])
@pytest.mark.parametrize("topic", LEAVING)
def test_an_input_that_would_leave_the_folder_is_refused_before_the_run(tmp_path: Path, path: str, topic: str) -> None:
    workflow = with_artifacts(tmp_path, {"path": "ok.txt", "from": "x"}, {"path": path, "from": "x"})
    with pytest.raises(SchemaValidationError, match="must be relative") as refused:
        workflow.run(topic=topic)
    assert refused.value.json_pointer == "/outputs/artifacts/1/path"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("topic", [*LEAVING, ""])
def test_a_reply_that_would_leave_the_folder_writes_nothing(tmp_path: Path, topic: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    path = "{{ last_response[:0] }}{{ topic }}/x"
    result = with_artifacts(folder, {"path": "ok.txt", "from": "x"}, {"path": path, "from": "x"}).run(topic=topic)
    assert "must be relative" in str(result.error_message)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (folder / "link").symlink_to(elsewhere)
    (folder / "file.txt").symlink_to(elsewhere / "file.txt")
    for path in ("link/x.txt", "file.txt"):
        with pytest.raises(SchemaValidationError, match="symbolic link"):
            with_artifacts(folder, {"path": path, "from": "x"}).run()
    assert list(elsewhere.iterdir()) == []


def test_two_artifacts_of_the_same_path_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaValidationError, match="two artifacts have the same path"):
        with_artifacts(tmp_path, {"path": "x", "from": "1"}, {"path": "./{{ topic }}", "from": "2"}).run(topic="x")
    late = {"path": "./{{ last_response[:0] }}{{ topic }}", "from": "2"}
    result = with_artifacts(tmp_path, {"path": "x", "from": "1"}, late).run(topic="x")
    assert "two artifacts have the same path" in str(result.error_message)
    assert list(tmp_path.iterdir()) == []


def test_an_artifact_that_cannot_be_rendered_is_named(tmp_path: Path) -> None:
    result = with_artifacts(tmp_path, {"path": "x.md", "from": "{{ 1 / 0 }}"}).run()
    assert "the artifact 'x.md' cannot be made: line 1 of the template: division by zero" in str(result.error_message)


def test_a_file_that_is_there_is_replaced_unless_that_is_forbidden(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("old")
    assert with_artifacts(tmp_path, {"path": "x", "from": "new"}).run().success
    assert (tmp_path / "x").read_text() == "new"
    result = with_artifacts(tmp_path, {"path": "x", "from": "newer"}, overwrite=False).run()
    assert "there already" in str(result.error_message)
    assert (tmp_path / "x").read_text() == "new"


def test_a_file_that_cannot_be_written_leaves_no_half_of_it(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    result = with_artifacts(tmp_path, {"path": "x", "from": "text"}, session="s").run()
    assert (result.status, "cannot be written" in str(result.error_message)) == ("failed", True)
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_a_run_that_failed_at_its_files_is_resumed_without_a_call(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    workflow = with_artifacts(tmp_path, {"path": "x", "from": "{{ last_response }}"}, session="s")
    workflow.run()
    (tmp_path / "x").rmdir()
    assert workflow.run().success
    assert (tmp_path / "x").read_text() == "approved"
    assert agents_of(workflow).keys == ["steps/0"]


def test_a_replay_does_not_write_again(tmp_path: Path) -> None:
    workflow = with_artifacts(tmp_path, {"path": "x", "from": "$TRACE"}, session="s")
    first = workflow.run()
    (tmp_path / "x").unlink()
    assert workflow.run().artifacts_written == first.artifacts_written
    assert not (tmp_path / "x").exists()
