"""What is wrong with the templates of a workflow, found without rendering one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from strands_nb.errors import Problem
from strands_nb.spec.base import did_you_mean, nearest
from strands_nb.spec.scopes import RESULT_FIELDS, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from strands_nb.spec.scopes import Scope, Text
    from strands_nb.spec.workflow import Spec

__all__ = ("template_problems",)

_MAPPING_METHODS = {"get", "items", "keys", "values"}


def template_problems(spec: Spec, given: Mapping[str, Any], *, lenient: bool) -> Iterator[Problem]:
    """Templates that do not parse, and references to what does not exist or cannot be done by then."""
    known = _Variables(spec, given)
    for text in texts(spec):
        yield from _of_text(spec, text, known, lenient=lenient)


class _Variables:
    """The variables of a run, as far as they are known before it."""

    def __init__(self, spec: Spec, given: Mapping[str, Any]) -> None:
        declared = spec.inputs.declared()
        valued = {name for name, item in declared.items() if item.has_default} | {*spec.inputs.values, *given}
        self.usable = valued | set(spec.inputs.required)
        """Names a template may use; a required one without a value is a problem of its own."""
        self.valueless = set(declared) - self.usable
        self.reported: set[str] = set()
        """Names that were said to be missing: once is enough."""

    def hint(self, name: str, scope: Scope | None = None) -> str:
        """The nearest name, else those there are, else what to do about it."""
        variables = self.usable | self.valueless
        if close := nearest(name, variables | (scope.known() if scope else set())):
            return f"did you mean {close!r}?"
        results = {"steps", "last_response", "hitl_response"} & scope.known() if scope and scope.done else set[str]()
        return did_you_mean(name, variables | results, label="you have") or f"give it, e.g. {name}=…"


@dataclass(slots=True)
class _Wrong:
    """What is wrong with one reference."""

    message: str
    hint: str | None = None
    needs: str | None = None
    """The variable that is missing, if that is what is wrong."""
    words: Sequence[str] = ()
    """Patterns that find it in the text."""


def _of_text(spec: Spec, text: Text, known: _Variables, *, lenient: bool) -> Iterator[Problem]:
    from strands_nb.render import TemplateFault, template  # noqa: PLC0415 - jinja2 must not load with the language

    try:
        page = template(text.text)
    except TemplateFault as fault:
        word = re.escape(fault.word or "")
        wrong = _Wrong(fault.reason, words=(rf"\|\s*({word})\b", rf"\b({word})\b") if word else ())
        problem = _placed(spec, text, wrong, fault.line or 1)
        yield _as_written(problem) if text.tolerant else problem
        return
    for reference in page.references:
        if reference.guarded or not (wrong := _wrong(reference.path, text.scope, known)):
            continue
        wrong.words = _words(reference.path)
        if text.tolerant:
            yield _as_written(_placed(spec, text, wrong, reference.line))
            return
        if wrong.needs is None:
            yield _placed(spec, text, wrong, reference.line, severity="warning" if lenient else "error")
        elif wrong.needs not in known.reported:
            known.reported.add(wrong.needs)
            yield _placed(spec, text, wrong, reference.line, severity="needs")


def _as_written(problem: Problem) -> Problem:
    return replace(problem, severity="warning", message=f"{problem.message}: the prompt is sent as written")


def _placed(spec: Spec, text: Text, wrong: _Wrong, line: int, **details: Any) -> Problem:  # noqa: ANN401
    fields: dict[str, Any] = {"hint": wrong.hint, **details}
    if spec.source is None:
        return Problem(message=wrong.message, pointer=text.pointer, **fields)
    return spec.source.problem_within(text.pointer, wrong.message, line=line, words=wrong.words, **fields)


def _words(path: tuple[str | int, ...]) -> list[str]:
    """Patterns that find a path in the text: inside of braces first, the whole of it before its beginning."""
    parts = [rf"(?<![\w.'\"]){re.escape(str(path[0]))}"]
    for token in path[1:2]:
        quoted = rf"['\"]?{re.escape(str(token))}['\"]?"
        parts.append(rf"\s*(?:\[\s*{quoted}\s*\]|\.\s*{re.escape(str(token))}\b)")
    whole, name = "".join(parts), parts[0] + r"\b"
    return [rf"\{{[{{%][^}}]*?({whole})", rf"\{{[{{%][^}}]*?({name})", rf"({whole})", rf"({name})"]


def _wrong(path: tuple[str | int, ...], scope: Scope, known: _Variables) -> _Wrong | None:
    """What is wrong with a reference, if anything is."""
    name = str(path[0])
    if name in scope.names:
        return None
    if name == "inputs":
        return _wrong_input(path, known)
    if scope.results:
        if name == "steps":
            return _wrong_step(path, scope)
        if name == "last_response" and not scope.done:
            return _Wrong("'last_response' has no value yet", f"nothing is done before {scope.where}")
        if name == "hitl_response" and not scope.answered:
            return _Wrong("'hitl_response' has no value yet", f"nobody is asked before {scope.where}")
    return None if name in scope.known() else _wrong_variable(name, scope, known)


def _wrong_variable(name: str, scope: Scope, known: _Variables) -> _Wrong | None:
    if name in known.usable:
        return None
    if name in known.valueless:
        return _Wrong(f"the optional input {name!r} has no value", "give it one, or ask `is defined` first", needs=name)
    return _Wrong(f"{name!r} is not defined", known.hint(name, scope), needs=name)


def _wrong_input(path: tuple[str | int, ...], known: _Variables) -> _Wrong | None:
    if len(path) == 1 or path[1] in known.usable or path[1] in _MAPPING_METHODS:
        return None
    name = str(path[1])
    return _Wrong(f"'inputs.{name}' is not defined", known.hint(name), needs=name)


def _wrong_step(path: tuple[str | int, ...], scope: Scope) -> _Wrong | None:
    """A reference to a step: it must exist, be done by then, and have what is asked of it."""
    match path:
        case ("steps",):
            return None
        case ("steps", int() as number, *rest):
            return _wrong_number(number, scope) or _wrong_field(rest)
        case ("steps", str() as name, *rest):
            return _wrong_id(name, scope) or _wrong_field(rest)
        case _:
            return None


def _wrong_number(number: int, scope: Scope) -> _Wrong | None:
    if -scope.done <= number < scope.done:
        return None
    count = len(scope.steps)
    if not -count <= number < count:
        return _Wrong(
            f"there is no steps[{number}]", f"the chain has {count} step{'' if count == 1 else 's'}, from steps[0]"
        )
    return _Wrong(f"steps[{number}] is not done before {scope.where}", _done(scope))


def _wrong_id(name: str, scope: Scope) -> _Wrong | None:
    ids = {step.id: index for index, step in enumerate(scope.steps) if step.id}
    if name not in ids:
        label = "steps with an id" if ids else "name"
        hint = did_you_mean(name, ids, label=label) or "give the step an `id`, or use its number: steps[0]"
        return _Wrong(f"there is no step {name!r}", hint)
    return None if ids[name] < scope.done else _Wrong(f"steps.{name} is not done before {scope.where}", _done(scope))


def _done(scope: Scope) -> str:
    match scope.done:
        case 0:
            return "nothing is"
        case 1:
            return "steps[0] is"
        case _:
            return f"steps[0] to steps[{scope.done - 1}] are"


def _wrong_field(rest: list[str | int]) -> _Wrong | None:
    if not rest or rest[0] in RESULT_FIELDS:
        return None
    return _Wrong(f"a step has no {str(rest[0])!r}", did_you_mean(str(rest[0]), RESULT_FIELDS, label="it has"))
