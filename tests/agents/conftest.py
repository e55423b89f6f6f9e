"""A real server, for those that talk to one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def llama_server(small_model: Path) -> Iterator[tuple[str, str]]:
    """A real server on the loopback that speaks OpenAI's protocol: its address and key."""
    from strands_nb.agents import _llama

    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    import xllamacpp

    native: Any = xllamacpp
    params = native.CommonParams()
    params.model.path, params.n_ctx, params.n_parallel, params.kv_unified = str(small_model), 4096, 2, True
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = _llama.threads_to_use()
    params.n_gpu_layers, params.cache_ram_mib, params.verbosity, params.warmup = 0, 0, 0, False
    params.use_jinja, params.ui, params.port, params.api_keys = True, False, 0, ["loopback-key"]
    server = native.Server(params)
    yield server.listening_address, "loopback-key"
    del server
