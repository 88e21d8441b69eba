"""A store under another folder is only read: what is written, replaced or deleted is in the folder above."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.sample_pictures import PNG
from tests.fixtures.sample_records import OTHER, PRINT, keep
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.frozen import Frozen
from vidgo_notebook.store.results.local_files import LocalFolder
from vidgo_notebook.store.results.overlay import OverlaidFiles
from vidgo_notebook.store.results.result_store import ResultStore


@pytest.fixture
def below(tmp_path: Path) -> ResultStore:
    store = ResultStore(tmp_path / "below")
    keep(store)
    return store


def over(below: ResultStore, above: Path) -> ResultStore:
    return ResultStore(OverlaidFiles(below.files, above))


def everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in found}


def test_what_is_kept_fresh_and_deleted_leaves_the_store_as_it_is(below: ResultStore, tmp_path: Path) -> None:
    assert below.folder
    before = everything(below.folder)
    store = over(below, tmp_path / "above")
    assert store.address == below.address
    assert store.find(PRINT) == below.find(PRINT)
    kept, path = keep(store, OTHER, prompt="Another")
    fresh, _ = keep(store, OTHER, generation=1)
    again = over(below, tmp_path / "above")  # as another process of the same rehearsal sees it
    assert again.find(kept.fingerprint) == kept
    assert again.picture(kept) == path
    assert again.find(PRINT) == fresh
    assert [record.digest for record in again.superseded(PRINT)] == [below.find(PRINT).digest]  # type: ignore[union-attr]
    assert len(again.contents().current) == 2
    again.remove([(f"{kept.fingerprint}.json", kept), (f"{PRINT}.json", fresh)])
    assert again.fingerprints() == []
    assert again.find(PRINT) is None
    assert below.find(PRINT)
    assert everything(below.folder) == before


def test_a_picture_of_the_store_is_its_own_file_until_it_is_replaced(below: ResultStore, tmp_path: Path) -> None:
    store, record = over(below, tmp_path / "above"), below.find(PRINT)
    assert record
    assert store.picture(record) == below.picture(record)
    store.files.remove(f"objects/{record.digest[:2]}/{record.digest}.png")
    assert store.picture(record) is None
    keep(store, PNG)
    assert store.picture(record) not in (None, below.picture(record))


def test_freezing_and_thawing_happen_above(below: ResultStore, tmp_path: Path) -> None:
    store = over(below, tmp_path / "above")
    store.mark.write(Frozen({}, {}, (), {}))
    assert store.frozen
    assert not below.frozen
    store.mark.remove()
    below.mark.write(Frozen({}, {}, (), {}))
    assert over(below, tmp_path / "other").frozen
    again = over(below, tmp_path / "other")
    again.mark.remove()
    assert not again.frozen
    assert below.frozen


def test_lines_are_added_to_a_copy(below: ResultStore, tmp_path: Path) -> None:
    below.files.append("ratings/study.jsonl", b"first\n")
    store = over(below, tmp_path / "above")
    store.files.append("ratings/study.jsonl", b"second\n")
    assert store.files.read("ratings/study.jsonl", 99) == b"first\nsecond\n"
    assert below.files.read("ratings/study.jsonl", 99) == b"first\n"


def test_a_store_that_could_not_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = ResultStore(OverlaidFiles(LocalFolder(tmp_path / "file" / ".vidgo"), tmp_path / "above"))
    with pytest.raises(StoreError, match="can't be written"):
        store.check_writable()


def test_a_store_that_is_not_there_is_empty_and_stays_so(tmp_path: Path) -> None:
    store = ResultStore(OverlaidFiles(LocalFolder(tmp_path / "none"), tmp_path / "above"))
    assert store.fingerprints() == []
    keep(store)
    assert store.find(PRINT)
    assert not (tmp_path / "none").exists()
