"""Structured output by a tool the model must call, told on as if it were plain text."""
# ruff: noqa: ANN401 - the SDK passes plain data of no declared type

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from strands.models import Model

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Mapping

    from strands.types.content import Messages
    from strands.types.streaming import StreamEvent

__all__ = ("ForcedJson",)

_TOOL = "answer"


class ForcedJson(Model):
    """Another model, made to answer in JSON under a schema.

    The SDK's own structured output asks once in vain before it forces the tool, and repeats invalid answers without
    bound; one forced request costs one request.
    """

    def __init__(self, model: Model, schema: Mapping[str, Any]) -> None:
        self._model = model
        described = f"Gives the answer: {schema.get('description', 'call this once, with all of it')}"
        self._spec = {"name": _TOOL, "description": described, "inputSchema": {"json": dict(schema)}}

    def update_config(self, **model_config: Any) -> None:
        self._model.update_config(**model_config)

    def get_config(self) -> Any:
        return self._model.get_config()

    def structured_output(self, *args: Any, **kwargs: Any) -> AsyncGenerator[dict[str, Any], None]:
        return cast("Any", self._model).structured_output(*args, **kwargs)

    async def stream(
        self,
        messages: Messages,
        tool_specs: Any = None,
        system_prompt: str | None = None,
        *,
        tool_choice: Any = None,
        **kwargs: Any,
    ) -> AsyncIterable[StreamEvent]:
        del tool_specs, tool_choice
        choice: Any = {"tool": {"name": _TOOL}}
        specs: Any = [self._spec]
        async for event in self._model.stream(messages, specs, system_prompt, tool_choice=choice, **kwargs):
            yield cast("StreamEvent", _as_text(cast("Mapping[str, Any]", event)))


def _as_text(event: Mapping[str, Any]) -> Mapping[str, Any]:
    if "contentBlockStart" in event:
        return {"contentBlockStart": {"start": {}}}
    delta = event.get("contentBlockDelta", {}).get("delta", {})
    if "toolUse" in delta:
        return {"contentBlockDelta": {"delta": {"text": delta["toolUse"].get("input", "")}}}
    if event.get("messageStop", {}).get("stopReason") == "tool_use":
        return {"messageStop": {"stopReason": "end_turn"}}
    return event
