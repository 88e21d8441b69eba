"""The store of results, in a folder or a bucket: laid out as promised, whole or not at all, never overwritten."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.stage.pictures import PNG, picture
from tests.store.shelves import Shelf, store_at
from tests.store.things import DIGEST, PRINT, keep, record
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.address import is_url
from vidgo_notebook.store.results import ResultStore, find_store

OTHER = picture(shade=7)


ANYWHERE = pytest.mark.parametrize("shelf", ["folder", "memory"], indirect=True)
"""For the many cases of what a record says: it is read alike wherever it lies, and a bucket takes its time."""
RECORD = f"results/{PRINT}.json"
OBJECT = f"objects/{DIGEST[:2]}/{DIGEST}.png"


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_kept_picture_lies_where_the_design_says(store: ResultStore, shelf: Shelf) -> None:
    kept, path = keep(store)
    assert shelf.names() == {RECORD, OBJECT}
    assert path.read_bytes() == PNG
    assert path == store.object_path(kept) == store.picture(kept)
    assert store.find(PRINT) == kept


def test_another_machine_has_the_same_picture_in_a_file_of_its_own(store: ResultStore, shelf: Shelf) -> None:
    kept, _ = keep(store)
    there = shelf.open()
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


def test_what_is_derived_or_unfinished_stays_out_of_git(folder_store: ResultStore) -> None:
    keep(folder_store)
    folder_store.keep_preview("a.jpg", b"preview")
    ignore = folder_store.folder / ".gitignore"
    lines = ignore.read_text().splitlines()
    assert {"previews/", "tmp/"} <= set(lines)
    assert not {"results/", "objects/", "*"} & set(lines)
    ignore.write_text("mine\n")
    keep(folder_store)
    assert ignore.read_text() == "mine\n"


def test_a_preview_comes_back_and_is_not_shared(store: ResultStore, shelf: Shelf) -> None:
    """It is derived: whoever wants it makes it, and nobody uploads it."""
    store.keep_preview("a.jpg", b"preview")
    assert store.preview("a.jpg") == b"preview"
    assert shelf.names() <= {"previews/a.jpg"}


def test_a_record_is_sorted_json_with_one_line_for_each_field(store: ResultStore, shelf: Shelf) -> None:
    keep(store)
    text = shelf.read(RECORD).decode()
    keys = [line.split('"')[1] for line in text.splitlines() if line.startswith(' "')]
    assert keys == sorted(keys)
    assert json.loads(text)["prompt"] == "A red bicycle – “quoted”"
    assert "“quoted”" in text  # readable in a diff
    assert text.endswith("}\n")


def test_the_same_record_is_the_same_bytes(store: ResultStore, shelf: Shelf) -> None:
    keep(store)
    before = shelf.read(RECORD)
    keep(store)
    assert shelf.read(RECORD) == before
    assert shelf.names() == {RECORD, OBJECT}


def test_nothing_is_made_by_looking(store: ResultStore, shelf: Shelf) -> None:
    assert store.find(PRINT) is None
    assert store.picture(record()) is None
    assert list(store.records()) == []
    assert store.preview("a.jpg") is None
    assert shelf.names() == set()
    assert store.folder is None or not store.folder.exists()


def test_a_picture_that_was_damaged_or_removed_is_not_shown_as_good(store: ResultStore, shelf: Shelf) -> None:
    kept, _ = keep(store)
    shelf.write(OBJECT, PNG[:-1])
    assert shelf.open().picture(kept) is None
    shelf.write(OBJECT, b"a text file")
    assert shelf.open().picture(kept) is None
    shelf.remove(OBJECT)
    assert shelf.open().picture(kept) is None


def test_the_copy_on_this_machine_is_checked_too(store: ResultStore, shelf: Shelf) -> None:
    kept, path = keep(store)
    path.write_bytes(PNG[:-1])
    found = store.picture(kept)
    assert (found is None) if store.folder else (found == path and path.read_bytes() == PNG)  # fetched again
    path.unlink()
    path.mkdir()
    assert not store.folder or store.picture(kept) is None


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
}


@ANYWHERE
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_record_that_cannot_be_trusted_is_named_and_left_alone(
    damage: object, store: ResultStore, shelf: Shelf
) -> None:
    keep(store)
    if isinstance(damage, dict):
        damage = json.dumps({**json.loads(shelf.read(RECORD)), **damage})
    content = damage if isinstance(damage, bytes) else str(damage).encode()
    shelf.write(RECORD, content)
    with pytest.raises(StoreError, match=f"{PRINT}.json"):
        store.find(PRINT)
    with pytest.raises(StoreError, match=f"{PRINT}.json"):
        list(store.records())
    assert shelf.read(RECORD) == content


@ANYWHERE
@pytest.mark.parametrize("field", ["digest", "fingerprint", "prompt", "width", "fields", "media_type", "provider"])
def test_a_record_that_lacks_a_field_is_named(field: str, store: ResultStore, shelf: Shelf) -> None:
    keep(store)
    data = json.loads(shelf.read(RECORD))
    del data[field]
    shelf.write(RECORD, json.dumps(data).encode())
    with pytest.raises(StoreError, match="fields are missing"):
        store.find(PRINT)


def test_a_record_of_a_newer_version_says_what_to_install(store: ResultStore, shelf: Shelf) -> None:
    keep(store)
    shelf.write(RECORD, json.dumps({"format": 3, "whatever": 1}).encode())
    with pytest.raises(StoreError, match="format 3") as caught:
        store.find(PRINT)
    assert "pip install -U" in str(caught.value)


def test_a_record_under_another_pictures_name_is_refused(store: ResultStore, shelf: Shelf) -> None:
    keep(store)
    shelf.write(f"results/{'e' * 64}.json", shelf.read(RECORD))
    with pytest.raises(StoreError, match="another picture"):
        store.find("e" * 64)


def test_a_damaged_record_is_kept_aside_when_its_picture_arrives(store: ResultStore, shelf: Shelf) -> None:
    """It was found damaged only after the money was spent: the picture is kept, the evidence too."""
    keep(store)
    shelf.write(RECORD, b"scribbled over")
    keep(store)
    assert store.find(PRINT) == record()
    (aside,) = [name for name in shelf.names() if "damaged" in name]
    assert shelf.read(aside) == b"scribbled over"


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
    with pytest.raises(StoreError, match="leads out of the store"):
        store.find(PRINT) if part == "results" else store.picture(kept)
    with pytest.raises(StoreError, match="leads out of the store"):
        keep(store, OTHER, generation=1)
    assert files(outside) == before


def test_a_file_that_is_a_link_out_of_the_store_is_not_followed(folder_store: ResultStore, tmp_path: Path) -> None:
    store = folder_store
    kept, path = keep(store)
    outside = tmp_path / "secret.png"
    path.rename(outside)
    path.symlink_to(outside)
    with pytest.raises(StoreError, match="leads out of the store"):
        store.picture(kept)
    record_path = store.folder / "results" / f"{PRINT}.json"
    record_path.rename(tmp_path / "secret.json")
    record_path.symlink_to(tmp_path / "secret.json")
    with pytest.raises(StoreError, match="leads out of the store"):
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


# Generations


def test_buying_again_supersedes_and_keeps_the_older_record(store: ResultStore, shelf: Shelf) -> None:
    first, old_path = keep(store)
    second, new_path = keep(store, OTHER, generation=1)
    assert store.find(PRINT) == second
    assert list(store.records()) == [second]
    assert (old_path.read_bytes(), new_path.read_bytes()) == (PNG, OTHER)
    aside = json.loads(shelf.read(f"results/{PRINT}.0.json"))
    assert aside["digest"] == first.digest


def test_an_older_generation_that_arrives_late_does_not_replace_a_newer_one(store: ResultStore, shelf: Shelf) -> None:
    """It was uncertain, then found again, after --fresh had bought another."""
    newer, _ = keep(store, OTHER, generation=1)
    older, path = keep(store, PNG, generation=0)
    assert store.find(PRINT) == newer
    assert path.read_bytes() == PNG
    aside = json.loads(shelf.read(f"results/{PRINT}.0.json"))
    assert aside["digest"] == older.digest


def test_superseded_generations_can_be_removed_and_nothing_else_goes(store: ResultStore, shelf: Shelf) -> None:
    keep(store)
    second, _ = keep(store, OTHER, generation=1)
    other, _ = keep(store, PNG, fingerprint="e" * 64)  # shares its picture with the superseded one
    ((name, superseded),) = store.superseded()
    assert (name, superseded.generation) == (f"{PRINT}.0.json", 0)
    store.remove([(name, superseded)])
    assert store.superseded() == []
    assert list(store.records()) == [other, second]
    assert store.picture(other) is not None
    assert store.picture(second) is not None
    store.remove([(f"{PRINT}.json", second)])
    assert shelf.open().picture(second) is None  # nobody showed it any more, so its file is gone
    assert shelf.names() == {f"results/{'e' * 64}.json", OBJECT}


def test_what_changed_since_it_was_shown_is_not_removed(store: ResultStore) -> None:
    """Between the list and the yes another kernel bought a fresh picture: it was not in the list."""
    shown, _ = keep(store)
    fresh, _ = keep(store, OTHER, generation=1)
    store.remove([(f"{PRINT}.json", shown)])
    assert store.find(PRINT) == fresh
    assert store.picture(fresh) is not None
    assert [old for _, old in store.superseded()] == [shown]


def test_nothing_is_removed_while_a_record_cannot_be_read(store: ResultStore, shelf: Shelf) -> None:
    """Nobody knows which picture it shows: perhaps one that would go."""
    keep(store)
    keep(store, OTHER, generation=1)
    shelf.write(f"results/{'e' * 64}.json", b"{")
    before = shelf.names()
    with pytest.raises(StoreError, match="it is not JSON"):
        store.remove(store.superseded())
    assert shelf.names() == before


def test_nothing_outside_the_store_is_removed(folder_store: ResultStore, folder: Path) -> None:
    keep(folder_store)
    keep(folder_store, OTHER, generation=1)
    objects = folder / ".vidgo" / "objects"
    objects.rename(folder / "elsewhere")
    objects.symlink_to(folder / "elsewhere")
    with pytest.raises(StoreError, match="leads out of the store"):
        folder_store.remove(folder_store.superseded())
    assert len(list((folder / "elsewhere").glob("*/*"))) == 2


# Several writers


def test_threads_that_write_one_result_end_with_one_good_record(store: ResultStore, shelf: Shelf) -> None:
    start = threading.Barrier(12)

    def write(number: int) -> None:
        start.wait()
        for _ in range(3):
            keep(store)

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(write, range(12)))
    assert store.find(PRINT) == record()
    assert store.picture(record()) is not None
    assert shelf.names() == {RECORD, OBJECT}


def test_a_reader_never_meets_a_gap_while_a_new_generation_is_written(store: ResultStore) -> None:
    """In a gap it would buy the picture again."""
    keep(store)
    over, missed = threading.Event(), []

    def read() -> None:
        while not over.is_set():
            if store.find(PRINT) is None:
                missed.append(1)

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        for generation in range(1, 60 if store.folder else 10):
            keep(store, OTHER, generation=generation)
        over.set()
        for reader in readers:
            reader.result()
    assert missed == []


def test_writers_of_one_new_generation_do_not_trip_over_one_another(store: ResultStore) -> None:
    keep(store)
    start = threading.Barrier(8)

    def write(generation: int) -> None:
        start.wait()
        keep(store, OTHER, generation=1)

    for _ in range(10 if store.folder else 2):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(write, range(8)))
    found = store.find(PRINT)
    assert found is not None
    assert found.generation == 1


def _write_from_a_process(address: str, cache: Path) -> None:
    for _ in range(20 if not is_url(address) else 5):
        keep(store_at(address, cache))


def test_processes_that_write_one_result_end_with_one_good_record(
    store: ResultStore, shelf: Shelf, tmp_path: Path
) -> None:
    if shelf.address.startswith("memory:"):
        pytest.skip("memory is not shared by processes")
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=_write_from_a_process, args=(shelf.address, tmp_path / f"machine-{number}"))
        for number in range(2)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert store.find(PRINT) == record()
    assert shelf.names() == {RECORD, OBJECT}


# Where nothing can be written


@pytest.mark.parametrize("depth", ["", "deeper", "deeper/still"])
def test_a_store_that_cannot_be_written_says_so_before_money_is_spent(depth: str, folder: Path) -> None:
    (folder / "file").write_text("a file where a folder should be")
    with pytest.raises(StoreError, match="can't be written") as caught:
        ResultStore(folder / "file" / depth).check_writable()
    assert "VIDGO_STORE" in str(caught.value)


def test_a_disk_without_room_for_the_pictures_says_so_before_money_is_spent(folder: Path) -> None:
    store = ResultStore(folder / ".vidgo")
    store.check_writable(room=1)
    with pytest.raises(StoreError, match="may take") as caught:
        store.check_writable(room=shutil.disk_usage(folder).total * 2)
    assert "VIDGO_STORE" in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="the limit is POSIX")
def test_a_disk_that_takes_no_bytes_is_not_called_writable(folder: Path) -> None:
    """A full one still lets a file of no bytes be made."""
    code = (
        "import pathlib, resource, signal, vidgo_notebook.store.results as results\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "results.ResultStore(pathlib.Path('store')).check_writable()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "StoreError: The store" in done.stderr
    assert "can't be written" in done.stderr


def test_what_lies_in_place_of_a_picture_is_kept_beside_it(folder_store: ResultStore) -> None:
    _, path = keep(folder_store)
    path.write_bytes(b"somebody's text")
    keep(folder_store)
    assert path.read_bytes() == PNG
    (aside,) = path.parent.glob("*damaged-*")
    assert aside.read_bytes() == b"somebody's text"


def test_kernels_that_mend_one_damaged_picture_at_once_leave_no_gap(folder_store: ResultStore) -> None:
    """Each has the picture from when it brought it, whatever the others are still doing."""
    kept, path = keep(folder_store)
    missed = []

    def mend(start: threading.Barrier) -> None:
        start.wait()
        keep(folder_store)
        missed.extend(1 for _ in range(20) if folder_store.picture(kept) is None)

    for _ in range(30):
        path.write_bytes(PNG[:-1])
        start = threading.Barrier(8)
        with ThreadPoolExecutor(8) as pool:
            for done in [pool.submit(mend, start) for _ in range(8)]:
                done.result()
    assert missed == []


def test_asking_whether_a_store_can_be_written_leaves_nothing_behind(store: ResultStore, shelf: Shelf) -> None:
    store.check_writable()
    assert shelf.names() == set()


def test_previews_are_a_convenience_that_may_fail(folder: Path) -> None:
    (folder / "file").write_text("x")
    broken = ResultStore(folder / "file")
    broken.keep_preview("a.jpg", b"x")
    assert broken.preview("a.jpg") is None


# Other stores


def test_a_picture_is_adopted_with_its_record_and_its_digest_checked(
    store: ResultStore, shelf: Shelf, tmp_path: Path
) -> None:
    other = ResultStore(tmp_path / "other")
    kept, path = keep(other)
    assert store.adopt(other, kept) == store.object_path(kept)
    assert store.find(PRINT) == kept
    assert path.exists()
    there = ResultStore(tmp_path / "third")
    assert there.adopt(shelf.open(), kept) == there.object_path(kept)


def test_a_damaged_picture_is_not_adopted(store: ResultStore, tmp_path: Path) -> None:
    other = ResultStore(tmp_path / "other")
    kept, path = keep(other)
    path.write_text("damaged")
    assert store.adopt(other, kept) is None
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
