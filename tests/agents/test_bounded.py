"""What a small model is held to has an end."""

from __future__ import annotations

from typing import Any

from strands_nb.agents._bounded import LONGEST_TEXT, MOST_ITEMS, bounded


def test_texts_and_lists_without_an_end_get_one_at_any_depth() -> None:
    text, items = {"type": "string", "maxLength": LONGEST_TEXT}, {"maxItems": MOST_ITEMS}
    plan = {"type": "array", "items": {"anyOf": [{"type": "string"}, {"properties": {"task": {"type": "string"}}}]}}
    assert bounded(plan) == {**items, "type": "array", "items": {"anyOf": [text, {"properties": {"task": text}}]}}


def test_bounds_that_are_there_stay_and_words_to_choose_from_do_too() -> None:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {
            "a": {"type": "string", "maxLength": 7},
            "b": {"type": "string", "enum": ["x", "y"]},
            "c": {"type": "array", "maxItems": 50, "items": {"const": {"type": "string"}}},
            "d": {"type": "string", "format": "date"},
            "type": {"type": "string", "minLength": 300},
        },
    }
    found = bounded(schema)
    assert found["properties"].pop("type") == {"type": "string", "minLength": 300, "maxLength": 300}
    del schema["properties"]["type"]
    assert found == schema


def test_the_schema_itself_stays_as_it_was() -> None:
    schema = {"type": "array", "items": {"type": "string"}}
    bounded(schema)
    assert schema == {"type": "array", "items": {"type": "string"}}
