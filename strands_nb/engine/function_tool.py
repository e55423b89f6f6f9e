"""A Python function as a tool: its signature and its docstring are all a model has to know."""
# ruff: noqa: ANN401 - any JSON, any function

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaWarningKind
from pydantic_core import ArgsKwargs
from typing_extensions import override

from strands_nb.engine.tool import Effect, Tool, ToolCall
from strands_nb.errors import BuildError, ToolError

__all__ = ("function_tool", "is_tool_name")


def function_tool(
    function: Callable[..., Any],
    name: str | None = None,
    *,
    effect: Effect | None = None,
    version: str | None = None,
) -> Tool:
    """The tool that calls `function`, sync or async.

    Its parameters are those of the function, with types, defaults and what `Annotated[..., Field(description=...)]`
    says of them; its description is the docstring up to its first example. A parameter of type `ToolCall` is filled in
    and not shown to the model. Arguments are checked, and made into their types, before the function is called.

    Raises:
        BuildError: the function has no name, or a parameter that no JSON object can give.

    >>> def area(width: float, height: float = 1.0) -> float:
    ...     '''Area of a rectangle.'''
    ...     return width * height
    >>> tool = function_tool(area)
    >>> tool.name, tool.description, tool.parameters["required"]
    ('area', 'Area of a rectangle.', ['width'])
    """
    chosen = name or getattr(function, "__name__", "")
    if not is_tool_name(chosen):
        message = f"{chosen or function!r} cannot name a tool: letters, digits, '_' and '-' can, at most 64"
        raise BuildError(message)
    try:
        parameters, call_name = _parameters(function)
        adapter: TypeAdapter[dict[str, Any]] = TypeAdapter(_collector(parameters))
        schema = adapter.json_schema(schema_generator=_Schema)
    except (TypeError, ValueError, NameError, PydanticUserError) as error:
        raise BuildError(f"the function {chosen!r} cannot be a tool: {error}") from error

    def run(arguments: Mapping[str, Any], call: ToolCall) -> Any:
        given = _checked(adapter, arguments)
        return function(**given, **({call_name: call} if call_name else {}))

    description = (inspect.getdoc(function) or "").partition(">>>")[0].strip()
    return Tool(chosen, description or chosen, schema, run, version, effect)


def is_tool_name(name: str) -> bool:
    """Whether every provider takes this as the name of a tool.

    >>> is_tool_name("file_read"), is_tool_name("shop.prices:lookup")
    (True, False)
    """
    return re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) is not None


def _parameters(function: Callable[..., Any]) -> tuple[list[inspect.Parameter], str | None]:
    """What the model gives, each by its name and with its type; and the name of the `ToolCall` among them, if any."""
    types = get_type_hints(function, include_extras=True)
    given: list[inspect.Parameter] = []
    call_name = None
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind not in _NAMED:
            raise TypeError(f"'{parameter}' has no name by which a model could give it")
        if (kind := types.get(parameter.name, Any)) is ToolCall:
            call_name = parameter.name
        else:
            given.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=kind))
    return given, call_name


_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def _collector(parameters: list[inspect.Parameter]) -> Any:
    """A function of this signature that returns what it was given: pydantic reads signatures of functions only.

    (A model made of the parameters would refuse those called `schema`, `copy` or `_x`.)
    """

    def collect(**given: Any) -> dict[str, Any]:
        return given

    made: Any = collect
    made.__signature__ = inspect.Signature(parameters)
    made.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return made


class _Schema(GenerateJsonSchema):
    """Says nothing twice: a title is the name once more. A default that is no JSON is not shown."""

    ignored_warning_kinds: set[JsonSchemaWarningKind] = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 - as pydantic declares it

    @override
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _checked(adapter: TypeAdapter[dict[str, Any]], arguments: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return adapter.validate_python(ArgsKwargs((), dict(arguments)))
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, e['loc']))}: {_WORDS.get(e['type'], e['msg'])}" for e in error.errors()]
        raise ToolError(f"the arguments do not fit: {'; '.join(wrong)}") from None


_WORDS = {"missing_keyword_only_argument": "is missing", "unexpected_keyword_argument": "is not one of them"}
