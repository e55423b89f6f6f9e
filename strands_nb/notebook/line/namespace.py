"""What a workflow may take from the notebook's variables: only what it is told to, and only what JSON can hold."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from IPython.core.error import UsageError
from IPython.utils.text import DollarFormatter

from strands_nb.notebook.line.arguments import split_words

if TYPE_CHECKING:
    from strands_nb.spec import Spec

__all__ = ("expanded", "expanded_words", "inputs_from", "offered")

_BRACES: Final = re.compile(r"\{\{(.*?)\}\}")
_MOST: Final = 1 << 20
"""Bytes of JSON: what a prompt can hold at most, and less than what makes a session slow."""


def expanded(line: str, variables: Mapping[str, Any]) -> str:
    """A line with `$name` and `{expression}` filled in, as IPython does it for every magic."""
    try:
        return DollarFormatter().vformat(line, [], variables)
    except Exception:  # noqa: BLE001 - as in IPython: what cannot be filled in is meant as it is written
        return line


def expanded_words(line: str, variables: Mapping[str, Any]) -> list[str]:
    """The words of a line, `{{ name }}` in them filled in: a value is never split, nor filled in again.

    Raises:
        UsageError: there is no such variable, or it holds what no option can be.

    >>> expanded_words("brief --var 'topic={{ topic }}' -o {{out}}", {"topic": "tidal power", "out": "x"})
    ['brief', '--var', 'topic=tidal power', '-o', 'x']
    """
    values: list[str] = []

    def kept(match: re.Match[str]) -> str:
        values.append(_as_word(match[1].strip(), variables))
        return f"\0{len(values) - 1}\0"

    words = [expanded(word, variables) for word in split_words(_BRACES.sub(kept, line))]
    return [re.sub("\0(\\d+)\0", lambda match: values[int(match[1])], word) for word in words]


def _as_word(name: str, variables: Mapping[str, Any]) -> str:
    value = _value(name, variables, f"{{{{{name}}}}}")
    return value if isinstance(value, str) else json.dumps(value)


def inputs_from(variables: Mapping[str, Any], spec: Spec, given: Mapping[str, Any], names: str) -> dict[str, Any]:
    """What `--from-ns` takes: the `names` that are listed, else every input that has no value and is a variable.

    Raises:
        UsageError: a listed name is no variable; or a value is nothing JSON can hold, or too large.
    """
    if listed := [name for name in re.split(r"[,\s]+", names) if name]:
        return {name: _value(name, variables, "--from-ns") for name in listed}
    return {name: _value(name, variables, "--from-ns") for name in offered(variables, spec, given)}


def offered(variables: Mapping[str, Any], spec: Spec, given: Mapping[str, Any]) -> list[str]:
    """The inputs without a value that the notebook has variables for."""
    from strands_nb.spec import valueless_inputs  # noqa: PLC0415 - the first run pays for it

    return [name for name in valueless_inputs(spec, given) if name in variables]


def _value(name: str, variables: Mapping[str, Any], where: str) -> Any:  # noqa: ANN401 - JSON
    if name not in variables:
        raise UsageError(f"{where}: the notebook has no variable {name!r}{_nearest(name, variables)}")
    value = variables[name]
    try:
        size = len(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        message = f"{where}: {name} is no JSON value but of the type {type(value).__name__}; {_instead(name, value)}"
        raise UsageError(message) from None
    if size > _MOST:
        raise UsageError(f"{where}: {name} is {size:,} bytes as JSON, more than {_MOST:,}; take a part of it")
    return value


def _instead(name: str, value: object) -> str:
    """How to come from a value to one that JSON can hold."""
    if isinstance(value, os.PathLike):
        return f"take str({name})"
    ways = {"to_dict": f"{name}.to_dict()", "tolist": f"{name}.tolist()", "isoformat": f"{name}.isoformat()"}
    way = next((way for method, way in ways.items() if hasattr(value, method)), None)
    return f"put {way} into a variable of its own" if way else "take a text, number, list or mapping of it"


def _nearest(name: str, variables: Collection[str]) -> str:
    from strands_nb.spec.base import nearest  # noqa: PLC0415 - imports pydantic, and is needed only for mistakes

    close = nearest(name, [known for known in variables if not known.startswith("_")])
    return f"; did you mean {close!r}?" if close else ""
