"""What a store holds is read once, and again where it has changed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from tests.fixtures.calls import calls_of
from tests.fixtures.sample_pictures import picture
from tests.fixtures.sample_records import keep
from vidgo_notebook.store.results.frozen import Frozen
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.record_file import read_own_record
from vidgo_notebook.store.results.result_store import ResultStore

_opened: list[str] | None = None


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _opened is not None and str(arguments[0]).endswith(".json"):
        _opened.append(Path(str(arguments[0])).name)


sys.addaudithook(_note)


@contextmanager
def opened() -> Iterator[list[str]]:
    """The names of the records that are opened meanwhile."""
    global _opened  # noqa: PLW0603  a hook can't be taken away
    _opened = names = []
    try:
        yield names
    finally:
        _opened = None


@pytest.fixture
def filled(tmp_path: Path) -> ResultStore:
    store = ResultStore(tmp_path / ".vidgo")
    for shade in range(3):
        keep(store, picture(shade=shade), prompt=f"Picture {shade}")
    return store


def test_records_that_have_not_changed_are_not_opened_again(filled: ResultStore) -> None:
    with opened() as first:
        before = filled.contents()
    with opened() as second:
        assert filled.contents() == before
    assert (len(first), second) == (3, [])


def test_only_what_has_changed_is_read_again(filled: ResultStore) -> None:
    before = filled.contents()
    _, path = keep(filled, picture(shade=7), prompt="A new one")
    gone = before.current[0]
    (filled.folder / "results" / f"{gone.fingerprint}.json").unlink()  # type: ignore[operator]
    with opened() as names:
        after = filled.contents()
    assert path.exists()
    assert len(names) == 1
    assert {record.prompt for record in after.current} == {
        *({record.prompt for record in before.current} - {gone.prompt}),
        "A new one",
    }


def test_an_edit_is_seen_whatever_its_size_and_its_time_are_made(filled: ResultStore) -> None:
    """As by a program that wants to hide it; the record is damaged, and damaged it stays."""
    record = filled.contents().current[0]
    path = filled.folder / "results" / f"{record.fingerprint}.json"  # type: ignore[operator]
    times = path.stat()
    path.write_text(path.read_text(encoding="utf-8").replace(record.prompt, record.prompt[::-1]), encoding="utf-8")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert path.stat().st_size == times.st_size
    for _ in range(2):
        after = filled.contents()
        assert record not in after.current
        assert [fault.name for fault in after.faults] == [f"results/{record.fingerprint}.json"]


def grown(folder: Path, pictures: int) -> ResultStore:
    """A store that got a picture every minute, the files of which have the times of that."""
    store = ResultStore(folder / ".vidgo")
    for number in range(pictures):
        made = datetime(2026, 3, 1, 10, number, tzinfo=UTC)
        record, _ = keep(store, picture(shade=number), prompt=f"Picture {number}", finished=made.isoformat())
        written = made.timestamp() + 1
        os.utime(folder / ".vidgo/results" / f"{record.fingerprint}.json", (written, written))
    return ResultStore(folder / ".vidgo")


def test_the_newest_are_found_without_opening_the_others(tmp_path: Path) -> None:
    """So the first page of a gallery comes as soon with ten thousand pictures as with a hundred."""
    store = grown(tmp_path, 9)
    with opened() as names:
        assert [each.prompt for each in store.newest(3)] == ["Picture 8", "Picture 7", "Picture 6"]
    assert len(names) == 3
    with opened() as others:
        assert len(store.contents().current) == 9
    assert len(others) == 6


def test_the_newest_of_a_clone_are_found_without_decoding_the_others(tmp_path: Path) -> None:
    """All of its files are new, so each is opened; checking what is in it takes most of the time."""
    store = grown(tmp_path, 9)
    for place, path in enumerate(sorted((tmp_path / ".vidgo/results").glob("*.json"))):
        os.utime(path, (2_000_000_000 + place, 2_000_000_000 + place))
    with opened() as names, calls_of(read_own_record) as decoded:
        assert [each.prompt for each in store.newest(2)] == ["Picture 8", "Picture 7"]
    assert (len(names), decoded.number) == (9, 2)
    assert len(store.contents().current) == 9


def test_a_file_from_the_far_future_is_among_the_newest_as_others_are(tmp_path: Path) -> None:
    """Some file systems take any time, and an archive of a stranger may have one."""
    store, year_11476 = grown(tmp_path, 3), 300_000_000_000
    for path in (tmp_path / ".vidgo/results").glob("*.json"):
        os.utime(path, (year_11476, year_11476))
        if path.stat().st_mtime < year_11476:
            pytest.skip("this file system has no such time")
    assert [each.prompt for each in store.newest(2)] == ["Picture 2", "Picture 1"]


def test_among_the_newest_is_nothing_that_can_not_be_used(tmp_path: Path) -> None:
    store = grown(tmp_path, 4)
    broken = next(record for record in store.contents().current if record.prompt == "Picture 3")
    (tmp_path / ".vidgo/results" / f"{broken.fingerprint}.json").write_text("{")
    (tmp_path / ".vidgo/results" / f"{'a' * 64}.json").write_text('{\n "finished": "2099-01-01T00:00:00+00:00"\n}')
    assert [each.prompt for each in ResultStore(tmp_path / ".vidgo").newest(2)] == ["Picture 2", "Picture 1"]


def test_a_record_that_is_written_otherwise_is_among_the_newest_all_the_same(tmp_path: Path) -> None:
    """As by an editor that sorts and indents in its own way."""
    store = grown(tmp_path, 3)
    for path in (tmp_path / ".vidgo/results").glob("*.json"):
        path.write_text(json.dumps(json.loads(path.read_bytes())), encoding="utf-8")
    assert [each.prompt for each in store.newest(2)] == ["Picture 2", "Picture 1"]


def test_what_came_into_a_frozen_store_later_is_not_among_its_newest(tmp_path: Path) -> None:
    store = grown(tmp_path, 2)
    records = {f"{each.fingerprint}.json": each.sha256 for each in store.contents().current}
    for day in (1, 2, 3):
        keep(store, picture(shade=7), prompt=f"A later one, {day}", finished=f"2026-04-0{day}T10:00:00+00:00")
    store.mark.write(Frozen({}, records, (), {}))
    assert [each.prompt for each in store.newest(1)] == ["Picture 1"]


def test_the_newest_are_found_while_all_are_read(tmp_path: Path) -> None:
    """As by a second gallery, which a person opens while the first one still reads a large store."""
    store, found = grown(tmp_path, 4), list[ResultRecord]()

    def meanwhile(names: Sequence[str]) -> Iterator[str]:
        second = Thread(target=lambda: found.extend(store.newest(2)), daemon=True)
        second.start()
        second.join(10)
        yield from names

    assert len(store.contents(meanwhile).current) == 4
    assert [each.prompt for each in found] == ["Picture 3", "Picture 2"]
