"""The judgements of a study in an export, and after an import."""

from __future__ import annotations

from pathlib import Path

import pytest

import vidgo_notebook as vidgo
from tests.app.library.ratings.judged import file_of, opened, prefer_high, rate_all
from vidgo_notebook.app.library.exported_ratings import judged_studies
from vidgo_notebook.app.library.import_ import import_results
from vidgo_notebook.app.session import Session
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.result_store import ResultStore


@pytest.mark.parametrize("name", ["study", "Étude 2-final"])
def test_an_export_has_the_judgements_and_an_import_adds_those_that_are_missing(
    name: str, batch: Batch, session: Session, folder: Path
) -> None:
    pytest.importorskip("rocrate")
    going = rate_all(opened(session, batch, name=name), "ada", prefer_high)
    going.undo()
    vidgo.export("study.zip", everything=True)
    vidgo.export("study.zip", everything=True)  # an unchanged export is replaced
    other = ResultStore(folder / "another")
    assert str(import_results(folder / "study.zip", other)).endswith(
        "0 in the store already, 7 lines of ratings added."
    )
    assert other.judgements.of(name) == session.store.judgements.of(name)
    assert str(import_results(folder / "study.zip", other)) == "0 results imported, 6 in the store already."


def test_an_export_of_a_notebook_has_the_studies_of_its_pictures_alone(batch: Batch, session: Session) -> None:
    rate_all(opened(session, batch), "ada", prefer_high)
    assert [*judged_studies(session.store, {batch[0].result().digest})[0]] == ["study"]
    assert judged_studies(session.store, {"c" * 64}) == ({}, [])


def test_judgements_that_were_edited_in_an_export_are_not_imported(
    batch: Batch, session: Session, folder: Path
) -> None:
    pytest.importorskip("rocrate")
    rate_all(opened(session, batch), "ada", prefer_high)
    with file_of(session).open("a") as file:
        file.write("not a line\n")
    with pytest.warns(UserWarning, match=r"study\.jsonl, line 7: it is not JSON"):
        vidgo.export("crate", everything=True)
    path = folder / "crate" / "ratings" / "study.jsonl"
    assert len(path.read_text().splitlines()) == 6
    path.write_text(path.read_text().replace('"left"', '"right"', 1))
    other = ResultStore(folder / "another")
    with pytest.raises(StoreError, match=r"study\.jsonl was edited after the export"):
        import_results(folder / "crate", other)
    assert other.judgements.studies() == []
