"""What holds where neither a call nor the workflow's text says anything: the one place that knows the order.

A call goes before the text, the text before these; of these, what the notebook is configured with (`%config
WorkflowMagics.…`) before the environment (`STRANDS_NB_…`), that before `[tool.strands_nb]` of the nearest
`pyproject.toml` that has such a table, and that before what is built in.
"""

from __future__ import annotations

import json
import math
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from strands_nb.errors import BuildError

if TYPE_CHECKING:
    from strands_nb.stores import FileSessionRepository

__all__ = (
    "KEYS",
    "HitlPolicy",
    "Key",
    "Settings",
    "model_text",
    "read_key",
    "session_store",
    "set_nearer",
    "settings",
    "sound",
)

HitlPolicy = Literal["ask", "approve", "default", "fail", "park"]
"""What becomes of a question where no handler of one's own takes it."""

_PREFIX: Final = "STRANDS_NB_"
_TABLE: Final = "[tool.strands_nb]"


@dataclass(frozen=True, slots=True)
class Key:
    """One setting: what it does, what may be written, and how what is written is read."""

    help: str
    write: str
    """An example, as TOML has it."""
    read: Callable[[object, Path], Any]
    """Raises ValueError with what it should be; paths are relative to the folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """None means: nothing is said. See `KEYS` for what each is.

    >>> near, far = Settings(max_tokens=500), Settings(provider="openai", max_tokens=9000, max_cost=1.0)
    >>> both = near.over(far)
    >>> both.default_model, both.budgets
    ('openai', {'max_tokens': 500, 'max_cost_usd': 1.0})
    """

    model: str | None = None
    provider: str | None = None
    max_cost: float | None = None
    max_tokens: int | None = None
    on_hitl: HitlPolicy | None = None
    output_dir: Path | None = None
    storage_dir: Path | None = None
    background: bool | None = None
    from_ns: bool | None = None

    @property
    def default_model(self) -> str | None:
        """The model of agents for which nobody else names one, as `provider:model`."""
        return model_text(self.provider, self.model)

    @property
    def budgets(self) -> dict[str, float]:
        """Limits by the names that the workflow's text has for them."""
        limits = {"max_tokens": self.max_tokens, "max_cost_usd": self.max_cost}
        return {name: limit for name, limit in limits.items() if limit is not None}

    def over(self, further: Settings) -> Settings:
        """These, and where they say nothing, the others. Provider and model stay together."""
        said = {field.name: value for field in fields(self) if (value := getattr(self, field.name)) is not None}
        if self.default_model is not None:
            further = replace(further, model=None, provider=None)
        return replace(further, **said)


def model_text(provider: str | None, model: str | None) -> str | None:
    """Provider and model as one text, as options have it.

    >>> model_text("openai", "gpt-4o"), model_text(None, "local"), model_text("ollama", "ollama:llama3:8b")
    ('openai:gpt-4o', 'local', 'ollama:llama3:8b')
    """
    if provider is None or model is None:
        return model or provider
    return model if model.startswith(f"{provider}:") else f"{provider}:{model}"


# ---- reading one value ----------------------------------------------------------------------------------------------


def _text(value: object, _: Path) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("should be a text")
    return value.strip()


def _path(value: object, folder: Path) -> Path:
    if not isinstance(value, (str, Path)) or not str(value).strip():
        raise ValueError("should be the path of a folder")
    return folder / Path(value).expanduser()


def _cost(value: object, _: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise ValueError("should be an amount of US dollars above 0")
    return float(value)


def _count(value: object, _: Path) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("should be a whole number above 0")
    return value


def _flag(value: object, _: Path) -> bool:
    if not isinstance(value, bool):
        raise ValueError("should be true or false")  # noqa: TRY004 - read as one kind of mistake
    return value


def _policy(value: object, _: Path) -> str:
    known = get_args(HitlPolicy)
    if value not in known:
        raise ValueError(f"should be one of {', '.join(known)}" + _nearest(value, known))
    return str(value)


KEYS: Final[Mapping[str, Key]] = {
    "model": Key("Model of agents for which nothing else names one.", '"openai:gpt-4o-mini"', _text),
    "provider": Key("Provider of those agents; alone, with its usual model.", '"openai"', _text),
    "max_cost": Key("US dollars that a run may cost, where the workflow does not limit them.", "1.0", _cost),
    "max_tokens": Key("Tokens that a run may take, where the workflow does not limit them.", "50000", _count),
    "on_hitl": Key("What becomes of a question: ask, approve, default, fail or park.", '"park"', _policy),
    "output_dir": Key("Folder for output files; the current one if left out.", '"out"', _path),
    "storage_dir": Key("Folder of the sessions; `sessions` in the data folder if left out.", '".sessions"', _path),
    "background": Key("Whether `%%workflow` returns at once, as with -b.", "true", _flag),
    "from_ns": Key("Whether `%%workflow` takes inputs that are missing from the notebook's variables.", "true", _flag),
}
"""Every setting by its name, the same in all three places."""


def read_key(name: str, value: object, where: str, folder: Path = Path()) -> Any:  # noqa: ANN401 - of the key's type
    """One value, as it was written in `where`.

    Raises:
        BuildError: it is none for this key; the message says what to write.

    >>> read_key("max_tokens", "many", "pyproject.toml")
    Traceback (most recent call last):
    strands_nb.errors.BuildError: pyproject.toml: max_tokens should be a whole number above 0; ...
    """
    try:
        return KEYS[name].read(value, folder)
    except ValueError as error:
        message = f"{where}: {name} {error}; write, e.g., {name} = {KEYS[name].write}; it is {value!r}"
        raise BuildError(message) from None


# ---- where they are written -----------------------------------------------------------------------------------------


def settings() -> Settings:
    """What holds now.

    Raises:
        BuildError: something that is written somewhere is no setting.
    """
    return _nearer().over(_environment(os.environ)).over(_project())


def session_store(**options: Any) -> FileSessionRepository:  # noqa: ANN401 - of the repository
    """Where sessions are kept unless somebody names another store."""
    from strands_nb.stores import FileSessionRepository  # noqa: PLC0415 - imports pydantic, `%load_ext` must not

    return FileSessionRepository(settings().storage_dir, **options)


def _nothing() -> Settings:
    return Settings()


_nearer: Callable[[], Settings] = _nothing


def set_nearer(source: Callable[[], Settings] | None) -> None:
    """Let something, a notebook's configuration, say more than the environment and the project; None takes it away."""
    global _nearer  # noqa: PLW0603 - there is one kernel per process
    _nearer = source or _nothing


def _environment(environ: Mapping[str, str]) -> Settings:
    found: dict[str, Any] = {}
    for name, key in KEYS.items():
        if text := environ.get(variable := _PREFIX + name.upper()):
            value = text if key.read in (_text, _path, _policy) else _plain(text)
            found[name] = read_key(name, value, f"${variable}")
    return sound(Settings(**found), "the environment")


def _plain(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text  # which is not of the right type, as the message will say


def _project() -> Settings:
    """Of the nearest project that says anything about us."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        file = folder / "pyproject.toml"
        try:
            facts = file.stat()
        except OSError:
            continue
        if (found := _of_file(file, facts.st_mtime_ns, facts.st_size)) is not None:
            return found
    return Settings()


@lru_cache(maxsize=64)
def _of_file(file: Path, *_edition: int) -> Settings | None:
    """What a file says, None if nothing; read again only where it has changed."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("strands_nb")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BuildError(f"{file} cannot be read: {error}") from None
    if table is None:
        return None
    where, found = f"{file}, {_TABLE}", dict[str, Any]()
    for name, value in table.items():
        if name not in KEYS:
            hint = _nearest(name, KEYS) or f"; there are: {', '.join(KEYS)}"
            raise BuildError(f"{where}: there is no key {name!r}{hint}")
        found[name] = read_key(name, value, where, file.parent)
    return sound(Settings(**found), where)


def sound(found: Settings, where: str) -> Settings:
    """The same, if its model is one.

    Raises:
        BuildError: its provider is unknown; the message names the nearest.
    """
    if (model := found.default_model) is not None:
        from strands_nb.agents.providers import parse_model  # noqa: PLC0415 - only where there is one

        try:
            parse_model(model)
        except BuildError as error:
            raise BuildError(f"{where}: {error}") from None
    return found


def _nearest(word: object, known: Iterable[str]) -> str:
    from strands_nb.spec.base import nearest  # noqa: PLC0415 - imports pydantic, and is needed only for mistakes

    close = nearest(str(word), known)
    return f"; did you mean {close!r}?" if close else ""
