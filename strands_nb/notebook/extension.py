"""Everything `%load_ext` installs into a shell, and takes away again."""

from __future__ import annotations

import atexit
import importlib
import re
import threading
from typing import TYPE_CHECKING, Any, Final

from strands_nb.app.settings import set_nearer
from strands_nb.app.surface import set_surface
from strands_nb.notebook.assist.completion import Completion
from strands_nb.notebook.assist.hover import Hover
from strands_nb.notebook.cell import Notebook
from strands_nb.notebook.magics import AWAITED, WorkflowMagics

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ("Extension",)

_CALL: Final = re.compile(r"^get_ipython\(\)\.run_cell_magic\('workflow',")
_HELP: Final = re.compile(r"^get_ipython\(\)\.run_cell_magic\('workflow', '\s*(-h|--help)\s*', ''\)")
_MARK: Final = "_strands_nb"
"""The attribute of a shell that holds what is installed in it: our modules may be reloaded, the shell is not."""


class Extension:
    """One per shell."""

    _greeted = False

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self._running = False
        self._warm = self.shell.__class__.__name__ != "ZMQInteractiveShell"
        self.notebook = Notebook(shell)
        self.magics = WorkflowMagics(shell, self.notebook)
        self._completion = Completion(shell, self.magics.verbs)
        self._hover = Hover(self.notebook.kernel)
        # A bound method is a new object each time it is looked up, and only the very same one can be removed.
        self._transformer: Any = self._await_workflow
        self._began: Any = self._cell_began
        self._ended: Any = self._cell_ended

    @classmethod
    def load(cls, shell: InteractiveShell) -> None:
        """Install into the shell, in place of what is installed already; the first time, say how to begin."""
        cls.unload(shell)
        if not cls._greeted:
            cls._greeted = True
            from strands_nb import __version__  # noqa: PLC0415 - the package is not complete while it imports us

            print(_GREETING.format(version=".".join(__version__.split(".")[:2])))  # noqa: T201 - the cell's output
        extension = cls(shell)
        setattr(shell, _MARK, extension)
        extension.install()

    @classmethod
    def unload(cls, shell: InteractiveShell) -> None:
        """Remove what is installed, if anything is."""
        if (installed := getattr(shell, _MARK, None)) is not None:
            installed.remove()
            delattr(shell, _MARK)

    def install(self) -> None:
        """Put everything in place."""
        shell = self.shell
        shell.register_magics(self.magics)
        shell.input_transformers_post.append(self._transformer)
        shell.events.register("pre_run_cell", self._began)
        shell.events.register("post_run_cell", self._ended)
        # The very cell that loads us may go on to run workflows.
        self._cell_began(None)
        self._completion.install()
        self._hover.install()
        set_surface(self.notebook)
        set_nearer(self.magics.settings)
        atexit.register(self.notebook.close)

    def remove(self) -> None:
        """Take everything away."""
        shell = self.shell
        set_nearer(None)
        set_surface(None)
        self._hover.remove()
        self._completion.remove()
        shell.events.unregister("pre_run_cell", self._began)
        shell.events.unregister("post_run_cell", self._ended)
        shell.input_transformers_post.remove(self._transformer)
        for kind, name in (("cell", "workflow"), ("line", "workflow"), ("cell", AWAITED)):
            shell.magics_manager.magics[kind].pop(name, None)
        shell.magics_manager.registry.pop(type(self.magics).__name__, None)
        shell.configurables.remove(self.magics)  # pyright: ignore[reportArgumentType] - IPython says too little
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
        the blocking magic serves them. `%%workflow -h` alone asks for help, and IPython refuses cells without a body.
        """
        if lines and _HELP.match(lines[0]):
            return ["get_ipython().run_line_magic('workflow', 'help cell')\n"]
        if self._running or not self.shell.autoawait or not lines or not _CALL.match(lines[0]):
            return lines
        return [_CALL.sub(f"await get_ipython().run_cell_magic('{AWAITED}',", lines[0]), *lines[1:]]


_GREETING: Final = (
    "strands_nb {version} · %workflow demo  to try without a key · %workflow doctor  to check your setup · "
    "%%workflow? for help"
)


def _import_ahead() -> None:
    """Import what the first card needs while its cell is still being typed; models and templates wait for a run."""
    for module in ("strands_nb.notebook.cards.card", "strands_nb.app.workflow", "strands_nb.app.sessions"):
        importlib.import_module(module)
