"""A real JupyterLab with a real Chromium, for tests and benchmarks."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from playwright.sync_api import TimeoutError as Late
from playwright.sync_api import expect

from tests import kernels

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Locator, Page

_CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Lab:
    """A running server; `folder` is what it shows, `home` holds all else."""

    def __init__(self, folder: Path, home: Path, url: str, token: str) -> None:
        self.folder, self.url, self.token = folder, url, token
        self._settings = home / "lab" / "user"

    def write(self, name: str, *cells: str, kernel: str = "python3") -> str:
        """Put a notebook with these cells into the folder."""
        spec = {"name": kernel, "display_name": kernel, "language": "python"}
        notebook: dict[str, Any] = {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": spec},
            "cells": [
                {
                    "cell_type": "code",
                    "id": f"cell-{i}",
                    "execution_count": None,
                    "metadata": {},
                    "outputs": [],
                    "source": cell,
                }
                for i, cell in enumerate(cells)
            ],
        }
        (self.folder / name).write_text(json.dumps(notebook), encoding="utf-8")
        return name

    def set(self, plugin: str, values: dict[str, Any]) -> None:
        """Settings of a user, for pages that are opened from now on."""
        path = self._settings / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")

    def read(self, name: str) -> Any:
        """A notebook as it lies on the disk; the server may just be writing it."""
        until = time.monotonic() + 10
        while True:
            try:
                return json.loads((self.folder / name).read_text(encoding="utf-8"))
            except json.JSONDecodeError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def shut_down_kernels(self) -> None:
        """End every kernel, so that the next notebook has the machine to itself."""
        for session in json.load(self._request("GET", "/api/sessions")):
            self._request("DELETE", f"/api/sessions/{session['id']}")

    def forget_sessions(self) -> None:
        """Leave nothing unfinished for the next notebook to find."""
        shutil.rmtree(self.folder.parent / "state", ignore_errors=True)

    def _request(self, method: str, path: str) -> Any:
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(self.url + path, method=method, headers=headers)  # noqa: S310 - loopback
        return urllib.request.urlopen(request, timeout=20)  # noqa: S310


@contextmanager
def server(folder: Path, home: Path, theme: str = "JupyterLab Light") -> Generator[Lab, None, None]:
    """Start JupyterLab, and Notebook where it is installed, on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lab = Lab(folder, home, f"http://127.0.0.1:{port}", secrets.token_hex(16))
    settings = home / "lab"
    environment = {
        **os.environ,
        "STRANDS_NB_HOME": str(home / "state"),
        "JUPYTER_CONFIG_DIR": str(settings / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(settings / "user"),
        "JUPYTERLAB_WORKSPACES_DIR": str(settings / "workspaces"),
        "JUPYTER_PATH": os.pathsep.join(map(str, kernels.PATHS)),
        "IPYTHONDIR": str(settings / "ipython"),
    }
    lab.set("@jupyterlab/apputils-extension/notification", {"fetchNews": "false", "checkForUpdates": False})
    lab.set("@jupyterlab/apputils-extension/themes", {"theme": theme})
    options = [
        f"--ServerApp.port={port}",
        "--ServerApp.ip=127.0.0.1",
        f"--IdentityProvider.token={lab.token}",
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.open_browser=False",
        "--ServerApp.allow_root=True",
    ]
    with (home / "lab.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "jupyter", "lab", *options], env=environment, stdout=log, stderr=log
        )
        try:
            _await_server(process, f"{lab.url}/api/status?token={lab.token}")
            yield lab
        finally:
            process.terminate()
            process.wait(20)


def _await_server(process: subprocess.Popen[bytes], url: str, timeout: float = 60) -> None:
    until = time.monotonic() + timeout
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - a loopback address
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("JupyterLab did not start; see lab.log")


@contextmanager
def browser(chromium: str, **context: Any) -> Generator[BrowserContext, None, None]:
    """A fresh Chromium; its pages share a cache."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium, args=_CHROMIUM_FLAGS)
        try:
            yield chrome.new_context(viewport={"width": 1280, "height": 1100}, **context)
        finally:
            chrome.close()


class Tab:
    """One notebook, open in a page."""

    def __init__(self, lab: Lab, page: Page, name: str, *, app: str = "doc/tree") -> None:
        """`app` is the part of the address that chooses the application: JupyterLab, or `notebooks`."""
        self.lab, self.page, self.name, self._app = lab, page, name, app

    def open(self, *, kernel: bool = True) -> Tab:
        """Load the notebook; with `kernel`, wait until it is idle."""
        self.page.goto(f"{self.lab.url}/{self._app}/{self.name}?token={self.lab.token}&reset")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        if kernel:
            self.page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=60_000)
        return self

    def cell(self, index: int) -> Locator:
        """A cell, counted from 0."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def _prompt(self, index: int) -> Locator:
        return self.cell(index).locator(".jp-InputPrompt").first

    def run(self, index: int) -> None:
        """Start a cell, as Shift+Enter does."""
        prompt = self._prompt(index)
        for _ in range(10):  # a kernel that has only just become idle may not take the first request
            before = prompt.inner_text()
            self.cell(index).locator(".cm-content").first.click(timeout=5_000)
            self.page.keyboard.press("Shift+Enter")
            until = time.monotonic() + 3
            while time.monotonic() < until:
                if prompt.inner_text() != before:
                    return
                self.page.wait_for_timeout(10)
        raise RuntimeError(f"cell {index} of {self.name} does not start")

    def run_first(self, index: int = 0) -> None:
        """Run a cell to its end; again where JupyterLab forgets it or asks something while it still connects."""
        for _ in range(5):
            if self.page.locator(".jp-Dialog").count():
                self.open()
                continue
            try:
                self.run(index)
            except Late:
                continue
            expect(self._prompt(index)).not_to_have_text("[*]:", timeout=60_000)
            if self._prompt(index).inner_text().strip() != "[ ]:":
                return
        raise RuntimeError(f"{self.name} does not start; dialogs: {self.page.locator('.jp-Dialog').all_inner_texts()}")

    def busy(self, index: int) -> bool:
        """Whether the cell runs or waits to run."""
        return self._prompt(index).inner_text().strip() == "[*]:"

    def wait_done(self, index: int, timeout: float = 60) -> None:
        """Wait until the cell has a number."""
        expect(self._prompt(index)).to_have_text(re.compile(r"\[\d+\]:"), timeout=timeout * 1000)

    def output(self, index: int) -> Locator:
        """The cell's output."""
        return self.cell(index).locator(".jp-OutputArea")

    def card(self, index: int) -> Locator:
        """The live card in the cell's output."""
        return self.output(index).get_by_role("region").first

    def save(self) -> None:
        """Save, and wait until it is on the disk."""
        path = self.lab.folder / self.name
        before = path.stat().st_mtime_ns
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("Control+s")
        until = time.monotonic() + 20
        while path.stat().st_mtime_ns == before and time.monotonic() < until:
            self.page.wait_for_timeout(100)
