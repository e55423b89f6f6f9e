"""Which tools an agent is to have, wherever it is asked."""

from __future__ import annotations

import pytest

from strands_nb.spec import parse
from strands_nb.spec.toolset import AgentUse, agent_of, agent_uses, asked_tools, denial, variant_id

DECLARED = """
tools:
  python: [calculator, strands_tools.http_request.http_request, {callable: "shop.prices:lookup"}]
  mcp: [{id: "my:files", command: npx}]
  http_executors: [{id: gh, base_url: "https://api.github.com"}]
"""


def asked(agent: str, more: str = DECLARED, use: AgentUse | None = None) -> dict[str, str]:
    spec = parse(f"agents: {{a: {{prompt: A{agent}}}}}\nsteps: [{{a: Go}}]\n{more}")
    return asked_tools(spec, use or AgentUse("a"))


def test_an_agent_without_a_list_has_all_that_is_declared() -> None:
    assert asked("") == {
        "calculator": "/tools/python/0",
        "http_request": "/tools/python/1",
        "lookup": "/tools/python/2",
        "my:files": "/tools/mcp/0",
        "gh": "/tools/http_executors/0",
    }
    assert asked("", "") == {}


def test_an_empty_list_is_none_and_any_other_exactly_these() -> None:
    assert asked(", tools: []") == {}
    assert asked(", tools: ['my:files', shop.prices:lookup, grep]") == {
        "my:files": "/agents/a/tools/0",
        "lookup": "/agents/a/tools/1",
        "grep": "/agents/a/tools/2",
    }


def test_old_import_paths_mean_the_built_in_of_that_name() -> None:
    listed = asked(", tools: [strands_tools.http_request.http_request, strands_cli.tools.grep]", "")
    assert list(listed) == ["http_request", "grep"]


@pytest.mark.parametrize("own", ["", ", tools: []", ", tools: [grep]"])
def test_skills_and_tools_for_retrieval_come_on_top(own: str) -> None:
    more = "skills: [{id: s, path: s}]\ncontext_policy: {retrieval: {jit_tools: [grep, head]}}"
    listed = asked(own, more)
    assert listed["head"] == "/context_policy/retrieval/jit_tools/1"
    assert listed["Skill"] == "/skills"
    assert listed["grep"].startswith("/agents" if "grep" in own else "/context_policy")
    assert set(listed) == {"grep", "head", "Skill"}


def test_what_a_step_says_holds_alone_and_each_variant_is_named_once() -> None:
    spec = parse(
        """
agents: {a: {prompt: A, tools: [grep]}, b: {prompt: B}}
steps:
  - {agent: a, tool_overrides: [head]}
  - {agent: a}
  - {agent: a, tool_overrides: [head]}
  - {agent: b, tool_overrides: []}
context_policy: {retrieval: {jit_tools: [tail]}}
"""
    )
    uses = list(agent_uses(spec))
    assert [use.id for use in uses] == ["a", "b", "a[head]", "b[]"]
    assert [list(asked_tools(spec, use)) for use in uses] == [["grep", "tail"], ["tail"], ["head"], []]
    assert asked_tools(spec, uses[2]) == {"head": "/pattern/config/steps/0/tool_overrides/0"}


def test_a_variant_knows_its_agent() -> None:
    for agent in ("writer", "a[b", "x]"):
        assert agent_of(variant_id(agent, ("grep", "head"))) == agent
    assert agent_of("writer") == "writer"


@pytest.mark.parametrize(
    ("guardrails", "forbidden"),
    [
        ("{}", set[str]()),
        ("{allow_tools: []}", {"calculator", "http_request", "lookup", "my:files", "gh", "python_exec"}),
        ("{allow_tools: [calculator, shop.prices:lookup, 'my:files']}", {"http_request", "gh", "python_exec"}),
        ("{deny_network: true}", {"http_request", "my:files", "gh", "python_exec"}),
    ],
)
def test_guardrails_forbid_by_id(guardrails: str, forbidden: set[str]) -> None:
    text = f"agents: {{a: {{prompt: A}}}}\nsteps: [{{a: Go}}]\nsecurity: {{guardrails: {guardrails}}}\n{DECLARED}"
    spec = parse(text)
    asked = {*asked_tools(spec, AgentUse("a")), "python_exec"}
    assert {tool for tool in asked if denial(spec, tool)} == forbidden
