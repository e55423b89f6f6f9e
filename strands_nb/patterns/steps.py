"""One step: an agent that is asked, or a human. Shared by every pattern in which steps stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from strands_nb.engine.question import Question
from strands_nb.patterns.frame import Frame, StepResult
from strands_nb.spec import AgentStep, HumanStep
from strands_nb.spec.toolset import variant_id

if TYPE_CHECKING:
    from strands_nb.engine.context import Context
    from strands_nb.engine.unit import Unit
    from strands_nb.spec import Step

__all__ = ("Revise", "run_step")


@dataclass(frozen=True, slots=True)
class Revise:
    """A human wants the reviewed step done again, with this feedback."""

    feedback: str


async def run_step(  # noqa: PLR0917 - a step is all of these
    ctx: Context, step: Step, unit: Unit, frame: Frame, feedback: str | None, reviews: str | None
) -> StepResult | Revise:
    """Run one step; `feedback` makes it a revision, `reviews` is the key a question about it may run again."""
    match step:
        case AgentStep():
            return await _ask_agent(ctx, step, unit, frame, feedback)
        case HumanStep():
            return await _ask_human(ctx, step, unit, frame, reviews)


async def _ask_agent(ctx: Context, step: AgentStep, unit: Unit, frame: Frame, feedback: str | None) -> StepResult:
    prompt = feedback if feedback is not None else _input(step, frame)
    agent = step.agent if step.tool_overrides is None else variant_id(step.agent, step.tool_overrides)
    reply = await ctx.agent(agent, prompt, key=unit)
    return StepResult(
        index=unit.index or 0,
        response=reply.text,
        agent=step.agent,
        tokens=reply.usage.total,
        id=unit.id,
        prompt=prompt,
        value=reply.value,
    )


def _input(step: AgentStep, frame: Frame) -> str:
    """The rendered input; a step without one gets what the step before said, the first one the inputs."""
    if step.input is not None:
        from strands_nb.render import template  # noqa: PLC0415 - imports jinja2

        return template(step.input).render(frame.names(step.vars))
    if frame.last is not None:
        return frame.last.response
    return "\n".join(f"{name}: {value}" for name, value in frame.variables.items()) or "Begin."


async def _ask_human(
    ctx: Context, step: HumanStep, unit: Unit, frame: Frame, reviews: str | None
) -> StepResult | Revise:
    from strands_nb.render import render_or_text, template  # noqa: PLC0415 - imports jinja2

    names = frame.names()
    question = Question(
        prompt=render_or_text(step.prompt, names),
        context_display=None if step.context_display is None else template(step.context_display).render(names),
        default=None if step.default is None else template(step.default).render(names),
        timeout_seconds=float(step.timeout_seconds) or None,
        choices=step.choices,
        schema=step.form,
        reviews=reviews,
    )
    answer = await ctx.ask(question, key=unit)
    if answer.action == "modify":
        return Revise(answer.text)
    return StepResult(index=unit.index or 0, response=answer.text, id=unit.id, type="hitl", prompt=question.prompt)
