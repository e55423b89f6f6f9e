"""`%%workflow` and `%workflow`: read the line, hand it on, and say what is wrong in one line."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand
from traitlets import TraitError, TraitType

from strands_nb.app.settings import KEYS, Settings, read_key, sound
from strands_nb.errors import BuildError, StrandsNbError
from strands_nb.notebook.cells import Cells
from strands_nb.notebook.line.arguments import HelpShown
from strands_nb.notebook.line.cell_options import cell_parser
from strands_nb.notebook.line.namespace import expanded, expanded_words
from strands_nb.notebook.verbs.table import Verbs

if TYPE_CHECKING:
    from argparse import Namespace
    from types import TracebackType

    from IPython.core.interactiveshell import InteractiveShell

    from strands_nb.notebook.cell import Notebook
    from strands_nb.spec import Spec

__all__ = ("AWAITED", "WorkflowMagics")

AWAITED = "_workflow"
"""The cell magic behind `%%workflow` in cells that can await."""


_WHERE = "%config WorkflowMagics"


class _Setting(TraitType[Any, Any]):
    """One key of the settings, read and refused as everywhere else."""

    default_value = None
    allow_none = True

    def __init__(self, key: str) -> None:
        super().__init__(None, allow_none=True, help=f"{KEYS[key].help} E.g. {KEYS[key].write}", config=True)
        self.key = key

    def validate(self, obj: Any, value: Any) -> Any:  # noqa: ANN401 - of traitlets
        if value in (None, ""):
            return None
        try:
            read = read_key(self.key, value, _WHERE)
            if self.key in ("model", "provider"):
                sound(replace(obj.settings(), **{self.key: read}), _WHERE)
        except BuildError as error:
            raise TraitError(str(error)) from None  # which `%config` shows in one line
        return read


@magics_class
class WorkflowMagics(Magics):
    """The magics; `%config WorkflowMagics.model = "openai:gpt-4o-mini"` sets a default model."""

    model = _Setting("model")
    provider = _Setting("provider")
    max_cost = _Setting("max_cost")
    max_tokens = _Setting("max_tokens")
    on_hitl = _Setting("on_hitl")
    output_dir = _Setting("output_dir")
    storage_dir = _Setting("storage_dir")
    background = _Setting("background")
    from_ns = _Setting("from_ns")

    def __init__(self, shell: InteractiveShell, notebook: Notebook) -> None:
        super().__init__(shell)
        self._shell = shell
        self._cells = Cells(shell, notebook)
        self.verbs = Verbs(shell, notebook, self._cells)

    def settings(self) -> Settings:
        """What `%config` has set."""
        return Settings(**{name: getattr(self, name) for name in KEYS})

    @no_var_expand
    @cell_magic
    def workflow(self, line: str, cell: str) -> Any:  # noqa: ANN401, D102 - a Run, a Workflow or nothing; see below
        with _told_in_one_line(line):
            return self._cells.run(self._read(line), partial(_parsed, cell))

    @no_var_expand
    @cell_magic(AWAITED)
    async def awaited(self, line: str, cell: str) -> Any:  # noqa: ANN401, D102 - as above
        with _told_in_one_line(line):
            return await self._cells.run_async(self._read(line), partial(_parsed, cell))

    workflow.__doc__ = awaited.__doc__ = (
        "Run a workflow written in YAML, and wait for it; in a cell of its own, the kernel stays responsive.\n\n"
        + cell_parser().format_help()
    )

    def _read(self, line: str) -> Namespace:
        return cell_parser().parse(expanded_words(line, self._shell.user_ns))

    @no_var_expand
    @line_magic("workflow")
    def line(self, line: str) -> Any:  # noqa: ANN401 - what the verb shows
        """Everything else: `%workflow help` lists the verbs."""
        verb, _, rest = line.strip().removeprefix("--debug ").lstrip().partition(" ")
        with _told_in_one_line(line):
            if verb in ("", "-h", "--help"):
                verb = "help"
            if verb != "run":  # which fills in more, word by word
                rest = expanded(rest, self._shell.user_ns)
            return self.verbs.do(verb, rest.strip())


def _parsed(cell: str) -> Spec:
    from strands_nb.spec import parse  # noqa: PLC0415 - the first run pays for it

    return parse(cell)


class _told_in_one_line:  # noqa: N801 - reads like the built-in context managers
    """Errors that users can mend are shown as their message; with `--debug` in the line, with their traceback."""

    def __init__(self, line: str) -> None:
        self._debug = "--debug" in line.split()

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, (StrandsNbError, OSError)) and not self._debug:
            raise UsageError(str(error)) from None
        return isinstance(error, HelpShown)
