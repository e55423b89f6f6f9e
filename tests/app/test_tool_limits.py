"""Tools that agents do not get: they are missing, forbidden, or not those of the step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from strands_nb.agents import Request, Rule
from strands_nb.app import Workflow
from strands_nb.errors import CapabilityError
from strands_nb.testing import MemorySessionRepository, ScriptedAgents
from strands_nb.tools import file_tools
from tests.app.tooling import Play, calls, flow, look_up, with_tools

# ---- missing tools ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tools", "message", "hint"),
    [
        ("python: [tavily_search]", "tool 'tavily_search' reaches the network, which this version leaves to you",
         "give your own: with_options(tools={'tavily_search': function})"),
        ("mcp: [{id: fs, command: npx}]", "the MCP server 'fs' is not started by this version",
         "give your own: with_options(tools={'fs': [function, …]})"),
        ("http_executors: [{id: gh, base_url: 'https://x'}]", "the web service 'gh' is not called by this version",
         "give your own: with_options(tools={'gh': function})"),
        ("python: ['shop.prices:lookup']",
         "the function 'lookup' is not imported by this version, which runs no code that a file names",
         "give your own: with_options(tools={'lookup': function})"),
        ("python: [{callable: grep, approval: always}]", "approval before a tool call is not in this version",
         "remove it to let agents call 'grep' without asking"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_by_name_before_the_run_with_what_to_do(tools: str, message: str, hint: str) -> None:
    workflow = flow(more=f"tools: {{{tools}}}")
    assert [(p.severity, p.message, p.hint, p.line) for p in workflow.check()] == [("needs", message, hint, 3)]
    with pytest.raises(CapabilityError):
        workflow.run()


def test_a_tool_that_several_agents_lack_is_said_once_where_it_is_named_first() -> None:
    workflow = flow("{a: {prompt: A, tools: [grep, http_request]}, b: {prompt: B, tools: [http_request]}}")
    assert [(p.pointer, p.line) for p in workflow.check()] == [("/agents/a/tools/1", 1)]


def test_what_no_agent_may_use_is_not_missed() -> None:
    assert with_tools("", "tools: {python: [tavily_search], mcp: [{id: fs, command: npx}]}").check() == []


def test_agents_made_by_hand_lack_no_tools() -> None:
    assert with_tools("tavily_search", agents=ScriptedAgents()).run().success


def test_a_tool_that_nobody_asks_for_is_given_in_vain_and_a_warning_says_so() -> None:
    workflow = with_tools("web_fetch", tools={"web_fetch": look_up, "web_fetsh": look_up, **file_tools()})
    (problem,) = workflow.check()
    assert (problem.severity, problem.hint) == ("warning", "did you mean 'web_fetch'?")


def test_two_tools_of_one_name_are_refused_before_the_run() -> None:
    def grep(pattern: str) -> str:
        """Another one."""
        return pattern

    workflow = with_tools("grep, http_request", tools={"http_request": [grep]})
    assert [(p.severity, p.message) for p in workflow.check()] == [("needs", "agent 'a' has two tools called 'grep'")]


# ---- guardrails and steps ---------------------------------------------------------------------------------------


def test_a_tool_that_is_not_allowed_is_not_given_and_a_model_that_calls_it_is_told(play: Play) -> None:
    play(calls("file_write", path="x", content="y"))
    workflow = with_tools("calculator, file_write", "security: {guardrails: {allow_tools: [calculator]}}")
    (problem,) = workflow.check()
    assert problem.severity == "warning"
    assert problem.message == "no agent gets the tool 'file_write': security.guardrails.allow_tools does not name it"
    result = workflow.run()
    assert result.success
    assert "Unknown tool: file_write" in result.last_response
    assert not Path("x").exists()


def test_without_the_network_its_tools_are_neither_missed_nor_given(play: Play) -> None:
    play(Rule(reply=lambda request: " ".join(request.tools)))
    workflow = with_tools(
        "calculator, http_request, python_exec",
        "security: {guardrails: {deny_network: true}}",
        tools={"http_request": look_up},
    )
    assert [p.severity for p in workflow.check()] == ["warning", "warning"]
    assert workflow.run().last_response == "calculator"


OVERRIDDEN = """
agents: {a: {prompt: A, tools: [calculator, grep]}}
steps:
  - {agent: a, input: One}
  - {agent: a, input: Two, tool_overrides: [current_time]}
  - {agent: a, input: Three, tool_overrides: []}
  - {agent: a, input: Four}
"""


def test_a_step_may_have_tools_of_its_own_and_the_agent_stays_the_same(play: Play) -> None:
    def tell(request: Request) -> str:
        return f"{request.turn}: {' '.join(sorted(request.tools))}"

    play(Rule(agent="a", reply=tell))
    result = Workflow.from_yaml(OVERRIDDEN).with_options(model="scripted", store=MemorySessionRepository()).run()
    assert [step["response"] for step in result.steps] == [
        "0: calculator grep",
        "1: current_time",
        "2: ",
        "3: calculator grep",
    ]
    assert list(result.token_usage) == ["a"]
    assert {entry["agent"] for entry in result.execution_context["steps"]} == {"a"}


def test_scripted_agents_answer_for_such_a_step_too() -> None:
    agents = ScriptedAgents({"a": ["one", "two", "three", "four"]})
    result = Workflow.from_yaml(OVERRIDDEN).with_options(agents=agents, store=MemorySessionRepository()).run()
    assert [step["response"] for step in result.steps] == ["one", "two", "three", "four"]
    assert len(agents.calls[3].history) == 6


def test_a_tool_that_only_a_step_names_is_missed_there() -> None:
    workflow = Workflow.from_yaml(OVERRIDDEN.replace("current_time", "web_fetch")).with_options(model="scripted")
    assert [(p.severity, p.line) for p in workflow.check()] == [("needs", 5)]


def test_changing_the_tools_of_a_step_runs_that_step_again(play: Play) -> None:
    def with_gate(tools: str) -> str:
        return (
            "agents: {a: {prompt: A, memory: none}}\n"
            f"steps: [{{agent: a, input: x}}, {{agent: a, input: y, tool_overrides: [{tools}]}}, {{approve: OK?}}]"
        )

    play(Rule(reply=lambda request: f"{request.prompt} {' '.join(request.tools)}"))
    store = MemorySessionRepository()
    options: Mapping[str, Any] = {"model": "scripted", "store": store, "on_change": "reuse_unchanged"}
    paused = Workflow.from_yaml(with_gate("grep")).with_options(**options).run()
    result = Workflow.from_yaml(with_gate("head")).with_options(**options).resume(paused.session_id)
    assert [step["response"] for step in result.steps] == ["x ", "y head"]
