"""Conditions: what they say of data, what they refuse, and that they can do nothing else."""

from __future__ import annotations

import ast
import contextlib
import copy
import json
import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, cast

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from strands_nb.errors import TemplateError
from strands_nb.render import Condition, Reference, TemplateFault, condition
from tests.spec.shared import CORPORA, SPECS, needs_corpora, needs_specs, within_bounds


@dataclass(frozen=True)
class Result:
    """What the graph hands to conditions, in short."""

    response: str
    iteration: int = 1
    agent: str | None = None
    _secret: str = "canary"

    @property
    def json(self) -> Any:
        return json.loads(self.response)

    def to_dict(self) -> dict[str, Any]:
        return {}


class Results:
    """Results by id or place, which are no mapping."""

    def __getitem__(self, place: int | str) -> Result:
        return {"judge": Result("85\n"), 0: Result("first")}[place]


NAMES: dict[str, Any] = {
    "nodes": {
        "judge": Result("85\n", iteration=3),
        "review": Result("I APPROVE. amount: 50", agent="critic"),
        "plan": Result('{"items": [{"id": 5, "done": true}], "none": null, "title": "Tides", "lower": "own"}'),
        "write-code": Result("open the file"),
    },
    "steps": Results(),
    "topic": "tidal power",
    "tags": ["sea", "moon", 3],
    "limit": 80,
    "nothing": None,
    "empty": "",
}


def holds(text: str, **names: Any) -> bool:
    return condition(text).holds(NAMES | names)


# ---------------------------------------------------------------- what is true

TRUE = [
    "true",
    "True and not False and not none and not None",
    "{{ topic == 'tidal power' }}",
    '  {{topic != "x"}}  ',
    "topic\n  ==\n  'tidal power'",
    # numbers, and texts that say one
    "limit == 80 and limit == 80.0 and limit >= 8e1 and -limit < -79.5 and - -1 == 1",
    "nodes.judge.response >= 80",
    "90 > nodes.judge.response and nodes.judge.response > limit",
    "nodes.judge.response != 85",
    "nodes.judge.response | int == 85 and nodes.judge.response | float == 85.0",
    "-nodes.judge.response == -85",
    "' -1.5e1 ' < -14",
    "'x' | int == 0 and 'x' | int(-1) == -1 and '1.9' | int == 1 and nothing | float(0.5) == 0.5",
    "'b' > 'a' and '10' < '9'",
    # in and contains
    "'approve' in nodes.review.response.lower()",
    "nodes.review.response contains 'APPROVE' and nodes.review.response not contains 'approve'",
    "nodes.review.response contains APPROVE",
    "nodes.review.response contains 50 and nodes.review.response not contains 7.5",
    "'valid: true' contains true and [true] contains true and 'none left' contains none",
    "tags contains moon and tags contains 3 and tags not contains 'lune'",
    "topic contains word",
    "nodes contains judge and 'judge' in nodes and 'x' not in nodes",
    "topic contains tidal and not topic contains lunar",
    "topic in ['a', 'tidal power', ] and 3 not in [] and [1] in [[1]]",
    # paths
    "nodes['judge'].iteration == 3 and nodes [ 'write-code' ] . response == 'open the file'",
    "nodes.plan.json.items[0].id == 5 and nodes.plan.json.items[-1]['done']",
    "nodes.plan.json.lower == 'own' and nodes.plan.json['title'][0] == 'T'",
    "tags[nodes.judge.iteration | default(0) | int(0)] is not defined and tags[limit] is not defined",
    "steps.judge.response contains 85 and steps[0].response == 'first' and steps.x is not defined",
    # tests and defaults
    "missing is not defined and missing.deep[3].er is not defined and topic is defined",
    "nothing is none and topic is not none and nothing is defined and nothing is None",
    "nodes.plan.json.none is none and nodes.judge.agent is none",
    "missing | default('x') == 'x' and nodes.x.y | d(1) == 1 and topic | default('x') != 'x'",
    "nothing | default('x') is none and nothing | default('x', true) == 'x' and missing | default == ''",
    "missing | default(absent) | default(3) == 3 and topic | default(absent) == topic",
    # filters and methods
    "topic | length == 11 and tags | count == 3 and nodes | length > 2",
    "topic | upper == 'TIDAL POWER' and 5 | string == '5' and ' x ' | trim == 'x' and true | lower == 'true'",
    "' Yes'.strip().lower().startswith('y') and topic.upper().endswith('ER')",
    "(topic | upper).lower() == topic and topic | upper.lower() == topic",
    "-1 | string == '-1' and -(1 | int) == -1",
    r"nodes.review.response | search('amount: (\d+)') | int == 50",
    "nodes.review.response | search(\"[A-Z]{2,}\") == 'APPROVE'",
    r"topic | search('\bpow') == 'pow' and topic | search('[0-9]') == '' and topic | search(pattern) == 'tid'",
    # logic
    "not missing and not (missing and true) and (missing or true) and (missing or topic) == topic",
    "true or missing.x > 1",
    "not (false and missing.x > 1)",
    "true or false and false",
    "not false == true and not not true",
    "(nothing or 'x') == 'x' and (topic and 5) == 5 and (empty or 0) == 0",
    # words inside of texts are only words
    "'open' in nodes['write-code'].response and 'import eval __class__ {{ x }} exec' != ''",
    r"""'it\'s' == "it's" and 'a\\b' == 'a\b' and 'a\nb' | length == 3""",
    "'and' != 'or' and '==' != 'not in'",
]


@pytest.mark.parametrize("text", TRUE)
def test_what_is_so_holds_and_its_contrary_does_not(text: str) -> None:
    names = {"word": "power", "pattern": "tid"}
    assert holds(text, **names) is True
    bare = text.strip().removeprefix("{{").removesuffix("}}")
    assert holds(f"not ({bare})", **names) is False


@pytest.mark.parametrize("text", ["else", "ELSE", " Else\n", "{{ else }}"])
def test_else_always_holds(text: str) -> None:
    assert condition(text).is_else
    assert condition(text).holds({})
    assert condition(text).references == ()


def test_else_inside_of_a_condition_is_a_name_like_others() -> None:
    assert not condition("else == 1").is_else
    assert holds("else == 1", **{"else": 1})


def test_a_condition_is_parsed_once() -> None:
    assert condition("topic == 'a'") is condition("topic == 'a'")
    assert condition("topic == 'a'").text == "topic == 'a'"


def test_what_follows_contains_is_the_named_value_if_there_is_one() -> None:
    assert holds("'we say yes' contains yes")
    assert not holds("'we say yes' contains yes", yes="no")
    assert not holds("'we say yes' contains (yes | default('no'))")


# ---------------------------------------------------------------- what is an error when it runs


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("missing", 1, "'missing' has no value; `is defined` asks for it"),
        ("{{ nodes.x.response }}", 4, "'nodes.x' has no value"),
        ("true and nodes.plan.json.scor.x > 3", 10, "'nodes.plan.json.scor' has no value"),
        ("limit == tags[7]", 10, "'tags[7]' has no value"),
        ("limit == tags[missing]", 15, "'missing' has no value"),
        ("nodes.judge._secret == 'canary'", 1, "'nodes.judge._secret' has no value"),
        ("nodes.judge.to_dict == 1", 1, "'nodes.judge.to_dict' has no value"),
        ("topic.upper == 1", 1, "'topic.upper' has no value"),
        ("missing is none", 1, "'missing' has no value"),
        ("missing == none", 1, "'missing' has no value"),
        ("[missing] == []", 2, "'missing' has no value"),
        ("missing | length == 0", 1, "'missing' has no value"),
        ("missing.lower() == ''", 1, "'missing' has no value"),
        ("missing | default(absent) == 1", 19, "'absent' has no value"),
        ("missing in topic", 1, "'missing' has no value"),
        ("-missing == 1", 2, "'missing' has no value"),
        ("topic contains (tidal)", 17, "'tidal' has no value"),
        ("topic contains missing.x", 16, "'missing' has no value"),
        ("topic > 3", 7, "the text 'tidal power' is no number; take one out of it: | search('[0-9]+')"),
        ("nothing >= 3", 9, "none is no number"),
        ("tags < 3", 6, "a list is no number"),
        ("-topic == 1", 1, "is no number"),
        ("5 in topic", 3, "a text is searched for a text, not for the number 5: put it in quotes"),
        ("topic in 5", 7, "the number 5 contains nothing"),
        ("nothing contains x", 9, "none contains nothing"),
        ("5 | length == 1", 5, "the number 5 has no length"),
        ("tags.lower() == ''", 6, "this takes a text, not a list"),
        ("nothing | lower == ''", 11, "this takes a text, not none"),
        ("topic | search(tags)", 9, "this takes a text, not a list"),
        ("topic | search(limit | string | default('(') and '(')", 9, "does not parse"),
        ("nodes.review.json.x == 1", 1, "Expecting value"),
        ("tags in nodes", 6, "unhashable"),
    ],
)
def test_a_condition_that_cannot_be_decided_says_why_and_where(text: str, column: int, message: str) -> None:
    with pytest.raises(TemplateFault) as caught:
        holds(text)
    assert message in caught.value.reason
    assert (caught.value.line, caught.value.column) == (1, column)
    assert str(caught.value) == f"line 1, column {column} of the condition: {caught.value.reason}"


# ---------------------------------------------------------------- what does not parse


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "expected a value, found the end"),
        ("{{ }}", 4, "expected a value, found the end"),
        ("a ==", 5, "expected a value, found the end"),
        ("a = b", 3, "found '='; did you mean '=='?"),
        ("a === b", 3, "found '==='; did you mean '=='?"),
        ("a <> b", 3, "found '<>'; did you mean '!='?"),
        ("a && b", 3, "found '&&'; did you mean 'and'?"),
        ("a || b", 3, "found '||'; did you mean 'or'?"),
        ("!a", 1, "expected a value, found '!'; did you mean 'not'?"),
        ("a AND b", 3, "found 'AND'; did you mean 'and'?"),
        ("a contain yes", 3, "expected an operator or the end, found 'contain'; did you mean 'contains'?"),
        ("a contains yes please", 16, "found 'please'; a text is put in quotes"),
        ("a contains on-hold", 14, "found '-'; there is no arithmetic"),
        ("nodes.write-code.response == 1", 12, "a name with a dash is written nodes['a-b']"),
        ("1 + 2", 3, "found '+'; there is no arithmetic in a condition"),
        ("'a' ~ b", 5, "there is no arithmetic"),
        ("'%s' % a", 6, "there is no arithmetic"),
        ("a < b < c", 7, "compare two at a time: a < b and b < c"),
        ("a contains b == true", 14, "compare two at a time"),
        ("(a, b)", 3, "expected ')', found ','; a list is written in brackets"),
        ("[a, b", 6, "expected ']', found the end"),
        ("[,]", 2, "expected a value, found ','"),
        ("{'a': 1}", 1, "expected a value, found '{'; braces go around the whole condition only"),
        ("a == {{ b }}", 6, "braces go around the whole condition only"),
        ("{{ a }} and {{ b }}", 6, "braces go around the whole condition only"),
        ("a == 'b", 6, 'found "\'"; the text that begins here has no end'),
        ("a[1:2]", 4, "expected ']', found ':'"),
        ("a.", 3, "expected a name, found the end"),
        ("a.1", 3, "expected a name, found '1'"),
        ("x if a else b", 3, "expected an operator or the end, found 'if'"),
        ("lambda x: 1", 8, "found 'x'"),
        ("[x for x in y]", 4, "expected ']', found 'for'"),
        ("12abc", 3, "found 'abc'"),
        ("a @ b", 3, "found '@'"),
        ("and a", 1, "expected a value, found 'and'"),
        ("a not b", 3, "found 'not'"),
        ("len(a) > 3", 1, "'len' cannot be called; a filter follows a bar: … | length"),
        ("open('/etc/passwd')", 1, "'open' cannot be called"),
        ("a.lower()()", 9, "')' cannot be called"),
        ("a.lowr()", 3, "there is no method 'lowr'; did you mean 'lower'?"),
        ("a.format(b)", 3, "there is no method 'format'; there is endswith, lower, startswith, strip, upper"),
        ("a | lngth > 3", 5, "there is no filter 'lngth'; did you mean 'length'?"),
        ("a | attr('x')", 5, "there is no filter 'attr'"),
        ("a | search", 5, "search takes 1 argument, not 0"),
        ("a | default(1, 2, 3)", 5, "default takes 0 to 2 arguments, not 3"),
        ("a.strip('x')", 3, "strip takes 0 arguments, not 1"),
        ("a | int(default=1)", 16, "expected ')', found '='"),
        ("a is undefined", 6, "there is no test 'undefined'; did you mean 'defined'?"),
        ("a is not", 9, "expected a name, found the end"),
        ("a | search('(')", 5, "the regular expression '(' does not parse"),
        (r"a | search('(a)\1')", 5, "cannot look around or back"),
        ("a.__class__", 3, "'__class__' is not available"),
        ("__builtins__", 1, "'__builtins__' is not available"),
        ("a contains __x__", 12, "'__x__' is not available"),
        ("(" * 51 + "a" + ")" * 51, 51, "nested too deeply"),
        ("not " * 51 + "a", 201, "nested too deeply"),
        ("- " * 51 + "a", 101, "nested too deeply"),
        ("a" + "[0]" * 51, 154, "nested too deeply"),
    ],
)
def test_what_is_no_condition_is_refused_before_the_run(text: str, column: int, message: str) -> None:
    with pytest.raises(TemplateFault) as caught:
        condition(text)
    assert message in caught.value.reason
    assert (caught.value.line, caught.value.column) == (1, column)


def test_a_fault_in_a_condition_of_several_lines_knows_the_line_and_the_word() -> None:
    with pytest.raises(TemplateFault, match=r"^line 2, column 9 of the condition: there is no filter 'uper'") as caught:
        condition("a == 1\nand b | uper == 'X'")
    assert caught.value.word == "uper"
    with pytest.raises(TemplateFault, match=r"^line 3, column 2 of the condition: 'missing' has no value") as caught:
        holds("true\nand\n missing > 1")
    assert caught.value.word == "missing"


def test_a_condition_has_a_largest_size() -> None:
    assert not condition("x" * 10_000).is_else
    with pytest.raises(TemplateFault, match="at most 10,000 characters, this one has 10,001"):
        condition("x" * 10_001)


def test_what_one_condition_may_make_is_bounded_and_counted_anew_for_each() -> None:
    for _ in range(4):
        assert holds("big.upper() != big", big="x" * 9_000_000)
    with pytest.raises(TemplateFault, match=r"^line 1, column 5 .*: a template may not make more than 10,000,000"):
        holds("big.upper() == 1", big="x" * 10_000_001)
    with pytest.raises(TemplateFault, match="a template may not make more than"):
        holds("big" + ".upper().lower()" * 2 + " == 1", big="x" * 9_000_000)
    assert condition("big.lower() != 'made after another used up its share'").holds({"big": "x"})


# ---------------------------------------------------------------- what it asks for


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a == b.c", [(("a",), False), (("b", "c"), False)]),
        ("a['b'][0].c[-1] == 1", [(("a", "b", 0, "c", -1), False)]),
        ("nodes.a.response.lower() contains 'x'", [(("nodes", "a", "response"), False)]),
        ("nodes[i].response[j.k] == 1", [(("nodes",), False), (("i",), False), (("j", "k"), False)]),
        ("a[true].b == a[1.5]", [(("a",), False), (("a",), False)]),
        ("a.b | default(c)", [(("a", "b"), True), (("c",), False)]),
        ("(a.b) | d('') == ''", [(("a", "b"), True)]),
        ("a.b.lower() | default('')", [(("a", "b"), False)]),
        ("a.b is defined and a.b.c > 1 and a.d", [(("a", "b"), True), (("a", "b", "c"), True), (("a", "d"), False)]),
        ("a is not defined or a.b", [(("a",), True), (("a", "b"), True)]),
        ("a[i] is defined and a.b", [(("a",), True), (("i",), False), (("a", "b"), False)]),
        ("a is none and not a", [(("a",), False), (("a",), False)]),
        ("a contains yes", [(("a",), False), (("yes",), True)]),
        ("a contains b.c", [(("a",), False), (("b", "c"), False)]),
        ("a contains 5", [(("a",), False)]),
        ("-a in [b, (c or d)]", [(("a",), False), (("b",), False), (("c",), False), (("d",), False)]),
        ("x | search(y)", [(("x",), False), (("y",), False)]),
        ("'a' == 1 and true", []),
    ],
)
def test_what_a_condition_asks_for_is_known_before_it_runs(text: str, expected: list[tuple[object, bool]]) -> None:
    assert [(reference.path, reference.guarded) for reference in condition(text).references] == expected


def test_references_know_their_line() -> None:
    assert condition("{{ a\n and b }}").references == (Reference(("a",), 1), Reference(("b",), 2))


# ---------------------------------------------------------------- conditions that people wrote

OLD = [
    ("{{ 'valid: no' in nodes.validate.response.lower() }}", True),
    ("{{ 'amount: 50' in nodes.validate.response or 'amount: 25' in nodes.validate.response }}", False),
    ("{{ 'approve' in nodes.manager.response.lower() }}", True),
    ("{{ nodes.write_code.iteration >= 3 }}", True),
    ("nodes.decision.response contains yes", True),
    ("nodes.classifier.response contains approve", False),
    ("{{ 'open' in nodes.manager.response }}", False),
    ("{{ hitl_response | default('') | lower == 'approved' }}", False),
]
OLD_NAMES = {
    "nodes": {
        "validate": {"response": "Valid: no, AMOUNT: 50"},
        "manager": {"response": "Approved."},
        "write_code": {"iteration": 3},
        "decision": {"response": "yes"},
        "classifier": {"response": "reject"},
    }
}


@pytest.mark.parametrize(("text", "expected"), OLD)
def test_conditions_of_the_format_mean_what_their_author_expects(text: str, expected: bool) -> None:  # noqa: FBT001
    assert condition(text).holds(OLD_NAMES) is expected


@needs_specs
def test_every_condition_of_the_real_files_parses_and_asks_for_nodes_only() -> None:
    texts = [text for path in sorted(SPECS.glob("*.yaml")) for text in whens(yaml.safe_load(path.read_text()))]
    assert len(texts) > 10
    names = {str(reference.path[0]) for text in texts for reference in condition(text).references}
    assert names == {"nodes"}


def whens(data: Any) -> list[str]:
    """Every value of a key `when`."""
    if isinstance(data, list):
        return [text for value in cast("list[Any]", data) for text in whens(value)]
    if not isinstance(data, dict):
        return []
    items = cast("dict[str, Any]", data)
    return [str(value) for key, value in items.items() if key == "when"] + whens(list(items.values()))


# ---------------------------------------------------------------- what it cannot do


def test_nothing_is_reached_that_is_no_data() -> None:
    def generator() -> Any:
        yield

    names = {"gen": generator(), "fn": print, "cls": Result, "mod": sys, "obj": Result("x"), "d": {"f": print}}
    roots = "fn cls cls.mro mod.modules mod['modules'] gen.gi_frame gen.gi_code obj.to_dict obj._secret d.f d.items"
    for path in roots.split():
        assert condition(f"{path} is not defined").holds(names), path


def test_nothing_is_changed_or_made_by_looking() -> None:
    data: defaultdict[str, list[int]] = defaultdict(list)
    assert condition("d.x is not defined and d['y'] is not defined").holds({"d": data})
    assert not data


def harmless(text: str, names: dict[str, Any]) -> str:
    """What comes of a text: the message of its error, or its truth; its names are unchanged."""
    before = copy.deepcopy(names)
    try:
        done = str(condition(text).holds(names))
    except TemplateError as error:
        done = str(error)
    assert names == before, text
    return done


@needs_corpora
def test_attacks_are_refused_or_harmless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_CANARY", "canary-8431")
    payloads = [line for line in (CORPORA / "jinja2_ssti.txt").read_text().splitlines() if not line.startswith("# ")]
    for payload in payloads:
        inner = re.findall(r"\{\{(.*?)\}\}", payload)
        for text in (payload, *inner, *(f"({each}) == 1" for each in inner)):
            done = within_bounds(lambda text=text: harmless(text, {"x": "v", "d": {"a": 1}, "s": "str"}), text)
            assert not re.search(r"canary-8431|uid=|root:|<class|<built-in|0x[0-9a-f]{6}", done), text
            assert re.search(r"of the condition: |^(True|False)$", done), text
        assert harmless("x contains x and not x == 1", {"x": payload}) == "True"


@needs_corpora
def test_no_pattern_takes_more_than_a_moment() -> None:
    for line in (CORPORA / "redos.jsonl").read_text().splitlines():
        case = json.loads(line)
        escaped = case["pattern"].replace("\\", "\\\\").replace("'", "\\'")
        names = {"subject": case["subject"], "pattern": case["pattern"]}
        for text in (f"subject | search('{escaped}') == ''", "subject | search(pattern) == ''"):
            assert harmless(text, names) == "True", case["id"]


def test_importing_it_does_not_import_the_template_engine() -> None:
    use = "from strands_nb.render import condition; condition('a').holds({'a': 1})"
    code = f"import sys; {use}; print('jinja2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "False"


# ---------------------------------------------------------------- any text at all

PIECES = [
    *["nodes", "x", ".", "y", "['a']", "[0]", "[", "]", "(", ")", "{{", "}}", ",", "-", "'", '"', "\\", "1", "1.5"],
    *["==", "<", ">=", "=", " and ", " or ", " not ", " in ", " is ", "defined", "none", " contains ", "true", "'a'"],
    *["|", "default('')", "length", "int", "search('a+')", ".lower()", ".startswith(", "__class__", "else", "\ud800"],
]
ANY_NAMES = {"nodes": [{"a": "1"}], "x": {"y": "a", "a": None}, "y": 3}


@settings(deadline=2000, max_examples=500)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=25).map("".join)))
def test_no_text_raises_anything_but_our_own_error(text: str) -> None:
    with contextlib.suppress(TemplateError):
        Condition(text).holds(ANY_NAMES)


@pytest.mark.parametrize(
    "piece", ["(", "[", "not ", "- ", "a.", "a and ", "a|d(", "a[", "'", "\\", "{{", "}}", "9", "x", "<", " ", "x=="]
)
def test_the_largest_text_of_one_piece_ends_like_any_other(piece: str) -> None:
    with contextlib.suppress(TemplateError):
        Condition((piece * 10_000)[:10_000]).holds({"a": 1, "x": "x" * 100_000})


def test_the_deepest_condition_fits_on_the_stack() -> None:
    deep = "true"
    for _ in range(16):
        deep = f"(false or true and 1 == [not {deep}, 2][0])"
    condition(deep).holds({})


# ---------------------------------------------------------------- the same as Python

DATA: dict[str, Any] = {"n": 3, "f": -1.5, "t": "Tide", "e": "", "l": [1, "Tide"], "m": {"a": {"b": 2}}}


def parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def called(method: str, text: ast.expr, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Attribute(text, method), list(arguments), [])


def compared(kind: type[ast.cmpop], left: ast.expr, right: ast.expr) -> ast.expr:
    return ast.Compare(left, [kind()], [right])


def joined(kind: type[ast.boolop], operands: list[ast.expr]) -> ast.expr:
    return ast.BoolOp(kind(), operands)


def negated(operand: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), operand)


def listed(items: list[ast.expr]) -> ast.expr:
    return ast.List(items)


Trees = st.SearchStrategy[ast.expr]
EQUAL = st.sampled_from([ast.Eq, ast.NotEq])
ORDER = st.sampled_from([ast.Lt, ast.LtE, ast.Gt, ast.GtE])
INSIDE = st.sampled_from([ast.In, ast.NotIn])  # codespell:ignore notin
LETTERS = st.text("aTide '\"\\\n{|é", max_size=4).map(ast.Constant)
NUMBERS: Trees = st.recursive(
    st.integers(0, 9).map(ast.Constant) | st.sampled_from(["n", "f", "m['a']['b']", "l[0]", "0.5"]).map(parsed),
    lambda numbers: numbers.map(lambda number: ast.UnaryOp(ast.USub(), number)),
    max_leaves=3,
)
TEXTS: Trees = st.recursive(
    LETTERS | st.sampled_from(["t", "e", "l[-1]"]).map(parsed),
    lambda texts: st.builds(called, st.sampled_from(["lower", "upper", "strip"]), texts),
    max_leaves=3,
)
PLAIN: Trees = NUMBERS | TEXTS | st.sampled_from(["True", "False", "None", "l", "m"]).map(parsed)
LISTS: Trees = st.lists(PLAIN, max_size=3).map(listed)
VALUES: Trees = PLAIN | LISTS
SIMPLE: Trees = st.one_of(
    st.builds(compared, ORDER | EQUAL, NUMBERS, NUMBERS),
    st.builds(compared, ORDER | EQUAL | INSIDE, TEXTS, TEXTS),
    st.builds(compared, EQUAL, VALUES, VALUES),
    st.builds(compared, INSIDE, VALUES, LISTS),
    st.builds(called, st.sampled_from(["startswith", "endswith"]), TEXTS, TEXTS),
)


def combined(inner: Trees) -> Trees:
    operands = inner | VALUES
    return st.one_of(
        st.builds(joined, st.sampled_from([ast.And, ast.Or]), st.lists(operands, min_size=2, max_size=4)),
        st.builds(negated, operands),
        st.builds(compared, EQUAL, inner, operands),
        st.builds(compared, INSIDE, inner, st.lists(operands, max_size=3).map(listed)),
    )


EXPRESSIONS: Trees = st.recursive(SIMPLE, combined, max_leaves=8)


@settings(deadline=2000, max_examples=500)
@given(EXPRESSIONS)
def test_what_conditions_share_with_python_means_the_same(tree: ast.expr) -> None:
    text = ast.unparse(tree)
    assert Condition(text).holds(DATA) == bool(eval(text, {}, DATA))  # noqa: S307 - of our own making


@settings(deadline=2000, max_examples=100)
@given(TEXTS, TEXTS | LISTS)
def test_contains_is_in_the_other_way_round(part: ast.expr, whole: ast.expr) -> None:
    a, b = f"({ast.unparse(part)})", f"({ast.unparse(whole)})"
    assert Condition(f"{b} contains {a}").holds(DATA) == Condition(f"{a} in {b}").holds(DATA)
    assert Condition(f"{b} not contains {a}").holds(DATA) == Condition(f"{a} not in {b}").holds(DATA)
