"""Markdown from a model, as HTML that is safe to keep in a notebook. All of it is untrusted.

The rules are those of `js/src/markdown.ts`, which shows the same text while the run is alive.
"""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING, Any, Final, cast

import nh3
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.renderer import RendererHTML
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

__all__ = ("ATTRIBUTES", "MAX_LENGTH", "SCHEMES", "TAGS", "as_html", "is_link", "markdown", "without_tags")

MAX_LENGTH: Final = 100_000
"""Longer texts are shown as they are: parsing them would take too long."""

TAGS: Final = frozenset(
    [
        *["p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "kbd"],
        *["strong", "b", "em", "i", "del", "s", "sub", "sup", "a", "ul", "ol", "li"],
        *["table", "thead", "tbody", "tr", "th", "td"],
    ]
)
"""Nothing that fetches, since a fetch can carry data away."""
ATTRIBUTES: Final = frozenset({"href", "start", "align"})
"""No `id`, `class`, `style` or `data-*`: JupyterLab acts on some of them (`data-commandlinker-command`)."""
SCHEMES: Final = ("https?://", "mailto:")

_LINK: Final = re.compile(f"(?:{'|'.join(SCHEMES)})", re.IGNORECASE)
# What stands in these is meant for machines, or is a picture.
_WITH_CONTENT: Final = frozenset(
    [
        *["script", "style", "noscript", "template", "title", "iframe", "noembed", "noframes", "xmp", "plaintext"],
        *["svg", "math", "audio", "video", "head", "colgroup"],
    ]
)
_HEADING: Final = re.compile("<h[1-6](?: [^>]*)?>")
_HEADING_END: Final = re.compile("</h[1-6]>")
_TASK: Final = re.compile(r"\[([ xX])\] ")
_ALIGN: Final = "text-align:"


def is_link(target: str) -> bool:
    """Whether a link may lead there."""
    return _LINK.match(target) is not None


def as_html(text: str) -> str:
    """The text as HTML that runs nothing, fetches nothing, and leads only to other pages, which open elsewhere."""
    if len(text) > MAX_LENGTH:
        return f'<p style="white-space:pre-wrap">{escape(text)}</p>'
    html = _cleaner.clean(markdown.render(text))
    # A reply's headings are no headings of the notebook: they would tower over the card and enter its outline.
    return _HEADING_END.sub("</p>", _HEADING.sub('<p style="font-weight:600;margin:6px 0 2px">', html))


def without_tags(html: str) -> str:
    """The words alone; not HTML any more."""
    return unescape(nh3.clean(html, tags=set(), attributes={}, clean_content_tags=set(_WITH_CONTENT)))


def _attribute(_: str, name: str, value: str) -> str | None:
    value = value.strip()
    return value if name in ("start", "align", "rel", "target") or is_link(value) else None


_cleaner = nh3.Cleaner(
    tags=set(TAGS),
    attributes={"*": set(ATTRIBUTES)},
    clean_content_tags=set(_WITH_CONTENT),
    attribute_filter=_attribute,
    set_tag_attribute_values={"a": {"target": "_blank"}},
    link_rel="noopener noreferrer",
)


# ---- as marked does it ----------------------------------------------------------------------------------------------


def _as_marked(state: StateCore) -> None:
    """Signs for the boxes of task lists, and alignment as an attribute: neither form nor style would survive."""
    for before, token in zip([None, None, *state.tokens], state.tokens, strict=False):
        if token.type == "inline" and before is not None and before.type == "list_item_open" and token.children:
            first = token.children[0]
            first.content = _TASK.sub(lambda found: "☐ " if found[1] == " " else "☑ ", first.content, count=1)
        style = str(token.attrs.get("style", ""))
        if style.startswith(_ALIGN):
            token.attrs = {"align": style.removeprefix(_ALIGN)}


def _image(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: object, env: object) -> str:
    """What it says instead of showing."""
    del renderer, options, env
    return escape(tokens[at].content)


def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    # Any: a link that is refused would stand there as text, and the cleaner refuses it.
    made.validateLink = cast("Any", bool)
    made.core.ruler.after("inline", "as_marked", _as_marked)
    made.add_render_rule("image", cast("Any", _image))
    return made


markdown: Final = _parser()
"""How a reply is read."""
