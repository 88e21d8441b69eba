"""Everything that may stand for an image, what identifies it, and in which order it travels."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.fixtures.live_session import EDIT, PATIENCE, LiveSession, OpenLiveSession, sent_urls, tasks, uploaded
from tests.fixtures.pil_images import noise, same_look
from tests.fixtures.sample_pictures import PNG, picture
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.request.build import from_json, to_json
from vidgo_notebook.domain.request import Reference, fingerprint
from vidgo_notebook.emulator import Emulator
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.errors import RequestError

DIGEST = hashlib.sha256(PNG).hexdigest()
SHELF = "https://example.com/shelf.png?sig=1"


def references(live: LiveSession, image: Any) -> tuple[Reference, ...]:
    return live.request("x", image).references


@pytest.mark.parametrize(
    "held",
    [
        lambda: "shelf.png",
        lambda: "./shelf.png",
        lambda: str(Path("shelf.png").absolute()),
        lambda: Path("shelf.png"),
        lambda: PNG,
        lambda: bytearray(PNG),
        lambda: memoryview(PNG),
        lambda: [PNG],
        lambda: ([Path("shelf.png")],),
    ],
    ids=["text", "here", "absolute", "path", "bytes", "bytearray", "memoryview", "list", "nested"],
)
def test_a_file_is_known_by_its_bytes_however_it_is_given(held: Callable[[], Any], live: LiveSession) -> None:
    Path("shelf.png").write_bytes(PNG)
    assert [found.identity for found in references(live, held())] == [f"bytes:{DIGEST}"]


def test_a_tilde_is_the_home_folder(live: LiveSession) -> None:
    Path("~/shelf.png").expanduser().write_bytes(PNG)
    assert references(live, "~/shelf.png") == references(live, Path("~/shelf.png")) == references(live, PNG)


def test_a_file_is_known_by_what_it_held_when_the_cell_ran(live: LiveSession, emulator: Emulator) -> None:
    Path("shelf.png").write_bytes(PNG)
    request = live.request("x", "shelf.png")
    Path("shelf.png").write_bytes(picture(shade=7))
    order_jobs(live.session, [request])[0].result(PATIENCE)
    assert uploaded(emulator) == [PNG]


def test_a_url_is_known_by_its_text_and_goes_as_it_is(live: LiveSession, emulator: Emulator) -> None:
    (found,) = references(live, SHELF)
    assert found.identity == f"url:{SHELF}"
    live.made("x", SHELF)
    assert sent_urls(emulator) == [[SHELF]]
    assert emulator.count("upload") == 0


def test_a_signed_urls_query_is_not_kept_in_the_record(live: LiveSession) -> None:
    assert live.made("x", SHELF).record.references == ("url:https://example.com/shelf.png",)


def test_a_finished_job_and_its_result_are_the_same_earlier_picture(live: LiveSession, emulator: Emulator) -> None:
    job = live.ask("A cup")
    cup = job.result(PATIENCE)
    for held in (job, cup, Batch([job]), [[cup]]):
        (found,) = references(live, held)
        assert (found.identity, found.parent) == (f"bytes:{cup.digest}", cup.record.fingerprint)
    live.made("On a shelf", cup)
    assert uploaded(emulator) == [cup.bytes]


def test_images_travel_in_the_order_in_which_they_were_given(live: LiveSession, emulator: Emulator) -> None:
    shades = [picture(shade=shade) for shade in (10, 20, 30)]
    live.made("x", [shades[2], SHELF, [shades[0], (shades[1],)]])
    (urls,) = sent_urls(emulator)
    where = {f"https://api.example/uploads/{upload.path}": upload.digest for upload in emulator.uploads}
    assert [where.get(url, url) for url in urls] == [
        hashlib.sha256(shades[2]).hexdigest(),
        SHELF,
        hashlib.sha256(shades[0]).hexdigest(),
        hashlib.sha256(shades[1]).hexdigest(),
    ]


def test_the_names_of_images_in_a_list_tell_which_one_is_meant(live: LiveSession) -> None:
    from vidgo_notebook.app.request.images import Named

    with pytest.raises(RequestError, match=r"image 3 \(frames\[1\]\[1\]\): it is empty"):
        references(live, Named([PNG, [PNG, b""]], "frames"))


@pytest.mark.parametrize("model", [EDIT, "flux-2-pro-edit"])
def test_as_many_images_as_the_model_takes_all_arrive(model: str, live: LiveSession, emulator: Emulator) -> None:
    shades = [noise("RGB", seed=seed) for seed in range(8)]
    live.made("x", shades, model=model)
    assert len(tasks(emulator)[0].request.references) == 8
    assert [
        same_look(Image.open(file), held) for file, held in zip(map(as_file, uploaded(emulator)), shades, strict=True)
    ]


def as_file(data: bytes) -> Any:
    import io

    return io.BytesIO(data)


# Identity


def mark(live: LiveSession, image: Any, **fields: Any) -> str:
    return fingerprint(live.request("x", image, **fields), "vidgo")


def test_one_edit_has_one_fingerprint_however_its_image_is_held(live: LiveSession) -> None:
    Path("shelf.png").write_bytes(PNG)
    Path("copy of shelf.jpg").write_bytes(PNG)
    assert len({mark(live, held) for held in ("shelf.png", "copy of shelf.jpg", PNG, bytearray(PNG))}) == 1
    array = np.asarray(Image.open("shelf.png"))
    assert len({mark(live, held) for held in (Image.open("shelf.png"), array, array / 255)}) == 1


def test_another_image_another_order_or_one_more_is_another_edit(live: LiveSession) -> None:
    one, two = picture(shade=1), picture(shade=2)
    marks = [mark(live, images) for images in ([one], [two], [one, two], [two, one], [one, one], [one, one, two])]
    assert len(set(marks)) == 6


def test_a_callback_and_a_files_name_are_no_part_of_the_identity(live: LiveSession) -> None:
    Path("a.png").write_bytes(PNG)
    Path("b.png").write_bytes(PNG)
    assert mark(live, "a.png") == mark(live, "b.png", callback_url="https://example.com/hook")


def test_an_edit_of_an_earlier_picture_is_stored_under_its_bytes(
    open_live: OpenLiveSession, emulator: Emulator
) -> None:
    """So the picture's own file, given as a file, asks for the very same edit."""
    live = open_live()
    cup = live.made("A cup")
    edit = live.made("On a shelf", cup)
    asked = emulator.count()
    again = open_live().ask("On a shelf", cup.path)
    assert again.done()
    assert again.result().digest == edit.digest
    assert emulator.count() == asked


def test_the_journal_keeps_what_identifies_an_image_and_not_the_image(live: LiveSession) -> None:
    request = live.request("x", [PNG, SHELF, noise("RGB")])
    kept = to_json(request)
    assert from_json(kept) == request
    assert len(kept) < 1_000


# The model


def test_without_a_model_images_go_to_the_edit_sibling_of_the_default(open_live: OpenLiveSession) -> None:
    live = open_live()
    assert live.request("x").model == "gpt-image-2"
    assert live.request("x", PNG).model == "gpt-image-2-edit"
    assert open_live(model="flux-2-flex").request("x", PNG).model == "flux-2-flex-edit"
    assert open_live(model="flux-2-pro-edit").request("x", PNG).model == "flux-2-pro-edit"


def test_a_text_only_model_that_is_named_with_images_offers_its_sibling(live: LiveSession, emulator: Emulator) -> None:
    with pytest.raises(RequestError) as refused:
        live.ask("x", PNG, model="gpt-image-2")
    (problem,) = refused.value.problems
    assert (problem.field, problem.suggestion) == ("image", "--model gpt-image-2-edit")
    assert emulator.count() == 0


@pytest.mark.parametrize("model", ["flux-2-pro", "flux-2-flex"])
def test_where_only_a_sister_service_forbids_images_it_is_advice(model: str, live: LiveSession) -> None:
    request = live.request("x", PNG, model=model)
    (advice,) = live.session.quote(request).advice
    assert f"{model}-edit edits them" in str(advice)


def test_an_edit_model_without_an_image_says_what_is_missing(live: LiveSession) -> None:
    with pytest.raises(RequestError, match="needs at least one image to edit"):
        live.request("x", model=EDIT)
