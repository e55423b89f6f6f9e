"""The picture as Mermaid text, for READMEs, wikis and Markdown cells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from strands_nb.picture.figure import read
from strands_nb.picture.flow import returning
from strands_nb.picture.words import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from strands_nb.picture.figure import Box, Drawable, Figure

__all__ = ("to_mermaid",)

_LABEL: Final = 80
_ID: Final = 60
# What ends a quoted text, or begins an entity, a comment, a directive, HTML, Markdown or mathematics.
_SPECIAL: Final = re.compile(r"[\"#%&*:;<>@\\\[\]_`{|}~$]|^[-+.\d]")


def to_mermaid(outline: Drawable) -> str:
    """A flowchart from top to bottom: gates are hexagons, scopes subgraphs, dotted arrows go back.

    >>> nodes = [{"key": "steps/0", "label": 'say "hi"'}, {"key": "steps/1", "label": "ok?", "kind": "hitl"}]
    >>> print(to_mermaid({"nodes": nodes, "edges": [["steps/0", "steps/1", "then"]]}))
    flowchart TD
      steps_0["say #34;hi#34;"]
      steps_1{{"ok?<br/>human"}}
      steps_0 -->|"then"| steps_1
    """
    figure = read(outline)
    ids = _ids(figure)
    lines = ["flowchart TD", *_boxes(figure, ids), *_arrows(figure, ids)]
    return "\n".join(lines if figure.boxes else [*lines, '  no_steps["no steps"]'])


def _boxes(figure: Figure, ids: Mapping[str, str]) -> Iterator[str]:
    """Every box, and the end of each subgraph after the last of its members."""
    depth = 0
    for box in figure.walk():
        yield from _ends(depth, len(box.around))
        depth = len(box.around)
        yield f"{'  ' * (depth + 1)}{_box(box, ids[box.key], inside=bool(figure.members[box.key]))}"
    yield from _ends(depth, 0)


def _ends(depth: int, outer: int) -> Iterator[str]:
    for level in range(depth, outer, -1):
        yield f"{'  ' * level}end"


def _box(box: Box, name: str, *, inside: bool) -> str:
    who = "human" if box.human else box.agent_word
    text = f'"{"<br/>".join(map(_quoted, filter(None, (box.label, who))))}"'
    if inside:
        return f"subgraph {name}[{text}]"
    if box.human:
        return f"{name}{{{{{text}}}}}"
    return f"{name}[[{text}]]" if box.many else f"{name}[{text}]"


def _arrows(figure: Figure, ids: Mapping[str, str]) -> Iterator[str]:
    back = returning(figure)
    for arrow in figure.arrows:
        label = f'|"{_quoted(arrow.label)}"|' if arrow.label else ""
        yield f"  {ids[arrow.source]} {'-.->' if arrow in back else '-->'}{label} {ids[arrow.target]}"


def _quoted(text: str) -> str:
    return _SPECIAL.sub(lambda special: f"#{ord(special[0])};", one_line(text, _LABEL))


def _ids(figure: Figure) -> dict[str, str]:
    """A name for every box, its key as far as Mermaid takes that."""
    ids: dict[str, str] = {}
    uses: dict[str, int] = {}
    for key in figure.boxes:
        name = re.sub("[^A-Za-z0-9]+", "_", key[:_ID]).strip("_")
        # A word alone may be one of Mermaid's (`end`), or one that every object of JavaScript has (`constructor`).
        name = name if "_" in name else f"{name}_"
        uses[name] = uses.get(name, 0) + 1
        # Two underscores stand in no name made from a key, so that a second one cannot meet another's first.
        ids[key] = name if uses[name] == 1 else f"{name}__{uses[name]}"
    return ids
