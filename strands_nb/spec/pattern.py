"""How the agents work together: one frozen configuration per pattern."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from strands_nb.spec.base import Frozen, did_you_mean
from strands_nb.spec.step import Step

__all__ = ("FORMAT_PATTERNS", "SUPPORTED_PATTERNS", "ChainConfig", "ChainPattern", "Pattern")

FORMAT_PATTERNS = (
    "chain",
    "workflow",
    "routing",
    "parallel",
    "evaluator_optimizer",
    "orchestrator_workers",
    "graph",
)
"""Every pattern the format knows."""


class ChainConfig(Frozen):
    """Steps, one after the other."""

    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    """The steps in order; each sees what came before as `steps[n]`, `steps.<id>`, `last_response`."""


class ChainPattern(Frozen):
    """A sequence of steps."""

    type: Literal["chain"]
    """Names the pattern."""
    config: ChainConfig
    """Its steps."""


SUPPORTED_PATTERNS = ("chain",)
"""The patterns that run here."""


def _supported(value: object) -> object:
    """Refuse another pattern in one sentence, where its configuration would fail in twenty."""
    kind = cast("Mapping[str, Any]", value).get("type") if isinstance(value, Mapping) else None
    if not isinstance(kind, str) or kind in SUPPORTED_PATTERNS:
        return value  # pyright: ignore[reportUnknownVariableType]
    if kind in FORMAT_PATTERNS:
        raise PydanticCustomError(
            "pattern_unsupported",
            "pattern '{kind}' is not supported yet",
            {"kind": kind, "hint": f"supported: {', '.join(SUPPORTED_PATTERNS)}"},
        )
    raise PydanticCustomError(
        "pattern_unknown",
        "unknown pattern '{kind}'",
        {"kind": kind, "hint": did_you_mean(kind, FORMAT_PATTERNS, label="patterns")},
    )


# With a second pattern: Annotated[ChainPattern | RoutingPattern, Discriminator("type"), BeforeValidator(_supported)]
# (pydantic takes a discriminator only for a union).
Pattern = Annotated[ChainPattern, BeforeValidator(_supported)]
"""The union of all patterns, told apart by `type`."""
