"""One step: an agent that is asked, or a human. Shared by every pattern."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strands_nb.engine.question import APPROVED, Question
from strands_nb.engine.unit import Unit
from strands_nb.errors import ExecutionError, TemplateError
from strands_nb.patterns.results import Result
from strands_nb.spec import AgentStep, HumanStep
from strands_nb.spec.toolset import variant_id

if TYPE_CHECKING:
    from collections.abc import Container

    from strands_nb.engine.call import Reply
    from strands_nb.engine.context import Context
    from strands_nb.engine.question import Answer
    from strands_nb.spec import Step

__all__ = (
    "Reviewed",
    "Revise",
    "ask_human",
    "choice_in",
    "fill",
    "form_of",
    "names_of",
    "prompt_of",
    "question_of",
    "result_of",
    "run_step",
)


@dataclass(frozen=True, slots=True)
class Revise:
    """A human wants the reviewed work done again, with this feedback."""

    feedback: str
    withdrawn: bool = False
    """Nobody wants it: the question was closed because what it asked about is being done again."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a question is about: the key of what it may have done again, and what was said there."""

    key: str
    text: str
    edits: Mapping[str, Any] | None = None
    """What an answer must fit that stands in for it."""


def fill(text: str, names: Mapping[str, Any], *, at: str) -> str:
    """The template `text`, rendered for the unit whose key is `at`.

    Raises:
        ExecutionError: it cannot be; says where.
    """
    from strands_nb.render import template  # noqa: PLC0415 - imports jinja2

    try:
        return template(text).render(names)
    except TemplateError as error:
        raise ExecutionError(f"{at}: {error}", key=at) from error


def names_of(text: str) -> frozenset[str]:
    """The names that the template `text` asks for."""
    from strands_nb.render import template  # noqa: PLC0415 - imports jinja2

    return template(text).names


async def run_step(
    ctx: Context,
    step: Step,
    unit: Unit,
    names: Mapping[str, Any],
    *,
    otherwise: str,
    feedback: str | None = None,
    reviews: Reviewed | None = None,
) -> Result | Revise:
    """Run one step.

    Args:
        ctx: its scope.
        step: what to do.
        unit: its name; a later revision with `feedback` is asked that instead of its input.
        names: what its templates see.
        otherwise: what an agent without an input is asked.
        feedback: what a human wants changed.
        reviews: what it is about, if it is a question.
    """
    match step:
        case AgentStep():
            at = f"{ctx.path}{unit.revised}"
            prompt = feedback if feedback is not None else prompt_of(step, names, otherwise, at=at)
            agent = step.agent if step.tool_overrides is None else variant_id(step.agent, step.tool_overrides)
            reply = await ctx.agent(agent, prompt, key=unit, follows_up=feedback is not None)
            return result_of(reply, unit, agent=step.agent, prompt=prompt)
        case HumanStep():
            answer, question = await ask_human(ctx, step, unit, names, reviews=reviews)
            if answer.action == "modify":
                return Revise(answer.text, answer.withdrawn)
            return Result(response=answer.text, index=unit.index or 0, id=unit.id, type="hitl", prompt=question.prompt)


def prompt_of(step: AgentStep, names: Mapping[str, Any], otherwise: str, *, at: str) -> str:
    """What the agent of a step is asked; the step's own `vars` go before other names. `at` is as in `fill`."""
    if step.input is None:
        return otherwise
    own = {name: value for name, value in step.vars.items() if name not in ("steps", "inputs")}
    return fill(step.input, {**names, **own} if own else names, at=at)


def result_of(reply: Reply, unit: Unit, *, agent: str, prompt: str) -> Result:
    """The result of a step from its agent's reply."""
    return Result(
        response=reply.text,
        index=unit.index or 0,
        agent=agent,
        tokens=reply.usage.total,
        id=unit.id,
        prompt=prompt,
        value=reply.value,
    )


async def ask_human(
    ctx: Context,
    step: HumanStep,
    unit: Unit,
    names: Mapping[str, Any],
    *,
    reviews: Reviewed | None = None,
    choices: tuple[str, ...] = (),
    default: str | None = None,
) -> tuple[Answer, Question]:
    """Put the question of a step.

    `choices` stand in where it has none of its own, and then `default` for one that is none of them.
    """
    at = f"{ctx.path}{unit.revised}"
    question = question_of(step, names, at=at, reviews=reviews, choices=choices, default=default)
    return await ctx.ask(question, key=unit), question


def question_of(
    step: HumanStep,
    names: Mapping[str, Any],
    *,
    at: str,
    reviews: Reviewed | None = None,
    choices: tuple[str, ...] = (),
    default: str | None = None,
) -> Question:
    """The question of a step as it would be put now. `at` is as in `fill`."""
    from strands_nb.render import render_or_text  # noqa: PLC0415 - imports jinja2

    own = None if step.default is None else fill(step.default, names, at=at)
    if choices and not step.choices and (own is None or (own != APPROVED and choice_in(own, choices) is None)):
        own = default
    return Question(
        prompt=render_or_text(step.prompt, names),
        context_display=None if step.context_display is None else fill(step.context_display, names, at=at),
        default=own,
        timeout_seconds=float(step.timeout_seconds) or None,
        choices=step.choices or choices,
        schema=form_of(step),
        reviews=reviews.key if reviews else None,
        about=reviews.text if reviews else "",
        edits=reviews.edits if reviews else None,
    )


def choice_in(text: str, choices: Container[str]) -> str | None:
    """The choice that a text names, as `billing` or `route:billing`."""
    return next((name for name in (text, text.strip(), text.partition(":")[2].strip()) if name in choices), None)


def form_of(step: HumanStep) -> Mapping[str, Any] | None:
    """What an answer must look like, as JSON Schema."""
    if step.form is not None or step.validation is None:
        return step.form
    return {"type": "string", "pattern": step.validation.pattern}
