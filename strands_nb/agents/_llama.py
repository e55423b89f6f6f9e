"""llama.cpp inside this process: one engine per model file, shared by everybody.

Its OpenMP threads spin while they wait. On shared cores that costs a factor of ten, so spinning is turned off, which
only works before the library is loaded.
"""
# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# ruff: noqa: ANN401 - xllamacpp has no types

from __future__ import annotations

import os
import secrets
import threading
from typing import TYPE_CHECKING, Any

from strands_nb.errors import CapabilityError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ("engine", "generate", "threads_to_use")

_lock = threading.Lock()
_engines: dict[tuple[str, int, int], Any] = {}
_PARALLEL = 2


def threads_to_use() -> int:
    """All cores but one, which stays with the kernel."""
    return max(1, (os.cpu_count() or 2) - 1)


def engine(path: str | Path, context: int, threads: int) -> Any:
    """The engine of this file; loading takes a second, the first time.

    Raises:
        CapabilityError: xllamacpp is not installed, or the file is no model.
    """
    key = (str(path), context, threads)
    with _lock:
        if key not in _engines:
            _engines[key] = _start(*key)
        return _engines[key]


def _start(path: str, context: int, threads: int) -> Any:
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    try:
        import xllamacpp  # noqa: PLC0415 - after the two lines above, and only for those who have it
    except ImportError as error:
        raise _cannot("provider local needs the package xllamacpp", 'pip install "strands-nb[local]"') from error
    native: Any = xllamacpp
    params = native.CommonParams()
    params.model.path = path
    params.n_ctx, params.n_parallel = context, _PARALLEL
    params.kv_unified = True  # each request may use the whole context, not its share of it
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.n_gpu_layers, params.cache_ram_mib, params.verbosity = 0, 0, 0
    params.warmup, params.use_jinja, params.ui = False, True, False
    # It opens a port on the loopback whether one wants it or not: nobody else may use it.
    params.port, params.api_keys = 0, [secrets.token_urlsafe(24)]
    try:
        return native.Server(params)
    except Exception as error:
        raise _cannot(
            f"{path} cannot be loaded as a model: {error}", "give a GGUF file that llama.cpp knows"
        ) from error


def generate(
    server: Any,
    body: Mapping[str, Any],
    put: Callable[[Any], None],
    stopped: Callable[[], bool],
) -> None:
    """Run one request to its end, in this thread; `put` gets every chunk, then an exception or None.

    Generation ends within a token of `stopped()` becoming true.
    """

    def chunk(received: Any) -> bool:
        put(received)
        return stopped()

    try:
        # Not only streamed errors: some come as the returned value.
        last = server.handle_chat_completions(dict(body), chunk)
        if isinstance(last, dict) and last.get("error"):
            put(last)
        put(None)
    except BaseException as error:  # noqa: BLE001 - it must reach the loop that waits, whatever it is
        put(error)


def _cannot(message: str, todo: str) -> CapabilityError:
    return CapabilityError([Problem(message=message, severity="needs", hint=f"{todo}; or use --model scripted")])
