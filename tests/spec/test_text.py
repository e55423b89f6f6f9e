"""How a text is read: YAML 1.2 and JSON, within limits."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strands_nb.errors import LoadError, SchemaValidationError
from strands_nb.spec import check, load, parse
from tests.spec.shared import chained

if TYPE_CHECKING:
    from pathlib import Path

FRAME = "agents: {a: {prompt: x}}\nsteps: [{a: hi}]\n"


def value(text: str) -> Any:
    """What a value of the text is read as."""
    return parse(f"{FRAME}inputs: {{values: {{v: {text}}}}}").inputs.values["v"]


@pytest.mark.parametrize("word", ["on", "off", "yes", "no", "NO", "y", "n", "On", "truE", "2020-01-01", "12:30:45"])
def test_words_that_older_yaml_reads_as_something_else_stay_text(word: str) -> None:
    assert value(word) == word


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("12", 12),
        ("-0012", -12),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("1.2.3", "1.2.3"),
        ("+", "+"),
    ],
)
def test_scalars_follow_the_core_schema_of_yaml_1_2(text: str, expected: object) -> None:
    assert value(text) == expected
    assert type(value(text)) is type(expected)


def test_merge_keys_bring_in_what_is_not_written_out() -> None:
    spec = parse(
        "agents:\n  a: &base {prompt: x, model_id: small}\n  b: {<<: *base, model_id: large}\nsteps: [{b: hi}]\n"
    )
    assert (spec.agents["b"].prompt, spec.agents["b"].model_id) == ("x", "large")


def test_a_quoted_merge_key_is_a_key() -> None:
    with pytest.raises(SchemaValidationError, match="unknown field '<<'"):
        parse(f"{FRAME}runtime: {{'<<': {{provider: x}}}}")


def test_an_alias_is_reported_where_it_was_written() -> None:
    with pytest.raises(SchemaValidationError) as caught:
        parse("agents:\n  a: &one {prompt: x, tools: [gerp]}\n  b: *one\nsteps: [{b: hi, x: 1}]\n")
    assert {(problem.line, problem.message) for problem in caught.value.errors} >= {(2, "unknown tool 'gerp'")}


def test_json_is_read_with_escaped_emoji_tabs_and_long_keys() -> None:
    data = {"agents": {"a": {"prompt": "\U0001f600"}}, "steps": [{"a": "hi", "vars": {"k" * 2000: 1}}]}
    spec = parse(json.dumps(data, indent="\t"))
    assert spec.agents["a"].prompt == "\U0001f600"


def test_a_flow_mapping_of_yaml_is_no_broken_json() -> None:
    assert parse("{agents: {a: {prompt: x}}, steps: [{a: hi}]}").agents["a"].prompt == "x"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1,}', "line 1, col 9: this is not JSON: a key in double quotes should stand here"),
        ('{"a": [1,\n]}', "line 2, col 1: this is not JSON: a value should stand here"),
        ('{"a": 1} x', "line 1, col 10: this is not JSON: something follows the end"),
        ('{"a" 1}', "line 1, col 6: this is not JSON: ':' should stand here"),
        ('{"a": "\\x"}', "this is not JSON: an escape that JSON does not know"),
        ('{"a": "\\ud800"}', "half of a surrogate pair"),
        ('{"a": NaN}', "this is not JSON: a value should stand here"),
        ("", "the file is empty"),
        ("[" * 100, "nested more than 50 levels deep"),
    ],
)
def test_a_json_file_that_is_no_json_is_refused_with_its_place(text: str, expected: str) -> None:
    with pytest.raises(LoadError) as caught:
        parse(text, file="a.json")
    assert expected in str(caught.value)


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert parse("\ufeff" + FRAME).agents["a"].prompt == "x"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_count_whatever_ends_them(end: str) -> None:
    with pytest.raises(SchemaValidationError) as caught:
        parse((FRAME + "hello: 1\n").replace("\n", end))
    assert (caught.value.line, caught.value.errors[0].source) == (3, "hello: 1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: " + "[" * 51 + "]" * 51, "nested more than 50"),
        ("a: " + "[" * 100_000 + "]" * 100_000, "nested more than 50"),
        ("".join(f"k{number}: 1\n" for number in range(100_000)), "more than 100,000 values"),
        ("a: &a [1]\nb: [" + "*a, " * 101 + "]", "more than 100 aliases"),
        ("a: &a\n  b: *a", "stands inside what it stands for"),
        ("x" * 10_000_001, "longer than 10,000,000 bytes"),
        ("é" * 6_000_000, "longer than 10,000,000 bytes"),
    ],
)
def test_a_text_past_a_limit_is_refused_at_once(text: str, expected: str) -> None:
    start = time.perf_counter()
    with pytest.raises(LoadError, match=expected.replace("(", "\\(")):
        parse(text)
    assert time.perf_counter() - start < 20


def test_a_text_from_the_network_may_be_a_megabyte() -> None:
    with pytest.raises(LoadError, match="longer than 1,048,576 bytes"):
        parse("#" * 1_100_000, network=True)


def test_a_long_number_is_refused_before_python_gives_up_on_it() -> None:
    with pytest.raises(SchemaValidationError, match="a number of 5,000 digits is too large"):
        parse(f"{FRAME}runtime: {{budgets: {{max_tokens: {'9' * 5000}}}}}")


def test_a_chain_of_ten_thousand_steps_is_read_and_checked_in_seconds() -> None:
    steps = "".join(f'  - {{agent: a, input: "{n} {{{{ steps[{n - 1}].response }}}}"}}\n' for n in range(1, 10_000))
    start = time.perf_counter()
    spec = parse(f"agents: {{a: {{prompt: x}}}}\nsteps:\n  - a: begin\n{steps}")
    assert check(spec) == []
    assert time.perf_counter() - start < 30


@pytest.mark.parametrize("name", ["w.txt", "w"])
def test_a_file_must_be_named_as_one(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(FRAME)
    with pytest.raises(LoadError, match=r"no workflow file: its name should end in \.yaml"):
        load(tmp_path / name)


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(LoadError, match="is not a file"):
        load(tmp_path / "pipe.yaml")
    with pytest.raises(LoadError, match="is not a file"):
        load(tmp_path)
    with pytest.raises(LoadError, match="there is no file"):
        load(tmp_path / "none.yaml")
    with pytest.raises(LoadError, match="cannot be read"):
        load("nul\0.yaml")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_bytes(FRAME.encode("utf-16"))
    with pytest.raises(LoadError, match="not UTF-8 text: byte 0 is 0xff"):
        load(tmp_path / "w.yaml")


TYPED = (LoadError, SchemaValidationError)


def outcome(text: str) -> str:
    """What becomes of a text: a workflow, or an error of ours that can be shown."""
    try:
        return str(check(parse(text)))
    except TYPED as error:
        return str(error)


@settings(deadline=2000, max_examples=300)
@given(st.text())
def test_no_text_raises_anything_but_our_own_errors(text: str) -> None:
    assert outcome(text)


PIECES = st.sampled_from(
    [
        "a",
        "agents",
        "steps",
        "prompt",
        ": ",
        "- ",
        "\n",
        "\n  ",
        "{",
        "}",
        "[",
        "]",
        "{{",
        "}}",
        "&a ",
        "*a",
        "<<",
        "!!x ",
        '"',
        "'",
        "#",
        "|\n",
        ">\n",
        "1",
        "~",
        "? ",
        "%",
        "\t",
        "é",
        "\r",
        "---\n",
        "approve",
        "x: {prompt: y}",
        "null",
        ".inf",
        ",",
    ]
)


@settings(deadline=2000, max_examples=500)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_no_arrangement_of_yaml_raises_anything_but_our_own_errors(text: str) -> None:
    for whole in (text, FRAME + text, "agents: {a: {prompt: x}}\nsteps:\n  - a: " + text):
        assert outcome(whole)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=2000)
@given(JSON)
def test_json_values_arrive_as_they_were(data: object) -> None:
    workflow = {"agents": {"a": {"prompt": "x"}}, "steps": [{"a": "hi", "vars": {"v": data}}]}
    text = json.dumps(workflow)
    try:
        step = chained(parse(text))[0]
    except TYPED:
        return  # half surrogates, numbers past the limit
    assert getattr(step, "vars")["v"] == data  # noqa: B009 - either kind of step
