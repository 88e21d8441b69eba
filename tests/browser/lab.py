"""JupyterLab and Notebook 7 in a headless browser, as a person uses them."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
from playwright.sync_api import Locator, Page

from tests.notebooks.desk import Desk
from tests.stage.ports import free_port

SCREENSHOTS = Path(__file__).parents[2] / "artifacts" / "screenshots"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
LAB, NOTEBOOK_7 = "lab/tree", "notebooks"
PATIENCE = 90_000  # milliseconds, as playwright counts
_SECONDS_TO_START = 120
_SETTINGS = {
    # A prompt about news would cover the page.
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    # Cells out of sight are otherwise not drawn, and could not be looked at.
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}
_KERNEL_IS_READY = """async () => {
    const widget = window.jupyterapp.shell.currentWidget;
    await widget.context.ready;
    const session = widget.context.sessionContext;
    await session.ready;
    const ready = () => session.session?.kernel?.status === 'idle'
        && session.session.kernel.connectionStatus === 'connected';
    while (!ready()) await new Promise(resolve => setTimeout(resolve, 100));
}"""


@contextmanager
def serve_lab(desk: Desk) -> Iterator[str]:
    """A JupyterLab on the desk's folder; its base URL."""
    overrides = desk.folder / "home/config/labconfig/default_setting_overrides.json"
    overrides.parent.mkdir(parents=True)
    overrides.write_text(json.dumps(_SETTINGS))
    with serve(desk, _command(desk.folder), ready="/api") as url:
        yield url


@contextmanager
def serve(desk: Desk, command: Sequence[str], ready: str) -> Iterator[str]:
    """A server started by ``command``, which says ``{port}`` where its port goes; its base URL once the
    path ``ready`` is answered."""
    port = str(free_port())
    with (desk.folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [part.replace("{port}", port) for part in command],
            cwd=desk.folder, env=desk.environment(), stdout=log, stderr=log,
        )  # fmt: skip
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(server, url + ready)
            yield url
        finally:
            server.terminate()
            server.wait(timeout=30)


def _command(root: Path) -> list[str]:
    return [
        "jupyter",
        "lab",
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
        "--ServerApp.disable_check_xsrf=True",
        f"--ServerApp.root_dir={root}",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True",
    ]


def _wait_for(server: subprocess.Popen[Any], url: str) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended before it had started"
        try:
            if httpx.get(url, timeout=_SECONDS_TO_START).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


class Lab:
    """A browser's page on a JupyterLab, or on a Notebook 7, which is made of the same parts."""

    def __init__(self, page: Page, url: str, place: str = LAB) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.url = url
        self._place = place
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self._hear("error", str(error)))

    def open(self, notebook: str, theme: str = "light") -> None:
        """Open a notebook, and wait for its kernel."""
        self.page.goto(f"{self.url}/{self._place}/{notebook}?reset")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.page.evaluate(_KERNEL_IS_READY)
        self.wear(theme)

    def wear(self, theme: str) -> None:
        """Change to the light or the dark theme."""
        self.command("apputils:change-theme", theme=THEMES[theme])
        self.page.wait_for_selector(f"body[data-jp-theme-name='{THEMES[theme]}']", state="attached")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def make_room(self) -> None:
        """Put the side bar away."""
        if self._place == LAB:
            self.command("application:toggle-left-area")

    def command(self, name: str, **arguments: Any) -> None:
        """Run a command of JupyterLab and wait until it is done."""
        self.page.evaluate("([name, given]) => window.jupyterapp.commands.execute(name, given)", [name, arguments])

    def start(self, name: str) -> None:
        """Run a command without waiting for its end."""
        self.page.evaluate("name => { window.jupyterapp.commands.execute(name) }", name)

    def cell(self, number: int) -> Locator:
        """A cell of the notebook, counted from 0."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def pictures(self, number: int) -> Locator:
        """The pictures in a cell's output."""
        return self.cell(number).locator(".jp-OutputArea-output img")

    def picture(self, name: str) -> None:
        """Keep a screenshot."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.mouse.move(0, 0)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" and "vidgo" in text.lower():
            self.complaints.append(text)
