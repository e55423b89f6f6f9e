"""Loading, loading again, reloading and unloading: what is there once, and what is left in the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.app.settings import settings
from strands_nb.app.surface import current_surface
from tests.notebook.kernel import Kernel
from tests.notebook.shells import Shell

if TYPE_CHECKING:
    from collections.abc import Generator

CELL = "%%workflow b -o r --model scripted\nagents: {a: {prompt: A}}\nsteps: [{a: Go}]"


def installed(shell: Shell) -> dict[str, Any]:
    """Everything of a shell that an extension might put something into."""
    ip = shell.ipython
    names, attributes = list[str](ip.user_ns), dir(ip)
    return {
        "magics": {kind: set(ip.magics_manager.magics[kind]) for kind in ("line", "cell")},
        "registry": [name for name in ip.magics_manager.registry if "Workflow" in name],
        "transformers": len(ip.input_transformers_post),
        "events": {name: len(callbacks) for name, callbacks in ip.events.callbacks.items()},
        "matchers": len(ip.Completer.custom_matchers),
        "configurables": [each for each in map(_kind, ip.configurables) if "Workflow" in each],
        "attributes": {name for name in attributes if "strands" in name},
        "names": {name for name in names if "strands" in name or "workflow" in name},
    }


def _kind(one: object) -> str:
    return type(one).__name__


@pytest.fixture
def bare() -> Generator[Shell, None, None]:
    made = Shell()
    yield made
    made.run("%unload_ext strands_nb")


def test_unloading_leaves_nothing_behind(bare: Shell) -> None:
    before = installed(bare)
    bare.run("%load_ext strands_nb")
    bare.run(CELL)
    bare.run("%config WorkflowMagics.max_cost = 1.0")
    assert bare.ipython.user_ns.pop("r").success
    assert installed(bare) != before
    assert settings().max_cost == 1.0
    bare.run("%unload_ext strands_nb")
    assert installed(bare) == before
    assert settings().max_cost is None
    assert current_surface() is None
    assert "not found" in bare.run("%workflow help")


@pytest.mark.parametrize(
    "again",
    [
        "%load_ext strands_nb",
        "%reload_ext strands_nb",
        "%unload_ext strands_nb\n%load_ext strands_nb",
        "__import__('strands_nb').load_ipython_extension(get_ipython())",
    ],
)
def test_however_often_it_is_loaded_everything_is_there_once(bare: Shell, again: str) -> None:
    bare.run("%load_ext strands_nb")
    once = installed(bare)
    for _ in range(3):
        bare.run(again)
    assert installed(bare) == once
    bare.run(CELL)
    assert bare["r"].success
    assert bare.complete("%%workflow\nag¦") == ["agents"]


def test_unloading_twice_or_before_loading_is_no_error(bare: Shell) -> None:
    for line in ("%unload_ext strands_nb", "%load_ext strands_nb", "%unload_ext strands_nb", "%unload_ext strands_nb"):
        assert "Traceback" not in bare.run(line)


def test_after_a_reload_config_reaches_the_magics_that_are_there(bare: Shell) -> None:
    for line in ("%load_ext strands_nb", "%reload_ext strands_nb", "%config WorkflowMagics.model = 'scripted'"):
        bare.run(line)
    bare.run(CELL.replace(" --model scripted", ""))
    assert bare["r"].success


def test_where_our_modules_are_reloaded_the_former_hooks_go_too(bare: Shell) -> None:
    bare.run("%load_ext strands_nb")
    once = installed(bare)
    bare.run(
        "import importlib, strands_nb.notebook.magics as m, strands_nb.notebook.extension as e\n"
        "importlib.reload(m); importlib.reload(e)"
    )
    bare.run("%reload_ext strands_nb")
    assert installed(bare) == once


def test_the_first_load_says_how_to_begin_in_one_line_and_the_others_nothing(
    bare: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("strands_nb.notebook.extension.Extension._greeted", False)
    said = bare.run("%load_ext strands_nb")
    assert said.startswith("strands_nb 0.1 · %workflow demo  to try without a key")
    assert said.count("\n") == 1
    assert bare.run("%reload_ext strands_nb") == ""


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_in_a_kernel_with_autoreload_everything_is_there_once(tmp_path: Path) -> None:
    kernel = Kernel()
    count = (
        "ip = get_ipython()\nprint(len(ip.Completer.custom_matchers), 'do_inspect' in vars(ip.kernel), "
        "sum(type(c).__name__ == 'WorkflowMagics' for c in ip.configurables), "
        "sum(getattr(t, '__name__', '') == '_await_workflow' for t in ip.input_transformers_post))"
    )
    try:
        kernel.run("%load_ext autoreload\n%autoreload 2\n%load_ext strands_nb")
        kernel.run("import importlib, strands_nb.notebook.extension as e; importlib.reload(e)")
        kernel.run("%reload_ext strands_nb")
        assert kernel.run(count).text.strip() == "1 True 1 1"
        assert "b: done" in kernel.run(CELL).text
        kernel.run("%unload_ext strands_nb")
        assert kernel.run(count).text.strip() == "0 False 0 0"
    finally:
        kernel.stop()


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_the_demo_is_put_below_and_runs_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "STRANDS_NB_MODEL"):
        monkeypatch.delenv(key, raising=False)
    kernel = Kernel()
    try:
        kernel.run("%load_ext strands_nb")
        (asked,) = kernel.run("%workflow demo").payload
        assert (asked["source"], asked["replace"]) == ("set_next_input", False)
        assert asked["text"].startswith("%%workflow first-light -o result")
        ran = kernel.run(asked["text"].replace("scripted:paced", "scripted --on-hitl approve"))
        assert "first-light: done" in ran.text
        assert kernel.run("print(result.status, len(result.steps))").text.strip() == "completed 3"
    finally:
        kernel.stop()
