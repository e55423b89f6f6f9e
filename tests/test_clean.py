"""What a model says, as it is kept in a notebook: the same rules in Python and in the card."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from strands_nb.clean import as_html, as_markdown, escaped, html
from tests.corpora import HOSTILE, INJECTED

ROOT = Path(__file__).parents[1]
CLEANED: list[dict[str, str]] = json.loads((ROOT / "tests" / "golden" / "cleaned.json").read_text(encoding="utf-8"))
TYPESCRIPT = (ROOT / "js" / "src" / "markdown.ts").read_text(encoding="utf-8")
COMMAND = '<a data-commandlinker-command="terminal:open" data-commandlinker-args="{}" href="https://ok.test">x</a>'


class _Plain(HTMLParser):
    """Elements and texts in one line, attributes by name."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append(f"<{tag}{''.join(sorted(f' {name}={value}' for name, value in attrs))}>")
        if tag in ("br", "hr"):
            self.parts.append("</>")

    def handle_endtag(self, tag: str) -> None:
        self.parts.append("</>")

    def handle_data(self, data: str) -> None:
        self.parts.append(" ".join(data.split()))


def plain(html: str) -> str:
    reader = _Plain()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)


def elements(html: str) -> list[tuple[str, dict[str, str | None]]]:
    found: list[tuple[str, dict[str, str | None]]] = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attrs: found.append((tag, dict(attrs)))
    reader.feed(html)
    return found


@pytest.mark.parametrize("one", CLEANED, ids=lambda one: one["says"])
def test_the_card_and_the_notebook_keep_the_same(one: dict[str, str]) -> None:
    assert plain(as_html(one["text"])) == one["html"]


def allowed(name: str) -> str:
    found = re.search(rf"{name}: (.+?),\n  [A-Z]", TYPESCRIPT, re.DOTALL)
    assert found
    return found[1]


def test_both_sides_allow_the_same_tags_attributes_and_schemes() -> None:
    tags, attributes, schemes = (allowed(name) for name in ("TAGS", "ATTR", "REGEXP"))
    assert set(re.findall(r'"([\w#]+)"', tags)) == html.TAGS | {"#text"}
    assert set(re.findall(r'"(\w+)"', attributes)) == html.ATTRIBUTES
    assert schemes.replace("\\/", "/") == f"/^(?:{'|'.join(html.SCHEMES)})/i"


@pytest.mark.parametrize("text", [*HOSTILE, *INJECTED, COMMAND], ids=lambda text: text[:40])
def test_of_hostile_text_nothing_that_acts_is_kept_as_html(text: str) -> None:
    for tag, attributes in elements(as_html(text)):
        assert tag in html.TAGS
        assert set(attributes) <= {"href", "start", "align", "target", "rel", "style"}
        assert attributes.get("style", "") in ("", "font-weight:600;margin:6px 0 2px", "white-space:pre-wrap")
        if "href" in attributes:
            assert re.match("(?i)https?://|mailto:", attributes["href"] or "")
            assert (attributes["target"], attributes["rel"]) == ("_blank", "noopener noreferrer")


@pytest.mark.parametrize("text", [*HOSTILE, *INJECTED, COMMAND], ids=lambda text: text[:40])
def test_of_hostile_text_nothing_that_acts_is_kept_as_markdown(text: str) -> None:
    """Also for readers that know more of Markdown than ours."""
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    for kept in (as_markdown(text), escaped(text)):
        tokens = [one for block in reader.parse(kept) for one in (block, *(block.children or []))]
        assert not [token for token in tokens if token.type in ("html_inline", "html_block", "image")]
        targets = [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]
        assert all(re.match("https?://|mailto:", target) for target in targets)


def test_an_address_takes_no_escape_along_behind_which_a_tag_would_begin() -> None:
    text = "https://ok.test/a_b?c=\\<img src=x onerror=alert(1)>"
    assert as_markdown(text) == "<https://ok.test/a_b?c=>&lt;img src=x onerror=alert(1)>"
    assert escaped(text) == "<https://ok.test/a_b?c=>\\\\&lt;img src=x onerror=alert(1)>"
    assert as_markdown("[https://bank.test](https://evil.test)") == "[https://bank.test](<https://evil.test>)"


def test_code_is_of_no_language_since_some_are_drawn() -> None:
    assert as_markdown("```mermaid\nclick A call alert()\n```") == "```\nclick A call alert()\n```"


@pytest.mark.parametrize(
    "text",
    [r"\input{/etc/passwd}", r"$\href{x}{y}$", "`x`{=latex}", "```{=latex}\n\\input{x}\n```", r"a \begin{x} b"],
)
def test_pandoc_finds_no_latex_in_it(text: str) -> None:
    kept = as_markdown(text)
    outside = re.sub(r"(?s)```.*?```|`[^`]*`", "", kept)
    assert not re.search(r"(?<!\\)(?:\\\\)*(?:\\[a-z]|[${])", outside)
    assert "{=latex}" not in kept.splitlines()[0].replace("\\{=latex\\}", "")


def test_markdown_that_is_written_anew_reads_the_same() -> None:
    text = """\
The **tide** of `x|y` is *high*[here](https://ok.test), `` a`b ``.

- one
- two
  1. inner
  2. again

> said

```python
print("a")
```

|a|b|
|-:|---|
|1|x\\|y|

2 * 3 * 4, snake_case_name, 1 < 2, $5
"""
    assert plain(as_html(as_markdown(text))) == plain(as_html(text))


@pytest.mark.parametrize("render", [as_html, as_markdown])
def test_what_is_too_long_to_read_is_kept_as_it_is(render: Any) -> None:
    text = "<b>**x**</b>" * 10_000
    assert "**x**" in render(text)
    assert "<b>" not in as_html(text)
