"""A function becomes a tool: what the model is shown, what the function is given, what cannot be one."""

from __future__ import annotations

import asyncio
import functools
import threading
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from strands_nb.engine.function_tool import function_tool
from strands_nb.engine.tool import Tool, ToolCall, tool_mark
from strands_nb.errors import BuildError, ToolError

CALL = ToolCall("c1", "steps/0", "s1", threading.Event())


class Box(BaseModel):
    width: float


def weather(
    city: Annotated[str, Field(description="where", min_length=2)],
    days: int = 3,
    *,
    unit: Literal["C", "F"] = "C",
    schema: dict[str, int] | None = None,
) -> str:
    """Forecast for a city.

    Temperatures are those at noon.

    >>> weather("Oslo")
    'Oslo 3 C None'
    """
    return f"{city} {days!r} {unit} {schema}"


def test_the_signature_and_the_docstring_are_what_the_model_sees() -> None:
    tool = function_tool(weather)
    assert tool.name == "weather"
    assert tool.description == "Forecast for a city.\n\nTemperatures are those at noon."
    assert tool.parameters == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "minLength": 2, "description": "where"},
            "days": {"type": "integer", "default": 3},
            "unit": {"type": "string", "enum": ["C", "F"], "default": "C"},
            "schema": {
                "anyOf": [{"type": "object", "additionalProperties": {"type": "integer"}}, {"type": "null"}],
                "default": None,
            },
        },
        "required": ["city"],
        "additionalProperties": False,
    }


def test_arguments_arrive_as_the_types_the_function_asks_for() -> None:
    assert function_tool(weather).run({"city": "Oslo", "days": "5"}, CALL) == "Oslo 5 C None"

    def size(box: Box, copy: bytes = b"") -> Any:
        return box, copy

    assert function_tool(size).run({"box": {"width": 2}}, CALL) == (Box(width=2), b"")


def test_arguments_that_do_not_fit_are_told_all_at_once_and_the_function_is_not_called() -> None:
    with pytest.raises(ToolError) as caught:
        function_tool(weather).run({"days": "many", "unit": "K", "mode": 1}, CALL)
    said = str(caught.value)
    assert "city: is missing" in said
    assert "days: Input should be a valid integer" in said
    assert "unit: Input should be 'C' or 'F'" in said
    assert "mode: is not one of them" in said


def test_the_circumstances_of_the_call_are_filled_in_and_not_shown() -> None:
    def note(text: str, call: ToolCall) -> str:
        return f"{call.session_id}/{call.key}: {text}"

    tool = function_tool(note)
    assert list(tool.parameters["properties"]) == ["text"]
    assert tool.run({"text": "hi"}, CALL) == "s1/steps/0: hi"
    with pytest.raises(ToolError, match="call: is not one of them"):
        tool.run({"text": "hi", "call": {}}, CALL)


def test_methods_and_coroutines_are_functions_too() -> None:
    class Shop:
        async def price(self, item: str) -> str:
            return f"{item}: 3"

    tool = function_tool(Shop().price, "price_of")
    assert tool.name == "price_of"
    assert list(tool.parameters["properties"]) == ["item"]
    assert asyncio.run(tool.run({"item": "tea"}, CALL)) == "tea: 3"


def test_a_function_without_types_and_docstring_takes_anything_and_is_described_by_its_name() -> None:
    def anything(x, y=CALL):  # pyright: ignore[reportMissingParameterType, reportUnknownParameterType]
        return x  # pyright: ignore[reportUnknownVariableType]

    tool = function_tool(anything)  # pyright: ignore[reportUnknownArgumentType]
    assert (tool.description, tool.parameters["properties"]) == ("anything", {"x": {}, "y": {}})
    assert tool.run({"x": [1]}, CALL) == [1]


def no_name(first: int, /) -> None: ...
def many(*values: int) -> None: ...
def loose(**values: int) -> None: ...
def strange(lock: threading.Lock) -> None: ...
def unresolved(x: int) -> None: ...


unresolved.__annotations__["x"] = "Missing"


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (no_name, "has no name by which a model could give it"),
        (many, "has no name by which a model could give it"),
        (loose, "has no name by which a model could give it"),
        (strange, "'strange' cannot be a tool"),
        (unresolved, "'Missing' is not defined"),
        (lambda: 1, "cannot name a tool"),
        (functools.partial(weather, days=1), "cannot name a tool"),
        (len, "cannot be a tool"),
    ],
)
def test_what_no_model_could_call_is_refused_when_it_is_made(function: Any, words: str) -> None:
    with pytest.raises(BuildError, match=words):
        function_tool(function)


@pytest.mark.parametrize("name", ["a b", "shop:price", "x" * 65, "é"])
def test_a_name_that_providers_refuse_is_refused_here(name: str) -> None:
    with pytest.raises(BuildError, match="cannot name a tool"):
        function_tool(weather, name)


def test_a_version_stands_for_a_tool_and_without_one_its_face_does() -> None:
    def face(description: str, version: str | None = None) -> Any:
        return tool_mark(Tool("t", description, {"type": "object"}, lambda a, _: a, version))

    assert face("old words") != face("new words")
    assert face("old words", "1") == face("new words", "1") != face("old words", "2")
    assert tool_mark(function_tool(weather)) == tool_mark(function_tool(weather, effect="once"))
