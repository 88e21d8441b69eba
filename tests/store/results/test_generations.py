"""Pictures that were bought again: the older ones stay, and go only when they are asked to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fixtures.sample_pictures import PNG
from tests.fixtures.sample_records import OBJECT, OTHER, PRINT, keep
from tests.fixtures.stores import StoreFiles
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.result_store import ResultStore


def test_buying_again_supersedes_and_keeps_the_older_record(store: ResultStore, stored: StoreFiles) -> None:
    first, old_path = keep(store)
    second, new_path = keep(store, OTHER, generation=1)
    assert store.find(PRINT) == second
    assert store.contents().current == (second,)
    assert (old_path.read_bytes(), new_path.read_bytes()) == (PNG, OTHER)
    aside = json.loads(stored.read(f"results/{PRINT}.0.json"))
    assert aside["digest"] == first.digest


def test_an_older_generation_that_arrives_late_does_not_replace_a_newer_one(
    store: ResultStore, stored: StoreFiles
) -> None:
    """It was uncertain, then found again, after --fresh had bought another."""
    newer, _ = keep(store, OTHER, generation=1)
    older, path = keep(store, PNG, generation=0)
    assert store.find(PRINT) == newer
    assert path.read_bytes() == PNG
    aside = json.loads(stored.read(f"results/{PRINT}.0.json"))
    assert aside["digest"] == older.digest


def test_superseded_generations_can_be_removed_and_nothing_else_goes(store: ResultStore, stored: StoreFiles) -> None:
    keep(store)
    second, _ = keep(store, OTHER, generation=1)
    other, _ = keep(store, PNG, take=2)  # shares its picture with the superseded one
    ((name, superseded),) = store.contents().superseded
    assert (name, superseded.generation) == (f"{PRINT}.0.json", 0)
    store.remove([(name, superseded)])
    assert store.contents().superseded == ()
    assert sorted(each.fingerprint for each in store.contents().current) == sorted([PRINT, other.fingerprint])
    assert store.picture(other) is not None
    assert store.picture(second) is not None
    store.remove([(f"{PRINT}.json", second)])
    assert stored.open().picture(second) is None  # no record referred to it, so its file is deleted
    assert stored.names() == {f"results/{other.fingerprint}.json", OBJECT}


def test_what_changed_since_it_was_shown_is_not_removed(store: ResultStore) -> None:
    """Between the list and the yes another kernel bought a fresh picture: it was not in the list."""
    shown, _ = keep(store)
    fresh, _ = keep(store, OTHER, generation=1)
    store.remove([(f"{PRINT}.json", shown)])
    assert store.find(PRINT) == fresh
    assert store.picture(fresh) is not None
    assert list(store.superseded(PRINT)) == [shown]


def test_no_picture_is_removed_while_a_record_cannot_be_read(store: ResultStore, stored: StoreFiles) -> None:
    """It may refer to any of them. The records that were shown go, and what can't be read stays."""
    keep(store)
    keep(store, OTHER, generation=1)
    stored.write(f"results/{'e' * 64}.json", b"{")
    before = stored.names()
    assert store.remove(store.contents().superseded) == 1
    assert stored.names() == before - {f"results/{PRINT}.0.json"}


def test_nothing_outside_the_store_is_removed(folder_store: ResultStore, folder: Path) -> None:
    keep(folder_store)
    keep(folder_store, OTHER, generation=1)
    objects = folder / ".vidgo" / "objects"
    objects.rename(folder / "elsewhere")
    objects.symlink_to(folder / "elsewhere")
    with pytest.raises(StoreError, match="is a link; it was not followed"):
        folder_store.remove(folder_store.contents().superseded)
    assert len(list((folder / "elsewhere").glob("*/*"))) == 2
