"""nbval passes over `update_display_data`, by which the card of a run becomes its static picture; here it minds it.

So the pictures in the notebooks of this folder are compared with those that running them gives.
"""

from __future__ import annotations

import tempfile
from typing import Any

import pytest
from nbformat import NotebookNode

try:
    from nbval.kernel import RunningKernel
except ImportError:
    RunningKernel = None


def pytest_configure(config: pytest.Config) -> None:
    """Also keep the sessions of these kernels apart from those of whoever runs the tests."""
    patch, home = pytest.MonkeyPatch(), tempfile.TemporaryDirectory()
    config.add_cleanup(home.cleanup)
    config.add_cleanup(patch.undo)
    patch.setenv("STRANDS_NB_HOME", home.name)
    if RunningKernel is not None:
        patch.setattr(RunningKernel, "get_message", _minding_updates(RunningKernel.get_message))


def _minding_updates(get_message: Any):
    shown: dict[str, NotebookNode] = {}

    def get(kernel: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        message = get_message(kernel, *args, **kwargs)
        content = message["content"]
        name = content.get("transient", {}).get("display_id")
        if name is not None and message["msg_type"] == "display_data":
            content["data"] = shown[name] = NotebookNode(content["data"])  # nbval keeps this very object
        elif name in shown and message["msg_type"] == "update_display_data":
            shown[name].clear()
            shown[name].update(content["data"])
            message = {**message, "msg_type": "comm_msg"}  # which nbval passes over in silence
        return message

    return get
