"""An export is a research object that others can read, check, and bring back; it is whole or not there."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from rocrate.rocrate import ROCrate

from tests.fixtures.live_session import LiveSession, OpenLiveSession
from tests.fixtures.sample_pictures import picture
from tests.fixtures.terminal import Terminal
from vidgo_notebook.app.library.export import METADATA, export_results
from vidgo_notebook.app.library.import_ import Imported, import_results
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.picture_file import read_picture
from vidgo_notebook.errors import StoreError, VidgoError
from vidgo_notebook.store.results.result_store import ResultStore


@pytest.fixture
def made(live: LiveSession) -> LiveSession:
    """A studio with a picture, an edit of it, and one take more."""
    first = live.made("A red bicycle | with “pipes” & *stars*")
    live.made("Paint it blue", image=first)
    live.made("A red bicycle | with “pipes” & *stars*", take=2)
    return live


def export(live: LiveSession, name: str, **options: bool) -> Path:
    export_results(live.session, Path(name), **options)
    return Path(name)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_librarys_own_reader_finds_every_file_with_its_digest(made: LiveSession) -> None:
    folder = export(made, "out")
    crate = ROCrate(folder)
    assert crate.metadata["conformsTo"] == "https://w3id.org/ro/crate/1.1"
    files = {entity.id: entity for entity in [*crate.data_entities, crate.preview]}
    assert set(files) == set(contents(folder)) - {"ro-crate-metadata.json"}
    for name, entity in files.items():
        data = (folder / name).read_bytes()
        assert (entity["sha256"], entity["contentSize"]) == (hashlib.sha256(data).hexdigest(), str(len(data)))
    assert crate.root_dataset["description"].startswith("3 images were generated")
    assert crate.root_dataset["datePublished"]


def test_each_picture_is_the_result_of_an_act_that_names_what_it_was_made_from(made: LiveSession) -> None:
    crate = ROCrate(export(made, "out"))
    acts = {act["result"].id: act for act in crate.root_dataset["mentions"]}
    edit = acts["pictures/02-paint-it-blue.png"]
    made_from = [each.id for each in edit["object"] if each.type == "File"]
    assert made_from == ["prompts/02-paint-it-blue.txt", "pictures/01-a-red-bicycle-with-pipes-stars.png"]
    settings = {each["name"]: each["value"] for each in edit["object"] if each.type == "PropertyValue"}
    assert settings == {"quality": "low", "size": "1:1", "resolution": "1K", "take": "1"}
    assert edit["instrument"]["name"] == "GPT Image 2 Edit"
    assert edit["actionStatus"].endswith("CompletedActionStatus")
    assert edit["startTime"] <= edit["endTime"]


def test_pictures_are_as_served_and_records_and_prompts_lie_beside_them(made: LiveSession) -> None:
    folder = export(made, "out")
    results = [job.result() for job in made.session.jobs.values()]
    assert [path.read_bytes() for path in sorted((folder / "pictures").iterdir())] == [each.bytes for each in results]
    assert [path.read_text() for path in sorted((folder / "records").iterdir())] == [
        each.record.to_json() for each in results
    ]
    prompts = [path.read_text(encoding="utf-8") for path in sorted((folder / "prompts").iterdir())]
    assert prompts == [each.record.prompt for each in results]


def test_the_readme_has_the_table_and_the_paragraph(made: LiveSession) -> None:
    text = (export(made, "out") / "README.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 4
    assert r"A red bicycle \| with “pipes” & \*stars\*" in rows[1]
    assert "The total cost was 6 credits, as quoted" in text


def test_annotated_copies_are_added_where_they_are_asked_for(made: LiveSession, tmp_path: Path) -> None:
    folder = export(made, "out", annotate=True)
    copies = sorted((folder / "annotated").iterdir())
    found = [read_picture(copy, ResultStore(tmp_path / "none")).digest for copy in copies]
    assert found == [job.result().digest for job in made.session.jobs.values()]


def test_equal_results_make_equal_files(made: LiveSession) -> None:
    assert export(made, "one.zip").read_bytes() == export(made, "two.zip").read_bytes()


def test_an_archive_that_windows_says_is_in_use_is_replaced_when_it_is_free(
    made: LiveSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, rename, refused = export(made, "out.zip").read_bytes(), Path.replace, list[OSError]()

    def replace(path: Path, target: Path) -> Path:
        if len(refused) < 2:
            refused.append(PermissionError(13, "it is used by another process"))
            refused[-1].winerror = 32  # type: ignore[attr-defined,unused-ignore]
            raise refused[-1]
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    assert export(made, "out.zip").read_bytes() == before
    assert len(refused) == 2


def test_an_earlier_export_is_replaced_and_anything_else_is_left_alone(made: LiveSession) -> None:
    folder = export(made, "out")
    made.made("A third one")
    assert (export(made, "out") / "pictures" / "04-a-third-one.png").is_file()
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(StoreError, match=r"mine\.txt"):
        export(made, "out")
    (folder / "mine.txt").unlink()
    (folder / "README.md").write_text("my own words")
    with pytest.raises(StoreError, match=r"README\.md"):
        export(made, "out")
    for other in (Path("notes.zip"), Path("notes")):
        other.write_text("mine")
        with pytest.raises(StoreError, match="left unchanged"):
            export(made, str(other))
        assert other.read_text() == "mine"


def test_an_export_makes_no_tree_of_folders_from_a_typing_error(made: LiveSession, folder: Path) -> None:
    (folder / "papers").mkdir()
    with pytest.raises(StoreError, match="did you mean 'papers'"):
        export(made, "paper/figures/out")
    assert not (folder / "paper").exists()
    assert (export(made, "papers/figures/out") / "README.md").is_file()
    with pytest.raises(StoreError, match="name too long"):
        export(made, "x" * 300)


def test_what_is_damaged_in_the_store_is_left_out_of_an_export_and_named(made: LiveSession) -> None:
    first, edit, third = made.session.jobs.values()
    first.result().path.write_bytes(b"damaged")  # type: ignore[union-attr]
    edit.result().path.unlink()  # type: ignore[union-attr]
    for everything in (True, False):
        report = export_results(made.session, Path("out.zip").absolute(), everything=everything)
        assert [record.fingerprint for record in report] == [third.fingerprint]
        named = [fault.name for fault in report.left_out]
        assert sorted(named) == sorted(path_in_store(job) for job in (first, edit))
        assert not report.good
        with zipfile.ZipFile("out.zip") as archive:
            assert "Left out" in archive.read("README.md").decode()


def path_in_store(job: Job) -> str:
    digest = job.result().digest
    return f"objects/{digest[:2]}/{digest}.png"


def test_a_place_that_cannot_be_written_is_named(made: LiveSession) -> None:
    Path("file").write_text("")
    with pytest.raises(StoreError, match="file is not a folder"):
        export(made, "file/out")


def test_without_the_library_the_error_says_what_to_install(made: LiveSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "rocrate", None)
    with pytest.raises(VidgoError, match=r"vidgo-notebook\[crate\]"):
        export(made, "out")
    assert not Path("out").exists()


def test_without_results_the_error_says_what_to_do(live: LiveSession) -> None:
    with pytest.raises(StoreError, match="no results to export"):
        export(live, "out")


# Import


def test_a_reader_replays_the_notebook_from_what_was_imported(made: LiveSession, open_live: OpenLiveSession) -> None:
    archive = export(made, "out.zip")
    reader = open_live(store="reader/.vidgo", mode="replay")
    assert import_results(archive, reader.session.store) == Imported(3, 0, 0)
    assert import_results(archive, reader.session.store) == Imported(0, 3, 0)
    first = reader.made("A red bicycle | with “pipes” & *stars*")
    assert reader.made("Paint it blue", image=first).lineage.cost == 4
    assert contents(reader.session.store.folder / "results") == contents(made.session.store.folder / "results")
    assert contents(reader.session.store.folder / "objects") == contents(made.session.store.folder / "objects")
    assert not list((reader.session.store.folder / "tmp").iterdir())


def test_a_folder_is_imported_as_well_and_mends_what_was_damaged(made: LiveSession) -> None:
    folder = export(made, "out")
    path = next(iter(made.session.jobs.values())).result().path
    assert path
    path.write_bytes(b"damaged")
    assert import_results(folder, made.session.store) == Imported(1, 2, 0)
    assert next(iter(made.session.jobs.values())).result().intact


def test_another_picture_that_the_store_has_for_a_request_stays(made: LiveSession, open_live: OpenLiveSession) -> None:
    folder = export(made, "out")
    reader = open_live(store="reader/.vidgo")
    import_results(folder, reader.session.store)
    name = next((folder / "records").glob("02*"))
    record, other = json.loads(name.read_text()), picture(shade=9)
    image = folder / "pictures" / f"{name.stem}.png"
    image.write_bytes(other)
    with pytest.raises(StoreError, match="digest differs"):
        import_results(folder, reader.session.store)
    record.update(digest=hashlib.sha256(other).hexdigest(), size_bytes=len(other), width=64, height=48)
    name.write_text(json.dumps(record))
    relist(folder)
    assert import_results(folder, reader.session.store) == Imported(0, 2, 1)


def rezipped(source: Path, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> Path:
    """An archive whose files went through ``change``."""
    made = source.with_name("changed.zip")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            if changed := change(name, old.read(name)):
                new.writestr(*changed)
    return made


def damaged(name: str, data: bytes) -> tuple[str, bytes]:
    return name, data[:-1] + b"x" if name.startswith("pictures/02") else data


BAD: dict[str, tuple[Callable[[str, bytes], tuple[str, bytes] | None], str]] = {
    "a changed picture": (damaged, r"pictures/02-paint-it-blue\.png is not what its record says: the digest differs"),
    "a longer picture": (lambda n, d: (n, d + b"x") if n.startswith("pictures/01") else (n, d), "pictures/01.* digest"),
    "a missing picture": (lambda n, d: None if n.startswith("pictures/03") else (n, d), "pictures/03.* is missing"),
    "a path upwards": (lambda n, d: (n.replace("prompts/", "../"), d), r"lead out of it \('\.\./01"),
    "a path from the root": (lambda n, d: (n.replace("prompts/", "/etc/"), d), "lead out of it"),
    "a path of Windows": (lambda n, d: (n.replace("prompts/", "..\\"), d), "lead out of it"),
    "a drive of Windows": (lambda n, d: (n.replace("prompts/", "C:/"), d), "lead out of it"),
    "a broken record": (lambda n, d: (n, b"{") if n.startswith("records/02") else (n, d), r"records/02.*can't be used"),
    "a newer record": (
        lambda n, d: (n, d.replace(b'"format": 3', b'"format": 99')) if n.startswith("records/02") else (n, d),
        "format 99",
    ),
    "an enormous record": (lambda n, d: (n, d + b" " * 5_000_000 if n.startswith("records/01") else d), "larger than"),
    "no results": (lambda n, d: (n, d) if n == "README.md" else None, "holds no results"),
}


@pytest.mark.parametrize(("change", "why"), BAD.values(), ids=BAD.keys())
def test_what_is_not_right_is_named_and_nothing_is_imported(
    change: Callable[[str, bytes], tuple[str, bytes] | None], why: str, made: LiveSession, folder: Path
) -> None:
    archive = rezipped(export(made, "out.zip"), change)
    reader = ResultStore(folder / "reader" / ".vidgo")
    with pytest.raises(StoreError, match=why) as raised:
        import_results(archive, reader)
    assert "Nothing was" in str(raised.value)
    assert [name for name in contents(folder / "reader") if ".git" not in name] == []
    assert not Path("/etc/01-a-red-bicycle-with-pipes-stars.txt").exists()


def relist(folder: Path) -> None:
    """Write the digests of a crate's files into its metadata, as a person would who edited them."""
    path = folder / METADATA
    data = json.loads(path.read_text())
    for entity in data["@graph"]:
        if "sha256" in entity:
            entity["sha256"] = hashlib.sha256((folder / entity["@id"]).read_bytes()).hexdigest()
    path.write_text(json.dumps(data))


def test_a_record_that_calls_something_else_a_picture_is_not_believed(made: LiveSession) -> None:
    folder = export(made, "out")
    record = next((folder / "records").glob("01*"))
    page = b"<html>not a picture</html>"
    (folder / "pictures" / f"{record.stem}.png").write_bytes(page)
    said = {**json.loads(record.read_text()), "digest": hashlib.sha256(page).hexdigest(), "size_bytes": len(page)}
    record.write_text(json.dumps(said))
    relist(folder)
    with pytest.raises(StoreError, match="not the picture that its record describes"):
        import_results(folder, made.session.store)


def test_a_price_or_a_time_that_was_edited_after_the_export_is_named(made: LiveSession) -> None:
    folder = export(made, "out")
    record = next((folder / "records").glob("01*"))
    for changes in ({"charged": "1"}, {"finished": "2020-01-01T00:00:00+00:00"}, {"task_id": "another"}):
        before = record.read_bytes()
        record.write_text(json.dumps({**json.loads(before), **changes}))
        with pytest.raises(StoreError, match=f"{record.name} was edited after the export"):
            import_results(folder, made.session.store)
        record.write_bytes(before)


def test_a_prompt_that_was_edited_is_named_even_where_the_metadata_agrees(made: LiveSession) -> None:
    folder = export(made, "out")
    for record in (folder / "records").iterdir():
        record.write_text(json.dumps({**json.loads(record.read_text()), "prompt": "Something else"}))
    relist(folder)
    with pytest.raises(StoreError) as raised:
        import_results(folder, made.session.store)
    assert str(raised.value).count("its prompt, model, fields or images are not those of its fingerprint") == 3


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 not really", b"%PDF"])
def test_a_file_that_is_no_archive_is_named(data: bytes, live: LiveSession) -> None:
    Path("some.zip").write_bytes(data)
    with pytest.raises(StoreError, match=r"some\.zip is not a ZIP file"):
        import_results(Path("some.zip"), live.session.store)


def test_a_link_out_of_a_folder_is_not_followed(made: LiveSession, tmp_path: Path) -> None:
    folder = export(made, "out")
    (tmp_path / "outside.json").write_text("{}")
    (folder / "records" / "99.json").symlink_to(tmp_path / "outside.json")
    with pytest.raises(StoreError, match="links are not followed"):
        import_results(folder, made.session.store)


def test_the_commands_say_what_they_did_and_what_is_missing(terminal: Terminal, folder: Path) -> None:
    terminal.run("%%vidgo hero\nA red bicycle")
    said = terminal.run("%vidgo export out.zip").splitlines()
    assert said[0] == "1 result exported to out.zip."
    assert [line.partition(":")[0] for line in said[1:]] == [
        "No licence was given, so no one else may use it",
        "No author was given",
        "The notebook is not in it",
    ]
    assert terminal.run("%vidgo import out.zip") == "0 results imported, 1 in the store already.\n"
    assert "%vidgo export FOLDER or FILE.zip" in terminal.fails("%vidgo export")
    assert "none.zip can't be read: No such file" in terminal.fails("%vidgo import none.zip")
    terminal.run("import vidgo_notebook as vidgo\npath = vidgo.export('other', everything=True, annotate=True)")
    assert terminal["path"] == folder / "other"
    assert len(list((folder / "other" / "annotated").iterdir())) == 1
