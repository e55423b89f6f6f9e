"""What is wrong with questions to humans: answers that nobody could give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.spec.base import did_you_mean
from strands_nb.spec.json_schemas import schema_fault
from strands_nb.spec.step import HumanStep
from strands_nb.spec.tree import join
from strands_nb.spec.walk import steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strands_nb.errors import Problem
    from strands_nb.spec.walk import Path
    from strands_nb.spec.workflow import Spec

__all__ = ("gate_problems",)


def gate_problems(spec: Spec) -> Iterator[Problem]:
    """Defaults that are no choice, patterns and forms that are none."""
    for path, step in steps_of(spec.pattern):
        if isinstance(step, HumanStep):
            yield from _choices(spec, path, step)
            yield from _pattern(spec, path, step)
            yield from _form(spec, path, step)


def _choices(spec: Spec, path: Path, step: HumanStep) -> Iterator[Problem]:
    if step.choices and step.default and "{{" not in step.default and step.default not in step.choices:
        message = f"the default {step.default!r} is none of the choices"
        hint = did_you_mean(step.default, step.choices, label="choices")
        yield spec.problem(join((*path, "default")), message, hint=hint)


def _pattern(spec: Spec, path: Path, step: HumanStep) -> Iterator[Problem]:
    if step.validation is None or step.validation.pattern is None:
        return
    if step.form is not None:
        at, hint = join((*path, "validation")), "`schema` has the same as `pattern`"
        yield spec.problem(at, "'validation' has no meaning here", at_key=True, severity="warning", hint=hint)
        return
    from strands_nb.errors import TemplateError  # noqa: PLC0415
    from strands_nb.render import regex_search  # noqa: PLC0415 - the language does without

    try:
        regex_search("", step.validation.pattern)
    except TemplateError as error:
        yield spec.problem(join((*path, "validation", "pattern")), str(error))


def _form(spec: Spec, path: Path, step: HumanStep) -> Iterator[Problem]:
    if step.form is not None and (fault := schema_fault(step.form)):
        yield spec.problem(
            join((*path, "schema")), f"the form is no JSON Schema that can be used: {fault}", at_key=True
        )
