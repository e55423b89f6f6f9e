"""Shift-Tab on a word of a workflow: what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strands_nb.notebook.assist.hover import Hover, meaning
from tests.notebook.kernel import Kernel
from tests.notebook.shells import at_cursor

if TYPE_CHECKING:
    from collections.abc import Generator

CELL = """%%workflow brief --on-hitl park
agents: {writer: {prompt: You write., memory: scope}}
runtime: {failure_policy: {backoff: exponential}}
steps:
  - writer: "About tides."
  - approve: Good?
    timeout_seconds: 5
"""


def said_at(word: str) -> str | None:
    return meaning(*at_cursor(CELL.replace(word, f"{word[:2]}¦{word[2:]}", 1)))


@pytest.mark.parametrize(
    ("word", "means"),
    [
        ("agents", "Its agents by id."),
        ("prompt", "The system prompt"),
        ("memory", "scope | none"),
        ("backoff", "constant | exponential | jittered"),
        ("exponential", "**backoff**"),
        ("timeout_seconds", "How long to wait"),
        ("approve", "What a human is asked"),
        ("--on-hitl", "What becomes of a question"),
        ("steps", "A chain in short form"),
    ],
)
def test_a_word_is_explained_from_the_schema(word: str, means: str) -> None:
    assert means in (said_at(word) or "")


def test_an_agent_is_explained_by_its_prompt() -> None:
    code = "%%workflow\nagents: {writer: {prompt: You write.}}\nsteps:\n  - wri¦ter: Go."
    assert meaning(*at_cursor(code)) == "**writer** · string\n\nAsk the agent writer: You write."


def test_a_name_in_a_template_is_explained() -> None:
    code = (
        "%%workflow\ninputs: {required: {topic: {type: string, description: What about.}}}\nsteps:\n  - a: {{ to¦pic }}"
    )
    assert "What about." in (meaning(*at_cursor(code)) or "")


@pytest.mark.parametrize("code", ["print(1¦)", "%%time\nagents¦: 1", "%%workflow\n¦", "%%workflow\nnonsense¦: 1", ""])
def test_of_everything_else_nothing_is_said(code: str) -> None:
    assert meaning(*at_cursor(code)) is None


class Mute:
    """A kernel that cannot inspect, or is none."""


@pytest.mark.parametrize("kernel", [None, Mute()])
def test_without_a_kernel_that_inspects_nothing_is_put_anywhere(kernel: object) -> None:
    hover = Hover(kernel)
    hover.install()
    hover.remove()
    assert not hasattr(kernel, "do_inspect")


@pytest.fixture(scope="module")
def kernel() -> Generator[Kernel, None, None]:
    started = Kernel()
    started.run("%load_ext strands_nb")
    yield started
    started.stop()


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_kernel_explains_workflows_and_still_python(kernel: Kernel) -> None:
    assert "Most agent calls at the same time." in kernel.inspect("%%workflow\nruntime: {max_par¦allel: 3}")
    assert "Docstring" in kernel.inspect("prin¦t")
    assert kernel.inspect("%%workflow\nnon¦sense: 1") == ""
    kernel.run("%unload_ext strands_nb")
    assert kernel.inspect("%%workflow\nruntime: {max_par¦allel: 3}") == ""
    assert kernel.run("print('do_inspect' in vars(get_ipython().kernel))").text.strip() == "False"
    kernel.run("%load_ext strands_nb")
    assert "Most agent calls" in kernel.inspect("%%workflow\nruntime: {max_par¦allel: 3}")
