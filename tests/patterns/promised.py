"""Workflows of the tests about promises: a head of agents, and one pattern."""

from __future__ import annotations

import json

HEAD = """
version: 0
name: t
runtime: {provider: scripted}
agents: {a: {prompt: A}, b: {prompt: B}, judge: {prompt: J}, boss: {prompt: C}}
pattern:
"""


def pattern(text: str) -> str:
    """A workflow of this pattern."""
    return HEAD + "".join(f"  {line}\n" for line in text.strip("\n").splitlines())


def score(*scores: float) -> list[str]:
    return [json.dumps({"score": score, "issues": [f"issue {score:g}"], "fixes": []}) for score in scores]


TWO_GATES = pattern("""
type: parallel
config:
  branches:
    - {id: p, steps: [{agent: a, input: P}, {type: hitl, prompt: p?}]}
    - {id: q, steps: [{agent: b, input: Q}, {type: hitl, prompt: q?}]}
  reduce: {type: hitl, prompt: "all? {{ branches.p.response }} {{ branches.q.response }}"}
""")
