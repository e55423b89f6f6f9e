"""Everything `%load_ext` installs into a shell, and takes away again."""

from __future__ import annotations

import atexit
import importlib
import re
import threading
from typing import TYPE_CHECKING, Any

from strands_nb.app.surface import set_surface
from strands_nb.notebook.cell import Notebook
from strands_nb.notebook.magics import AWAITED, WorkflowMagics

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ("Extension",)

_CALL = re.compile(r"^get_ipython\(\)\.run_cell_magic\('workflow',")


class Extension:
    """One per shell."""

    _loaded: Extension | None = None

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self._running = False
        self._warm = self.shell.__class__.__name__ != "ZMQInteractiveShell"
        self.notebook = Notebook(shell)
        self.magics = WorkflowMagics(shell, self.notebook)
        # A bound method is a new object each time it is looked up, and only the very same one can be removed.
        self._transformer: Any = self._await_workflow
        self._began: Any = self._cell_began
        self._ended: Any = self._cell_ended

    @classmethod
    def load(cls, shell: InteractiveShell) -> None:
        """Install into the shell, in place of what is installed already."""
        cls.unload(shell)
        cls._loaded = cls(shell)
        cls._loaded.install()

    @classmethod
    def unload(cls, shell: InteractiveShell) -> None:
        """Remove what is installed, if anything is."""
        if cls._loaded is not None and cls._loaded.shell is shell:
            cls._loaded.remove()
            cls._loaded = None

    def install(self) -> None:
        """Put everything in place."""
        shell = self.shell
        shell.register_magics(self.magics)
        shell.input_transformers_post.append(self._transformer)
        shell.events.register("pre_run_cell", self._began)
        shell.events.register("post_run_cell", self._ended)
        # The very cell that loads us may go on to run workflows.
        self._cell_began(None)
        set_surface(self.notebook)
        atexit.register(self.notebook.close)

    def remove(self) -> None:
        """Take everything away."""
        shell = self.shell
        set_surface(None)
        shell.events.unregister("pre_run_cell", self._began)
        shell.events.unregister("post_run_cell", self._ended)
        shell.input_transformers_post.remove(self._transformer)
        for kind, name in (("cell", "workflow"), ("line", "workflow"), ("cell", AWAITED)):
            shell.magics_manager.magics[kind].pop(name, None)
        atexit.unregister(self.notebook.close)
        self.notebook.close()

    def _cell_began(self, _: Any) -> None:  # noqa: ANN401 - IPython's ExecutionInfo
        self._running = True
        self.notebook.cell_began()

    def _cell_ended(self, _: Any) -> None:  # noqa: ANN401 - IPython's ExecutionResult
        self._running = False
        self.notebook.cell_ended()
        if not self._warm:
            self._warm = True
            threading.Thread(target=_import_ahead, name="strands-nb-imports", daemon=True).start()

    def _await_workflow(self, lines: list[str]) -> list[str]:
        """Turn a `%%workflow` cell into one that awaits, so that the kernel can take clicks meanwhile.

        Not where the cell is transformed from within a running one (`%%time`, `%%capture`): those cannot await, and
        the blocking magic serves them.
        """
        if self._running or not self.shell.autoawait or not lines or not _CALL.match(lines[0]):
            return lines
        return [_CALL.sub(f"await get_ipython().run_cell_magic('{AWAITED}',", lines[0]), *lines[1:]]


def _import_ahead() -> None:
    """Import what the first card needs while its cell is still being typed; models and templates wait for a run."""
    for module in ("strands_nb.notebook.card", "strands_nb.app.workflow", "strands_nb.app.sessions"):
        importlib.import_module(module)
