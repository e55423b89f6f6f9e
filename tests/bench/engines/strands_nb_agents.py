"""strands_nb with real agents of the Strands SDK and a fake model: what a step costs as users run it."""
# pyright: basic, reportMissingImports=false

from __future__ import annotations

from strands_nb.agents import AgentDefinition, ModelConfig, ModelFactory, StrandsAgents
from strands_nb.engine.call import Call

from ._strands import FakeModel
from .base import SEED
from .strands_nb import Engine as Functions


class _Nobody:
    """Watches a call that no engine makes."""

    def text(self, delta) -> None: ...
    def recall(self, name, arguments) -> str | None: ...
    def tool_start(self, tool_id, name, arguments, *, once=False) -> None: ...
    def tool_complete(self, tool_id, name, result, *, ok) -> None: ...
    def used(self, usage) -> None: ...
    def asked_again(self, attempt, reason) -> None: ...


class Engine(Functions):
    name = "strands_nb_agents"
    packages = ("strands-nb", "strands-agents")
    note = "a fresh strands Agent per step, made by strands_nb.agents; calls: through the port, without the engine"

    def agents(self, latency: float = 0.0, tokens: int = 0):
        models = ModelFactory(own={"fake": FakeModel(latency, tokens)})
        config = ModelConfig("fake", "fake")
        made = {n: AgentDefinition(n, "", config, memory=False) for n in ("writer", "branch", "node")}
        made["reduce"] = AgentDefinition("reduce", "", config, memory=False)
        return StrandsAgents(made, models)

    def calls_fresh(self, n):
        agents = self.agents()

        async def run():
            for _ in range(n):
                await agents.call(Call("call", "writer", SEED, _Nobody()))

        return run

    def resume(self, n, path):
        raise NotImplementedError  # the function agents of the first leg are other agents

    def list_sessions(self, count, path):
        raise NotImplementedError

    def bus(self, subs, events, hit):
        raise NotImplementedError
