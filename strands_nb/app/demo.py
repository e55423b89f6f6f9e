"""The demonstration: a real workflow that needs no key and no account."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import TYPE_CHECKING

from strands_nb.app.workflow import Workflow
from strands_nb.errors import CapabilityError

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ("CLOSING", "demo_cell", "demo_text", "demo_workflow", "model_or_script")

MODEL = "local:smollm2-135m"
CLOSING = """
The same in JupyterLab:  make lab   (or, in any notebook:  %load_ext strands_nb  and  %workflow demo)
Its text:  strands-nb demo --show"""


def demo_text() -> str:
    """The workflow as text."""
    return files("strands_nb.app").joinpath("demo.yaml").read_text(encoding="utf-8")


def demo_cell() -> str:
    """A cell to run in a notebook: the short form, on a script that streams at reading speed."""
    return files("strands_nb.app").joinpath("demo_cell.txt").read_text(encoding="utf-8")


def demo_workflow() -> Workflow:
    """The workflow."""
    return Workflow.from_yaml(demo_text())


def model_or_script(say: Callable[[Text], None]) -> str:
    """The small real model, its weights pulled if need be; where they cannot be had, the script, and it is said."""
    from rich.text import Text  # noqa: PLC0415

    from strands_nb.agents import parse_model, weights  # noqa: PLC0415
    from strands_nb.agents.providers import missing  # noqa: PLC0415

    try:
        if problems := missing(parse_model(MODEL)):
            raise CapabilityError(problems)  # noqa: TRY301 - one way to say it
        weights.obtain("smollm2-135m")
    except CapabilityError as error:
        say(Text.assemble(("No real model here: ", "bold red"), str(error)))
        say(
            Text(
                "The demo runs on the provider `scripted`: its answers are made up by a rule, no model thinks.",
                "bold red",
            )
        )
        return "scripted"
    return MODEL
