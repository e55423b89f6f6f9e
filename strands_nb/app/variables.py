"""Variables as they are stored: plain JSON, so that a resumed run sees exactly what the first leg saw."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from strands_nb.engine.events import RunCompleted, RunResumed, RunStarted
from strands_nb.errors import Problem, SchemaValidationError

if TYPE_CHECKING:
    from strands_nb.engine.store import SessionRepository

__all__ = ("as_json", "so_far", "unstorable")


def as_json(variables: Mapping[str, Any]) -> dict[str, Any]:
    """The variables as any process would read them back: tuples are lists, keys are text.

    Raises:
        SchemaValidationError: a value that JSON cannot hold.

    >>> as_json({"sizes": (1, 2), "names": {3: "three"}})
    {'sizes': [1, 2], 'names': {'3': 'three'}}
    """
    if problems := unstorable(variables):
        raise SchemaValidationError(problems)
    return json.loads(json.dumps(dict(variables)))


def unstorable(variables: Mapping[str, Any]) -> list[Problem]:
    """The values that JSON cannot hold.

    >>> from pathlib import Path
    >>> print(unstorable({"file": Path("a.txt"), "n": 1})[0].message.replace("Windows", "Posix"))
    input 'file' is no JSON value: Object of type PosixPath is not JSON serializable
    """
    return [
        Problem(message=f"input {name!r} is no JSON value: {why}", hint="give it as text, number, list or mapping")
        for name, value in variables.items()
        if (why := _refusal(value))
    ]


def _refusal(value: object) -> str | None:
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        return "it holds half of a surrogate pair"
    except (TypeError, ValueError, RecursionError) as error:
        return str(error)
    return None


async def so_far(store: SessionRepository, session_id: str) -> tuple[bool, dict[str, Any]]:
    """Whether a session has ended well, so that going on with it calls nobody; and the values it was given."""
    events = await store.read(session_id)
    given: dict[str, Any] = {}
    for event in events:
        if isinstance(event, RunStarted | RunResumed):
            given |= event.data.get("options", {}).get("given", {})
    return bool(events) and isinstance(events[-1], RunCompleted), given
