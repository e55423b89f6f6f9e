"""The contract bites: for each promise there is a store that breaks it, and a test that says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.stores.broken import CAUGHT_BY

ROOT = Path(__file__).parents[2]


def test_the_contract_catches_every_fault_by_the_test_that_is_meant_for_it() -> None:
    tests = [f"tests/stores/broken.py::Test{fault.__name__}::{test}" for fault, test in CAUGHT_BY.items()]
    done = subprocess.run(  # noqa: S603 - our own tests
        [sys.executable, "-m", "pytest", "-q", "-rA", "--tb=line", "-p", "no:cacheprovider", *tests],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    uncaught = [test for test in tests if f"FAILED {test}" not in done.stdout]
    assert not uncaught, done.stdout + done.stderr


def test_the_store_that_the_documentation_shows_is_the_one_that_is_tested() -> None:
    source = (ROOT / "tests/stores/example.py").read_text(encoding="utf-8")
    shown = source[source.index("import json") :]
    assert f"```python\n{shown}```" in (ROOT / "docs/stores.md").read_text(encoding="utf-8")
