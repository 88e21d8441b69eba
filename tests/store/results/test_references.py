"""An author's own images in a store, in a folder and wherever fsspec reaches: named by their digest, and checked."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.fixtures.sample_pictures import PNG
from tests.fixtures.stores import StoreFiles
from vidgo_notebook.store.results.record import ReferenceFile
from vidgo_notebook.store.results.result_store import ResultStore

DIGEST = hashlib.sha256(PNG).hexdigest()
SHELF = ReferenceFile("shelf.png", DIGEST, "image/png", len(PNG))
NAME = f"references/{DIGEST[:2]}/{DIGEST}.png"


def test_an_image_is_kept_found_elsewhere_and_deleted(store: ResultStore, stored: StoreFiles) -> None:
    assert store.references.find(SHELF) is None and not store.references.has(SHELF)
    store.references.keep(SHELF, PNG)
    store.references.keep(SHELF, PNG)
    there = stored.open().references
    found = there.find(SHELF)
    assert found and found.read_bytes() == PNG and there.has(SHELF)
    assert stored.names() == {NAME}
    assert [fault.name for fault in there.strays(set())] == [NAME] and not there.strays({DIGEST})
    there.remove([SHELF])
    assert stored.names() == set()


def test_an_image_is_copied_from_one_store_to_another(store: ResultStore, tmp_path: Path) -> None:
    other = ResultStore(tmp_path / "other")
    other.references.keep(SHELF, PNG)
    store.references.copy_from(other.references, [SHELF, ReferenceFile("not kept.png")])
    found = store.references.find(SHELF)
    assert found and found.read_bytes() == PNG
