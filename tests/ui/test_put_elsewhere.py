"""Values that are put where no display id of ours goes, and code that runs for no cell: a widget's handler, a task."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.local_api import LocalApi, serve_local_api
from tests.fixtures.minimal_frontend import Page, open_page
from tests.fixtures.notebook_folder import NotebookFolder

MAKE = "vidgo.generate({!r}, quality='high', size='16:9', resolution='4K', takes=3)"  # 144 credits
BUTTON = """import ipywidgets as w
heard, box, button = [], w.Output(), w.Button()
def handler(_):
    job = vidgo.generate('from a button')
    with box: display(job)
    heard.append(not job.done())
    try:
        {}
    except vidgo.VidgoError as error:
        heard.append(str(error))
button.on_click(handler)
print(button.model_id)"""
IN_WIDGETS = """any('image/jpeg' in str(each.outputs) for each in __import__('gc').get_objects()
if isinstance(each, w.Output))"""
TASK = """import asyncio
async def later():
    await asyncio.sleep(0.1)
    try:
        {}
    except vidgo.VidgoError as error:
        heard.append(str(error))
heard, task = [], asyncio.ensure_future(later())"""


@pytest.fixture(scope="module")
def api() -> Iterator[LocalApi]:
    with serve_local_api(latency=1) as served:
        yield served


@pytest.fixture(scope="module")
def page(api: LocalApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = NotebookFolder(tmp_path_factory.mktemp("notebooks"))
    live = {"VIDGO_MODE": "live", "VIDGO_API_KEY": KEY, "VIDGO_BASE_URL": api.url}
    with open_page(folder, attended=True, **live) as opened:
        opened.run("import vidgo_notebook as vidgo\nfrom IPython.display import display, update_display")
        yield opened


def test_an_output_that_has_its_own_id_gets_the_picture_in_its_place(page: Page) -> None:
    cell = page.run("display('here', display_id='slot')\nupdate_display(vidgo.generate('A cat'), display_id='slot')")
    assert [output.has_picture for output in cell.outputs] == [True]
    cell = page.run("handle = display(vidgo.generate('A cat'), display_id=True)\nhandle.update(vidgo.quote('A dog'))")
    assert [output.data["text/plain"].splitlines()[0] for output in cell.outputs] == [
        "Quote: 2 credits for gpt-image-2."
    ]


def test_what_takes_only_the_data_of_a_value_gets_the_picture(page: Page) -> None:
    shown = page.run(
        "import ipywidgets as w\nbox = w.Output()\nbox.append_display_data(vidgo.generate('A cat'))\n"
        "print(*box.outputs[0]['data'])\nprint(*get_ipython().display_formatter.format(vidgo.quote('A cat'))[0])"
    )
    assert "image/jpeg" in shown.printed
    assert shown.printed.splitlines()[1] == "text/html text/plain"
    assert shown.outputs == []


def test_a_handler_returns_at_once_and_is_not_asked_but_told_of_the_keyword(page: Page, api: LocalApi) -> None:
    button = page.run(BUTTON.format(MAKE.format("A dear click"))).printed.strip()
    before = api.submits
    page.click(button)
    page.watch_until(lambda: api.submits > before)
    under_way, refused = eval(page.value("heard"))
    assert under_way is True
    assert "144 credits" in refused
    assert "Add yes=True" in refused
    page.watch_until(lambda: page.value(IN_WIDGETS) == "True")
    assert api.submits == before + 1


def test_a_task_that_outlives_its_cell_is_not_asked_and_leaves_nothing_in_a_cell(page: Page, api: LocalApi) -> None:
    before = api.submits
    cell = page.run(TASK.format(MAKE.format("A dear task")))
    page.watch_until(lambda: "144 credits" in page.value("str(heard)"))
    assert "Add yes=True" in page.value("heard")
    assert (cell.printed, api.submits) == ("", before)


def test_while_its_cell_runs_a_thread_can_ask(page: Page, api: LocalApi) -> None:
    before = api.submits
    ask = f"lambda: {MAKE.format('A thread')}.wait()"
    cell = page.run(f"import threading\nthread = threading.Thread(target={ask})\nthread.start()\nthread.join()", "y")
    assert "144 credits" in cell.question
    assert api.submits == before + 3
