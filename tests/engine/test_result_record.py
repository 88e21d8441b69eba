"""The record of a picture, format 3: what identifies its references and its pixels, and where its price came from."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.fixtures.engine_harness import EngineHarness
from vidgo_notebook.domain.request import Reference
from vidgo_notebook.store.results.record import FORMAT, ResultRecord
from vidgo_notebook.store.results.record_file import read_record

PATIENCE = 60
SIGNED = "https://user:word@files.example/cup.png?signature=abc#top"


def recorded(harness: EngineHarness, **request: object) -> ResultRecord:
    job = harness.buy(**request)  # type: ignore[arg-type]
    found = harness.store.find(job.result(PATIENCE).record.fingerprint)
    assert found is not None
    return found


def test_a_record_has_the_digest_of_the_pixels_and_the_source_of_the_price(
    open_harness: Callable[..., EngineHarness],
) -> None:
    drawn = Image.effect_mandelbrot((60, 40), (-2, -1, 1, 1), 30)
    file = io.BytesIO()
    drawn.save(file, "PNG")
    harness = open_harness(draw=lambda _: file.getvalue())
    found = recorded(harness)
    assert found.format == FORMAT == 3
    png, length = file.getvalue(), int.from_bytes(file.getvalue()[33:37], "big")  # of the one chunk with pixels
    assert found.pixels == hashlib.sha256(png[12:29] + png[37 : 41 + length] + b"IEND").hexdigest()
    assert found.digest == hashlib.sha256(file.getvalue()).hexdigest()
    assert found.price_source == "Vidgo API documentation, GPT Image 2"
    assert found.note == ""


def test_a_signed_url_is_recorded_without_its_secrets_and_identified_by_its_whole_text(
    open_harness: Callable[..., EngineHarness], folder: Path
) -> None:
    references = (Reference("url", SIGNED), Reference("url", "https://files.example/plain.png"))
    found = recorded(open_harness(), model="gpt-image-2-edit", references=references)
    assert found.references == ("url:https://files.example/cup.png", "url:https://files.example/plain.png")
    assert found.url_digests == tuple(hashlib.sha256(each.value.encode()).hexdigest() for each in references)
    text = next((folder / ".vidgo" / "results").glob("*.json")).read_text()
    assert "signature" not in text and "word" not in text


def test_what_a_record_of_format_3_holds_comes_back_as_it_was_written(
    open_harness: Callable[..., EngineHarness],
) -> None:
    found = recorded(open_harness())
    full = json.loads(found.to_json())
    full |= {
        "note": "a checksum of its text is wrong",
        "seed": 7,
        "draws": [["choice(['red', 'blue'])", "red"]],
    }
    again = read_record(json.dumps(full).encode(), "it")
    assert json.loads(again.to_json()) == full
    assert again.draws == (("choice(['red', 'blue'])", "red"),)
