"""What is wrong in the store or the journal is said clearly: nothing is sent, overwritten or lost by it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.fixtures.counting_emulator import CountingEmulator
from tests.proofs.conftest import OpenShell
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.journal.journal import VERSION

CELL = "%%vidgo --wait --yes --quality low --size 1:1 --resolution 1K"
TEXT = b"this is no picture"


def run(shell: InteractiveShell, options: str = "") -> BaseException | None:
    """Run the cell; what it raised."""
    outcome = shell.run_cell(f"{CELL} {options}\na kettle")
    return outcome.error_before_exec or outcome.error_in_exec  # type: ignore[no-any-return]


@pytest.fixture
def bought(open_shell: OpenShell, live: CountingEmulator, tmp_path: Path) -> Path:
    """A store with one bought picture; its folder."""
    assert run(open_shell()) is None
    assert live.accepted == {"a kettle": 1}
    return tmp_path / "store"


def record_in(store: Path) -> Path:
    [path] = (store / "results").glob("*.json")
    return path


def object_in(store: Path) -> Path:
    [path] = (store / "objects").glob("*/*")
    return path


def edited(**changes: Any) -> Callable[[Path], None]:
    def edit(store: Path) -> None:
        path = record_in(store)
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return edit


def cut_short(store: Path) -> None:
    path = record_in(store)
    path.write_bytes(path.read_bytes()[:-30])


def linked_record(store: Path) -> None:
    path = record_in(store)
    path.rename(outside := store.parent / "outside.json")
    path.symlink_to(outside)


def linked_object(store: Path) -> None:
    path = object_in(store)
    path.rename(outside := store.parent / "outside.png")
    path.symlink_to(outside)


def linked_folder(store: Path) -> None:
    (store / "objects").rename(outside := store.parent / "outside")
    (store / "objects").symlink_to(outside, target_is_directory=True)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (edited(take="one"), "its take is not valid"),
        (edited(digest="../../../etc/passwd"), "its digest is not valid"),
        (edited(fingerprint="0" * 64), "are not those of its fingerprint"),
        (edited(format=99), "pip install -U vidgo-notebook"),
        (edited(colour="red"), "unknown fields ('colour')"),
        (cut_short, "it is not JSON"),
        (linked_record, "is a link; it was not followed"),
        (linked_object, "is a link; it was not followed"),
        (linked_folder, "is a link; it was not followed"),
    ],
)
def test_a_store_that_cannot_be_trusted_is_named_and_left_as_it_is(
    bought: Path,
    open_shell: OpenShell,
    live: CountingEmulator,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
    message: str,
) -> None:
    spoil(bought)
    before, calls = files_under(bought.parent), live.count()
    error = run(open_shell())
    assert isinstance(error, StoreError)
    assert message in str(error)
    assert "Traceback" not in capsys.readouterr().out
    assert live.count() == calls
    assert files_under(bought.parent) == before


def test_a_fresh_purchase_keeps_a_record_that_was_edited(
    bought: Path, open_shell: OpenShell, live: CountingEmulator
) -> None:
    edited(take="one")(bought)
    mine = record_in(bought).read_bytes()
    assert run(open_shell(), "--fresh") is None
    assert live.accepted == {"a kettle": 2}
    assert mine in [path.read_bytes() for path in (bought / "results").iterdir()]


def test_a_text_file_in_place_of_a_picture_is_never_shown_and_the_picture_is_fetched_again_for_nothing(
    bought: Path, open_shell: OpenShell, live: CountingEmulator
) -> None:
    path = object_in(bought)
    good = path.read_bytes()
    path.write_bytes(TEXT)
    assert run(open_shell()) is None
    assert path.read_bytes() == good
    assert live.accepted == {"a kettle": 1}


def test_in_replay_a_text_file_in_place_of_a_picture_is_an_error_and_stays(
    bought: Path, open_shell: OpenShell, live: CountingEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    object_in(bought).write_bytes(TEXT)
    calls = live.count()
    monkeypatch.setenv("VIDGO_MODE", "replay")
    error = run(open_shell())
    assert isinstance(error, StoreError)
    assert "missing or damaged" in str(error)
    assert object_in(bought).read_bytes() == TEXT
    assert live.count() == calls


def test_a_journal_that_is_a_folder_stops_everything_before_it_is_sent(
    open_shell: OpenShell, live: CountingEmulator, tmp_path: Path
) -> None:
    (folder := tmp_path / "journal.sqlite3").mkdir()
    (folder / "mine.txt").write_bytes(TEXT)
    error = run(open_shell())
    assert isinstance(error, StoreError)
    assert "is a folder, not a file" in str(error)
    assert [path.read_bytes() for path in folder.iterdir()] == [TEXT]
    assert live.count() == 0


def test_a_journal_of_a_newer_version_stops_everything_before_it_is_sent(
    open_shell: OpenShell, live: CountingEmulator, tmp_path: Path
) -> None:
    import sqlite3

    path = tmp_path / "journal.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    error = run(open_shell())
    assert isinstance(error, StoreError)
    assert "newer vidgo_notebook" in str(error)
    assert path.read_bytes() == before
    assert live.count() == 0


def test_a_journal_that_is_a_text_file_is_set_aside_and_kept(
    open_shell: OpenShell, live: CountingEmulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "journal.sqlite3").write_bytes(TEXT * 100)
    assert run(open_shell()) is None
    [aside] = tmp_path.glob("journal.sqlite3.damaged-*")
    assert aside.read_bytes() == TEXT * 100
    assert aside.name in capsys.readouterr().err
    assert live.accepted == {"a kettle": 1}


def files_under(folder: Path) -> dict[str, bytes]:
    """Every file but the journal, which may note what was looked at."""
    paths = [path for path in folder.rglob("*") if path.is_file() and "journal" not in path.name]
    return {str(path): path.read_bytes() for path in paths if "home" not in path.parts}
