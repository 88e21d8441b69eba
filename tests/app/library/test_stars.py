"""Stars: a small file each in the store, exported and imported with the pictures."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

import vidgo_notebook as vidgo
from vidgo_notebook.app.library.import_ import import_results
from vidgo_notebook.app.process import current_session
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.result_store import ResultStore


def _starred(folder: Path) -> str:
    """An export of two pictures, one of which has a star; its digest."""
    results = [vidgo.generate(prompt, size="1:1", resolution="1K").result() for prompt in ("A fox", "A hare")]
    current_session().store.set_star(results[0].record, True)
    vidgo.export(folder / "study.zip")
    return results[0].digest


def test_a_star_goes_with_its_picture_into_another_store(folder: Path) -> None:
    digest = _starred(folder)
    store = ResultStore(folder / "other")
    import_results(folder / "study.zip", store)
    assert store.stars.all() == {digest}
    assert len(store.contents().current) == 2


def test_stars_that_were_edited_after_the_export_are_refused(folder: Path) -> None:
    _starred(folder)
    edited = folder / "edited.zip"
    with zipfile.ZipFile(folder / "study.zip") as source, zipfile.ZipFile(edited, "w") as target:
        for name in source.namelist():
            target.writestr(name, json.dumps(["f" * 64]) if name == "stars.json" else source.read(name))
    with pytest.raises(StoreError, match="edited after the export"):
        import_results(edited, ResultStore(folder / "other"))


def test_a_frozen_store_takes_no_star(folder: Path) -> None:
    result = vidgo.generate("A fox", size="1:1", resolution="1K").result()
    from vidgo_notebook.app.library.freeze import freeze

    freeze(current_session())
    with pytest.raises(StoreError, match="is frozen"):
        current_session().store.set_star(result.record, True)


def test_two_people_can_star_pictures_and_version_control_has_nothing_to_merge(folder: Path) -> None:
    store = ResultStore(folder / "store")
    for digest in ("a" * 64, "b" * 64):
        store.stars.set(digest)
        store.stars.set(digest)  # twice is once
    assert store.folder
    files = sorted(path.name for path in (store.folder / "stars").iterdir())
    assert files == [f"{'a' * 64}.json", f"{'b' * 64}.json"]
    (store.folder / "stars" / "a.json (conflicted copy)").write_text("{}")
    assert store.stars.all() == {"a" * 64, "b" * 64}
