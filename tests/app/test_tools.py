"""Agents with tools, run by the scripted model: those that come with strands_nb, and those that are given."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import strands

from strands_nb.agents import Rule
from strands_nb.app import Workflow
from strands_nb.app.models import definitions
from strands_nb.app.options import Options
from strands_nb.app.sessions import reopen
from strands_nb.errors import BuildError, CapabilityError, SpecChangedError
from strands_nb.spec import parse
from strands_nb.testing import MemorySessionRepository
from strands_nb.tools import Tool, file_tools
from tests.app.support import events_of
from tests.app.tooling import Play, calls, flow, look_up, with_tools

# ---- local tools ------------------------------------------------------------------------------------------------


def test_a_tool_is_called_its_result_is_used_and_both_are_told(play: Play) -> None:
    play(calls("calculator", expression="6 * 7"))
    workflow = with_tools("calculator")
    result = workflow.run()
    assert result.last_response == "It is 42."
    told = [event for event in events_of(workflow, result.session_id) if event.event_type.startswith("tool_")]
    assert [(event.event_type, event.key) for event in told] == [
        ("tool_start", "steps/0/tools/0"),
        ("tool_complete", "steps/0/tools/0"),
    ]
    assert told[0].data["arguments"] == {"expression": "6 * 7"}
    assert (told[1].data["result"], told[1].data["ok"]) == ("42", True)


def test_a_refusal_of_a_tool_is_an_answer_to_the_model_and_not_the_end_of_the_run(play: Play) -> None:
    play(calls("calculator", expression="9 ** 9 ** 9"))
    result = with_tools("calculator").run()
    assert result.success
    assert "at most 3,000 digits" in result.last_response


def test_file_tools_work_in_the_current_folder_and_not_outside(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    play(calls("file_write", path="out.txt", content="hello"))
    assert with_tools("file_write").run().success
    assert (tmp_path / "out.txt").read_text() == "hello"
    play(calls("file_read", path="../secret.txt"))
    assert f"is not below {tmp_path}" in with_tools("file_read").run().last_response


def test_another_folder_is_given_as_tools(play: Play, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("from there")
    play(calls("file_read", path="a.txt"))
    workflow = with_tools("file_read", tools=file_tools(tmp_path))
    assert workflow.check() == []
    assert workflow.run().last_response == "It is from there."


def test_an_agent_without_a_list_has_what_the_workflow_declares_and_one_with_an_empty_list_nothing(play: Play) -> None:
    play(Rule(reply=lambda request: " ".join(sorted(request.tools)) or "none"))
    declared = "tools: {python: [calculator, strands_tools.current_time.current_time]}"
    assert flow(more=declared).run().last_response == "calculator current_time"
    assert with_tools("", declared).run().last_response == "none"
    assert with_tools("calculator", declared).run().last_response == "calculator"


def test_tools_for_retrieval_come_to_every_agent(play: Play) -> None:
    play(Rule(reply=lambda request: " ".join(sorted(request.tools))))
    workflow = with_tools("", "context_policy: {retrieval: {jit_tools: [grep, head, tail, search]}}")
    assert workflow.check() == []
    assert workflow.run().last_response == "grep head search tail"


def test_code_runs_only_where_it_is_named(play: Play) -> None:
    play(Rule(reply=lambda request: " ".join(request.tools) or "none"))
    assert flow().run().last_response == "none"
    play(calls("python_exec", code="print(6 * 7)"))
    assert with_tools("python_exec").run().last_response == "It is 42\n."


def test_a_resumed_run_calls_no_tool_again(play: Play) -> None:
    asked: list[str] = []

    def note(text: str) -> str:
        """Notes it."""
        asked.append(text)
        return "noted"

    play(calls("calculator", expression="1"))
    text = "agents: {a: {prompt: A, tools: [calculator]}}\nsteps: [{a: Go}, {approve: OK?}, {a: Again}]"
    workflow = Workflow.from_yaml(text).with_options(model="scripted", store=MemorySessionRepository())
    workflow = workflow.with_options(tools={"calculator": Tool("calculator", "d", {}, lambda a, _: note(str(a)))})
    paused = workflow.run()
    assert (paused.status, len(asked)) == ("paused", 1)
    assert workflow.resume(paused.session_id, "yes").success
    assert len(asked) == 2


# ---- given tools ------------------------------------------------------------------------------------------------


def test_a_function_stands_for_a_tool_of_the_network_and_goes_by_its_id(play: Play) -> None:
    play(calls("tavily_search", city="Oslo"))
    workflow = with_tools("tavily_search", tools={"tavily_search": look_up})
    assert workflow.check() == []
    assert workflow.run().last_response == "It is sunny in Oslo."


def test_a_coroutine_does_too(play: Play) -> None:
    async def look_up_later(city: str) -> str:
        """The weather."""
        await asyncio.sleep(0)
        return f"rain in {city}"

    play(calls("web_fetch", city="Bergen"))
    assert with_tools("web_fetch", tools={"web_fetch": look_up_later}).run().last_response == "It is rain in Bergen."


def test_a_list_stands_for_a_server_and_its_functions_go_by_their_own_names(play: Play) -> None:
    def count(word: str) -> int:
        """Counts letters."""
        return len(word)

    play(calls("count", word="tides"))
    workflow = flow(more="tools: {mcp: [{id: files, command: npx}]}", tools={"files": [look_up, count]})
    assert workflow.check() == []
    assert workflow.run().last_response == "It is 5."


def test_a_tool_of_the_sdk_and_a_tool_as_data_are_tools(play: Play) -> None:
    def shout(text: str) -> str:
        """Says it louder."""
        return text.upper()

    sdk: Any = strands
    plain = Tool("whisper", "Says it lower.", {"type": "object"}, lambda given, _: given["text"].lower())
    for name, said in (("shout", "HI"), ("whisper", "hi")):
        play(calls(name, text="Hi"))
        workflow = with_tools("http_request", tools={"http_request": [sdk.tool(shout), plain]})
        assert workflow.run().last_response == f"It is {said}."


@pytest.mark.parametrize("key", ["lookup", "shop.prices:lookup"])
def test_a_function_that_a_file_names_is_given_by_its_id_or_as_it_is_written(play: Play, key: str) -> None:
    play(calls("lookup", city="Oslo"))
    more = 'tools: {python: ["shop.prices:lookup"]}'
    assert flow(more=more, tools={key: look_up}).run().last_response == "It is sunny in Oslo."


def test_a_given_tool_goes_before_the_one_that_comes_with_strands_nb(play: Play) -> None:
    play(calls("calculator", city="Oslo"))
    assert with_tools("calculator", tools={"calculator": look_up}).run().last_response == "It is sunny in Oslo."


def test_skills_are_loaded_by_a_tool_of_yours(play: Play) -> None:
    play(calls("Skill", city="x"))
    workflow = flow(more="skills: [{id: s, path: s}]", tools={"Skill": look_up})
    assert workflow.run().last_response == "It is sunny in x."


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("a text", "give a function, a Tool, a tool of the SDK, or a list of these"),
        (None, "give a function"),
        ([look_up, 3], "give a function"),
        (dict, "give a function"),
        ([lambda: 1], "cannot name a tool"),
        (Tool("a b", "d", {}, lambda a, _: a), "needs another name"),
    ],
)
def test_what_is_no_tool_is_refused_at_once(given: Any, words: str) -> None:
    with pytest.raises(BuildError, match=words):
        with_tools("http_request").with_options(tools={"http_request": given})


def test_an_agents_fingerprint_includes_its_tools_but_not_the_folder_they_work_in(tmp_path: Path) -> None:
    spec = parse("agents: {a: {prompt: A, tools: [file_read]}}\nsteps: [{a: Go}]")

    def fingerprint(**options: Any) -> str:
        return definitions(spec, {}, Options(model="scripted", **options))["a"].fingerprint

    assert fingerprint() == fingerprint(tools=file_tools(tmp_path)) != fingerprint(tools={"file_read": look_up})


def test_the_effect_that_a_workflow_declares_is_on_its_tool() -> None:
    text = "agents: {{a: {{prompt: A}}}}\nsteps: [{{a: Go}}]\ntools: {{python: [{{callable: {}, effect: once}}]}}"
    for name in ("calculator", "http_request"):
        spec = parse(text.format(name))
        made = definitions(spec, {}, Options(model="scripted", tools={"http_request": look_up}))
        assert [tool.effect for tool in made["a"].tools] == ["once"]


def test_a_session_goes_on_with_the_tools_it_had_or_not_at_all(play: Play) -> None:
    text = "agents: {a: {prompt: A, tools: [http_request]}}\nsteps: [{a: Go}, {approve: OK?}]"
    store = MemorySessionRepository()
    workflow = Workflow.from_yaml(text).with_options(model="scripted", store=store, tools={"http_request": look_up})
    paused = workflow.run()
    from_outside = asyncio.run(reopen(store, paused.session_id))
    with pytest.raises(CapabilityError, match="reaches the network"):
        from_outside.resume(paused.session_id, "yes")

    def other(place: str) -> str:
        """Something else."""
        return place

    with pytest.raises(SpecChangedError):
        workflow.with_options(tools={"http_request": other}).resume(paused.session_id, "yes")
    assert from_outside.with_options(tools={"http_request": look_up}).resume(paused.session_id, "yes").success
