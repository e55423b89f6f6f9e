r"""Markdown from a model, as Markdown that is safe to keep in a notebook. All of it is untrusted.

nbconvert hands `text/markdown` on as it is: to browsers that fetch its images and run its HTML, and by way of pandoc to
LaTeX, where `\input` reads files. So what was said is read, and written anew: what is text stays text for every reader.
"""

from __future__ import annotations

import re
from textwrap import indent
from typing import TYPE_CHECKING, Final

from markdown_it.tree import SyntaxTreeNode

from strands_nb.clean.html import MAX_LENGTH, is_link, markdown, without_tags

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ("as_markdown", "escaped")

_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]$~|]|&(?=#|\w+;)")
_ADDRESS: Final = re.compile(r"(https?://[\w\-.~:/?#@!&'()*+,;=%]*[\w/#=])", re.IGNORECASE)
_AT_START: Final = re.compile(r"^(\s*)([#+\-=>:%]|\d+(?=[.)]))", re.MULTILINE)
_BAR: Final = re.compile(r"(?<!\\)\|")


def escaped(text: str) -> str:
    r"""Text as Markdown that says just that.

    >>> print(escaped("![x](https://evil.test) <img> $5, \\input{x}\n# no heading\n1. no list"))
    !\[x\](<https://evil.test>) &lt;img> \$5, \\input\{x\}
    \# no heading
    1\. no list
    """
    return _started(_said(text))


def as_markdown(text: str) -> str:
    r"""The same Markdown without raw HTML, images, links to anything but pages and addresses, and headings.

    >>> print(as_markdown("# Tides\nsee ![the moon](https://evil.test/?d=1), [here](https://ok.test)<script>"))
    **Tides**
    <BLANKLINE>
    see the moon, [here](<https://ok.test>)
    """
    if len(text) > MAX_LENGTH:
        return _fenced(text)
    return _blocks(SyntaxTreeNode(markdown.parse(text)).children)


def _said(text: str) -> str:
    """Some readers make links of bare addresses, and of escapes in them what they like: so no address stays bare."""
    parts = _ADDRESS.split(text)
    return "".join(f"<{part}>" if n % 2 else _words(part) for n, part in enumerate(parts))


def _words(text: str) -> str:
    """Text without any mark; a `<` as an entity, since a backslash before it may be read as part of an address."""
    return _SPECIAL.sub(r"\\\g<0>", text).replace("<", "&lt;")


def _started(text: str) -> str:
    """No line of it begins a list, a heading or a quotation."""
    return _AT_START.sub(
        lambda found: f"{found[1]}{found[2]}\\" if found[2].isdigit() else f"{found[1]}\\{found[2]}", text
    )


# ---- blocks ---------------------------------------------------------------------------------------------------------


def _blocks(nodes: Iterable[SyntaxTreeNode], between: str = "\n\n") -> str:
    return between.join(filter(None, map(_block, nodes)))


def _block(node: SyntaxTreeNode) -> str:  # noqa: PLR0911 - a case each
    match node.type:
        case "inline":
            return _started(_inline(node.children).strip())
        case "heading":
            return f"**{_inline(node.children[0].children).replace('**', '').strip()}**"
        case "bullet_list":
            return _items(node, ["- "] * len(node.children))
        case "ordered_list":
            first = int(node.attrs.get("start", 1))
            return _items(node, [f"{first + n}. " for n in range(len(node.children))])
        case "blockquote":
            return "\n".join(f"> {line}".rstrip() for line in _blocks(node.children).splitlines())
        case "fence" | "code_block":
            return _fenced(node.content)
        case "html_block":
            return escaped(without_tags(node.content).strip())
        case "table":
            return _table(node)
        case "hr":
            return "---"
        case _:
            return _blocks(node.children)


def _items(node: SyntaxTreeNode, marks: list[str]) -> str:
    tight = all(block.hidden for item in node.children for block in item.children if block.type == "paragraph")
    items = [_blocks(item.children, "\n" if tight else "\n\n") for item in node.children]
    lines = [mark + indent(item, " " * len(mark)).lstrip() for mark, item in zip(marks, items, strict=True)]
    return ("\n" if tight else "\n\n").join(lines)


def _fenced(code: str) -> str:
    """In a fence that is longer than any in it; of no language, since readers draw what stands in some of them."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
    return f"{fence}\n{code.rstrip()}\n{fence}"


def _table(node: SyntaxTreeNode) -> str:
    rows = [row.children for part in node.children for row in part.children]
    lines = [" | ".join(_cell(cell) for cell in row) for row in rows]
    rule = " | ".join(_RULES.get(str(cell.attrs.get("align", "")), "---") for cell in rows[0])
    return "\n".join(f"| {line} |" for line in (lines[0], rule, *lines[1:]))


_RULES: Final = {"left": ":--", "right": "--:", "center": ":-:"}


def _cell(node: SyntaxTreeNode) -> str:
    return _BAR.sub(r"\\|", " ".join(_blocks(node.children).split()))


# ---- within a line --------------------------------------------------------------------------------------------------


def _inline(nodes: Iterable[SyntaxTreeNode]) -> str:
    return "".join(map(_span, nodes))


def _span(node: SyntaxTreeNode) -> str:  # noqa: PLR0911 - a case each
    match node.type:
        case "text" | "image":  # of an image, what it says
            return _said(node.content)
        case "code_inline":
            ticks = "`" * (1 + max(map(len, re.findall("`+", node.content)), default=0))
            room = " " if "`" in node.content else ""
            return f"{ticks}{room}{node.content}{room}{ticks}"
        case "em":
            return f"*{_inline(node.children)}*"
        case "strong":
            return f"**{_inline(node.children)}**"
        case "s":
            return f"~~{_inline(node.children)}~~"
        case "link":
            target = str(node.attrs.get("href", ""))
            said = "".join(one.content for one in node.walk())
            return f"[{_words(said)}](<{target}>)" if is_link(target) else _inline(node.children)
        case "softbreak":
            return "\n"
        case "hardbreak":
            return "\\\n"
        case _:
            return ""
