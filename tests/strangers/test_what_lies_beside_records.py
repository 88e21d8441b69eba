"""Files of cloud drives, systems and version control are passed over and named with the cure."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.live_session import LiveSession, OpenLiveSession
from tests.fixtures.terminal import Terminal
from vidgo_notebook.app.commands.doctor import check_store
from vidgo_notebook.app.library.select import find_results
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import StoreError

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 12345\n"


def record_path(result: Result) -> Path:
    assert result.store and result.store.folder
    return result.store.folder / "results" / f"{result.record.fingerprint}.json"


BESIDE: dict[str, Callable[[str], str]] = {
    "Google Drive": lambda stem: f"{stem} (1).json",
    "OneDrive": lambda stem: f"{stem}-LAPTOP.json",
    "Dropbox": lambda stem: f"{stem} (Jo's conflicted copy 2026-11-28).json",
    "Nextcloud": lambda stem: f"{stem} (conflicted copy 2026-11-28 101500).json",
    "Syncthing": lambda stem: f"{stem}.sync-conflict-20261128-101500-ABCDEFG.json",
    "iCloud": lambda stem: f"{stem} 2.json",
    "a file manager": lambda stem: f"Copy of {stem}.json",
    "an editor": lambda stem: f"{stem}.json~",
    "a merge": lambda stem: f"{stem}.json.orig",
    "macOS": lambda _: ".DS_Store",
    "Windows": lambda _: "Thumbs.db",
    "another file": lambda _: "notes.txt",
}


@pytest.mark.parametrize("name", BESIDE.values(), ids=BESIDE)
def test_what_lies_beside_a_record_is_passed_over_and_named(name: Callable[[str], str], live: LiveSession) -> None:
    result = live.made("A red bicycle")
    beside = record_path(result).with_name(name(result.record.fingerprint))
    shutil.copy(record_path(result), beside)
    found = find_results(live.session, everything=True)
    assert (found.records, found.left_out) == ([result.record], ())
    rows = check_store(live.session)
    assert [(row.file, row.serious) for row in rows] == [(f"results/{beside.name}", False)]
    assert rows[0].problem and rows[0].cure
    assert "1 of 1 result intact" in rows.title
    assert "1 file passed over" in rows.title


@pytest.mark.parametrize("name", [f"{kind}" for kind in BESIDE][:8])
def test_a_record_of_which_only_a_copy_is_left_is_not_bought_again(name: str, live: LiveSession) -> None:
    result = live.made("A red bicycle")
    copy = record_path(result).with_name(BESIDE[name](result.record.fingerprint))
    record_path(result).rename(copy)
    submits = len(live.emulator.tasks)
    with pytest.raises(StoreError, match="a copy of it is there") as raised:
        live.made("A red bicycle")
    assert f"Rename results/{copy.name}" in str(raised.value)
    assert "buy" not in str(raised.value)
    assert len(live.emulator.tasks) == submits
    assert [row.file for row in check_store(live.session) if row.serious] == [f"results/{record_path(result).name}"]
    copy.rename(record_path(result))
    assert live.made("A red bicycle").bytes == result.bytes


def test_a_placeholder_of_icloud_is_downloaded_and_not_bought_again(live: LiveSession) -> None:
    result = live.made("A red bicycle")
    record_path(result).rename(record_path(result).with_name(f".{record_path(result).name}.icloud"))
    with pytest.raises(StoreError, match="in iCloud and not on this machine"):
        live.made("A red bicycle")


def test_a_pointer_of_git_lfs_is_named_with_its_command(live: LiveSession, open_live: OpenLiveSession) -> None:
    result = live.made("A red bicycle")
    assert result.path
    data = result.path.read_bytes()
    result.path.write_bytes(POINTER)
    submits = len(live.emulator.tasks)
    for session in (open_live(), open_live(mode="replay")):
        with pytest.raises(StoreError, match="Git LFS pointer") as raised:
            session.made("A red bicycle")
        assert str(raised.value).endswith("git lfs pull")
    assert len(live.emulator.tasks) == submits
    assert result.path.read_bytes() == POINTER
    result.path.write_bytes(data)
    record_path(result).write_bytes(POINTER)
    with pytest.raises(StoreError, match="Git LFS pointer") as raised:
        open_live().made("A red bicycle")
    assert "git lfs pull" in str(raised.value)


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.autocrlf=true"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=False, capture_output=True)


def test_two_purchases_that_git_merges_leave_a_record_that_can_be_read(live: LiveSession) -> None:
    """The attributes that a store writes keep one side whole, where a merge as text leaves marks in it."""
    folder = live.session.store.folder.parent
    git(folder, "init", "-b", "main")
    live.made("A kettle")
    git(folder, "add", ".vidgo")
    git(folder, "commit", "-m", "one")
    git(folder, "checkout", "-b", "other")
    theirs = live.made("A red bicycle")
    git(folder, "add", ".vidgo")
    git(folder, "commit", "-m", "theirs")
    git(folder, "checkout", "main")
    mine = live.made("A red bicycle")
    git(folder, "add", ".vidgo")
    git(folder, "commit", "-m", "mine")
    before = record_path(mine).read_bytes()
    git(folder, "merge", "other")
    assert record_path(mine).read_bytes() == before
    assert b"\r" not in before
    assert live.session.store.picture(theirs.record)
    assert live.made("A red bicycle").record == mine.record


@pytest.mark.parametrize("marks", ["<<<<<<< HEAD", "<<<<<<< Updated upstream", "<<<<<<< Conflict 1 of 1"])
def test_a_merge_conflict_is_named_and_the_others_are_reported(marks: str, live: LiveSession) -> None:
    live.made("A kettle")
    result = live.made("A red bicycle")
    lines = record_path(result).read_text().split("\n")
    record_path(result).write_text(
        "\n".join([lines[0], marks, *lines[1:3], "=======", *lines[1:3], ">>>>>>> b", *lines[3:]])
    )
    found = find_results(live.session, everything=True)
    assert [record.prompt for record in found.records] == ["A kettle"]
    assert "merge conflict" in found.left_out[0].problem
    with pytest.raises(StoreError, match="merge conflict") as raised:
        live.made("A red bicycle")
    assert "git checkout --ours" in str(raised.value)
    assert "buy" not in str(raised.value)


def test_one_bad_file_stops_no_command(terminal: Terminal) -> None:
    terminal.run("%%vidgo a\nA red bicycle")
    terminal.run("%%vidgo b\nA blue bicycle")
    terminal.run("%%vidgo b --fresh\nA blue bicycle")
    bad = record_path(terminal["a"].result())
    bad.write_text("<<<<<<< HEAD")
    assert f"Left out: results/{bad.name}" in terminal.run("%vidgo report --all")
    assert "A blue bicycle" in terminal.run("%vidgo report --all")
    exported = terminal.run("%vidgo export out.zip --all")
    assert "1 result exported to out.zip, and 1 superseded." in exported
    assert f"Left out: results/{bad.name}" in exported
    pruned = terminal.run("%vidgo prune --yes")
    assert "All pictures stay" in pruned
    assert "1 result deleted" in pruned
    assert "1 of 2 results intact" in terminal.fails("%vidgo doctor --store")
