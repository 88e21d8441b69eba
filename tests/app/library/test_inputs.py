"""What pictures were made from, in everything that leaves the store: crate, report, doctor, import, prune, freeze."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from rocrate.rocrate import ROCrate

from tests.fixtures.live_session import LiveSession
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.app.commands.doctor import FaultyFile, check_store
from vidgo_notebook.app.library.export import export_results
from vidgo_notebook.app.library.freeze import freeze
from vidgo_notebook.app.library.import_ import import_results
from vidgo_notebook.app.library.made_report import made_report
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.result_store import ResultStore

DIGEST = hashlib.sha256(PNG).hexdigest()
SIGNED = "https://files.example/a.png?signature=secret"


@pytest.fixture
def study(live: LiveSession) -> LiveSession:
    """Two edits of an image that is kept, one of a URL, and one of an image that is not kept."""
    Path("shelf.png").write_bytes(PNG)
    live.made("Put a cup on it", "shelf.png")
    live.made("Put a jug on it", ["shelf.png", SIGNED])
    live.session.settings.keep_references = False
    live.made("Put a bowl on it", "shelf.png")
    return live


def kept(folder: str = ".vidgo") -> list[Path]:
    return [path for path in Path(folder, "references").rglob("*") if path.is_file()]


def test_each_act_of_a_crate_names_its_inputs_and_says_which_are_not_included(study: LiveSession) -> None:
    export_results(study.session, Path("out"))
    acts = {act["result"].id: act for act in ROCrate(Path("out")).root_dataset["mentions"]}
    first, second, third = ([each for each in act["object"] if each.type != "PropertyValue"] for act in acts.values())
    assert [each.id for each in first] == ["prompts/01-put-a-cup-on-it.txt", f"references/{DIGEST}.png"]
    file = first[1]
    assert (file["name"], file["sha256"], file["encodingFormat"]) == ("shelf.png", DIGEST, "image/png")
    assert "digitalSourceType" not in file.properties(), "the author's own image is not made by AI"
    assert Path("out", file.id).read_bytes() == PNG
    assert [each.id for each in second[1:]] == [file.id, second[2].id] and second[2]["url"] == SIGNED.partition("?")[0]
    assert "not included" in second[2]["description"] and "not included" in third[1]["description"]
    assert third[1]["name"] == "shelf.png" and DIGEST in third[1]["identifier"]
    everything = b"".join(path.read_bytes() for path in Path("out").rglob("*") if path.is_file())
    assert b"signature=secret" not in everything
    assert all(
        act["result"]["digitalSourceType"].id.endswith("compositeWithTrainedAlgorithmicMedia") for act in acts.values()
    )


def test_report_and_readme_say_which_inputs_are_missing(study: LiveSession) -> None:
    report = export_results(study.session, Path("out"))
    assert report.good and made_report(study.session, everything=True).missing_inputs == report.missing_inputs
    assert report.missing_inputs == (
        "https://files.example/a.png is not included: an input given by URL is not fetched. 'Put a jug on it' was made "
        "from it.",
        f"shelf.png (SHA-256 of its bytes {DIGEST[:12]}…) is not included: it was not kept. 'Put a bowl on it' was "
        "made from it.",
    )
    assert all(text in repr(report) for text in report.missing_inputs)
    readme = Path("out/README.md").read_text(encoding="utf-8")
    assert "## Inputs that are not included" in readme and "shelf" in readme


def rows(live: LiveSession) -> list[FaultyFile]:
    return list(check_store(live.session))


def test_doctor_tells_a_lost_input_from_one_that_was_never_kept(study: LiveSession) -> None:
    assert [row.serious for row in rows(study)] == [False, False]
    (path,) = kept()
    path.write_bytes(PNG[:-1])
    lost = [row for row in rows(study) if row.serious]
    assert len(lost) == 2 and all("shelf.png" in row.problem and path.name in row.problem for row in lost)
    assert "version control" in lost[0].cure
    path.unlink()
    assert "the file is missing" in next(row.problem for row in rows(study) if row.serious)
    (path.parent / "holiday.jpg").write_bytes(b"x")
    (path.parent / f"{'0' * 64}.png").write_bytes(b"x")
    assert [row.problem[:19] for row in rows(study) if "references/" in row.file] == [
        "not a file of a sto",
        "no record needs it:",
    ]


def test_an_import_brings_the_inputs_and_refuses_one_that_is_another(study: LiveSession) -> None:
    export_results(study.session, Path("out"))
    store = ResultStore(Path("theirs"))
    import_results(Path("out"), store)
    records = {record.prompt: record for record in store.contents().current}
    assert store.references.missing(records["Put a cup on it"]) == []
    assert [path.read_bytes() for path in kept("theirs")] == [PNG]
    next(Path("out/references").iterdir()).write_bytes(PNG + b"x")
    with pytest.raises(StoreError, match="the digest differs"):
        import_results(Path("out"), ResultStore(Path("others")))
    assert not Path("others/results").exists()
    next(Path("out/references").iterdir()).unlink()
    import_results(Path("out"), ResultStore(Path("others")))
    assert not kept("others")


def test_a_store_whose_input_is_lost_is_not_frozen_and_a_later_loss_is_named(study: LiveSession) -> None:
    (path,) = kept()
    path.rename("aside")
    with pytest.raises(StoreError, match="not whole") as caught:
        freeze(study.session)
    assert path.name in str(caught.value)
    Path("aside").rename(path)
    freeze(study.session)
    path.unlink()
    assert [path.name in row.problem for row in rows(study) if row.serious] == [True, True]


def test_a_record_of_an_earlier_version_says_that_its_input_is_not_there(study: LiveSession) -> None:
    record = next(each for each in study.session.store.contents().current if each.prompt == "Put a cup on it")
    path = Path(".vidgo/results", f"{record.fingerprint}.json")
    older = {name: value for name, value in json.loads(path.read_bytes()).items() if name != "reference_files"}
    path.write_text(json.dumps(older), encoding="utf-8")
    found = study.session.store.find(record.fingerprint)
    assert found and [str(each) for each in study.session.store.references.missing(found)] == [
        f"an image of the author's own (SHA-256 of its bytes {DIGEST[:12]}…) is not included: it was not kept."
    ]
