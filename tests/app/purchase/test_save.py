"""``--save``: what is wrong with a path is found before anything is bought, and what was bought late is saved too."""

from __future__ import annotations

import io
import os
import platform
from pathlib import Path

import pytest
from PIL import Image

from tests.fixtures.clocks import wait_until
from tests.fixtures.local_api import LocalApi
from tests.fixtures.orders import OpenSession
from tests.fixtures.sample_pictures import PNG, picture
from tests.fixtures.sample_records import record
from vidgo_notebook.__main__ import main
from vidgo_notebook.app.plan.planning import plan_picture, plan_sweep
from vidgo_notebook.app.process import provide
from vidgo_notebook.app.purchase import resolve as settling
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order_plan import order
from vidgo_notebook.app.purchase.resume import resume
from vidgo_notebook.app.purchase.save import SaveOption
from vidgo_notebook.app.request.images import references_of
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.image_formats import SAVED_AS
from vidgo_notebook.emulator import Fault
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.picture_file import read_picture
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.handles.saving import SaveAs, converted
from vidgo_notebook.engine.image_file import Payload
from vidgo_notebook.errors import RequestError, StoreError
from vidgo_notebook.render.annotation import without_mark
from vidgo_notebook.store.results.user_files import write_new


def bought(session: Session, path: str, prompt: str = "A red bicycle", **options: object) -> Job:
    """A job whose picture is saved at ``path``."""
    save = SaveOption(path, **options)  # type: ignore[arg-type]
    choices = PurchaseChoices(fresh=bool(options.pop("fresh", False)), save=save)
    return order(session, plan_picture(session, prompt, {}), choices)[0]


def generated(session: Session, *words: str) -> int:
    """The exit status of ``vidgo generate`` with a picture to save."""
    provide(lambda: session)
    try:
        return main(["generate", "A red bicycle", *words])
    finally:
        provide(None)


REFUSED = {
    "a tree of folders": ("nowhere/deep/fig.png", "only one new folder is created"),
    "a typing error": ("picturs/deep/fig.png", "did you mean 'pictures'?"),
    "a file in place of a folder": ("mine.png/fig.png", "mine.png is not a folder"),
    "a folder that takes no files": ("/proc/fig.png", "can't be written"),
    "an ending of something else": ("fig.pdf", "a picture can't be saved as .pdf"),
    "a name that is too long": ("x" * 300, "File name too long"),
    "an empty name": ("", "is empty"),
    "a character that no path has": ("fig\0.png", "a character that no path can have"),
    "a file that there is": ("mine.png", "mine.png exists, and is never overwritten"),
    "a file of the name that a PNG gets": ("mine.jpg", "mine.png exists, and is never overwritten"),
    "a file of the name with an ending": ("mine", "mine.png exists, and is never overwritten"),
    "another format than the ending's": ("fig.png --format jpg", "does not end in .jpg"),
    "an unknown format": ("fig --format bmp", "'bmp' is not one of"),
    "a format that carries no provenance": ("fig --format tiff --annotate", "--format png"),
}


@pytest.mark.skipif(os.name == "nt", reason="the paths are those of POSIX systems")
@pytest.mark.parametrize("what", REFUSED)
def test_what_is_wrong_with_the_path_is_said_before_anything_is_bought(
    what: str, open_session: OpenSession, local_api: LocalApi, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "pictures").mkdir()
    (folder / "mine.png").write_text("mine")
    before = sorted(folder.rglob("*"))
    (path, *more), said = REFUSED[what][0].split(" "), REFUSED[what][1]
    assert generated(open_session(), "--save", path, *more) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Nothing was sent and nothing was spent." in error
    assert (local_api.submits, sorted(folder.rglob("*"))) == (0, before)


def test_only_a_name_that_a_new_picture_or_sheet_gets_is_in_the_way(folder: Path) -> None:
    (folder / "fig.jpg").write_text("mine")
    (folder / "grid.png").write_text("mine")
    SaveOption("fig.jpeg", format="jpg").check_new([1], sweep=False)  # is written as fig.jpeg
    SaveOption("grid.pdf").check_new([1, 2], sweep=True)  # a sheet is drawn in the format of its name
    with pytest.raises(RequestError, match="exists, and is never"):
        SaveOption("grid.png").check_new([1, 2], sweep=True)


def test_a_folder_that_can_not_be_written_is_refused_by_trying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    found = list(SaveOption(str(tmp_path / "fig.png")).problems(1, sweep=False))
    assert ["No space left on device" in problem.message for problem in found] == [True]


def test_one_new_folder_is_created_and_the_card_says_where_the_file_is(
    open_session: OpenSession, local_api: LocalApi, folder: Path
) -> None:
    session = open_session()
    job = bought(session, "new/fig.png")
    moving.complete([job.wait(90)])
    assert without_mark((folder / "new" / "fig.png").read_bytes()) == PNG
    assert job.notes == ["Saved as new/fig.png (new is created if it is missing)."]
    again = bought(session, "new/fig.png")  # from the store: the file is there, and the same
    assert (again.notes, local_api.submits) == (job.notes, 1)


@pytest.mark.parametrize(
    ("path", "written", "said"),
    [
        ("fig.jpg", "fig.png", "the picture is PNG. --format jpg converts it."),
        ("fig.gif", "fig.png", "Saved as fig.png and not fig.gif: the picture is PNG."),
        ("fig", "fig.png", "Saved as fig.png."),
        ("fig.v2", "fig.v2.png", "Saved as fig.v2.png."),
        ("FIG.PNG", "FIG.PNG", "Saved as FIG.PNG."),
    ],
)
def test_an_ending_that_does_not_fit_is_replaced_and_said(
    path: str, written: str, said: str, open_session: OpenSession, local_api: LocalApi, folder: Path
) -> None:
    job = bought(open_session(), path)
    moving.complete([job.wait(90)])
    assert [each.name for each in folder.iterdir() if each.suffix.lower() in (".png", ".jpg", ".gif")] == [written]
    assert said in job.notes[-1]


@pytest.mark.parametrize(("format", "made"), [("jpg", "JPEG"), ("webp", "WEBP"), ("tiff", "TIFF")])
def test_a_picture_is_converted_when_that_is_asked_for(
    format: str, made: str, open_session: OpenSession, local_api: LocalApi, folder: Path
) -> None:
    assert generated(open_session(), "--save", "fig", "--format", format.upper()) == 0
    with Image.open(folder / f"fig.{format}") as saved, Image.open(io.BytesIO(PNG)) as served:
        assert (saved.format, saved.size) == (made, served.size)
        if made != "JPEG":
            assert saved.convert("RGB").tobytes() == served.convert("RGB").tobytes()


def test_a_conversion_keeps_the_colour_profile_and_shows_transparency_over_white() -> None:
    image = Image.new("RGBA", (4, 4), (200, 30, 30, 0))
    file = io.BytesIO()
    image.save(file, "PNG", icc_profile=b"a profile of three lights")
    saved = Image.open(io.BytesIO(converted(file.getvalue(), SAVED_AS["jpg"])))
    assert saved.info["icc_profile"] == b"a profile of three lights"
    assert min(saved.convert("L").tobytes()) > 250


def test_python_code_is_warned_of_another_ending_and_gets_the_path(
    open_session: OpenSession, local_api: LocalApi, folder: Path
) -> None:
    result = bought(open_session(), "one.png").result(90)
    with pytest.warns(UserWarning, match=r'Saved as o\.png and not o\.jpg: the picture is PNG\. format="jpg" converts'):
        assert result.save("o.jpg") == Path("o.png")
    assert result.save("p.jpg", format="JPEG").read_bytes().startswith(b"\xff\xd8")
    for path, details, problem in [("a.png", {"format": "gif"}, "gif"), ("a.png", {"format": 3}, "type int"),
                                   ("a.svg", {}, "can't be saved as .svg")]:  # fmt: skip
        with pytest.raises(RequestError, match=problem):
            result.save(path, **details)  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="only one new folder"):
        result.save("a/b/c.png")


def test_a_file_appears_whole_and_never_replaces_one_that_came_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process writes the same name between the look and the writing."""
    target = tmp_path / "out" / "fig.png"

    def meanwhile(source: Path, to: Path) -> None:
        to.write_text("theirs")
        raise FileExistsError

    with monkeypatch.context() as patched:
        patched.setattr("os.link", meanwhile)
        with pytest.raises(StoreError, match="left unchanged"):
            write_new(target, PNG)
    assert (target.read_text(), list(target.parent.iterdir())) == ("theirs", [target])

    def no_links(source: Path, to: Path) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", no_links)
    write_new(tmp_path / "other.png", PNG)
    assert without_mark((tmp_path / "other.png").read_bytes()) == PNG


def test_a_picture_that_another_kernel_fetches_is_saved_where_the_first_one_was_to_save_it(
    open_session: OpenSession, local_api: LocalApi, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local_api.emulator.faults.add(Fault("file", status=410, times=1))
    first = open_session()
    job = bought(first, "late/fig.jpg", format="jpg")
    assert job.exception(90) is not None
    assert first.journal.saves(job.fingerprint, platform.node())
    first.close()
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    second = open_session()
    (resumed,) = resume(second)
    moving.complete([resumed.wait(90)])
    assert (folder / "late" / "fig.jpg").read_bytes().startswith(b"\xff\xd8")
    assert resumed.notes == ["Saved as late/fig.jpg (late is created if it is missing)."]
    wait_until(lambda: second.journal.saves(job.fingerprint, platform.node()) == [])
    assert local_api.submits == 1


@pytest.mark.parametrize("in_the_same_kernel", [True, False])
def test_a_picture_that_is_bought_again_after_an_uncertain_job_is_saved(
    in_the_same_kernel: bool, open_session: OpenSession, local_api: LocalApi, folder: Path
) -> None:
    local_api.emulator.faults.add(Fault("submit", status=500))
    session = open_session()
    job = bought(session, "fig.png")
    assert job.exception(90) is not None
    if not in_the_same_kernel:
        session.close()
        session = open_session()
    entries = settling.uncertain_entries(session)
    (again,) = settling.buy_again(session, entries, PurchaseChoices(fresh=True, yes=True))
    moving.complete([again.wait(90)])
    wait_until((folder / "fig.png").exists)
    assert without_mark((folder / "fig.png").read_bytes()) == PNG
    wait_until(lambda: session.journal.saves(job.fingerprint, platform.node()) == [])


def test_a_picture_that_is_in_memory_only_is_saved_all_the_same(
    open_session: OpenSession, local_api: LocalApi, folder: Path
) -> None:
    """The store's disk is full; the file is to go to another one."""
    session = open_session()
    job = bought(session, "other/fig.png")
    (folder / ".vidgo" / "objects").write_text("a file where a folder should be")
    moving.complete([job.wait(90)])
    assert without_mark((folder / "other" / "fig.png").read_bytes()) == PNG
    assert any("in memory only" in note for note in job.notes)


def test_the_file_of_a_format_that_is_served_keeps_its_bytes(tmp_path: Path) -> None:
    data = picture("JPEG")
    served = Result(record(data, media_type="image/jpeg"), None, None, data)
    for name in ("a.jpg", "b.JPEG", "c.jpe"):
        assert SaveAs.of(tmp_path / name).write(served).path == tmp_path / name
        assert (tmp_path / name).read_bytes() == data


def test_a_saved_file_says_what_made_it_and_as_served_leaves_that_out(session: Session, folder: Path) -> None:
    result = bought(session, "fig.png").result(90)
    bought(session, "plain.png", as_served=True).result(90)
    wait_until(lambda: (folder / "plain.png").exists() and (folder / "fig.png").exists())
    saved = (folder / "fig.png").read_bytes()
    assert b"digitalsourcetype/trainedAlgorithmicMedia" in saved and without_mark(saved) == result.bytes
    assert (folder / "plain.png").read_bytes() == result.bytes
    assert read_picture(folder / "fig.png", session.store).record == result.record


def test_a_saved_file_is_the_same_image_as_the_picture_it_was_saved_from(session: Session, folder: Path) -> None:
    result = bought(session, "fig.png").result(90)
    wait_until((folder / "fig.png").exists)
    (by_name,), (by_result,) = references_of("fig.png"), references_of(result)
    assert by_name.identity == by_result.identity and isinstance(by_name.payload, Payload)
    assert by_name.payload.read() == result.bytes


def test_a_file_that_an_earlier_version_saved_without_the_mark_is_left_as_it_is(session: Session, folder: Path) -> None:
    result = bought(session, "fig.png").result(90)
    wait_until((folder / "fig.png").exists)
    (folder / "fig.png").write_bytes(result.bytes)
    again = bought(session, "fig.png")
    again.wait(90)
    assert any("Saved as fig.png" in note for note in again.notes)
    assert (folder / "fig.png").read_bytes() == result.bytes


def test_a_saved_sheet_says_what_made_it(session: Session, folder: Path) -> None:
    plan = plan_sweep(session, None, {"prompt": ["A red bicycle", "A blue bicycle"]})
    order(session, plan, PurchaseChoices(save=SaveOption("sheet.png"))).wait(90)
    wait_until((folder / "sheet.png").exists)
    assert b"digitalsourcetype/trainedAlgorithmicMedia" in (folder / "sheet.png").read_bytes()


@pytest.mark.parametrize("other", [["--annotate"], ["--format", "webp"]])
def test_as_served_and_another_file_are_not_both_possible(
    other: list[str], session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generated(session, "--save", "fig.png", "--as-served", *other) == 2
    assert f"not possible with {other[0]}" in capsys.readouterr().err
    assert generated(session, "--as-served") == 2
    assert "--save PATH --as-served" in capsys.readouterr().err
