"""The store of results, in a folder or a bucket: laid out as promised, whole or not at all, never overwritten."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.fixtures.sample_pictures import PNG
from tests.fixtures.sample_records import DIGEST, OBJECT, OTHER, PRINT, RECORD, files, keep, record
from tests.fixtures.stores import StoreFiles
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.address import find_store
from vidgo_notebook.store.results.result_store import ResultStore

ANYWHERE = pytest.mark.parametrize("stored", ["folder", "memory"], indirect=True)
"""For the many cases of what a record says: it is read alike wherever it lies, and a bucket takes its time."""


def test_a_kept_picture_lies_where_the_design_says(store: ResultStore, stored: StoreFiles) -> None:
    kept, path = keep(store)
    assert stored.names() == {RECORD, OBJECT}
    assert path.read_bytes() == PNG
    assert path == store.object_path(kept) == store.picture(kept)
    assert store.find(PRINT) == kept


def test_another_machine_has_the_same_picture_in_a_file_of_its_own(store: ResultStore, stored: StoreFiles) -> None:
    kept, _ = keep(store)
    there = stored.open()
    assert there.find(PRINT) == kept
    path = there.picture(kept)
    assert path is not None
    assert path.read_bytes() == PNG
    assert path == there.object_path(kept)


@ANYWHERE
@pytest.mark.parametrize(
    ("media_type", "ending"), [("image/jpeg", "jpg"), ("image/webp", "webp"), ("image/gif", "gif")]
)
def test_a_picture_has_the_ending_of_its_type(media_type: str, ending: str, store: ResultStore) -> None:
    _, path = keep(store, media_type=media_type)
    assert path.name == f"{DIGEST}.{ending}"


def test_what_version_control_must_know_of_a_store_is_written_with_it(folder_store: ResultStore) -> None:
    keep(folder_store)
    ignore, attributes = folder_store.folder / ".gitignore", folder_store.folder / ".gitattributes"
    lines = ignore.read_text().splitlines()
    assert {"previews/", "tmp/"} <= set(lines)
    assert not {"results/", "objects/", "*"} & set(lines)
    assert {"objects/** binary", "results/*.json text eol=lf merge=binary"} <= set(attributes.read_text().splitlines())
    for path in (ignore, attributes):
        path.write_text("mine\n")
    keep(ResultStore(folder_store.folder))
    assert (ignore.read_text(), attributes.read_text()) == ("mine\n", "mine\n")


def test_a_record_is_sorted_json_with_one_line_for_each_field(store: ResultStore, stored: StoreFiles) -> None:
    keep(store)
    text = stored.read(RECORD).decode()
    keys = [line.split('"')[1] for line in text.splitlines() if line.startswith(' "')]
    assert keys == sorted(keys)
    assert json.loads(text)["prompt"] == "A red bicycle – “quoted”"
    assert "“quoted”" in text  # readable in a diff
    assert text.endswith("}\n")


def test_the_same_record_is_the_same_bytes(store: ResultStore, stored: StoreFiles) -> None:
    keep(store)
    before = stored.read(RECORD)
    keep(store)
    assert stored.read(RECORD) == before
    assert stored.names() == {RECORD, OBJECT}


def test_nothing_is_made_by_looking(store: ResultStore, stored: StoreFiles) -> None:
    assert store.find(PRINT) is None
    assert store.picture(record()) is None
    assert store.contents().current == ()
    assert stored.names() == set()
    assert store.folder is None or not store.folder.exists()


def test_a_picture_that_was_damaged_or_removed_is_not_shown_as_good(store: ResultStore, stored: StoreFiles) -> None:
    kept, _ = keep(store)
    stored.write(OBJECT, PNG[:-1])
    assert stored.open().picture(kept) is None
    stored.write(OBJECT, b"a text file")
    assert stored.open().picture(kept) is None
    stored.remove(OBJECT)
    assert stored.open().picture(kept) is None


def test_the_copy_on_this_machine_is_checked_too(store: ResultStore, stored: StoreFiles) -> None:
    kept, path = keep(store)
    path.write_bytes(PNG[:-1])
    found = store.picture(kept)
    assert (found is None) if store.folder else (found == path and path.read_bytes() == PNG)  # fetched again
    path.unlink()
    path.mkdir()
    if store.folder:
        with pytest.raises(StoreError, match="is a folder, not a file"):
            store.picture(kept)


DAMAGE = {
    "not JSON": "{",
    "empty": "",
    "a list": "[]",
    "a number": "7",
    "binary": b"\xff\xfe\x00",
    "deep": "[" * 100_000,
    "an unknown field": {"colour": "red"},
    "a path for a digest": {"digest": "../../../etc/passwd"},
    "a digest in capitals": {"digest": "A" * 64},
    "a digest with a line end": {"digest": "a" * 64 + "\n"},
    "a strange media type": {"media_type": "text/html"},
    "a list for a media type": {"media_type": []},
    "a negative width": {"width": -1},
    "a width in words": {"width": "64"},
    "a truth for a width": {"width": True},
    "a price in words": {"charged": "nothing"},
    "a prompt that is no text": {"prompt": None},
    "fields that are no fields": {"fields": ["a"]},
    "references that are no texts": {"references": [1]},
    "a format that is no number": {"format": "1"},
    "digests of URLs that it does not have": {"url_digests": ["a" * 64]},
    "pixels that are no digest": {"pixels": "many"},
    "a seed in words": {"seed": "seven"},
    "draws that are no pairs": {"draws": [["red"]]},
    "extra fields that are no fields": {"extra_fields": ["background"]},
}


@ANYWHERE
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_record_that_cannot_be_trusted_is_named_and_left_alone(
    damage: object, store: ResultStore, stored: StoreFiles
) -> None:
    keep(store)
    if isinstance(damage, dict):
        damage = json.dumps({**json.loads(stored.read(RECORD)), **damage})
    content = damage if isinstance(damage, bytes) else str(damage).encode()
    stored.write(RECORD, content)
    with pytest.raises(StoreError, match=f"{PRINT}.json"):
        store.find(PRINT)
    [fault] = store.contents().faults
    assert fault.name == RECORD
    assert stored.read(RECORD) == content


@ANYWHERE
@pytest.mark.parametrize("field", ["digest", "fingerprint", "prompt", "width", "fields", "media_type", "provider"])
def test_a_record_that_lacks_a_field_is_named(field: str, store: ResultStore, stored: StoreFiles) -> None:
    keep(store)
    data = json.loads(stored.read(RECORD))
    del data[field]
    stored.write(RECORD, json.dumps(data).encode())
    with pytest.raises(StoreError, match="fields are missing"):
        store.find(PRINT)


def test_a_record_of_a_newer_version_says_what_to_install(store: ResultStore, stored: StoreFiles) -> None:
    keep(store)
    stored.write(RECORD, json.dumps({"format": 4, "whatever": 1}).encode())
    with pytest.raises(StoreError, match="format 4") as caught:
        store.find(PRINT)
    assert "pip install -U" in str(caught.value)


def test_a_record_under_another_pictures_name_is_refused(store: ResultStore, stored: StoreFiles) -> None:
    keep(store)
    stored.write(f"results/{'e' * 64}.json", stored.read(RECORD))
    with pytest.raises(StoreError, match="another picture"):
        store.find("e" * 64)


def test_a_damaged_record_is_kept_aside_when_its_picture_arrives(store: ResultStore, stored: StoreFiles) -> None:
    """It was found damaged only after the money was spent: the picture is kept, the evidence too."""
    keep(store)
    stored.write(RECORD, b"scribbled over")
    keep(store)
    assert store.find(PRINT) == record()
    (aside,) = [name for name in stored.names() if "damaged" in name]
    assert stored.read(aside) == b"scribbled over"


@pytest.mark.parametrize("part", ["results", "objects"])
def test_a_folder_that_is_a_link_out_of_the_store_is_not_followed(
    part: str, folder_store: ResultStore, tmp_path: Path
) -> None:
    store = folder_store
    kept, _ = keep(store)
    outside = tmp_path / "outside"
    shutil.move(store.folder / part, outside)
    (store.folder / part).symlink_to(outside)
    before = files(outside)
    with pytest.raises(StoreError, match="is a link; it was not followed"):
        store.find(PRINT) if part == "results" else store.picture(kept)
    with pytest.raises(StoreError, match="is a link; it was not followed"):
        keep(store, OTHER, generation=1)
    assert files(outside) == before


def test_a_file_that_is_a_link_out_of_the_store_is_not_followed(folder_store: ResultStore, tmp_path: Path) -> None:
    store = folder_store
    kept, path = keep(store)
    outside = tmp_path / "secret.png"
    path.rename(outside)
    path.symlink_to(outside)
    with pytest.raises(StoreError, match="is a link; it was not followed"):
        store.picture(kept)
    record_path = store.folder / "results" / f"{PRINT}.json"
    record_path.rename(tmp_path / "secret.json")
    record_path.symlink_to(tmp_path / "secret.json")
    with pytest.raises(StoreError, match="is a link; it was not followed"):
        store.find(PRINT)
    before = (tmp_path / "secret.json").read_bytes(), outside.read_bytes()
    keep(store, OTHER, generation=1)
    assert ((tmp_path / "secret.json").read_bytes(), outside.read_bytes()) == before
    assert store.find(PRINT) == record(OTHER, generation=1)


def test_a_store_that_is_itself_a_link_works(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (folder / ".vidgo").symlink_to(tmp_path / "elsewhere")
    store = ResultStore(folder / ".vidgo")
    kept, _ = keep(store)
    assert store.find(PRINT) == kept
    assert store.picture(kept) is not None


# Other stores


def test_a_picture_is_adopted_with_its_record_and_its_digest_checked(
    store: ResultStore, stored: StoreFiles, tmp_path: Path
) -> None:
    other = ResultStore(tmp_path / "other")
    kept, path = keep(other)
    assert store.copy_from(other, kept) == store.object_path(kept)
    assert store.find(PRINT) == kept
    assert path.exists()
    there = ResultStore(tmp_path / "third")
    assert there.copy_from(stored.open(), kept) == there.object_path(kept)


def test_a_damaged_picture_is_not_adopted(store: ResultStore, tmp_path: Path) -> None:
    other = ResultStore(tmp_path / "other")
    kept, path = keep(other)
    path.write_text("damaged")
    assert store.copy_from(other, kept) is None
    assert store.find(PRINT) is None


def test_the_store_is_looked_for_upwards(folder: Path) -> None:
    deep = folder / "a" / "b" / "c"
    deep.mkdir(parents=True)
    assert find_store(deep) == deep / ".vidgo"
    (folder / ".vidgo").mkdir()
    assert find_store(deep) == folder / ".vidgo"
    (folder / "a" / "b" / ".vidgo").write_text("a file is no store")
    assert find_store(deep) == folder / ".vidgo"
    (folder / "a" / ".vidgo").mkdir()
    assert find_store(deep) == folder / "a" / ".vidgo"
