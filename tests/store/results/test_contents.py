"""What a store holds is read once, and again where it has changed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fixtures.sample_pictures import picture
from tests.fixtures.sample_records import keep
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
