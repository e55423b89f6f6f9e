"""Completion (Tab) in `%%workflow` cells and behind `%workflow`: what fits at the cursor, and nothing of Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from IPython.core.completer import SimpleCompletion, context_matcher

from strands_nb.notebook.assist.line_words import LineWords
from strands_nb.notebook.language.places import locate

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext, SimpleMatcherResult
    from IPython.core.interactiveshell import InteractiveShell

    from strands_nb.notebook.language.places import Place
    from strands_nb.notebook.verbs.table import Verbs

__all__ = ("Completion", "body_of", "suggestions")

_FIRST: Final = 1000.0
"""Our priority: before whatever else completes."""


class Completion:
    """The matcher of one shell."""

    def __init__(self, shell: InteractiveShell, verbs: Verbs) -> None:
        self._completer: Any = shell.Completer
        self._words = LineWords(shell, verbs)

        @context_matcher(identifier="strands_nb", priority=_FIRST)
        def strands_nb(context: CompletionContext) -> SimpleMatcherResult:
            return self._match(context)

        self._matcher = strands_nb

    def install(self) -> None:
        """Complete from now on."""
        self._completer.custom_matchers.append(self._matcher)

    def remove(self) -> None:
        """No longer."""
        self._completer.custom_matchers.remove(self._matcher)

    def _match(self, context: CompletionContext) -> SimpleMatcherResult:
        try:
            word, found = self._found(context.full_text, context.cursor_line, context.cursor_position)
        except Exception:  # noqa: BLE001 - IPython would print it into whatever runs
            word, found = "", {}
        fitting = {text: kind for text, kind in found.items() if text.startswith(word)}
        return {
            "completions": [SimpleCompletion(text, type=kind) for text, kind in fitting.items()],
            "matched_fragment": word,
            "suppress": True,
            "ordered": True,
        }

    def _found(self, text: str, line: int, column: int) -> tuple[str, Mapping[str, str]]:
        """The word before the cursor, and what it may become, with the kind of each."""
        typed = text.split("\n")[line][:column]
        if typed.lstrip().startswith("%workflow "):
            return self._words.after_verb(typed.lstrip().removeprefix("%workflow "))
        if (head := body_of(text)) is None or line < head:
            return "", {}
        if line == head:
            return self._words.after_cell(typed.removeprefix("%%workflow"))
        body = "\n".join(text.split("\n")[head + 1 :])
        return suggestions(locate(body, line - head - 1, column))


def body_of(text: str) -> int | None:
    r"""The line of `%%workflow` in a cell, which other cell magics may stand before; None where there is none.

    >>> body_of("%%time\n%%workflow brief\nagents:"), body_of("print(1)")
    (1, None)
    """
    for number, line in enumerate(text.split("\n")):
        if line.startswith("%%workflow") and line[10:11] in ("", " ", "\t"):
            return number
        if line.strip() and not line.startswith("%%"):
            return None
    return None


def suggestions(place: Place) -> tuple[str, dict[str, str]]:
    """The word at a place of a workflow's text, and what it may become, with the kind of each."""
    from strands_nb.notebook.language.fields import keys_of, schemas_at  # noqa: PLC0415 - imports the language

    if place.reference is not None or _is_condition(place):
        return _of_template(place)
    match place.role:
        case "key":
            return place.word, dict.fromkeys(keys_of(place), "property")
        case "item":
            known = _values(place)
            keys = {} if known or _is_scalar(schemas_at(place)) else keys_of(place)
            return place.word, {**dict.fromkeys(known, "value"), **dict.fromkeys(keys, "property")}
        case "value":
            return place.word, dict.fromkeys(_values(place), "value")
        case _:
            return "", {}


def _is_condition(place: Place) -> bool:
    return place.role == "value" and place.path[-1:] == ("when",)


def _is_scalar(schemas: list[Any]) -> bool:
    return all("properties" not in schema for schema in schemas)


def _of_template(place: Place) -> tuple[str, dict[str, str]]:
    from strands_nb.notebook.language.references import references, typed  # noqa: PLC0415 - imports the language

    expression = place.reference if place.reference is not None else place.word
    word = typed(expression)
    if expression.removesuffix(word).rstrip().endswith("|"):
        from strands_nb.render import filter_names  # noqa: PLC0415 - imports jinja2

        return word, dict.fromkeys(filter_names(), "function")
    more = ["else"] if place.reference is None else []
    return word, dict.fromkeys([*references(place, word), *more], "variable")


def _values(place: Place) -> list[str]:
    """The values that are known for a field: by their list in the schema, or by what the text has of that name."""
    from strands_nb.notebook.language.fields import choices, schemas_at  # noqa: PLC0415 - imports the language
    from strands_nb.notebook.language.references import ids_of  # noqa: PLC0415 - the same

    match next((key for key in reversed(place.path) if isinstance(key, str)), ""):
        case "agent":
            return _names(place.root.get("agents"))
        case "deps":
            return ids_of(place, "tasks")
        case "from" | "to" | "start" if "artifacts" not in place.path:
            return ids_of(place, "nodes")
        case "provider":
            from strands_nb.agents.providers import PROVIDERS  # noqa: PLC0415

            return list(PROVIDERS)
        case "tools" | "tool_overrides" | "allow_tools" | "jit_tools":
            from strands_nb.spec import BUILTIN_TOOLS  # noqa: PLC0415

            return [*BUILTIN_TOOLS, *_declared_tools(place.root)]
        case _:
            return choices(schemas_at(place))


def _names(of: object) -> list[str]:
    return list(cast("dict[str, Any]", of)) if isinstance(of, dict) else []


def _declared_tools(root: Mapping[str, Any]) -> list[str]:
    tools = root.get("tools")
    groups = cast("dict[str, Any]", tools).values() if isinstance(tools, dict) else ()
    items = [item for group in groups if isinstance(group, list) for item in cast("list[Any]", group)]
    return [str(item["id"]) for item in items if isinstance(item, dict) and item.get("id")]
