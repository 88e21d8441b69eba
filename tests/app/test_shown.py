"""What a host without IPython asks a value for is there: a picture, a sheet, a price, as HTML and as a picture."""

from __future__ import annotations

import base64
import io
import pickle
import subprocess
import sys

from PIL import Image

from tests.fixtures.live_session import LiveSession
from vidgo_notebook.domain.pricing import quote
from vidgo_notebook.emulator import Fault
from vidgo_notebook.engine.handles.batch import Batch


def picture_in(data: str) -> tuple[int, int]:
    """The size of a picture in base64, in pixels."""
    return Image.open(io.BytesIO(base64.b64decode(data))).size


def test_a_job_waits_for_its_picture_and_shows_it_with_words_and_price(live: LiveSession) -> None:
    bundle = live.ask("A red <bicycle>")._repr_mimebundle_()
    assert picture_in(bundle["image/jpeg"]) == (2, 2)
    assert bundle["text/plain"] == "<vidgo picture: gpt-image-2, low, 1:1, 1K>"
    assert f'src="data:image/jpeg;base64,{bundle["image/jpeg"]}"' in bundle["text/html"]
    assert 'alt="A red &lt;bicycle&gt;"' in bundle["text/html"]
    assert "<b>2 credits</b>" in bundle["text/html"]


def test_hosts_that_ask_for_one_form_get_the_same(live: LiveSession) -> None:
    result = live.made()
    bundle = result._repr_mimebundle_()
    assert result._repr_html_() == bundle["text/html"]
    assert result._repr_jpeg_() == base64.b64decode(bundle["image/jpeg"])
    assert result._repr_png_() is None


def test_several_pictures_are_one_sheet_and_a_lineage_is_drawn(live: LiveSession) -> None:
    jobs = [live.ask("A red bicycle", take=take) for take in (1, 2)]
    sheet = Batch(jobs)._repr_mimebundle_()
    assert "4 credits" in sheet["text/html"]
    assert picture_in(sheet["image/jpeg"])[0] > 300
    edited = live.made("Make it blue", [jobs[0].result()])
    drawn = edited.lineage._repr_mimebundle_()
    assert "Make it blue" in drawn["text/html"]
    assert picture_in(drawn["image/jpeg"])[0] > 100


def test_a_price_shows_its_lines_and_is_the_price_that_it_shows(live: LiveSession) -> None:
    price = live.session.quote(live.request(quality="high"))
    assert "12 credits" in price._repr_html_()
    assert "quality high" in price._repr_mimebundle_()["text/plain"]
    assert price == quote(live.request(quality="high")) == pickle.loads(pickle.dumps(price))


def test_the_quote_of_a_job_says_what_became_of_it(live: LiveSession) -> None:
    paid = live.ask("A red bicycle").wait()
    assert paid.quote._repr_mimebundle_()["text/plain"].endswith(f"\nJob {paid.id}: finished, 2 credits charged.")
    live.emulator.faults.add(Fault("submit", fails="Unsafe content"))
    failed = live.ask("A blue bicycle").wait()
    assert f"Job {failed.id}: failed, 0 credits charged." in failed.quote._repr_html_()
    asked = live.session.quote(live.request())
    assert "Job" not in asked._repr_mimebundle_()["text/plain"]
    assert asked == paid.quote == pickle.loads(pickle.dumps(paid.quote))


def test_a_failed_job_shows_its_card(live: LiveSession) -> None:
    live.emulator.faults.add(Fault("submit", fails="Unsafe content"))
    bundle = live.ask()._repr_mimebundle_()
    assert "failed · 0 credits" in bundle["text/html"]
    assert not [kind for kind in bundle if kind.startswith("image/")]


def test_a_script_shows_values_without_ipython() -> None:
    code = (
        "import sys, vidgo_notebook as vidgo\nquote = vidgo.quote('A cat')._repr_html_()\n"
        "tables = [each._repr_mimebundle_()['text/html'] for each in (vidgo.costs(), vidgo.report(), vidgo.models())]\n"
        "print('2 credits' in quote, all(tables), 'IPython' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert run.stdout.split() == ["True", "True", "False"]
