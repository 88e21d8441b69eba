"""Nothing in a store or a crate is followed as a link, and nothing but a plain file is opened."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.live_session import LiveSession, OpenLiveSession
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.app.commands.doctor import check_store
from vidgo_notebook.app.library.export import export_results
from vidgo_notebook.app.library.import_ import import_results
from vidgo_notebook.app.library.select import find_results
from vidgo_notebook.engine.handles.picture_file import read_picture
from vidgo_notebook.errors import RequestError, StoreError
from vidgo_notebook.store.results.cache import previews
from vidgo_notebook.store.results.result_store import ResultStore

SECRET = b"a private key"


def link(path: Path) -> None:
    """To a file that holds the same, so that nothing but the link is wrong."""
    path.rename(path.parent.parent / f"moved-{path.name}")
    path.symlink_to(path.parent.parent / f"moved-{path.name}")


def dangling_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/nowhere/at/all")


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    path.unlink()
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("s")
        Path("s").rename(path.name)
    finally:
        os.chdir(here)


def folder_in_its_place(path: Path) -> None:
    path.unlink()
    path.mkdir()


KINDS = (link, dangling_link, fifo, unix_socket, folder_in_its_place)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def replace(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    """Puts something in the place of a plain file."""
    return request.param  # type: ignore[no-any-return]


def test_such_a_record_is_named_and_the_others_are_reported(live: LiveSession, replace: Callable[[Path], None]) -> None:
    live.made("A red bicycle")
    spoilt = live.made("A blue bicycle")
    name = f"results/{spoilt.record.fingerprint}.json"
    replace(live.session.store.folder / name)
    found = find_results(live.session, everything=True)
    assert [record.prompt for record in found.records] == ["A red bicycle"]
    assert [fault.name for fault in found.left_out] == [name]
    assert [row.file for row in check_store(live.session) if row.serious] == [name]
    submits = len(live.emulator.tasks)
    with pytest.raises(StoreError):
        live.made("A blue bicycle")
    assert len(live.emulator.tasks) == submits


def test_such_a_picture_is_named_and_not_shown(live: LiveSession, replace: Callable[[Path], None]) -> None:
    spoilt = live.made("A blue bicycle")
    live.made("A red bicycle")
    assert spoilt.path
    replace(spoilt.path)
    found = find_results(live.session, everything=True)
    assert [record.prompt for record in found.records] == ["A red bicycle"]
    assert [fault.name for fault in found.left_out] == [f"objects/{spoilt.digest[:2]}/{spoilt.digest}.png"]
    report = export_results(live.session, Path("out").absolute(), everything=True)
    assert [record.prompt for record in report] == ["A red bicycle"]
    with pytest.raises(StoreError):
        _ = spoilt.bytes


@pytest.mark.parametrize("part", ["results", "objects", "objects/XX", "tmp"])
def test_no_folder_that_is_a_link_is_written_through(part: str, live: LiveSession, tmp_path: Path) -> None:
    first = live.made("A red bicycle")
    folder = live.session.store.folder / part.replace("XX", first.digest[:2])
    folder.rename(tmp_path / "outside")
    folder.symlink_to(tmp_path / "outside", target_is_directory=True)
    before = {path: path.read_bytes() for path in (tmp_path / "outside").rglob("*") if path.is_file()}
    store = ResultStore(live.session.store.folder)
    with pytest.raises(StoreError, match="is a link; it was not followed"):
        download = store.new_download()
        download.write_bytes(first.bytes)
        store.keep(download, first.record)
    assert {path: path.read_bytes() for path in (tmp_path / "outside").rglob("*") if path.is_file()} == before


def test_a_preview_in_a_store_is_never_looked_at(live: LiveSession, open_live: OpenLiveSession, tmp_path: Path) -> None:
    """A committed preview may be a link to a secret, or another picture."""
    result = live.made("A red bicycle")
    (tmp_path / "secret").write_bytes(SECRET)
    old = live.session.store.folder / "previews"
    old.mkdir()
    (old / f"{result.digest}-768.jpg").symlink_to(tmp_path / "secret")
    previews().forget(result.digest)
    reader = open_live(mode="replay")
    shown = reader.session.embedded(reader.made("A red bicycle"))
    assert shown.data != SECRET
    assert shown.data.startswith(b"\xff\xd8")
    assert "previews" in [row.file for row in check_store(reader.session)]


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "results/../../outside", "results//x", "a\\b", "a\0b"])
def test_no_name_leads_out_of_a_store(name: str, live: LiveSession) -> None:
    files = live.session.store.files
    for use in (lambda: files.read(name, 10), lambda: files.write(name, b"x"), lambda: files.local(name, "0" * 64)):
        with pytest.raises(StoreError, match="is not the name of a file in a store"):
            use()


def test_a_crate_with_a_link_or_a_fifo_is_refused(live: LiveSession, open_live: OpenLiveSession) -> None:
    live.made("A red bicycle")
    reader = open_live(store="reader/.vidgo")
    for number, spoil in enumerate((link, fifo)):
        out = Path(f"out{number}").absolute()
        export_results(live.session, out)
        [picture] = (out / "pictures").iterdir()
        spoil(picture)
        with pytest.raises(StoreError, match="Nothing was imported"):
            import_results(out, reader.session.store)
    assert reader.session.store.contents().current == ()


def test_a_fifo_given_as_a_picture_a_crate_or_an_image_is_refused_at_once(live: LiveSession) -> None:
    os.mkfifo("pipe")
    with pytest.raises(RequestError, match="is a FIFO, not a file"):
        read_picture(Path("pipe"), live.session.store)
    with pytest.raises(StoreError, match="is a FIFO, not a file"):
        import_results(Path("pipe"), live.session.store)
    with pytest.raises(RequestError, match="regular file"):
        live.made("An edit", image="pipe")


def test_a_link_that_the_user_names_is_followed(live: LiveSession, tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(PNG)
    Path("mine.png").symlink_to(tmp_path / "photo.png")
    assert live.made("An edit", image="mine.png").record.width == 2
