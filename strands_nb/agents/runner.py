"""The engine's port to agents, kept by the Strands SDK."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from strands_nb.agents._errors import provider_error, status_of
from strands_nb.agents._json import JsonFault, in_words, read_json
from strands_nb.agents._meter import Meter
from strands_nb.agents.prices import price_of
from strands_nb.engine.call import AgentInfo, Call, Message, Reply, Usage, text_message
from strands_nb.engine.form import form_fault
from strands_nb.errors import ExecutionError, ProviderError, StrandsNbError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strands_nb.agents._turn import Turn
    from strands_nb.agents.definition import AgentDefinition
    from strands_nb.agents.models import ModelFactory
    from strands_nb.agents.prices import Prices, Tariff

__all__ = ("StrandsAgents",)

_REFUSED_REQUEST = frozenset({400, 404, 422})


class StrandsAgents:
    """Calls agents through `strands.Agent`: one fresh agent per call, one shared model client per configuration.

    Everything runs on the loop that awaits `call`; a call that is cancelled gives the model `grace` seconds to stop
    by itself and is then cut off. `prices` go before those that are known here.
    """

    def __init__(
        self,
        definitions: Mapping[str, AgentDefinition],
        models: ModelFactory,
        *,
        prices: Prices | None = None,
        grace: float = 1.0,
    ) -> None:
        self._definitions, self._models, self._prices, self._grace = dict(definitions), models, prices, grace
        self._infos: dict[str, AgentInfo] = {}
        self._tariffs: dict[str, Tariff] = {}
        self._tools: dict[str, list[Any]] = {}

    def describe(self, agent: str) -> AgentInfo:
        """What the engine must know of `agent`; raises `KeyError` for an unknown one."""
        if (info := self._infos.get(agent)) is None:
            known = self._definitions[agent]
            info = AgentInfo(known.id, known.fingerprint, known.model.label, remembers=known.memory)
            self._infos[agent] = info
        return info

    async def call(self, call: Call) -> Reply:
        """Run the agent once; see `strands_nb.engine.call.Agents` for the promise.

        `Reply.stop_reason` is ``max_tokens`` or ``limit_turns`` where the answer was cut short: what there is of it
        is kept, because it is paid for.

        Raises:
            ProviderError: the service failed or refused, or its JSON stayed invalid after `call.reasks` more tries.
        """
        definition = self._definitions[call.agent]
        if definition.input_schema is not None and not call.follows_up:
            _refuse_misfit(call, definition.input_schema)
        schema = call.schema if call.schema is not None else definition.output_schema
        meter = Meter(call.watch, await self._tariff(definition))
        try:
            if schema is None:
                turn = await self._turn(definition, call, meter, call.prompt)
                return self._reply(definition, meter, turn.messages, turn.stop_reason)
            return await self._json_reply(definition, call, meter, schema)
        except StrandsNbError as error:
            if isinstance(error, ProviderError):
                error.key = error.key or call.key
            raise
        except Exception as error:
            raise provider_error(error, model=definition.model.label, key=call.key) from error

    async def _turn(
        self,
        definition: AgentDefinition,
        call: Call,
        meter: Meter,
        prompt: str,
        *,
        since: tuple[Message, ...] = (),
        schema: Mapping[str, Any] | None = None,
        tools: bool = True,
    ) -> Turn:
        """One invocation; with `schema`, of a model that enforces it."""
        # First the model: it is made in a thread, and the SDK's half second of importing passes there.
        model = await self._models.model(definition.model, schema)
        from strands_nb.agents._turn import Turn  # noqa: PLC0415 - imports the SDK

        turn = Turn(
            model,
            prompt,
            history=(*call.history, *since),
            system=definition.prompt,
            tools=self._tools_of(call.agent) if tools else [],
            name=definition.id,
            state={"agent_id": definition.id, "key": call.key, "session_id": call.session_id, "attempt": call.attempt},
            watch=call.watch,
            meter=meter,
        )
        await turn.run(turns=definition.max_turns, grace=self._grace)
        return turn

    async def _json_reply(
        self, definition: AgentDefinition, call: Call, meter: Meter, schema: Mapping[str, Any]
    ) -> Reply:
        """Ask with the schema, then mend: the provider enforces it where it can, else the request asks for it."""
        turn = await self._first_json_turn(definition, call, meter, schema)
        kept, asked = turn.messages, call.prompt
        said: tuple[Message, ...] = ()
        for attempt in range(1, call.reasks + 2):
            reply = self._reply(definition, meter, kept, turn.stop_reason)
            try:
                return replace(reply, value=read_json(reply.text, schema))
            except JsonFault as fault:
                if attempt > call.reasks:
                    raise _no_json(reply, fault, attempt) from fault
                call.watch.asked_again(attempt, str(fault))
                said = (*said, text_message("user", asked), text_message("assistant", reply.text or "(nothing)"))
                asked = in_words(f"Your answer cannot be used: {fault}. Answer again with", schema)
            turn = await self._reask(definition, call, meter, asked, since=said, schema=schema)
            # The conversation keeps the tool calls and the answer that counts, not the failed tries.
            kept = (*kept[:-1], *turn.messages[-1:])
        raise AssertionError  # the loop returns or raises

    async def _first_json_turn(
        self, definition: AgentDefinition, call: Call, meter: Meter, schema: Mapping[str, Any]
    ) -> Turn:
        enforced = self._models.enforces(definition.model, schema, with_tools=bool(definition.tools))
        if enforced:
            try:
                return await self._turn(definition, call, meter, call.prompt, schema=schema)
            except Exception as error:
                # A gateway or an older model may know no schemas. Credentials and rate limits are no such case.
                if status_of(error) not in _REFUSED_REQUEST:
                    raise
        asked = in_words(f"{call.prompt}\n\nAnswer with", schema)
        return await self._turn(definition, call, meter, asked)

    async def _reask(
        self,
        definition: AgentDefinition,
        call: Call,
        meter: Meter,
        prompt: str,
        *,
        since: tuple[Message, ...],
        schema: Mapping[str, Any],
    ) -> Turn:
        enforced = schema if self._models.enforces(definition.model, schema, with_tools=False) else None
        return await self._turn(definition, call, meter, prompt, since=since, schema=enforced, tools=False)

    def _reply(
        self, definition: AgentDefinition, meter: Meter, messages: tuple[Message, ...], stop_reason: str
    ) -> Reply:
        text = _text_of(messages[-1]) if messages else ""
        plain = messages == (text_message("assistant", text),)
        return Reply(
            text=text,
            usage=meter.usage,
            turn=None if plain else messages,
            model=definition.model.label,
            stop_reason=stop_reason,
        )

    async def _tariff(self, definition: AgentDefinition) -> Tariff:
        if (tariff := self._tariffs.get(definition.id)) is None:
            tariff = partial(price_of, definition.model, own=self._prices)
            # The first price of all reads the list, which takes 70 ms: not on the loop.
            await asyncio.to_thread(tariff, Usage())
            self._tariffs[definition.id] = tariff
        return tariff

    def _tools_of(self, agent: str) -> list[Any]:
        if (tools := self._tools.get(agent)) is None:
            from strands_nb.agents._strands_tool import as_strands  # noqa: PLC0415 - imports the SDK

            tools = self._tools[agent] = [as_strands(tool) for tool in self._definitions[agent].tools]
        return tools


def _refuse_misfit(call: Call, schema: Mapping[str, Any]) -> None:
    """Check what an agent is asked by its `input_schema`, before anything is spent on it."""
    if (fault := form_fault(schema, call.prompt)) is not None:
        message = f"{call.key}: what {call.agent!r} is asked does not fit its input_schema: {fault}"
        raise ExecutionError(message, key=call.key)


def _text_of(message: Message) -> str:
    """The text blocks of a message, joined as they are."""
    return "".join(block["text"] for block in message["content"] if "text" in block)


def _no_json(reply: Reply, fault: JsonFault, answers: int) -> ProviderError:
    shown = reply.text if len(reply.text) <= 500 else reply.text[:500] + " …"  # noqa: PLR2004 - enough to see why
    cut = " (cut off: raise max_tokens)" if reply.stop_reason == "max_tokens" else ""
    count = f"{answers} answer{'s' if answers > 1 else ''}"
    return ProviderError(f"{reply.model}: no usable JSON after {count}: {fault}{cut}; got: {shown}")
