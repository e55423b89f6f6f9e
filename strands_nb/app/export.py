"""A session as a file: its workflow to run again, a page or a report to read, or all of it."""

from __future__ import annotations

import json
import re
from pprint import pformat
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from strands_nb.app.page import page_of
from strands_nb.app.record import record_of
from strands_nb.errors import SessionError
from strands_nb.spec import to_yaml, validate

if TYPE_CHECKING:
    from strands_nb.app.record import SessionRecord
    from strands_nb.engine.store import SessionRepository

__all__ = ("FORMATS", "MEDIA_TYPES", "ExportFormat", "export_session", "exported")

ExportFormat: TypeAlias = Literal["json", "md", "html", "yaml", "py"]
FORMATS: Final[tuple[ExportFormat, ...]] = get_args(ExportFormat)
MEDIA_TYPES: Final[dict[ExportFormat, str]] = {
    "json": "application/json",
    "md": "text/markdown",
    "html": "text/html",
    "yaml": "application/yaml",
    "py": "text/x-python",
}
_MODELS: Final = ("model", "provider", "default_model")
_WIDTH: Final = 110

_SCRIPT = '''\
"""What session {session} ran, to be run again: python {session}.py."""

from strands_nb import Workflow

WORKFLOW = {workflow}

INPUTS = {inputs}

if __name__ == "__main__":
    workflow = Workflow.from_yaml(WORKFLOW){options}
    result = workflow.run_interactive(variables=INPUTS)
    print(result.last_response if result.success else f"{{result.status}}: {{result.error_message or ''}}")
    raise SystemExit(result.exit_code)
'''


async def export_session(store: SessionRepository, session_id: str, file_format: ExportFormat) -> str:
    """The text of a file with a session of a store.

    Raises:
        ValueError: there is no such format.
        SessionError: the workflow is wanted, and the session holds none.
        SessionNotFoundError, SessionCorruptedError: it cannot be read.
    """
    return exported(await record_of(store, session_id), file_format)


def exported(record: SessionRecord, file_format: ExportFormat) -> str:
    """The same of a session that has been read."""
    match file_format:
        case "json":
            return json.dumps(record.to_dict(), indent=2) + "\n"  # ASCII: half surrogates survive, as in the journal
        case "md":
            return record.to_markdown()
        case "html":
            return page_of(record)
        case "yaml":
            return _remarks(record) + _yaml(record)
        case "py":
            return _script(record)
    message = f"there is no format {file_format!r}; there are: {', '.join(FORMATS)}"
    raise ValueError(message)


def _yaml(record: SessionRecord) -> str:
    spec = record.workflow_spec
    if spec is None:
        session_id = record.summary.session_id
        message = f"session {session_id} holds no workflow, only what it came to; export it as html, md or json"
        raise SessionError(message, session_id=session_id)
    return to_yaml(validate(spec))


def _remarks(record: SessionRecord) -> str:
    """What a workflow does not say of its run, as comments."""
    inputs = [f"#   {name}: {json.dumps(value)}\n" for name, value in _inputs(record).items()]
    return f"# What session {record.summary.session_id} ran{', with' * bool(inputs)}\n{''.join(inputs)}\n"


def _script(record: SessionRecord) -> str:
    options = {name: value for name in _MODELS if (value := record.latest.get("options", {}).get(name))}
    given = ", ".join(f"{name}={value!r}" for name, value in options.items())
    return _SCRIPT.format(
        session=record.summary.session_id,
        workflow=_literal(_yaml(record)),
        inputs=pformat(_inputs(record), width=_WIDTH, sort_dicts=False),
        options=f".with_options({given})" if given else "",
    )


def _inputs(record: SessionRecord) -> dict[str, Any]:
    return dict(record.latest.get("variables", {}))


def _literal(text: str) -> str:
    r"""A text of many lines as Python writes it, its lines kept.

    >>> from ast import literal_eval
    >>> odd = 'a "quoted" \\ text\r\nwith ' + '"' * 4 + '\x00 and one at its end"'
    >>> literal_eval(_literal(odd)) == odd
    True
    """
    signs = (sign if sign == "\n" or sign.isprintable() else repr(sign)[1:-1] for sign in text.replace("\\", r"\\"))
    return '"""\\\n' + re.sub('""+|"$', lambda quotes: r"\"" * len(quotes[0]), "".join(signs)) + '"""'
