"""A workflow of each pattern in which every field of the pattern occurs and nothing is wrong."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any, cast

from strands_nb.errors import SchemaValidationError
from strands_nb.spec import check, parse
from strands_nb.spec.read import document_of, tree_of
from strands_nb.spec.tree import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strands_nb.errors import Problem

HEAD = """\
version: 0
name: t
runtime: {provider: scripted}
agents: {a: {prompt: A}, b: {prompt: B}}
inputs: {values: {topic: tides}}
"""

FULL = {
    "chain": """
        steps:
          - {agent: a, input: "on {{ topic }}", vars: {tone: dry}, tool_overrides: [grep], id: facts}
          - {type: manual_gate, prompt: Good?, gate_id: gate, timeout_minutes: 2, validation: {pattern: "[a-z]+"}}
          - {agent: b, input: "{{ steps.facts.response }} {{ steps[0].response }} {{ hitl_response }}"}
    """,
    "workflow": """
        tasks:
          - {id: facts, agent: a, input: "on {{ topic }}", description: first, vars: {tone: dry}, tool_overrides: []}
          - {id: gate, type: hitl, prompt: "Good? {{ tasks.facts.response }}", deps: [facts], description: second,
             context_display: "{{ last_response }}", default: fine, timeout_seconds: 5, choices: [fine, poor],
             schema: {type: string}}
          - {id: brief, agent: b, deps: [gate], input: "{{ tasks.facts.response }} {{ hitl_response }}"}
    """,
    "routing": """
        router:
          agent: a
          input: "where to with {{ topic }}"
          max_retries: 0
          review_router: {type: hitl, prompt: "To {{ router.chosen_route }}?", context_display: "{{ router.response }}"}
        routes:
          sea:
            then:
              - {agent: a, input: "{{ router.chosen_route }} {{ hitl_response }}", id: facts}
              - {type: hitl, prompt: Good?}
              - {agent: b, input: "{{ steps.facts.response }} {{ steps[0].response }}", vars: {tone: dry}}
          land: {then: [{agent: b}]}
    """,
    "parallel": """
        branches:
          - id: web
            steps:
              - {agent: a, input: "on {{ topic }}", id: facts}
              - {type: hitl, prompt: Good?}
              - {agent: a, input: "{{ steps.facts.response }} {{ hitl_response }} {{ last_response }}"}
          - {id: docs, steps: [{agent: b}]}
        on_error: collect
        reduce: {agent: b, input: "{{ branches.web.response }} {{ branches.docs.status }} {{ hitl_response }}"}
    """,
    "evaluator_optimizer": """
        producer: {agent: a, input: "on {{ topic }}"}
        evaluator: {agent: b, input: "judge {{ draft }}"}
        accept: {min_score: 80, max_iters: 2}
        revise_prompt: "{{ evaluation.score }} {{ draft }} {{ iteration }}"
        review_gate: {type: hitl, prompt: "On? {{ iterations[-1].score }}", context_display: "{{ current_draft }}"}
        on_exhausted: fail
    """,
    "orchestrator_workers": """
        orchestrator: {agent: a, input: "split {{ topic }}", limits: {min_workers: 1, max_workers: 4, max_rounds: 2}}
        worker_template: {agent: b, input: "{{ worker.task }} of {{ task_count }}", tools: [grep]}
        decomposition_review: {type: hitl, prompt: "{{ task_count }}?", context_display: "{{ orchestrator_response }}"}
        reduce_review: {type: hitl, prompt: "Enough? {{ workers[0].response }}"}
        reduce: {agent: a, input: "{% for w in workers %}{{ w.task }}{% endfor %} {{ hitl_response }}"}
        writeup: {agent: b, input: "{{ reduce_response }} {{ num_workers }}"}
    """,
    "graph": """
        nodes:
          draft: {agent: a, input: "on {{ topic }}"}
          check: {agent: b}
          gate: {type: hitl, prompt: "Good? {{ nodes.draft.response }}", context_display: "{{ nodes.check.response }}"}
          end: {agent: b, input: "{{ nodes.gate.response }} {{ hitl_response }}"}
        edges:
          - {from: draft, to: [check, gate]}
          - {from: gate, choose: [{when: "{{ hitl_response == 'no' }}", to: draft}, {when: else, to: end}]}
        start: draft
        max_iterations: 3
    """,
}
"""By pattern, what stands below `config`."""


def text_of(kind: str, config: str | None = None) -> str:
    """A whole workflow in YAML, around this config or that of the sample."""
    body = indent(FULL[kind] if config is None else config, "    ")
    return f"{HEAD}pattern:\n  type: {kind}\n  config:\n{body}"


def data_of(text: str) -> Any:
    """What a text says, as plain data."""
    root, problems = tree_of(document_of(text))
    assert root is not None
    assert not problems
    return plain(root)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value within plain data, with its path."""
    listed: Any = enumerate(cast("list[Any]", value)) if isinstance(value, list) else ()
    items: Any = cast("dict[str, Any]", value).items() if isinstance(value, dict) else listed
    for name, below in items:
        yield (*path, name), below
        yield from places(below, (*path, name))


def said(text: str) -> list[Problem]:
    """Everything that is said of a text, whether it can be read or not."""
    try:
        return check(parse(text))
    except SchemaValidationError as error:
        return error.errors


def brief(problem: Problem) -> str:
    """A problem in one line: place, message, hint; the severity of one that is no error."""
    line = f"{problem.line}:{problem.column} {problem.message}" + (f"; {problem.hint}" if problem.hint else "")
    return line if problem.severity == "error" else f"{problem.severity} {line}"


def table(name: str) -> list[tuple[str, str, list[str]]]:
    """The rows of a table beside this file: a pattern, its config in one line, and below it what is said of it.

    In the text that `text_of` makes of them, the config is line 9.
    """
    rows: list[tuple[str, str, list[str]]] = []
    for line in Path(__file__).with_name(f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            rows[-1][2].append(line.strip())
        else:
            kind, _, config = line.partition(" ")
            rows.append((kind, config, []))
    return rows
