"""In a real kernel: what is displayed, what stays, and what is printed where no one is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fixtures.minimal_frontend import Page, open_page
from tests.fixtures.notebook_folder import NotebookFolder

_WIDGET = "application/vnd.jupyter.widget-view+json"
# The form that the last cell opened, found by its button: what a click in the browser does.
_CLICK = """import gc
from vidgo_notebook.ui.panel.panel import Panel
panel = [each for each in gc.get_objects() if isinstance(each, Panel)][-1]
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with open_page(NotebookFolder(tmp_path_factory.mktemp("notebooks")), attended=True) as opened:
        yield opened


def test_results_stay_as_a_picture_and_cards_and_close_takes_the_form_away(page: Page) -> None:
    cell = page.run("import vidgo_notebook as vidgo\nvidgo.panel('A fox <i>in</i> the snow')")
    form, picture, cards = cell.outputs
    assert _WIDGET in form.data
    assert "run the cell again to open it" in form.data["text/html"]
    assert not picture.has_picture
    page.run(_CLICK + "panel.price_box.generate.click()")
    page.watch_until(lambda: picture.has_picture and "text/html" in cards.data)
    assert "A fox &lt;i&gt;in&lt;/i&gt; the snow" in cards.data["text/html"]
    assert picture.data["text/plain"] == "<vidgo picture: gpt-image-2, low, auto, 1K>"
    page.run("panel.close_button.click()")
    page.watch_until(lambda: _WIDGET not in form.data)
    assert "The form is closed; its results are below." in form.data["text/plain"]
    assert "%%vidgo --model gpt-image-2 --quality low" in form.data["text/plain"]
    assert picture.has_picture


def test_close_keeps_a_prompt_that_no_cell_can_ask_for(page: Page) -> None:
    """A picture without a name, as an expression gives it, can't be written into a cell."""
    page.run("from PIL import Image\njob = vidgo.generate('Give it a hat', image=Image.new('RGB', (64, 64))).wait()")
    form, *_ = page.run("vidgo.panel(job)").outputs
    page.run(_CLICK + "panel = next(each for each in gc.get_objects() if isinstance(each, Panel) and not each._closed)")
    page.run("panel.close_button.click()")
    page.watch_until(lambda: _WIDGET not in form.data)
    assert form.data["text/plain"] == "The form is closed.\nGive it a hat"


def test_the_commands_open_the_same(page: Page) -> None:
    assert _WIDGET in page.run("%vidgo panel").outputs[0].data
    assert _WIDGET in page.run("%vidgo gallery").outputs[0].data
    page.run("job = vidgo.generate('An owl')\njob.wait()")
    assert _WIDGET in page.run("get_ipython().run_line_magic('vidgo', f'panel {job.id}')").outputs[0].data
    assert _WIDGET in page.run("vidgo.panel(job)").outputs[0].data
    assert _WIDGET in page.run("vidgo.gallery()").outputs[0].data


def test_form_and_gallery_are_widgets_that_a_layout_holds(page: Page) -> None:
    page.run("import ipywidgets\nboth = ipywidgets.HBox([vidgo.panel('A fox'), vidgo.gallery()])")
    (shown,) = page.run("both").outputs
    assert _WIDGET in shown.data
    assert page.value("[child.children[0]._dom_classes for child in both.children]") == (
        "[('vidgo-panel', 'vidgo-form'), ('vidgo-panel', 'vidgo-gallery')]"
    )
    page.run(_CLICK + "panel.price_box.generate.click()\nvidgo.wait()")
    page.watch_until(lambda: page.value("panel.has_results") == "True")


def test_a_bad_subject_is_one_line(page: Page) -> None:
    cell = page.run("vidgo.panel(3)")
    assert "takes a job, a result, or the text of a cell" in cell.error
    assert "Traceback" not in cell.error


def test_without_a_person_no_widget_is_created(tmp_path_factory: pytest.TempPathFactory) -> None:
    with open_page(NotebookFolder(tmp_path_factory.mktemp("notebooks")), attended=False) as page:
        cell = page.run("%vidgo panel")
        assert cell.outputs == []
        assert "no one is there to fill it in" in cell.printed
        assert "%%vidgo" in cell.printed
        assert "no one is there to see it" in page.run("%vidgo gallery").printed
        assert page.value("'ipywidgets' in __import__('sys').modules") == "False"
        page.run("import ipywidgets, vidgo_notebook as vidgo")
        cell = page.run("ipywidgets.HBox([vidgo.panel(), vidgo.gallery()])")
        assert "no one is there to fill it in" in cell.printed
        assert _WIDGET in cell.outputs[0].data
        assert page.run("vidgo.gallery()").outputs == []
