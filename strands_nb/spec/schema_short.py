"""The short form of steps, as a part of the JSON Schema."""

from __future__ import annotations

from typing import Any

__all__ = ("short_forms",)

_LONG = ("agent", "input", "prompt", "type")


def short_forms(definitions: dict[str, Any]) -> dict[str, Any]:
    """Steps, tasks and gates in either form, from the definitions of the long ones."""
    step = _either(definitions, "Step", "AgentStep", "HumanStep")
    task = _either(definitions, "Task", "AgentTask", "HumanTask")
    task["ShortTask"]["required"] = ["id"]
    return step | task | _gate(definitions)


def _either(definitions: dict[str, Any], name: str, *kinds: str) -> dict[str, Any]:
    fields = {field: part for kind in kinds for field, part in definitions[kind]["properties"].items()}
    short = {
        "description": "One agent, or `approve`, with what to ask; other fields beside it.",
        "type": "object",
        "not": {"anyOf": [*({"required": [field]} for field in _LONG), {"propertyNames": {"enum": sorted(fields)}}]},
        "properties": {"approve": _APPROVE, **_others(fields)},
        "additionalProperties": {"type": ["string", "null"], "description": "An agent by its id: what it is asked."},
    }
    either = [*kinds, f"Short{name}"]
    return {
        name: {"description": f"A {name.lower()}, in long or short form.", "anyOf": [_ref(kind) for kind in either]},
        f"Short{name}": short,
    }


def _gate(definitions: dict[str, Any]) -> dict[str, Any]:
    short = {
        "description": "A question in short form.",
        "type": "object",
        "required": ["approve"],
        "properties": {"approve": _APPROVE, **_others(definitions["HumanStep"]["properties"])},
        "additionalProperties": False,
    }
    either = [_ref("HumanStep"), _ref("ShortGate")]
    return {"Gate": {"description": "A question to a human.", "anyOf": either}, "ShortGate": short}


_APPROVE = {"type": "string", "description": "What a human is asked; a template."}


def _others(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in fields.items() if name not in _LONG}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}
