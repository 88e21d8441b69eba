"""One's own reference images: kept as they are sent, before the picture is paid for, once, and known to its record."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.fixtures.live_session import LiveSession, OpenLiveSession, uploaded
from tests.fixtures.sample_pictures import PNG, picture
from vidgo_notebook.emulator import Emulator, Fault
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.record import ReferenceFile, ResultRecord
from vidgo_notebook.store.results.record_file import read_record
from vidgo_notebook.store.results.result_store import ResultStore

REFERENCES = Path(".vidgo/references")


def kept() -> list[Path]:
    return sorted(path for path in REFERENCES.rglob("*") if path.is_file())


def only(record: ResultRecord) -> ReferenceFile:
    (file,) = record.reference_files.values()
    return file


def rotated_photo() -> bytes:
    """A photograph that is held upright, with the place where it was taken."""
    file, image = io.BytesIO(), Image.effect_mandelbrot((80, 40), (-2, -1, 1, 1), 30).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    image.save(file, "JPEG", exif=exif)
    return file.getvalue()


def test_a_file_is_kept_as_it_was_sent_and_the_record_says_which_it_is(live: LiveSession, emulator: Emulator) -> None:
    Path("shelf.png").write_bytes(PNG)
    record = live.made("Put a cup on the shelf", "shelf.png").record
    digest = hashlib.sha256(PNG).hexdigest()
    assert record.reference_files == {f"bytes:{digest}": ReferenceFile("shelf.png", digest, "image/png", len(PNG))}
    assert [path.read_bytes() for path in kept()] == uploaded(emulator) == [PNG]
    assert kept() == [REFERENCES / digest[:2] / f"{digest}.png"]
    assert live.session.store.find(record.fingerprint) == record


def test_a_rotated_photo_is_kept_upright_and_without_its_place_and_keeps_its_identity(
    live: LiveSession, emulator: Emulator
) -> None:
    photo = rotated_photo()
    record = live.made("Put a cup on the shelf", photo).record
    file = only(record)
    assert record.references == (f"bytes:{hashlib.sha256(photo).hexdigest()}",)
    assert [path.read_bytes() for path in kept()] == uploaded(emulator)
    (path,) = kept()
    image = Image.open(path)
    assert image.size == (40, 80) and not image.getexif().get_ifd(0x8825) and file.digest == path.stem


@pytest.mark.parametrize("image", [Image.open(io.BytesIO(PNG)), np.full((20, 30, 3), 90, np.uint8)])
def test_images_and_arrays_are_kept_too(image: Any, live: LiveSession, emulator: Emulator) -> None:
    record = live.made("Put a cup on the shelf", image).record
    assert list(record.reference_files) == list(record.references)
    assert only(record).name in ("a PIL image", "an array")
    assert [path.read_bytes() for path in kept()] == uploaded(emulator)


def test_an_image_is_kept_once_for_many_edits_also_where_it_was_uploaded_before(
    open_live: OpenLiveSession, emulator: Emulator
) -> None:
    live = open_live()
    records = [live.made(prompt, PNG).record for prompt in ("one", "two")]
    other = open_live(store="elsewhere").made("three", PNG)
    assert emulator.count("upload") == 1
    assert len(kept()) == 1 and other.store and other.store.references.find(only(other.record))
    assert {only(each).digest for each in [*records, other.record]} == {hashlib.sha256(PNG).hexdigest()}


def test_a_picture_made_here_and_a_url_are_not_kept(live: LiveSession) -> None:
    hero = live.made("A red bicycle")
    edits = [live.made("Blue", hero), live.made("Green", hero.bytes), live.made("Grey", "https://files.example/a.png")]
    assert kept() == [] and all(edit.record.reference_files == {} for edit in edits)
    assert list(edits[2].record.inputs) == ["url:https://files.example/a.png"]


def test_a_file_of_the_store_itself_is_not_kept_twice(open_live: OpenLiveSession, folder: Path) -> None:
    path = open_live().made("A red bicycle").path
    reader = open_live(journal=str(folder / "of-another.sqlite3"))
    edit = reader.made("Blue", path)
    assert kept() == [] and edit.store and edit.store.references.find(only(edit.record)) == path


def test_without_the_setting_nothing_is_kept_and_the_record_has_the_name(live: LiveSession) -> None:
    live.session.settings.keep_references = False
    Path("shelf.png").write_bytes(PNG)
    edit = live.made("Put a cup on the shelf", "shelf.png")
    assert kept() == [] and only(edit.record) == ReferenceFile("shelf.png")
    (missing,) = live.session.store.references.missing(edit.record)
    assert "shelf.png" in str(missing) and hashlib.sha256(PNG).hexdigest()[:12] in str(missing)
    assert "not kept" in str(missing) and not missing.was_kept


def test_what_cannot_be_kept_is_not_sent_and_costs_nothing(live: LiveSession, emulator: Emulator) -> None:
    REFERENCES.parent.mkdir()
    REFERENCES.write_text("in the way")
    job = live.ask("Put a cup on the shelf", PNG)
    with pytest.raises(StoreError, match="can't be kept") as caught:
        job.result(90)
    assert "keep_references=False" in str(caught.value)
    assert emulator.count("submit") == 0 and job.charge == 0 and not live.session.journal.all_under_way()
    live.session.settings.keep_references = False
    assert live.made("Put a cup on the shelf", PNG).record.charged is not None


def test_a_kernel_that_takes_over_after_the_submit_knows_what_was_sent(
    open_live: OpenLiveSession, emulator: Emulator
) -> None:
    emulator.faults.add(Fault("status", status=503, times=1000))
    first = open_live()
    job = first.ask("Put a cup on the shelf", [PNG, picture("JPEG")])
    while job.status != "not_started":
        first.session.engine.write(lambda _: None).result(60)
    first.close()
    emulator.faults.clear()
    second = open_live()
    from vidgo_notebook.app.purchase.resume import resume

    (again,) = resume(second.session)
    record = again.result(90).record
    assert sorted(file.digest for file in record.reference_files.values()) == sorted(path.stem for path in kept())
    assert len(kept()) == 2


def test_a_copy_in_another_store_brings_the_images(open_live: OpenLiveSession, emulator: Emulator) -> None:
    open_live().made("Put a cup on the shelf", PNG)
    found = open_live(store="elsewhere").made("Put a cup on the shelf", PNG)
    assert emulator.count("submit") == 1
    assert found.store and found.store.references.missing(found.record) == []


def test_a_record_without_own_images_is_byte_for_byte_what_it_was_before(live: LiveSession) -> None:
    record = live.made("A red bicycle").record
    text = record.to_json()
    assert "reference_files" not in text
    assert read_record(text.encode(), "x").sha256 == record.sha256


@pytest.mark.parametrize(
    "edit",
    [
        {"digest": "../../../etc/passwd"},
        {"media_type": "../x"},
        {"size_bytes": -1},
        {"name": 3},
        {"name": "x" * 501},
        {"digest": "", "media_type": "image/png"},
        {"more": 1},
    ],
)
def test_an_edited_entry_that_could_lead_elsewhere_is_refused(edit: dict[str, Any], live: LiveSession) -> None:
    record = live.made("Put a cup on the shelf", PNG).record
    values = record.as_values()
    (identity,) = values["reference_files"]
    values["reference_files"][identity] |= edit
    import json

    with pytest.raises(StoreError, match="reference_files is not valid"):
        read_record(json.dumps(values).encode(), "x")
    values["reference_files"] = {"bytes:" + "0" * 64: {"name": "", "digest": "", "media_type": "", "size_bytes": 0}}
    with pytest.raises(StoreError, match="reference_files are not of its references"):
        read_record(json.dumps(values).encode(), "x")


@pytest.mark.parametrize("name", ["a\nb.png", "x\udce9.png", "<b>.png", "ab\u202egnp.exe"])
def test_a_hostile_name_is_kept_as_visible_text(name: str, live: LiveSession) -> None:
    Path(name).write_bytes(PNG)
    record = live.made("Put a cup on the shelf", Path(name)).record
    assert only(read_record(record.to_json().encode(), "x")).name.isprintable()


def test_a_link_in_the_place_of_an_image_is_not_followed(live: LiveSession, tmp_path: Path) -> None:
    record = live.made("Put a cup on the shelf", PNG).record
    (path,) = kept()
    path.rename(tmp_path / "elsewhere.png")
    path.symlink_to(tmp_path / "elsewhere.png")
    (missing,) = live.session.store.references.missing(record)
    assert missing.was_kept and "link" in missing.problem


def test_prune_deletes_an_image_with_the_last_record_that_needs_it(live: LiveSession) -> None:
    store, one, two = live.session.store, live.made("one", PNG).record, live.made("two", PNG).record
    store.remove([(f"{one.fingerprint}.json", one)])
    assert len(kept()) == 1
    store.remove([(f"{two.fingerprint}.json", two)], spare={only(two).digest})
    assert len(kept()) == 1
    three = live.made("three", PNG).record
    store.remove([(f"{three.fingerprint}.json", three)])
    assert kept() == []


def test_a_store_at_a_url_keeps_them_too(live: LiveSession) -> None:
    live.session.settings.store = "memory://references"
    record = live.made("Put a cup on the shelf", PNG).record
    found = ResultStore("memory://references").references.find(only(record))
    assert found and found.read_bytes() == PNG
