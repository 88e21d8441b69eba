"""Streamlit, Panel and Solara: a person is at a page, and the terminal that the server was started in is nobody's.
The picture is on the page, it is bought once, and a price to confirm is an error that names the keyword."""

from __future__ import annotations

import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.chromium import Chromium, open_chromium
from tests.fixtures.environments import PROJECT, Environment, make_environment
from tests.fixtures.local_api import LocalApi, serve_local_api
from tests.fixtures.notebook_folder import NotebookFolder
from tests.fixtures.ports import free_port
from vidgo_notebook.emulator import Fault

_PATIENCE = 100.0
_MADE = """import vidgo_notebook as vidgo
job, both = vidgo.generate("A red bicycle"), vidgo.generate("A fox", takes=2)
price, bad = vidgo.quote("A cat", quality="high"), vidgo.generate("Bad")
refusals = []
for limits in ({}, {"max_credits": 100}):
    try:
        vidgo.generate("A dog", quality="high", size="16:9", resolution="4K", takes=3, **limits)
    except vidgo.VidgoError as error:
        refusals.append(str(error))
refusal = "\\n".join(refusals)
"""
_INDENTED = "".join(f"    {line}\n" for line in _MADE.splitlines())
APPS = {
    "streamlit": (
        f"{_MADE}import streamlit as st\nfor each in (job, price, both, bad): st.html(each)\nst.text(refusal)\n"
    ),
    "panel": f"{_MADE}import panel as pn\npn.Column(job, price, both, bad, pn.pane.Str(refusal)).servable()\n",
}
COMMANDS = {
    "streamlit": "-m streamlit run app.py --server.headless=true --server.port={port} --browser.gatherUsageStats=false",
    "panel": "-m panel serve app.py --port {port} --allow-websocket-origin=*",
}
PATHS = {"panel": "app"}
# Its front end comes from a network of its own: the page is rendered as its server does, and looked at there.
SOLARA = f"""import solara
import solara.server.app
from solara.server import kernel_context

@solara.component
def Page():
{_INDENTED}    solara.display(job)
    solara.display(price)
    solara.display(both)
    solara.display(bad)
    solara.Preformatted(refusal)

def texts(widget):
    for output in getattr(widget, "outputs", ()):
        yield output["data"]["text/html"]
    for child in getattr(widget, "children", ()):
        yield from [child] if isinstance(child, str) else texts(child)

with kernel_context.create_dummy_context():
    print(*texts(solara.render(Page(), handle_error=False)[0]), sep="\\n")
"""
APP_TEST = """from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=60).run()
assert not app.exception
print(*(each.proto.body for each in app.main if each.proto))
"""


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    made = make_environment(tmp_path_factory.mktemp("hosts") / "venv")
    made.install("streamlit", "panel", "solara", str(PROJECT))
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with open_chromium() as chromium:
        yield chromium


@contextmanager
def serve_api() -> Iterator[LocalApi]:
    """A service that counts, and refuses to make one of the pictures."""
    with serve_local_api() as api:
        fault = Fault("submit", times=None, fails="Unsafe content", when=lambda call: "Bad" in str(call.body))
        api.emulator.faults.add(fault)
        yield api


def bought(api: LocalApi) -> list[str]:
    """The prompts that were paid for; a session of Panel begins with each request of its page, and fails anew."""
    sent = [call.body["input"]["prompt"] for call in api.emulator.log if call.kind == "submit"]
    return sorted(prompt for prompt in sent if prompt != "Bad")


@contextmanager
def serve_app(host: str, hosts: Environment, folder: NotebookFolder, **environment: str) -> Iterator[str]:
    """The address of the host's server, started in a terminal where nobody answers."""
    import pty  # not at the top: Windows has no such module, and collects this file

    port = free_port()
    (folder.folder / "app.py").write_text(APPS[host])
    command = [str(hosts.python), *COMMANDS[host].format(port=port).split()]
    ours, its = pty.openpty()
    log = (folder.folder / "log.txt").open("w")
    with subprocess.Popen(
        command, cwd=folder.folder, env=folder.environment(**environment), stdin=its, stdout=log, stderr=log
    ) as server:
        try:
            url = f"http://127.0.0.1:{port}/{PATHS.get(host, '')}"
            _wait_for(url, folder.folder / "log.txt")
            yield url
        finally:
            server.terminate()
            log.close()
            os.close(ours)
            os.close(its)


def _wait_for(url: str, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=_PATIENCE):
                return
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.3)


@pytest.mark.full
@pytest.mark.timeout(400)
@pytest.mark.parametrize("host", APPS)
def test_the_page_shows_pictures_and_prices_and_names_the_keyword_that_confirms_one(
    host: str, hosts: Environment, browser: Chromium, tmp_path: Path
) -> None:
    folder = NotebookFolder(tmp_path)
    settings = {"VIDGO_MODE": "live", "VIDGO_API_KEY": KEY}
    with (
        serve_api() as api,
        serve_app(host, hosts, folder, **settings, VIDGO_BASE_URL=api.url) as url,
        browser.page(1000, 1600) as page,
    ):
        page.goto(url)
        refusal = page.get_by_text("yes=True").first
        refusal.wait_for()
        page.locator("img[src^='data:image/jpeg']").nth(1).wait_for()
        for text in ("Quote: 12 credits", "4 credits", "failed · 0 credits", "Raise max_credits"):
            page.get_by_text(text).first.wait_for()
        assert "which is above 100 credits, and was not confirmed" in refusal.inner_text()
        assert page.get_by_text(re.compile("%+vidgo|%config|--yes")).count() == 0
        assert bought(api) == ["A fox", "A fox", "A red bicycle"]
    assert "Continue?" not in (tmp_path / "log.txt").read_text()


@pytest.mark.full
@pytest.mark.parametrize("script", [SOLARA, APP_TEST], ids=["Solara", "a test of a Streamlit app"])
def test_what_a_server_renders_has_them_too(script: str, hosts: Environment, tmp_path: Path) -> None:
    folder = NotebookFolder(tmp_path)
    (tmp_path / "app.py").write_text(APPS["streamlit"])
    settings = {"VIDGO_MODE": "live", "VIDGO_API_KEY": KEY}
    with serve_api() as api:
        done = folder.run(str(hosts.python), "-c", script, **settings, VIDGO_BASE_URL=api.url)
        assert done.returncode == 0, done.stderr
        assert bought(api) == ["A fox", "A fox", "A red bicycle"]
    shown = done.stdout
    assert shown.count('src="data:image/jpeg;base64,') == 2
    assert "Quote: 12 credits" in shown
    assert "Add yes=True" in shown
    assert "Raise max_credits" in shown
    assert "failed · 0 credits" in shown
    assert not re.search("%+vidgo|%config|--yes", shown)
