"""What the package offers is what it says it offers."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

import strands_nb

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(strands_nb.__path__, "strands_nb.")
    if not any(part.startswith("_") for part in module.name.split(".")[1:])
)


@pytest.mark.parametrize("name", strands_nb.__all__)
def test_every_public_name_can_be_imported(name: str) -> None:
    assert getattr(strands_nb, name) is not None


def test_the_public_names_are_sorted_and_what_dir_shows() -> None:
    assert list(strands_nb.__all__) == sorted(strands_nb.__all__)
    assert set(strands_nb.__all__) <= set(dir(strands_nb))


def test_a_name_that_is_not_there_says_so() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Workflw'"):
        strands_nb.Workflw  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


@pytest.mark.parametrize("name", MODULES)
def test_every_module_names_what_it_offers(name: str) -> None:
    module = importlib.import_module(name)
    offered = getattr(module, "__all__", None)
    assert offered is not None, f"{name} has no __all__"
    assert isinstance(offered, tuple)
    names: list[str] = list(offered)  # pyright: ignore[reportUnknownArgumentType] - that is what is tested
    missing = [each for each in names if not hasattr(module, each)]
    assert not missing


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = ("strands", "jinja2", "boto3", "pydantic", "anywidget", "IPython", "rich")
    code = f"import sys, strands_nb; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
