"""Text to workflow, or to a list of all that is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from pydantic import ValidationError

from strands_nb.errors import SchemaValidationError
from strands_nb.spec.base import describe
from strands_nb.spec.check import check
from strands_nb.spec.explain import Fault, explain
from strands_nb.spec.followers import is_follower, lost
from strands_nb.spec.places import Source, problem_at
from strands_nb.spec.read import document_of, read_file, tree_of
from strands_nb.spec.refs import resolve
from strands_nb.spec.repair import repair
from strands_nb.spec.short import lengthen, respell
from strands_nb.spec.tree import Found, Leaf, Mark, Table, grown, plain
from strands_nb.spec.workflow import Spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strands_nb.errors import Problem
    from strands_nb.spec.tree import Document, Node

__all__ = ("load", "parse", "validate")

_MAX_PROBLEMS = 100
_ROUNDS = 5


def parse(
    text: str,
    *,
    file: str | Path | None = None,
    network: bool = False,
    variables: Mapping[str, Any] | None = None,
) -> Spec:
    """The workflow a text in YAML or JSON describes, in its long or its short form, all references resolved.

    Args:
        text: the workflow.
        file: where the text is from; `$ref` and schema paths are relative to its folder, else to the current one.
        network: the text comes from somebody else: a smaller limit, and no references to files.
        variables: what a run will be given; only used to tell what is missing when there are mistakes to report.

    Raises:
        LoadError: the text is neither YAML nor JSON, or exceeds a limit.
        SchemaValidationError: it is no workflow; `.errors` are all mistakes that can be found, in the order of the
            text, those that `check` would find among them.

    >>> spec = parse('''
    ... agents: {writer: {prompt: You write.}}
    ... steps:
    ...   - writer: About {{ topic }}
    ...   - approve: Good?
    ... ''')
    >>> [step.id or type(step).__name__ for step in spec.pattern.config.steps]
    ['AgentStep', 'HumanStep']
    """
    document = document_of(text, str(file) if file is not None else None, network=network)
    return _workflow(document, network=network, variables=variables)


def load(path: str | Path, *, variables: Mapping[str, Any] | None = None) -> Spec:
    """The workflow in a file; as `parse`.

    Raises:
        LoadError: there is no such file, or it cannot be read as YAML or JSON.
        SchemaValidationError: it holds no workflow.
    """
    return _workflow(read_file(Path(path)), network=False, variables=variables)


def validate(data: Mapping[str, Any]) -> Spec:
    """The workflow in plain data, long form, names as in the text: what `Spec.model_validate` raises, in our words.

    Raises:
        SchemaValidationError: it is none.

    >>> validate({"agents": {"a": {"prompt": "Hi"}}, "pattern": {"type": "graf", "config": {}}})
    Traceback (most recent call last):
    strands_nb.errors.SchemaValidationError: 1 problem, nothing was run
      unknown pattern 'graf'; did you mean 'graph'?
    """
    try:
        return _validated(data)
    except ValidationError as error:
        faults = explain(error, grown(data))
        nowhere = {"line": None, "column": None, "source": None, "width": 1}
        raise SchemaValidationError([replace(f.problem, **nowhere) for f in faults if f.problem]) from None


def _validated(data: Any) -> Spec:  # noqa: ANN401 - any JSON value
    # By alias only: `from_` or `form` are names for Python, not for the text.
    return Spec.model_validate(data, by_alias=True, by_name=False)


def _workflow(document: Document, *, network: bool, variables: Mapping[str, Any] | None) -> Spec:
    root, problems = tree_of(document)
    if not isinstance(root, Table):
        _refuse_root(root, document, problems)
    problems += respell(root)
    problems += _required(root)
    problems += lengthen(root)
    problems += resolve(root, network=network)
    try:
        spec = _validated(plain(root)).written_in(Source(document, root))
    except ValidationError as error:
        problems += _diagnosed(root, error, document, variables)
    else:
        if not problems:
            return spec
        problems += _checked(spec, [], variables)
    raise _report(problems, document)


def _refuse_root(root: Node | None, document: Document, problems: list[Problem]) -> NoReturn:
    if root is None or (isinstance(root, Leaf) and root.value is None):
        message, hint = "there is no workflow here", "it begins with `agents:`"
    else:
        message, hint = f"a workflow is a mapping of fields, this is {describe(plain(root))}", None
    place = root or Leaf(value=None, document=document, start=Mark(0, 0), end=Mark(0, 0))
    raise _report([*problems, problem_at(Found(place, None, (), ()), message, hint=hint)], document)


_REQUIRED = {"version": "e.g. `version: 0`", "name": None, "runtime": "e.g. `runtime: {provider: openai}`"}


def _required(root: Table) -> list[Problem]:
    """What only the long form must have: a cell does without."""
    if "pattern" not in root.entries:
        return []
    found = Found(root, None, (), ())
    missing = [name for name in _REQUIRED if name not in root.entries]
    return [problem_at(found, f"missing field {name!r}", hint=_REQUIRED[name]) for name in missing]


def _diagnosed(
    root: Table, error: ValidationError, document: Document, variables: Mapping[str, Any] | None
) -> list[Problem]:
    """All that is wrong: validate, look past what was found, and again, until `check` can have its turn."""
    problems: list[Problem] = []
    past: list[Fault] = []
    for _ in range(_ROUNDS):
        faults = explain(error, root)
        gone = {fault.place for fault in past}
        problems += [fault.problem for fault in faults if fault.problem and fault.place not in gone]
        past += faults
        repair(root, faults)
        try:
            spec = _validated(plain(root)).written_in(Source(document, root))
        except ValidationError as again:
            error = again
        else:
            return problems + _checked(spec, past, variables)
    return problems


def _checked(spec: Spec, past: list[Fault], variables: Mapping[str, Any] | None) -> list[Problem]:
    """What `check` finds in a workflow that was mended, but for what the mending itself brought about."""
    gone = lost(past)
    return [
        problem
        for problem in check(spec, variables)
        if problem.severity != "warning"
        and (spec.source is None or spec.source.is_real(problem))
        and not is_follower(problem, gone)
    ]


def _report(problems: list[Problem], document: Document) -> SchemaValidationError:
    """All problems in the order of the text, those in other files last."""
    distinct = {(problem.file, problem.line, problem.column, problem.message): problem for problem in problems}
    ordered = sorted(
        distinct.values(), key=lambda p: (p.file != document.file, p.file or "", p.line or 0, p.column or 0)
    )
    if len(ordered) > _MAX_PROBLEMS:
        title = f"the first of {len(ordered):,}; nothing was run"
        return SchemaValidationError(ordered[:_MAX_PROBLEMS], title=title)
    return SchemaValidationError(ordered)
