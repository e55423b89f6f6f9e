"""Templates: what they can do, what they cannot, and how fast."""

from __future__ import annotations

import contextlib
import json
import re
import time
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strands_nb.errors import TemplateError
from strands_nb.render import Reference, filter_names, regex_search, render_or_text, template
from strands_nb.render.regex import search
from tests.spec.shared import CORPORA, needs_corpora, within_bounds


@dataclass(frozen=True)
class Step:
    """What the patterns hand to templates, in short."""

    response: str
    agent: str = "writer"
    index: int = 0

    @property
    def json(self) -> Any:
        return json.loads(self.response)


CONTEXT: dict[str, Any] = {"steps": [Step("one"), Step('{"score": 3}', index=1)], "topic": "tidal power", "d": {"a": 1}}


def render(text: str, **context: Any) -> str:
    return template(text).render(CONTEXT | context)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("About {{ topic }}.", "About tidal power."),
        ("{{ steps[0].response }} by {{ steps[-1].agent }}", "one by writer"),
        ("{{ steps[1].json.score + 1 }}", "4"),
        ("{% for step in steps %}{{ loop.index }}{{ step.response[:1] }} {% endfor %}", "1o 2{ "),
        ("{{ topic | upper | replace('POWER', 'x') }}", "TIDAL x"),
        ("{{ missing | default('none') }}", "none"),
        ("{{ missing.deep[3].er | default('none') }}", "none"),
        ("{% if missing is defined %}a{% else %}b{% endif %}", "b"),
        ("{% if 'one' in steps[0].response.lower() %}yes{% endif %}", "yes"),
        ("{{ topic | truncate(5) }}", "tidal..."),
        ("{{ topic | truncate(200) }}", "tidal power"),
        ("{{ ('x' * 150) | truncate | length }}", "103"),
        ("{{ {'a': '<é>'} | tojson }}", '{"a": "<é>"}'),
        ("{{ d | tojson(indent=1) }}", '{\n "a": 1\n}'),
        ("{{ steps[0] | tojson }}", '{"response": "one", "agent": "writer", "index": 0}'),
        ("{{ (steps[1].response | fromjson).score }}", "3"),
        ("{{ 'score: 12' | regex_search('score:\\\\s*(\\\\d+)') }}", "12"),
        ("{{ 'none' | regex_search('[0-9]') }}", ""),
        ("{{ topic | title }} {{ d.items() | list }}", "Tidal Power [('a', 1)]"),
        ("{% set x = 1 %}{% with y = 2 %}{{ x }}{{ y }}{% endwith %}", "12"),
        ("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(1) }}{{ m(2) }}", "<1><2>"),
        (
            "{{ 'a' ~ 1 ~ 'b' }} {{ 'a' + 'b' }} {{ 2 ** 10 }} {{ '%s!' % 'x' }} {{ '{:>3}'.format(1) }}",
            "a1b ab 1024 x!   1",
        ),
        ("{# a comment #}", ""),
        ("", ""),
    ],
)
def test_templates_do_what_their_author_expects(text: str, expected: str) -> None:
    assert render(text) == expected


@pytest.mark.parametrize("text", ["", "plain { } % #", "two\r\nlines\r\n", "e\u0301", " a \n\n", "tab\t\x85\u2028"])
def test_a_text_without_places_to_fill_is_passed_on_unchanged(text: str) -> None:
    assert template(text).constant
    assert render(text) == text


def test_text_around_places_is_passed_on_unchanged_down_to_its_line_ends() -> None:
    assert render("a\r\nb {{ topic\r\n }}\r {{ 'x\r\ny' }}e\u0301\n") == "a\r\nb tidal power\r x\r\nye\u0301\n"


def test_model_output_is_data_and_never_rendered_again() -> None:
    assert render("{{ x }}", x="{{ topic }} {% raw") == "{{ topic }} {% raw"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ missing }}", "line 1 of the template: 'missing' is undefined"),
        ("a\n{{ steps[9].response }}", "line 2 of the template: list object has no element 9"),
        ("{{ steps[0].respnse }}", "has no attribute 'respnse'"),
        ("{% if missing %}{% endif %}", "'missing' is undefined"),
        ("{{ missing | tojson }}", "'missing' is undefined"),
        ("{{ steps[0].json }}", "Expecting value"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ 'x' | fromjson }}", "fromjson: this is not JSON"),
        ("{{ topic() }}", "cannot be called"),
        ("{{ '\\ud800' }}", "half of a surrogate pair"),
    ],
)
def test_a_template_that_fails_says_why_and_in_which_line(text: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        render(text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\n{% if %}", "line 2 of the template: this does not parse: Expected an expression"),
        ("{{ x", "this does not parse: unexpected end of template"),
        ("{{ x | uper }}", "there is no filter 'uper'; did you mean 'upper'?"),
        ("{{ x | random }}", "there is no filter 'random'"),
        ("{% if x is stirng %}{% endif %}", "there is no test 'stirng'; did you mean 'string'?"),
        ("{% include 'x' %}", "'include' is not available"),
        ("{% extends x %}", "'extends' is not available"),
        ("{{ " + "(" * 5000 + ")" * 5000 + " }}", "nested too deeply"),
    ],
)
def test_a_text_that_is_no_template_is_refused_when_it_is_made(text: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        template(text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ a }} {{ b.c }} {{ b['d'][0] }}", [(("a",), False), (("b", "c"), False), (("b", "d", 0), False)]),
        ("{{ steps[-1].response.upper() }}", [(("steps", -1, "response", "upper"), False)]),
        ("{{ steps[i].response }}", [(("steps",), False), (("i",), False)]),
        ("{{ a | default(b) }}", [(("a",), True), (("b",), False)]),
        ("{{ a.b is defined }}", [(("a", "b"), True)]),
        (
            "{% if a is defined %}{{ a.b }}{% else %}{{ c }}{% endif %}",
            [(("a",), True), (("a", "b"), True), (("c",), False)],
        ),
        ("{{ a.x if a is defined else b }}", [(("a",), True), (("a", "x"), True), (("b",), False)]),
        ("{% if a is defined and a.b %}{% endif %}", [(("a",), True), (("a", "b"), True)]),
        (
            "{% for i in list if i.ok %}{{ i.x }}{{ loop.index }}{{ y }}{% endfor %}",
            [(("list",), False), (("y",), False)],
        ),
        ("{{ x }}{% set x = y %}{{ x }}", [(("x",), False), (("y",), False)]),
        ("{% set x %}{{ z }}{% endset %}{{ x }}", [(("z",), False)]),
        ("{% with a = b %}{{ a }}{% endwith %}{{ a }}", [(("b",), False), (("a",), False)]),
        ("{% macro m(p, q=d) %}{{ p }}{{ q }}{{ g }}{% endmacro %}{{ m(1) }}", [(("d",), False), (("g",), False)]),
        ("{% call m() %}{{ x }}{% endcall %}", [(("m",), False), (("x",), False)]),
        ("{% filter upper %}{{ x }}{% endfilter %}", [(("x",), False)]),
        ("{{ {'k': v}[k] }}", [(("k",), False), (("v",), False)]),
        ("{{ x[1:n] }}", [(("x",), False), (("n",), False)]),
        ("plain", []),
    ],
)
def test_what_a_template_asks_for_is_known_without_rendering(text: str, expected: list[tuple[object, bool]]) -> None:
    assert [(reference.path, reference.guarded) for reference in template(text).references] == expected


def test_references_know_their_line() -> None:
    page = template("one\n{{ a }}\n\n{% if b %}\n{{ c.d }}{% endif %}")
    assert [reference.line for reference in page.references] == [2, 4, 5]
    assert page.references[0] == Reference(("a",), 2)
    assert page.names == {"a", "b", "c"}


def test_a_prompt_that_is_no_template_is_sent_as_written() -> None:
    assert render_or_text("Be {{ tone }}", {"tone": "kind"}) == "Be kind"
    assert (
        render_or_text("Use {{ your name }} and {{ tone }}", {"tone": "kind"}) == "Use {{ your name }} and {{ tone }}"
    )
    assert render_or_text("Use {{ unknown }}", {}) == "Use {{ unknown }}"


def test_the_filters_are_the_pure_ones_of_jinja_and_those_of_the_format() -> None:
    assert {"default", "join", "replace", "upper", "truncate", "tojson", "fromjson", "regex_search"} <= set(
        filter_names()
    )
    assert "random" not in filter_names()


BOMBS = [
    "{{ 'a' * 10**9 }}",
    "{{ [1] * 10**9 }}",
    "{{ 10 ** (10 ** 9) }}",
    "{{ (10 ** 10) ** (10 ** 10) }}",
    "{{ x | indent(10**9) }}",
    "{{ 'a\\nb\\nc' | indent('y' * 9000000) }}",
    "{{ x | center(10**9) }}",
    "{{ x | list | batch(10**9, 'x') | list }}",
    "{{ x | list | slice(10**9) | list }}",
    "{{ x | replace('', 'y' * 5000) | replace('', 'y' * 5000) }}",
    "{{ 1 | round(10**9) }}",
    "{{ 1 | round(10**9, 'ceil') }}",
    "{{ '%1000000000d' | format(1) }}",
    "{{ '%*d' % (10**9, 1) }}",
    "{{ '%.1000000000f' % 1.0 }}",
    "{{ '%(x)1000000000d' % {'x': 1} }}",
    "{{ '{0:>1000000000}'.format(1) }}",
    "{{ '{0:>{1}}'.format(1, 10**9) }}",
    "{{ x.zfill(10**9) }}",
    "{{ x.ljust(10**9) }}",
    "{{ ('\t' * 1000).expandtabs(10**9) }}",
    "{{ x.replace('', 'y' * 90000).replace('', 'y' * 90000) }}",
    "{{ ('y' * 100000).join(x * 1000) }}",
    "{{ (x * 1000) | join('y' * 100000) }}",
    "{{ x.translate({120: 'y' * 1000000}) }}",
    "{{ (5).to_bytes(10**9) }}",
    "{{ x | tojson(indent=10**9) }}",
    "{{ x" + " | tojson" * 60 + " }}",
    "{% set a = 'x' * 1000 %}" + "{% set a = a + a %}" * 40 + "{{ a }}",
    "{% set a = 'x' * 1000 %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
    "{% set a = [1] * 1000 %}" + "{% set a = a + a %}" * 40 + "{{ a }}",
    "{% set a = 'x' * 1000 %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40 + "{{ a }}",
    "{% macro m(x) %}{{ x }}{{ x }}{% endmacro %}{% set a = 'x' %}" + "{% set a = m(a) %}" * 60 + "{{ a }}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% for a in 'x' * 999 %}{% for b in 'x' * 999 %}{% for c in 'x' * 999 %}{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in 'x' * 99999 %}{{ 'y' * 9999 }}{% endfor %}",
    "{% for a in [1] recursive %}{{ loop([1, 1]) }}{% endfor %}",
    "{% for a in ('x' * 9000) | map('upper') %}{% for b in ('x' * 9000) | map('upper') %}{% endfor %}{% endfor %}",
]


@pytest.mark.parametrize("text", BOMBS, ids=lambda text: text[:50])
def test_a_template_cannot_use_up_the_machine(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(TemplateError):
        template(text).render({"x": 'x"'})
    assert time.perf_counter() - start < 30, "far below what it would take unbounded"


def test_a_loop_over_thousands_of_rows_is_no_bomb() -> None:
    assert len(render("{% for row in rows %}{{ row | upper }}\n{% endfor %}", rows=["abc"] * 20_000)) == 80_000


# The attacks that are none here, and what comes of them; every other is refused.
HARMLESS = {
    "{{ ['']|map(attribute='__class__')|list }}": "[Undefined]",
    "{{ ['']|groupby('__class__')|list }}": "[(Undefined, [''])]",
    "{{ ['']|sort(attribute='__class__') }}": "['']",
    "{{ ['']|min(attribute='__class__') }}": "",
    "{{ self }}": "<TemplateReference None>",
    "{{ x|safe }}": "v",
    "{{ d|pprint }}": "{'a': 1}",
    "{{ x|urlize(rel='\"><script>') }}": "v",
    "{{ x|default(x.__class__,true) }}": "v",
    "{{ 10**10**10 }}": str(10**100),
    "{{ [[[[[[]]]]]] }}": "[[[[[[]]]]]]",
    "{# {{ ''.__class__ }} #}": "",
    "{{ x }}{{ '{{ nested }}' }}": "v{{ nested }}",
    "x | search('(a|a)*b')": "x | search('(a|a)*b')",
    "x | regex_search('(.*)*(.*)*(.*)*=')": "x | regex_search('(.*)*(.*)*(.*)*=')",
}


@needs_corpora
def test_attacks_on_the_sandbox_are_refused_or_come_to_harmless_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_CANARY", "canary-8431")
    payloads = [text for text in (CORPORA / "jinja2_ssti.txt").read_text().splitlines() if not text.startswith("# ")]
    assert payloads
    for text in payloads:
        data = {"a": 1}
        done, refusal = within_bounds(lambda text=text, data=data: tried(text, data), text)
        assert done == HARMLESS.get(text), text
        assert not re.search(r"canary-8431|uid=|root:|0x[0-9a-f]{6}", refusal), text
        assert data == {"a": 1}, text


def tried(text: str, data: dict[str, int]) -> tuple[str | None, str]:
    """What comes of an attack, or why it is refused."""
    try:
        return template(text).render({"x": "v", "d": data, "s": "str"}), ""
    except TemplateError as error:
        return None, str(error)


@settings(deadline=2000, max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            ["{{", "}}", "{%", "%}", " x ", "|upper", "for i in x", "endfor", "'", "(", "[0]", ".", "1", "\n"]
        )
    ).map("".join)
)
def test_no_text_raises_anything_but_our_own_error(text: str) -> None:
    with contextlib.suppress(TemplateError):
        template(text).render({"x": ["a"]})


# ---------------------------------------------------------------- regular expressions

PATTERNS = [
    *["a", "a|b", "(a|ab)(c|bcd)(d*)", "a*", "a*?", "a+?b", "a{2}", "a{1,3}", "a{1,3}?", "(a)(b)?", "(?:a|b)+c"],
    *["^a", "a$", "(?m)^b$", "(?s)a.b", "a.b", "(?i)AB", r"\bab\b", r"\Bb", r"\d+", r"\w+\s?", r"[^a-c]+", r"[\d,]+"],
    *[r"\Aa", r"b\Z", "(?P<x>a)b", "x*y*", "(a+)(b+)", "", "(?i:A)b", r"[a-]", r"(?x) a b # c"],
]


@settings(deadline=2000, max_examples=400)
@given(st.sampled_from(PATTERNS), st.text("abcdxyAB 1,\n-", max_size=12))
def test_a_search_finds_what_python_finds(pattern: str, text: str) -> None:
    match = re.search(pattern, text)
    assert search(pattern, text) == ((match[0], *match.groups()) if match else None)


@pytest.mark.parametrize("pattern", [r"(a)\1", "(?=a)b", "(?<!a)b", "(?>a)", "a++"])
def test_what_needs_going_back_is_refused(pattern: str) -> None:
    with pytest.raises(TemplateError, match="cannot look around or back"):
        regex_search("a", pattern)


@pytest.mark.parametrize(
    "pattern", ["(", "a{99999999999}", "[", "a" * 2000, "(a{1000}){1000}", "(a)" * 30, "(?P<x", "*"]
)
def test_a_pattern_that_is_none_or_too_large_is_refused(pattern: str) -> None:
    with pytest.raises(TemplateError):
        regex_search("a", pattern)


def test_a_long_text_is_searched_quickly() -> None:
    text = "nothing to see here\n" * 40_000 + "Score: 87\n"
    start = time.perf_counter()
    assert regex_search(text, r"[Ss]core:\s*(\d+)") == "87"
    assert time.perf_counter() - start < 20


@needs_corpora
def test_no_pattern_takes_more_than_a_moment() -> None:
    cases = [json.loads(line) for line in (CORPORA / "redos.jsonl").read_text().splitlines()]
    for case in cases:
        found = within_bounds(lambda case=case: regex_search(case["subject"], case["pattern"]), case["id"])
        assert not found, "none is refused, and none finds anything"


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a?){200}b", "(a|a)*b", "(.*)*(.*)*(.*)*=", "(a?){100}a{100}", r"(\w+\s?)*!"]
)
def test_the_worst_pattern_on_a_long_text_ends(pattern: str) -> None:
    start = time.perf_counter()
    with contextlib.suppress(TemplateError):
        regex_search("a" * 100_000, pattern)
    assert time.perf_counter() - start < 30
