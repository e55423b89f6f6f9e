"""How a workflow is run: everything that is not part of its text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from strands_nb.agents.prices import Price, load_prices, read_prices
from strands_nb.app.settings import HitlPolicy, session_store, settings
from strands_nb.app.toolbox import given_tools
from strands_nb.engine.bus import EventBus
from strands_nb.engine.call import Agents
from strands_nb.engine.ledger import Budgets
from strands_nb.engine.question import HITLHandler
from strands_nb.engine.store import MemorySessionRepository, SessionRepository
from strands_nb.errors import BuildError
from strands_nb.settings import data_home
from strands_nb.spec import Spec

__all__ = ("Durability", "OnHitl", "Options")

OnHitl: TypeAlias = "HitlPolicy | HITLHandler"
"""What becomes of a question: ask a human, approve it, take its default, fail the run, or park it; or a handler."""

Durability: TypeAlias = Literal["step", "fast", "memory"]
"""`step`: on the disk before it counts. `fast`: survives a kill, not a power cut. `memory`: goes with the process."""

_MEMORY = MemorySessionRepository()
"""The sessions of this process that are kept nowhere else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """See `Workflow.with_options`. None means: as the workflow says, or the default."""

    model: str | None = None
    provider: str | None = None
    session: str | None = None
    on_hitl: OnHitl | None = None
    store: SessionRepository | None = None
    durability: Durability | None = None
    """How safe sessions are in the default store; a store of one's own has its own."""
    budgets: Budgets | Mapping[str, float | None] | None = None
    """All limits at once, or some by name, which go before those of the workflow."""
    prices: Mapping[str, Mapping[str, float | None]] | None = None
    """US dollars per million tokens by model, which go before those that are known."""
    lenient: bool = False
    output_dir: str | Path | None = None
    overwrite: bool = True
    event_bus: EventBus | None = None
    agents: Agents | None = None
    """Instead of models: agents made by hand, for tests."""
    on_change: Literal["refuse", "reuse_unchanged"] = "refuse"
    default_model: str | None = None
    """For agents for which neither the workflow nor the caller names a provider; that of the settings if left out."""
    default_budgets: Mapping[str, float] | None = None
    """Limits by name where neither the workflow nor the caller sets them; those of the settings if left out."""
    tools: Mapping[str, Any] | None = None
    """Tools by id, in the place of those that the workflow names; see `given_tools`."""

    def __post_init__(self) -> None:
        if self.durability not in (None, *get_args(Durability)):
            message = f"there is no durability {self.durability!r}; there are: {', '.join(get_args(Durability))}"
            raise BuildError(message)
        if self.durability is not None and self.store is not None:
            message = "durability is that of the default store; give it to your own, e.g. FileSessionRepository(...)"
            raise BuildError(message)
        if isinstance(self.budgets, Mapping):
            known = {field.name for field in fields(Budgets)}
            if strange := set(self.budgets) - known:
                message = f"there is no budget {min(strange)!r}; there are: {', '.join(sorted(known))}"
                raise BuildError(message)
        if self.prices is not None:
            read_prices(self.prices)
        if self.tools is not None:
            object.__setattr__(self, "tools", given_tools(self.tools))  # at once, so that mistakes show here

    @property
    def sessions(self) -> SessionRepository:
        """Where sessions are kept."""
        if self.durability == "memory":
            return _MEMORY
        return self.store or session_store(durability=self.durability or "step")

    @property
    def model_of_last_resort(self) -> str | None:
        """The default model, as of now."""
        return self.default_model or settings().default_model

    @property
    def questions(self) -> OnHitl | None:
        """What becomes of them, where the caller or the settings say so."""
        return self.on_hitl or settings().on_hitl

    @property
    def folder(self) -> Path:
        """Where output files go."""
        return Path(self.output_dir or settings().output_dir or ".")

    @property
    def own_prices(self) -> dict[str, Price]:
        """`prices`, and those of `prices.yaml` in the data folder, as of now.

        Raises:
            BuildError: the file cannot be read, or holds what is no price.
        """
        return {**load_prices(data_home() / "prices.yaml"), **read_prices(self.prices or {})}

    def limits(self, spec: Spec) -> Budgets:
        """The budgets of a run of this workflow."""
        if isinstance(self.budgets, Budgets):
            return self.budgets
        said: dict[str, Any] = {k: v for k, v in spec.runtime.budgets.model_dump().items() if v is not None}
        limits: dict[str, Any] = {**self._limits_of_last_resort, **said, **(self.budgets or {})}
        return Budgets(**limits)

    @property
    def _limits_of_last_resort(self) -> Mapping[str, float]:
        return settings().budgets if self.default_budgets is None else self.default_budgets

    def to_json(self) -> dict[str, Any]:
        """What a session stores of them, so that another process can go on as this one would."""
        budgets = asdict(self.budgets) if isinstance(self.budgets, Budgets) else self.budgets
        return {
            "model": self.model,
            "provider": self.provider,
            "default_model": self.model_of_last_resort,
            "budgets": dict(budgets) if budgets is not None else None,
            **({"default_budgets": dict(default)} if (default := self._limits_of_last_resort) else {}),
            "prices": {model: asdict(price) for model, price in self.own_prices.items()},
            "lenient": self.lenient,
            "output_dir": str(self.folder.absolute()),
            "overwrite": self.overwrite,
        }
