"""Workflow files written to do harm: each is refused for what is hostile in it, or taken for what it is."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strands_nb.errors import LoadError, SchemaValidationError
from strands_nb.spec import check, load
from tests.spec.shared import CORPORA, needs_corpora, within_bounds

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from strands_nb.spec import Spec

GENERATED: dict[str, Callable[[], str]] = {
    "y050": lambda: "a: " + "[" * 100_000 + "]" * 100_000,
    "y054": lambda: "".join(f"k{number}: 1\n" for number in range(1_000_000)),
    "y056": lambda: "---\na: 1\n" * 1_000_000,
    "y114": lambda: listed("workflow", "tasks", [f"{{id: t{number}, agent: a}}" for number in range(10_000)]),
    "y116": lambda: listed("chain", "steps", ["{agent: a}"] * 10_000),
}

# What is said of each that is refused, from its first letter on.
REFUSED: dict[str, str] = {
    **{f"y{number:03}": "the tag '!" for number in range(0, 32, 2)},
    "y032": "more than 100,000 values",
    "y034": "*a stands inside what it stands for",
    "y036": "more than 100,000 values",
    "y040": "the key 'a' is here twice",
    "y044": "the key true is not text",
    **dict.fromkeys(("y046", "y048", "y050", "y052"), "nested more than 50 levels deep"),
    "y054": "a workflow file has at most 10,000,000",
    "y056": "a second document begins here",
    "y058": "there is no workflow here",
    "y060": "a workflow is a mapping of fields, this is the text 'hello'",
    "y062": "the key 1 is not text",
    "y064": "a key must be text",
    "y066": "a tab in the indentation",
    "y068": "this is not YAML: found unexpected end of stream",
    "y070": "this is not YAML: found unknown escape character",
    "y072": "hostile.yaml is not UTF-8 text",
    "y076": "the character U+0007 is not allowed",
    "y078": "hostile.yaml is not UTF-8 text",
    "y084": "this is not YAML: found incompatible YAML document",
    "y090": ".nan is no number that JSON knows",
    "y092": "a number of 5,000 digits is too large",
    "y094": "'max_tokens' should be a whole number, is the text 'yes'",
    "y096": "unknown field '__class__'",
    "y098": "unknown field 'promt'",
    "y100": "etc/passwd is no workflow file",
    "y102": "is a reference again; one level is all there is",
    "y104": "link_to_etc_passwd is no workflow file",
    "y106": "fifo is not a file",
    "y108": "is not a file",
    "y110": "the task 'a' waits for itself",
    "y112": "the task id 'a' is here twice",
    "y118": "unknown agent 'zz'",
    "y120": "no way leads to the node 'm'",
    "y122": "'__class__' cannot be a name",
    "y126": "the artifact '../x' would leave the output folder",
    "y128": "'id' cannot be the text '{{x}}'",
}

# What those that are taken hold.
TAKEN: dict[str, Callable[[Any], bool]] = {
    "y038": lambda spec: spec.inputs.values == {"a": 1, "b": 2, "c": 2},
    "y042": lambda spec: sorted(spec.agents) == ["e\u0301", "\u00e9"],
    "y074": lambda spec: spec.name == "a",
    "y080": lambda spec: spec.description == "\u202eabc",
    "y082": lambda spec: spec.name == "a",
    "y086": lambda spec: spec.inputs.values == {"country": "NO"},
    "y088": lambda spec: spec.inputs.values == {"v": "12:30:45"},
    "y114": lambda spec: len(spec.pattern.config.tasks) == 10_000,
    "y116": lambda spec: len(spec.pattern.config.steps) == 10_000,
    "y124": lambda spec: [task.id for task in spec.pattern.config.tasks] == ["A", "a"],
}

FIELDS = {
    "version": "0",
    "name": "w",
    "runtime": "{provider: scripted}",
    "agents": "{a: {prompt: x}}",
    "pattern": "{type: chain, config: {steps: [{type: hitl, prompt: Go on?}]}}",
}


def listed(kind: str, name: str, items: list[str]) -> str:
    return f"name: w\npattern: {{type: {kind}, config: {{{name}: [{', '.join(items)}]}}}}"


def written(case: dict[str, str]) -> bytes:
    """The file of a case: the workflow lacks nothing but what is hostile in it."""
    text = GENERATED[case["id"]]() if case["id"] in GENERATED else case["yaml"]
    if text.startswith("@UTF16"):
        return text.removeprefix("@UTF16 ").encode("utf-16")
    if text.startswith("@BYTES"):
        return bytes.fromhex(text.removeprefix("@BYTES"))
    assert not text.startswith("@"), case["id"]
    text = text.replace("../../../../etc/passwd", "../" * 20 + "etc/passwd")  # from however deep a folder
    text = re.sub(r"inputs: \{(.*)\}", r"inputs: {values: {\1}}", text)
    if case["id"] == "y038":
        text = "inputs: {values: {" + text.replace("\n", ", ") + "}}"
    fields = set(re.findall(r"(?:^|[\r\n\ufeff])(\w+):", text[:10_000]))
    if "a" in fields or not fields - {"1"}:
        return text.encode()
    end = "\r" if text.endswith("\r") else "\n"
    return end.join([text.rstrip(), *(f"{name}: {FIELDS[name]}" for name in FIELDS if name not in fields), ""]).encode()


def around(folder: Path) -> None:
    """What the references of hostile files are to find."""
    (folder / "self.yaml").write_text("agents: {a: {$ref: ./self.yaml}}\nsteps: [{a: hi}]\n")
    (folder / "link_to_etc_passwd").symlink_to("/etc/passwd")
    os.mkfifo(folder / "fifo")


def said(path: Path) -> tuple[Spec | None, str]:
    """What becomes of a file: a workflow or none, and all that is said of it."""
    try:
        spec = load(path)
    except (LoadError, SchemaValidationError) as error:
        return None, str(error)
    return spec, "\n".join(f"{problem.severity}: {problem}" for problem in check(spec))


@needs_corpora
def test_every_hostile_file_is_refused_for_what_is_hostile_in_it_or_taken_for_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_CANARY", "canary-8431")
    around(tmp_path)
    cases = [json.loads(line) for line in (CORPORA / "yaml_hostile.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {case["id"] for case in cases} == REFUSED.keys() | TAKEN.keys(), "no case is left out"
    path = tmp_path / "hostile.yaml"
    for case in cases:
        path.write_bytes(written(case))
        spec, words = within_bounds(lambda: said(path), case["id"], seconds=5 if "5s" in case["expect"] else 1)
        expected = REFUSED.get(case["id"], "")
        assert expected in words, case["id"]
        assert (spec is not None and "error:" not in words) == (case["id"] in TAKEN), (case["id"], words)
        assert spec is None or case["id"] not in TAKEN or TAKEN[case["id"]](spec), case["id"]
        assert not re.search("canary-8431|root:", words), case["id"]
        assert ("did you mean" in words) == ("suggestion" in case["expect"]), (case["id"], words)
        assert "\u202e" not in words
    assert not Path("/tmp/PWNED").exists(), "nothing in a file is run"  # noqa: S108 - what one of them would write


@needs_corpora
def test_what_the_files_are_expected_to_come_to_is_what_they_come_to() -> None:
    lines = (CORPORA / "yaml_hostile.jsonl").read_text(encoding="utf-8").splitlines()
    expects = {case["id"]: case["expect"] for case in map(json.loads, lines)}
    stricter = {"y120"}  # a warning was expected; the language calls it an error
    plain = {key: expect for key, expect in expects.items() if "-or-" not in expect and key not in stricter}
    assert {key for key, expect in plain.items() if expect.startswith("reject")} <= REFUSED.keys()
    assert {key for key, expect in plain.items() if not expect.startswith("reject")} <= TAKEN.keys()
