"""From a workflow and its options to what the engine needs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from strands_nb.agents import StrandsAgents, price_of
from strands_nb.app.artifacts import write_artifacts
from strands_nb.app.attend import policy
from strands_nb.app.changes import changes
from strands_nb.app.estimate import estimate
from strands_nb.app.models import definitions, factory
from strands_nb.app.toolbox import tool_marks
from strands_nb.app.variables import as_json
from strands_nb.engine.fingerprint import canonical, fingerprint
from strands_nb.engine.middleware import FailurePolicy
from strands_nb.engine.session import Limits, Plan
from strands_nb.engine.state import EMPTY, fold, state_to_json
from strands_nb.patterns import Record, outline, program_of
from strands_nb.spec import document_names, resolve_inputs, to_data

if TYPE_CHECKING:
    from strands_nb.agents import ModelConfig
    from strands_nb.agents.prices import Prices
    from strands_nb.app.options import OnHitl, Options
    from strands_nb.engine.call import Usage
    from strands_nb.engine.context import Context
    from strands_nb.engine.payloads import OutlineData
    from strands_nb.engine.result import Outcome
    from strands_nb.engine.session import Session
    from strands_nb.spec import Spec

__all__ = ("Blueprint", "Prepared")


class Blueprint:
    """What all runs of a workflow share, made when it is first needed."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec

    @cached_property
    def data(self) -> dict[str, Any]:
        """The workflow as sessions store it."""
        return to_data(self.spec)

    @cached_property
    def drawn(self) -> OutlineData:
        """Its outline as sessions store it."""
        return outline(self.spec).to_json()


class Prepared:
    """A plan, and the results so far of the leg that follows it."""

    def __init__(self, blueprint: Blueprint, given: Mapping[str, Any], options: Options, on_hitl: OnHitl) -> None:
        self._blueprint, self._spec = blueprint, blueprint.spec
        self._options, self._given = options, as_json(given)
        self.variables = as_json(resolve_inputs(self._spec, given))
        self._record = Record(self.variables)
        self.plan = self._plan(on_hitl)

    def execution_context(self) -> dict[str, Any]:
        """What the pattern has come to, also where the run has stopped on the way."""
        return self._record.execution_context()

    def _plan(self, on_hitl: OnHitl) -> Plan:
        spec, options = self._spec, self._options
        stored = self._blueprint.data
        made = definitions(spec, self.variables, options)
        agents = options.agents or StrandsAgents(made, factory, prices=options.own_prices)
        models = {definition.id: definition.model for definition in made.values()}
        return Plan(
            program=self._program,
            agents=agents,
            spec_name=spec.name,
            pattern_type=spec.pattern.type,
            spec_hash=_hash(spec, stored, self.variables, options),
            spec=stored,
            options={**options.to_json(), "given": self._given},
            variables=self.variables,
            outline=self._blueprint.drawn,
            limits=_limits(spec, options),
            bound="" if options.agents is not None else str(estimate(spec, options)),
            on_question=policy(on_hitl),
            finish=self._finish,
            price=partial(_price, {} if options.agents is not None else models, options.own_prices),
            on_change=options.on_change,
            changes=self._changes,
        )

    async def _program(self, ctx: Context) -> Outcome:
        self._record = Record(self.variables)
        return await program_of(self._spec, self._record)(ctx)

    def _changes(self, before: Mapping[str, Any]) -> list[str]:
        plan = self.plan
        return changes(before, {"spec": plan.spec, "options": plan.options, "variables": plan.variables})

    async def _finish(self, session: Session, outcome: Outcome) -> Outcome:
        """Write the artifacts, once, before the run counts as complete."""
        if not self._spec.outputs.artifacts:
            return outcome
        trace = json.dumps(state_to_json(fold(EMPTY, session.log)), ensure_ascii=False)
        names = {
            **document_names(self._spec),
            "timestamp": started.timestamp.isoformat() if (started := session.journal.started) else "",
            "hitl_response": "",  # unless somebody was asked: it depends on the way a run has taken
            **self._record.names,
            "last_response": outcome.response,
            **self.variables,
            "inputs": self.variables,
            "execution_context": self.execution_context(),
            "TRACE": trace,
        }
        folder, overwrite = self._options.folder, self._options.overwrite
        written = await asyncio.to_thread(write_artifacts, self._spec, names, folder, overwrite=overwrite)
        return replace(outcome, artifacts=written)


def _hash(spec: Spec, stored: dict[str, Any], variables: Mapping[str, Any], options: Options) -> str:
    """What makes two runs the same run."""
    nameless = any((agent.provider or spec.runtime.provider) is None for agent in spec.agents.values())
    models = [options.model or "", options.provider or ""]
    if nameless and options.model is None and options.provider is None and options.agents is None:
        models.append(options.model_of_last_resort or "")
    tools = [] if options.agents is not None else tool_marks(spec, options.tools)
    return fingerprint(canonical(stored), canonical(variables), *models, *tools)


def _price(models: Mapping[str, ModelConfig], own: Prices | None, agent: str, usage: Usage) -> float | None:
    return price_of(models[agent], usage, own=own) if agent in models else None


def _limits(spec: Spec, options: Options) -> Limits:
    failure = spec.runtime.failure_policy
    return Limits(
        budgets=options.limits(spec),
        failure=FailurePolicy(failure.retries, failure.backoff, failure.wait_min, failure.wait_max),
        max_parallel=spec.runtime.max_parallel,
    )
