"""A session as a page that stands by itself: it runs nothing and fetches nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Final

from strands_nb.app.shown import shown_rows
from strands_nb.app.static_output import bundle

if TYPE_CHECKING:
    from strands_nb.app.record import SessionRecord
    from strands_nb.app.shown import ShownRow

__all__ = ("page_of",)

# What the page says of itself: browsers hold it to that, whatever a model has written.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE: Final = """
:root { color-scheme: light dark }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif }
table { border-collapse: collapse } td, th { padding: 2px 12px 2px 0; text-align: left; vertical-align: top }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 4px 0 12px 18px }
summary { cursor: pointer }
"""


def page_of(record: SessionRecord) -> str:
    """What stays of the run in a notebook, then every prompt and tool call, to be opened, then what it has cost."""
    name = escape(record.summary.workflow)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{name}</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{name}</h1>\n{_facts(record)}\n{bundle(record.state)['text/html']}\n"
        f"<h2>Prompts</h2>\n{''.join(_prompts(record))}{_costs(record)}</body></html>\n"
    )


def _facts(record: SessionRecord) -> str:
    one = record.summary
    facts = {"session": one.session_id, "status": f"{one.status}, {one.done} of {one.units} done"}
    if one.created_at is not None:
        facts["begun"] = f"{one.created_at:%Y-%m-%d %H:%M} UTC"
    facts |= {name: value if isinstance(value, str) else json.dumps(value) for name, value in one.variables.items()}
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts.items())
    return f"<table>{rows}</table><p></p>"


def _prompts(record: SessionRecord) -> Iterator[str]:
    for row in shown_rows(record.state):
        if inside := _inside(row):
            title = f"{escape(row.name)} <small>{escape(row.unit.key)}</small>"
            yield f"<details><summary>{title}</summary>{inside}</details>\n"


def _inside(row: ShownRow) -> str:
    unit = row.unit
    prompt = f"<pre>{escape(unit.prompt)}</pre>" if unit.prompt else ""
    tools = (f"{tool.name} {json.dumps(tool.arguments)} → {tool.result or ''}" for tool in unit.tools)
    return prompt + "".join(f"<pre>{escape(tool)}</pre>" for tool in tools)


def _costs(record: SessionRecord) -> str:
    rows = "".join(
        f"<tr><td>{escape(one.agent)}</td><td>{escape(one.model)}</td><td>{one.attempts}</td><td>{one.tokens:,}</td>"
        f"<td>{'unknown' if one.cost is None else f'{one.cost:.4f}'}</td></tr>"
        for one in record.spending
    )
    names = "".join(f"<th>{name}</th>" for name in ("agent", "model", "calls", "tokens", "US dollars"))
    return f"<h2>Costs</h2>\n<table><tr>{names}</tr>{rows}</table>\n" if rows else ""
