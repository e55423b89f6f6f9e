"""What is wrong with the templates of a workflow, found without rendering one."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from strands_nb.errors import Problem
from strands_nb.spec.base import Hints, did_you_mean, nearest
from strands_nb.spec.reserved import RESERVED
from strands_nb.spec.shapes import Fields, Row, Shape, Table
from strands_nb.spec.texts import texts
from strands_nb.spec.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from strands_nb.render import Reference, TemplateFault
    from strands_nb.spec.scopes import Text
    from strands_nb.spec.shapes import Scope
    from strands_nb.spec.workflow import Spec

__all__ = ("template_problems", "valueless_inputs")

_MAPPING_METHODS = {"get", "items", "keys", "values"}


def template_problems(spec: Spec, given: Mapping[str, Any], *, lenient: bool) -> Iterator[Problem]:
    """Templates that do not parse, and references to what does not exist or cannot be done by then."""
    known = _Known(spec, given)
    for text in texts(spec):
        yield from _of_text(spec, text, known, lenient=lenient)


def valueless_inputs(spec: Spec, given: Mapping[str, Any]) -> list[str]:
    """The inputs of a run that have no value: those that are declared, then those that templates use without asking.

    >>> from strands_nb.spec import parse
    >>> spec = parse('''
    ... inputs: {optional: {tone: string}, values: {length: short}}
    ... agents: {writer: {prompt: You write.}}
    ... steps: [{writer: "{{ length }}, about {{ topic }}, {{ extra | default('') }}"}]
    ... ''')
    >>> valueless_inputs(spec, {})
    ['tone', 'topic']
    """
    from strands_nb.render import TemplateFault  # noqa: PLC0415 - jinja2 must not load with the language

    known = _Known(spec, given)
    valued = {*spec.inputs.values, *given}
    found = [name for name, item in spec.inputs.declared().items() if not item.has_default and name not in valued]
    for text in texts(spec):
        with suppress(TemplateFault):  # a problem of its own
            wrongs = [_wrong(one.path, text.scope, known) for one in _references(text) if not one.guarded]
            found += [wrong.needs for wrong in wrongs if wrong and wrong.needs]
    return list(dict.fromkeys(found))


class _Known:
    """What is known before a run of what templates may name, the results of its steps aside."""

    def __init__(self, spec: Spec, given: Mapping[str, Any]) -> None:
        declared = spec.inputs.declared()
        valued = {name for name, item in declared.items() if item.has_default} | {*spec.inputs.values, *given}
        self.usable = valued | set(spec.inputs.required)
        """Names a template may use; a required one without a value is a problem of its own."""
        self.valueless = set(declared) - self.usable
        self.reserved = _EVERYWHERE | RESERVED[spec.pattern.type]
        """Names that are no inputs, with what to say where they have no value."""
        self.reported: set[str] = set()
        """Names that were said to be missing: once is enough."""
        self._hints: dict[int, Hints] = {}
        self._variable_hints = 0

    def variable(self, name: str, scope: Scope | None = None) -> str | None:
        """The nearest name, else those there are, else what to do about it; no more than somebody would read."""
        self._variable_hints += 1
        if self._variable_hints > _MAX_HINTS:
            return None
        variables, names = self.usable | self.valueless, scope.names if scope else dict[str, Shape]()
        results = {name for name, shape in names.items() if not _empty(shape)}
        if close := nearest(name, variables | results | {"inputs"}):
            return f"did you mean {close!r}?"
        return did_you_mean(name, variables | results, label="you have") or f"give it, e.g. {name}=…"

    def one_of(self, known: Collection[str], name: str, label: str) -> str | None:
        """A hint for a name that is none of `known`, which many templates may share."""
        hint = self._hints.setdefault(id(known), Hints(known, label=label))
        return hint(name)


_EVERYWHERE = {"hitl_response": "nobody is asked before", "last_response": "nothing is done before"}
_MAX_HINTS = 100


@dataclass(slots=True)
class _Wrong:
    """What is wrong with one reference."""

    message: str
    hint: str | None = None
    needs: str | None = None
    """The variable that is missing, if that is what is wrong."""
    maybe: bool = False
    """Whether it depends on the run."""
    words: Sequence[str] = ()
    """Patterns that find it in the text."""


def _of_text(spec: Spec, text: Text, known: _Known, *, lenient: bool) -> Iterator[Problem]:
    from strands_nb.render import TemplateFault  # noqa: PLC0415 - jinja2 must not load with the language

    try:
        uses = _references(text)
    except TemplateFault as fault:
        problem = _placed(spec, text, _Wrong(fault.reason, words=_fault_words(text.text, fault)), fault.line or 1)
        yield _as_written(problem) if text.tolerant else problem
        return
    for reference in dict.fromkeys(uses):
        if reference.guarded or not (wrong := _wrong(reference.path, text.scope, known)):
            continue
        wrong.words = _words(reference.path)
        if text.tolerant:
            yield _as_written(_placed(spec, text, wrong, reference.line))
            return
        if wrong.needs is None:
            severity = "warning" if lenient or wrong.maybe else "error"
            yield _placed(spec, text, wrong, reference.line, severity=severity)
        elif wrong.needs not in known.reported:
            known.reported.add(wrong.needs)
            yield _placed(spec, text, wrong, reference.line, severity="needs")


def _references(text: Text) -> tuple[Reference, ...]:
    if text.kind == "condition":
        from strands_nb.render import condition  # noqa: PLC0415 - not needed without conditions

        return condition(text.text).references
    from strands_nb.render import template  # noqa: PLC0415 - jinja2 must not load with the language

    return template(text.text).references


def _empty(shape: Shape) -> bool:
    """Whether nothing is there yet to be asked for."""
    match shape:
        case Row():
            return not shape.done
        case Table():
            return not shape.ready
        case _:
            return False


def _as_written(problem: Problem) -> Problem:
    return replace(problem, severity="warning", message=f"{problem.message}: the prompt is sent as written")


def _placed(spec: Spec, text: Text, wrong: _Wrong, line: int, **details: Any) -> Problem:  # noqa: ANN401
    fields: dict[str, Any] = {"hint": wrong.hint, **details}
    if spec.source is None:
        return Problem(message=wrong.message, pointer=join(text.path), **fields)
    return spec.source.problem_within(join(text.path), wrong.message, line=line, words=wrong.words, **fields)


def _fault_words(text: str, fault: TemplateFault) -> list[str]:
    """Patterns that find what does not parse: in a condition by what stands before it, else by the word alone."""
    word = fault.word or ""
    patterns = [rf"\|\s*({re.escape(word)})\b", rf"\b({re.escape(word)})\b"] if word else []
    if fault.line is None or fault.column is None:
        return patterns
    before = text.split("\n")[fault.line - 1][: fault.column - 1]
    if not word:  # it ends too soon
        before, word = before[:-1], before[-1:]
    return [f"{re.escape(before)}({re.escape(word)})", *patterns]


def _words(path: tuple[str | int, ...]) -> list[str]:
    """Patterns that find a path in the text: inside of braces first, the whole of it before its beginning."""
    parts = [rf"(?<![\w.'\"]){re.escape(str(path[0]))}"]
    for token in path[1:2]:
        quoted = rf"['\"]?{re.escape(str(token))}['\"]?"
        parts.append(rf"\s*(?:\[\s*{quoted}\s*\]|\.\s*{re.escape(str(token))}\b)")
    whole, name = "".join(parts), parts[0] + r"\b"
    return [rf"\{{[{{%][^}}]*?({whole})", rf"\{{[{{%][^}}]*?({name})", rf"({whole})", rf"({name})"]


def _wrong(path: tuple[str | int, ...], scope: Scope, known: _Known) -> _Wrong | None:
    """What is wrong with a reference, if anything is."""
    name = str(path[0])
    if name == "inputs":
        return _wrong_input(path, known)
    if (shape := scope.names.get(name)) is not None:
        return _wrong_use(shape, path, known)
    if name in scope.not_yet:
        return _Wrong(f"{name!r} has no value yet", scope.not_yet[name])
    if name in known.reserved:
        return _Wrong(f"{name!r} has no value here", known.reserved[name] if scope.where else "there are inputs only")
    return _wrong_variable(name, scope, known)


def _wrong_use(shape: Shape, path: tuple[str | int, ...], known: _Known) -> _Wrong | None:
    """A result that is asked for: it must exist, be there by then, and have what is asked of it."""
    match shape, path:
        case Fields(), (_, *rest):
            return _wrong_field(shape.noun, shape.fields, rest, maybe=shape.more)
        case Row(), (_, int() as number, *rest):
            return _wrong_number(shape, number) or _wrong_field(shape.noun, shape.fields, rest)
        case Row(), (_, str() as name, *rest):
            return _wrong_step(shape, name, known) or _wrong_field(shape.noun, shape.fields, rest)
        case Table(), (_, str() as name, *rest) if name not in _MAPPING_METHODS or name in shape.known:
            return _wrong_id(shape, str(path[0]), name, known) or _wrong_field(shape.noun, shape.fields, rest)
        case _:
            return None


def _wrong_variable(name: str, scope: Scope, known: _Known) -> _Wrong | None:
    if name in known.usable:
        return None
    if name in known.valueless:
        return _Wrong(f"the optional input {name!r} has no value", "give it one, or ask `is defined` first", needs=name)
    return _Wrong(f"{name!r} is not defined", known.variable(name, scope), needs=name)


def _wrong_input(path: tuple[str | int, ...], known: _Known) -> _Wrong | None:
    if len(path) == 1 or path[1] in known.usable or path[1] in _MAPPING_METHODS:
        return None
    name = str(path[1])
    return _Wrong(f"'inputs.{name}' is not defined", known.variable(name), needs=name)


def _wrong_number(row: Row, number: int) -> _Wrong | None:
    if -row.done <= number < row.done:
        return None
    if not -row.total <= number < row.total:
        count = f"{row.total} {row.noun}{'' if row.total == 1 else 's'}"
        return _Wrong(f"there is no {row.name}[{number}]", f"{row.owner} has {count}, from {row.name}[0]")
    if row.more:
        return _Wrong(f"{row.name}[{number}] may not be there", _ASK, maybe=True)
    if row.why:
        return _Wrong(f"{row.name}[{number}] is not there yet", row.why)
    return _Wrong(f"{row.name}[{number}] is not done before {row.noun} {row.done}", _done(row))


def _wrong_step(row: Row, name: str, known: _Known) -> _Wrong | None:
    if name not in row.ids:
        hint = known.one_of(row.ids, name, f"{row.name} with an id")
        hint = hint or f"give the step an `id`, or use its number: {row.name}[0]"
        return _Wrong(f"there is no {row.noun} {name!r}", hint)
    if row.ids[name] < row.done:
        return None
    if row.more:
        return _Wrong(f"{row.name}.{name} may not be there", _ASK, maybe=True)
    return _Wrong(f"{row.name}.{name} is not done before {row.noun} {row.done}", _done(row))


def _wrong_id(table: Table, group: str, name: str, known: _Known) -> _Wrong | None:
    if name not in table.known:
        return _Wrong(f"there is no {table.noun} {name!r}", known.one_of(table.known, name, group))
    return None if name in table.ready else _Wrong(f"{group}.{name} cannot be there by then", table.why)


def _done(row: Row) -> str:
    match row.done:
        case 0:
            return "nothing is"
        case 1:
            return f"{row.name}[0] is"
        case _:
            return f"{row.name}[0] to {row.name}[{row.done - 1}] are"


_ASK = "ask `is defined` first, or give a default"


def _wrong_field(noun: str, fields: tuple[str, ...], rest: list[str | int], *, maybe: bool = False) -> _Wrong | None:
    if not rest or rest[0] in fields or isinstance(rest[0], int):
        return None
    article = "an" if noun[0] in "aeiou" else "a"
    if maybe and not nearest(str(rest[0]), fields):
        return _Wrong(f"{article} {noun} may have no {str(rest[0])!r}", _ASK, maybe=True)
    return _Wrong(f"{article} {noun} has no {str(rest[0])!r}", did_you_mean(str(rest[0]), fields, label="it has"))
