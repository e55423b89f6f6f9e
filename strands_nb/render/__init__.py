"""Templates: sandboxed, strict, bounded, compiled once per text.

A template sees data and nothing else: no globals, no imports, no other files. What is not defined is an error, unless
it is asked for with `is defined` or `default`. Model output enters as data and is never rendered again.

>>> from strands_nb.render import template
>>> template("About {{ topic | upper }}").render({"topic": "tides"})
'About TIDES'
"""

from strands_nb.render.bounds import MAX_OUTPUT
from strands_nb.render.environment import filter_names
from strands_nb.render.faults import TemplateFault
from strands_nb.render.references import Reference
from strands_nb.render.regex import regex_search
from strands_nb.render.template import Template, render_or_text, template

__all__ = (
    "MAX_OUTPUT",
    "Reference",
    "Template",
    "TemplateFault",
    "filter_names",
    "regex_search",
    "render_or_text",
    "template",
)
