"""marimo, which has no magics and no input: values show themselves, and a price that needs a yes names the keyword."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.api_key import KEY
from tests.fixtures.chromium import Chromium, open_chromium
from tests.fixtures.environments import PROJECT, Environment, make_environment
from tests.fixtures.jupyterlab import serve
from tests.fixtures.local_api import LocalApi, serve_local_api
from tests.fixtures.notebook_folder import NotebookFolder
from vidgo_notebook.emulator import Fault

pytestmark = pytest.mark.browser

CELLS = (
    'vidgo.generate("A red bicycle")',
    'vidgo.generate("A red bicycle").result()',
    'vidgo.quote("A cat", quality="high")',
    'vidgo.sweep(prompt="A kite", quality=["low", "medium"])',
    'vidgo.generate("A dog in a storm")',
    'vidgo.sweep(prompt="A dog", quality="high", size="16:9", resolution="4K", takes=3)',  # 144 credits
    'vidgo.generate("A cup", quality="high", max_credits=5)',
    'vidgo.panel("A fox")',
    "vidgo.gallery()",
    'vidgo.rate(vidgo.sweep(prompt="A kite", quality=["low", "medium"]))',
)
APP = "import marimo\n\napp = marimo.App()\n" + "".join(
    f"\n\n@app.cell\ndef _({'' if code.startswith('import') else 'vidgo'}):\n    {code}\n    return"
    + (" (vidgo,)" if code.startswith("import") else "")
    for code in ("import vidgo_notebook as vidgo", *CELLS)
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with open_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def marimo(chromium: Chromium, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    made = make_environment(tmp_path_factory.mktemp("marimo") / "venv")
    made.install("marimo>=0.25", str(PROJECT))
    return made


@pytest.fixture(scope="module")
def api() -> Iterator[LocalApi]:
    with serve_local_api() as served:
        served.emulator.faults.add(Fault("submit", fails="It is refused.", when=lambda call: "storm" in str(call.body)))
        yield served


@pytest.fixture(scope="module")
def notebook(
    chromium: Chromium, marimo: Environment, api: LocalApi, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """The notebook as its author edits it, with every cell run."""
    folder = NotebookFolder(tmp_path_factory.mktemp("desk"))
    (folder.folder / "app.py").write_text(APP)
    (folder.folder / "pyproject.toml").write_text("[tool.marimo.runtime]\nauto_instantiate = true\n")
    command = f"{marimo.python} -m marimo -y edit app.py --headless --no-token --skip-update-check --port {{port}}"
    live = {"VIDGO_MODE": "live", "VIDGO_API_KEY": KEY, "VIDGO_BASE_URL": api.url}
    with (
        serve(folder, command.split(), ready="/health", **live) as url,
        chromium.page(1200, 4000) as page,
    ):
        page.goto(url)
        yield page


def test_a_job_a_result_a_price_and_a_sweep_show_themselves(notebook: Page) -> None:
    expect(notebook.locator("img[alt='A red bicycle']")).to_have_count(2)
    expect(notebook.get_by_text("Quote: 12 credits for gpt-image-2.")).to_be_visible()
    expect(notebook.locator("img[alt^='<vidgo contact sheet: 2 pictures']")).to_have_count(1)


def test_what_failed_says_so_and_what_is_not_confirmed_or_above_a_limit_names_the_keyword(notebook: Page) -> None:
    expect(notebook.get_by_text("failed · 0 credits")).to_be_visible()
    refused = notebook.get_by_text("Not sent: it costs 144 credits").first
    expect(refused).to_be_visible()
    expect(refused).to_contain_text("yes=True")
    expect(notebook.get_by_text("more than max_credits allows").first).to_be_visible()


def test_a_form_a_gallery_and_a_rating_which_marimo_does_not_show_say_what_to_use_instead(notebook: Page) -> None:
    for what in ("the form can't be opened here", "the gallery can't be opened here", "pictures can't be rated here"):
        refused = notebook.get_by_text(f"marimo shows no Jupyter widgets, so {what}").first
        expect(refused).to_be_visible()
        expect(refused).to_contain_text("vidgo.generate(")


def test_each_picture_is_bought_once_and_nothing_that_was_refused(notebook: Page, api: LocalApi) -> None:
    expect(notebook.get_by_text("failed · 0 credits")).to_be_visible()
    expect(notebook.locator("img")).to_have_count(3)
    assert api.submits == 4
