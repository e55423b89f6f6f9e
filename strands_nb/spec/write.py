"""A workflow as data and as text again: what a session stores, and what a builder shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from strands_nb.spec.workflow import Spec

__all__ = ("to_data", "to_yaml")

_ALWAYS = ("version", "name", "description", "runtime", "agents", "pattern")


def to_data(spec: Spec) -> dict[str, Any]:
    r"""The workflow as plain JSON data in the long form, without what was left to its default.

    `parse(json.dumps(to_data(spec)))` is the same workflow.

    >>> from strands_nb.spec import parse
    >>> to_data(parse("agents: {w: {prompt: Hi}}\nsteps: [{w: Go}]"))["pattern"]["config"]
    {'steps': [{'agent': 'w', 'input': 'Go'}]}
    """
    always: dict[str, Any] = {"version": spec.version, "name": spec.name, "runtime": {}}
    written = always | spec.model_dump(mode="json", exclude_unset=True)
    first = {name: written[name] for name in _ALWAYS if name in written}
    return first | written


def to_yaml(spec: Spec) -> str:
    r"""The workflow as YAML in the long form; `parse` of it is the same workflow.

    >>> from strands_nb.spec import parse
    >>> spec = parse("agents: {w: {prompt: Hi}}\nsteps: [{w: 'on'}]")
    >>> parse(to_yaml(spec)) == spec
    True
    """
    text: str = yaml.dump(to_data(spec), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return text


class _Dumper(yaml.SafeDumper):
    """Quotes what this or the older YAML would read as something else, and writes long texts as blocks."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True  # a reader should not have to look up what is written once

    def text(self, value: str) -> yaml.ScalarNode:
        # A block keeps lines as they are, but cannot hold blanks at their ends, nor odd line breaks.
        block = "\n" in value and not re.search("[ \t]\n|^[ \n]|[\r\x85\u2028\u2029\t]", value)
        return self.represent_scalar(  # pyright: ignore[reportUnknownMemberType] - PyYAML is untyped
            "tag:yaml.org,2002:str", value, style="|" if block else None
        )


_Dumper.add_representer(str, _Dumper.text)
# PyYAML writes for YAML 1.1, to which these are text.
_Dumper.add_implicit_resolver(  # pyright: ignore[reportUnknownMemberType]
    "tag:yaml.org,2002:float",
    re.compile(r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+)$"),
    list("-+.0123456789"),
)
