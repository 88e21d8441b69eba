"""What was bought again is a part of the evidence: it is exported with its files, and marked as superseded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.app.library.test_crate import contents
from tests.fixtures.live_session import LiveSession, OpenLiveSession
from vidgo_notebook.app.library.export import METADATA, export_results
from vidgo_notebook.app.library.import_ import Imported, import_results
from vidgo_notebook.app.library.made_report import made_report
from vidgo_notebook.app.library.report import Report
from vidgo_notebook.engine.handles.result import Result


@pytest.fixture
def bought_again(live: LiveSession, open_live: OpenLiveSession) -> list[Result]:
    """A picture, the one that replaced it, and one more; the notebook of ``live`` shows the last two."""
    first = open_live().made("A red bicycle")
    return [first, live.made("A red bicycle", fresh=True), live.made("A blue bicycle")]


@pytest.mark.parametrize("everything", [True, False])
def test_an_export_has_the_file_of_each_picture_that_it_counts(
    everything: bool, bought_again: list[Result], live: LiveSession, tmp_path: Path
) -> None:
    report = export_results(live.session, tmp_path / "out", everything=everything)
    assert "1 further image was bought again afterwards and not used. The total cost" in report.methods
    assert "was 6 credits" in report.methods
    files = contents(tmp_path / "out")
    old, new, other = bought_again
    pictures = {name: data for name, data in files.items() if name.startswith("pictures/")}
    assert pictures == {
        "pictures/01-a-red-bicycle.png": new.bytes,
        "pictures/02-a-blue-bicycle.png": other.bytes,
        "pictures/03-superseded-a-red-bicycle.png": old.bytes,
    }
    assert files["records/03-superseded-a-red-bicycle.json"].decode() == old.record.to_json()
    assert marked(tmp_path / "out") == ["pictures/03-superseded-a-red-bicycle.png"]
    assert "<h2>Superseded" in files["ro-crate-preview.html"].decode()
    assert files["ro-crate-preview.html"].count(b"<img ") == 3
    assert "low, 1:1, 1K, superseded" in files["README.md"].decode()


def marked(folder: Path) -> list[str]:
    graph: list[dict[str, Any]] = json.loads((folder / METADATA).read_text())["@graph"]
    return [each["@id"] for each in graph if each.get("creativeWorkStatus") == "Superseded"]


def test_the_credits_in_the_table_add_up_to_the_total(bought_again: list[Result], live: LiveSession) -> None:
    report = made_report(live.session, everything=True)
    assert len(report) == 2
    assert sum(int(row[5]) for row in report.rows) == 2 * len(bought_again)
    assert "was 6 credits" in report.methods


def test_a_picture_that_an_edit_was_made_from_is_used_and_counted_once(live: LiveSession, tmp_path: Path) -> None:
    first = live.made("A red bicycle")
    live.made("Paint it blue", image=first)
    live.made("A red bicycle", fresh=True)
    report = export_results(live.session, tmp_path / "out", everything=True)
    assert len(report) == 3
    assert "was 6 credits" in report.methods
    assert "not used" not in report.methods
    assert "Up to 2 images (takes, or the same request again) were made of one request." in report.methods
    assert marked(tmp_path / "out") == []


def test_one_whose_picture_is_lost_is_named_and_its_cost_counts(
    bought_again: list[Result], live: LiveSession, tmp_path: Path
) -> None:
    path = bought_again[0].path
    assert path
    path.unlink()
    report = export_results(live.session, tmp_path / "out", everything=True)
    assert [fault.name for fault in report.left_out] == [f"objects/{path.parent.name}/{path.name}"]
    assert "was 6 credits" in report.methods
    assert marked(tmp_path / "out") == []
    assert [row[3] for row in report.rows][-1].endswith("superseded")


def test_an_import_brings_it_as_superseded(
    bought_again: list[Result], live: LiveSession, open_live: OpenLiveSession, tmp_path: Path
) -> None:
    export_results(live.session, tmp_path / "out.zip", everything=True)
    reader = open_live(store="reader/.vidgo", mode="replay").session
    assert import_results(tmp_path / "out.zip", reader.store) == Imported(3, 0, 0)
    assert import_results(tmp_path / "out.zip", reader.store) == Imported(0, 3, 0)
    wanted = bought_again[0].record.fingerprint
    assert [each.digest for each in reader.store.superseded(wanted)] == [bought_again[0].digest]
    assert reader.store.find(wanted) == bought_again[1].record
    known: Report = made_report(reader, everything=True)
    assert "1 further image was bought again" in known.methods
