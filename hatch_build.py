"""Builds the widget's JavaScript into the package, for wheels, source distributions and editable installs alike.

The bundle is not in git. A source distribution carries it, so that installing from one needs no Node.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WidgetBundle(BuildHookInterface[Any]):
    """Runs esbuild, unless the bundle is there and newer than what it is made from."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatch's signature
        """Make `strands_nb/notebook/static/run.js` exist and be fresh, or say what is missing."""
        js = Path(self.root, "js")
        bundle = Path(self.root, "strands_nb", "notebook", "static", "run.js")
        if not any((js / "src" / entry).exists() for entry in ("run.ts", "run.tsx")) or _is_fresh(bundle, js):
            return
        node, npm = shutil.which("node"), shutil.which("npm")
        if node and npm:
            if not (js / "node_modules").is_dir():
                self._run(js, npm, "ci")
            self._run(js, node, "build.mjs")
        elif not bundle.exists():
            message = (
                "strands_nb is built from a git checkout here, and that needs Node 20.19 or newer with npm on the PATH "
                "(to bundle the widget). Install Node and try again, or install a released wheel: it needs none."
            )
            raise RuntimeError(message)
        else:
            self.app.display_warning("js/src is newer than the widget's bundle, and there is no Node to rebuild it")

    def _run(self, cwd: Path, *command: str) -> None:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
        if done.returncode:
            message = f"`{' '.join(command)}` failed in {cwd}:\n{done.stdout}{done.stderr}"
            raise RuntimeError(message)
        self.app.display_info(done.stdout.strip())


def _is_fresh(bundle: Path, js: Path) -> bool:
    """Not older than its sources: in an unpacked source distribution all files are of one age."""
    sources = [js / "build.mjs", js / "package-lock.json", *(js / "src").rglob("*")]
    return bundle.exists() and bundle.stat().st_mtime >= max(path.stat().st_mtime for path in sources)
