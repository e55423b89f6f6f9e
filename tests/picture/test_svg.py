"""The SVG: self-contained, safe with labels from strangers, and telling."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strands_nb.picture import to_svg
from strands_nb.picture.figure import read
from strands_nb.picture.layout import Point, Rect
from strands_nb.picture.lines import head, line, touching
from strands_nb.picture.measure import LABEL, NOTE
from strands_nb.picture.words import em
from tests.picture.support import CHAIN, EVALUATOR, GRAPH, OUTLINES, PARALLEL, chain, gate, node, outline, outlines
from tests.spec.shared import CORPORA, needs_corpora

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SVG = "{http://www.w3.org/2000/svg}"
TAGS = {"svg", "title", "desc", "style", "g", "rect", "path", "text"}
LOOKS = {"class", "fill", "stroke", "stroke-width", "stroke-dasharray", "font-family", "font-size", "font-weight"}
PLACES = {"x", "y", "width", "height", "rx", "d", "transform", "viewBox", "text-anchor"}
HOSTILE = [
    "</text><script>alert(1)</script>",
    "]]></style><img src=x onerror=alert(1)>",
    '" onload="alert(1)',
    "&lt;b&gt; &#x1b; &nbsp;",
    "<!-- --> <![CDATA[ x ]]>",
    "{{ topic }} {% raw %} $x$ `code`",
    "\x00\x08\x1b[31m\ud83d\ufffe\u202eevil",
]


def svg(data: dict[str, Any], title: str = "brief") -> str:
    return to_svg(data, title=title)


def parsed(text: str) -> Element:
    return ET.fromstring(text)  # noqa: S314 - our own text, which is what is tested


def texts(root: Element, tag: str = "text") -> list[str]:
    return [each.text or "" for each in root.iter(f"{SVG}{tag}")]


def check(text: str) -> Element:
    """Well-formed, of known elements and attributes alone, with nothing to fetch or to run."""
    root = parsed(text)
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in TAGS
        assert set(element.attrib) <= LOOKS | PLACES | {"role"}
        assert not any(re.search(r"url|:|script", value) for value in element.attrib.values())
    (style,) = texts(root, "style")
    assert not re.search(r"url|import|expression|<", style)
    assert all(
        rule.strip().startswith((".snb-picture", "@media")) for rule in re.findall(r"^[^ }].*{", style, re.MULTILINE)
    )
    return root


class Reader(HTMLParser):
    """The elements that a page would make of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


@pytest.mark.parametrize("name", OUTLINES)
def test_the_picture_is_self_contained_and_well_formed(name: str) -> None:
    check(svg(OUTLINES[name]))


@pytest.mark.parametrize("name", OUTLINES)
def test_every_label_is_in_the_picture(name: str) -> None:
    root = check(svg(OUTLINES[name]))
    shown = [text.removeprefix("◆ ") for text in texts(root)]
    hints = texts(root, "title")
    for each in OUTLINES[name]["nodes"]:
        assert each["label"] in shown
        assert any(hint.startswith(each["label"]) for hint in hints)


@settings(deadline=None, max_examples=60)
@given(data=outlines(), title=st.text())
def test_any_outline_is_a_well_formed_picture(data: dict[str, Any], title: str) -> None:
    check(to_svg(data, title=title))


def hostile(payload: str) -> dict[str, Any]:
    """The payload wherever a stranger's text may stand."""
    one = node("a", payload, payload, payload, detail=payload)
    inner = gate("b", payload, payload, role=payload, parent="c")
    return outline([one, node("c", payload), inner], [("a", "b", payload), ("b", "a", payload)])


def check_hostile(payload: str) -> None:
    text = svg(hostile(payload), payload)
    assert {tag for tag in Reader(text).tags if tag not in TAGS} == set()
    shown = "".join(texts(check(text), "title"))
    assert " ".join(payload.split())[:5] in shown or not payload.isprintable()


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_stays_text(payload: str) -> None:
    check_hostile(payload)


@needs_corpora
def test_no_payload_of_the_corpus_becomes_markup() -> None:
    for each in (CORPORA / "xss_html.jsonl").read_text("utf-8").splitlines():
        check_hostile(json.loads(each)["payload"])


def test_the_same_outline_is_the_same_picture_to_the_byte() -> None:
    assert svg(GRAPH).encode() == svg(json.loads(json.dumps(GRAPH))).encode()


def test_nothing_in_it_has_an_id_that_another_picture_could_have() -> None:
    assert not re.search(r"\bid=|#[a-z]*\)", svg(GRAPH))


def test_readers_of_the_screen_hear_the_steps() -> None:
    root = parsed(svg(EVALUATOR, "polish"))
    assert root.get("role") == "img"
    assert [child.tag.removeprefix(SVG) for child in root][:2] == ["title", "desc"]
    assert root[0].text == "polish"
    assert "evaluate (agent critic): to review (score >= 80); back to produce (score < 80)." in (root[1].text or "")


def test_a_gate_differs_by_shape_sign_and_word() -> None:
    root = parsed(svg(CHAIN))
    groups = {(each.findtext(f"{SVG}title") or "").split(":")[0].split(" (")[0]: each for each in root.iter(f"{SVG}g")}
    human, agent = groups["review"], groups["brief"]
    label, remark = texts(human)
    assert label == "◆ review"
    assert remark.startswith("human · Are these facts")
    assert "snb-p-gate" in svg(CHAIN).split("</style>")[1]
    shapes = [each.find(f"{SVG}path") for each in (human, agent)]
    assert [len(re.findall("[lhvqz]", shape.get("d", ""))) for shape in shapes if shape is not None] == [6, 9]


def test_an_arrow_s_long_condition_is_cut_and_whole_on_demand() -> None:
    label = "'approve' in nodes.review.response and nodes.review.json.score >= 80 or iteration > 3"
    root = parsed(svg(outline([node("a"), node("b")], [("a", "b", label)])))
    assert label in texts(root, "title")
    (shown,) = (text for text in texts(root) if text.startswith("'approve'"))
    assert shown.endswith("…")
    assert em(shown) * NOTE < 240


def test_what_goes_back_is_dashed() -> None:
    paths = list(parsed(svg(GRAPH)).iter(f"{SVG}path"))
    assert sum("stroke-dasharray" in path.attrib for path in paths) == 3


def test_lines_end_at_the_foot_of_their_heads() -> None:
    points = [Point(0, 0), Point(100, 0)]
    assert line(points, "right", cornered=False) == "M0 0L93 0"
    assert head(points, "right", cornered=False) == "M100 0L92 4L92 -4z"
    turn = [Point(0, 0), Point(0, 50), Point(60, 50), Point(60, 0)]
    assert line(turn, "right", cornered=True) == "M0 0L0 40Q0 50 10 50L50 50Q60 50 60 40L60 7"
    assert head(turn, "right", cornered=True) == "M60 0L56 8L64 8z"


def test_arrows_reach_the_slanting_sides_of_a_gate() -> None:
    box, human = read(outline([node("a"), gate("b", "ok?")])).boxes.values()
    at = Rect(10, 20, 100, 40)
    assert touching(Point(10, 50), box, at) == (10, 50)
    assert touching(Point(10, 40), human, at) == (10, 40)
    assert touching(Point(10, 50), human, at) == (16, 50)
    assert touching(Point(110, 30), human, at) == (104, 30)
    assert touching(Point(60, 60), human, at) == (60, 60)


def test_workers_are_drawn_as_many() -> None:
    one, many = (svg(outline([node("a", role=role)])).count('snb-p-box"') for role in ("step", "worker"))
    assert (one, many) == (1, 2)


@pytest.mark.parametrize(("data", "wide"), [(CHAIN, True), (PARALLEL, True), (chain(9), False)])
def test_it_reads_to_the_right_while_that_fits_a_cell_and_then_down(data: dict[str, Any], *, wide: bool) -> None:
    root = parsed(svg(data))
    width, height = (int(root.get(name, "")) for name in ("width", "height"))
    assert root.get("viewBox") == f"0 0 {width} {height}"
    assert width <= 1024
    assert (width > height) == wide


def test_it_shrinks_with_its_cell_and_takes_the_colours_of_the_theme() -> None:
    (style,) = texts(parsed(svg(CHAIN)), "style")
    for each in (
        "max-width: 100%; height: auto;",
        "--jp-ui-font-color0",
        "--jp-layout-color0",
        "prefers-color-scheme: dark",
    ):
        assert each in style


def test_no_text_is_wider_than_its_box() -> None:
    long = outline([node("a", "宽" * 60, agent="M" * 60, detail="x" * 99), gate("b", "W" * 60)], [("a", "b")])
    for text in texts(parsed(svg(long))):
        assert em(text) * (LABEL if text.startswith(("宽", "◆")) else NOTE) <= 216


def test_a_very_long_chain_is_refused_in_words() -> None:
    text = svg(chain(10_000))
    assert "too large to draw: 10,000 boxes, 9,999 arrows" in texts(check(text))
    assert len(text) < 10_000


def test_an_outline_without_steps_says_so() -> None:
    assert "no steps" in texts(check(svg(outline([]))))
