"""Templates and conditions: sandboxed, strict, bounded, made once per text.

They see data and nothing else: no globals, no imports, no other files. What is not defined is an error, unless it is
asked for with `is defined` or `default`. Model output enters as data and is never rendered again.

>>> from strands_nb.render import condition, template
>>> template("About {{ topic | upper }}").render({"topic": "tides"})
'About TIDES'
>>> condition("topic contains tide").holds({"topic": "tides"})
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.lazy import lazily
from strands_nb.render.bounds import MAX_OUTPUT
from strands_nb.render.condition import Condition, condition
from strands_nb.render.faults import TemplateFault
from strands_nb.render.paths import Reference
from strands_nb.render.regex import regex_search

if TYPE_CHECKING:
    from strands_nb.render.environment import filter_names
    from strands_nb.render.templates import Template, render_or_text, template

__all__ = (
    "MAX_OUTPUT",
    "Condition",
    "Reference",
    "Template",
    "TemplateFault",
    "condition",
    "filter_names",
    "regex_search",
    "render_or_text",
    "template",
)

__getattr__ = lazily(  # these need jinja2
    __name__,
    {
        "strands_nb.render.environment": ("filter_names",),
        "strands_nb.render.templates": ("Template", "render_or_text", "template"),
    },
)
