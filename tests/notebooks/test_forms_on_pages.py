"""The form and the gallery in a layout of Panel and of Solara: seen at the page, and what the form makes is bought
once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.api_key import KEY
from tests.fixtures.chromium import Chromium, open_chromium
from tests.fixtures.environments import PROJECT, make_environment
from tests.fixtures.jupyterlab import serve
from tests.fixtures.local_api import serve_local_api
from tests.fixtures.notebook_folder import NotebookFolder

pytestmark = pytest.mark.browser

PACKAGES = {
    "panel": ("panel", "ipywidgets_bokeh"),
    # What its pages load from a network otherwise is in a package, which is not made for every version.
    "solara": ("solara==1.58.2", "solara-assets==1.58.2"),
}
_MADE = 'import vidgo_notebook as vidgo\njob, result = vidgo.generate("A kite"), vidgo.generate("A cup").result()\n'
APPS = {
    "panel": f"{_MADE}import panel as pn\npn.extension('ipywidgets')\n"
    'pn.Column(job, result, pn.panel(vidgo.panel("A red bicycle")), vidgo.gallery()).servable()\n',
    "solara": f"{_MADE}import solara\n\n\n@solara.component\ndef Page():\n"
    '    form = solara.use_memo(lambda: vidgo.panel("A red bicycle"), [])\n'
    "    gallery = solara.use_memo(vidgo.gallery, [])\n"
    "    for each in (job, result, form, gallery):\n        solara.display(each)\n",
}
COMMANDS = {
    "panel": "-m panel serve app.py --port {port} --allow-websocket-origin=*",
    "solara": "-m solara run app.py --port {port} --host 127.0.0.1 --no-open --production",
}
PATHS = {"panel": "/app", "solara": "/"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with open_chromium() as chromium:
        yield chromium


@pytest.fixture(params=APPS)
def host(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.mark.full
@pytest.mark.timeout(400)
def test_a_form_makes_a_picture_and_the_gallery_shows_what_there_was(
    host: str, browser: Chromium, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = make_environment(tmp_path_factory.mktemp("hosts") / "venv")
    made.install(*PACKAGES[host], str(PROJECT))
    folder = NotebookFolder(tmp_path_factory.mktemp("page"))
    (folder.folder / "app.py").write_text(APPS[host])
    command = f"{made.python} {COMMANDS[host]}".split()
    live = {"VIDGO_MODE": "live", "VIDGO_API_KEY": KEY}
    with (
        serve_local_api() as api,
        serve(folder, command, ready=PATHS[host], **live, VIDGO_BASE_URL=api.url) as url,
        browser.page(1100, 4000) as page,
    ):
        page.goto(url + PATHS[host])
        _look_at(page)
        page.get_by_role("button", name="Generate · 2 credits").click()
        expect(page.locator(".vidgo-panel .vidgo-picture img").first).to_be_visible()
        sent = [call.body["input"]["prompt"] for call in api.emulator.log if call.kind == "submit"]
        assert sorted(sent) == ["A cup", "A kite", "A red bicycle"]


def _look_at(page: Page) -> None:
    """What the page shows before anyone has touched it."""
    expect(page.locator("img[src^='data:image']").first).to_be_visible()
    expect(page.get_by_text("2 credits").first).to_be_visible()
    form, gallery = page.locator(".vidgo-panel").all()
    for each in (form, gallery):
        box = each.bounding_box()
        assert box is not None
        assert box["width"] > 600  # beside nothing else on a page of 1,100
    expect(form.get_by_label("Prompt")).to_have_value("A red bicycle")
    expect(gallery.get_by_text("2 pictures · 4 credits charged")).to_be_visible()
    expect(gallery.locator(".vidgo-tile img")).to_have_count(2)
