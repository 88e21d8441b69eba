"""Several pieces of work in one commit: one that the database refuses ends alone, the others are durable."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.fixtures.durable_journal import durably
from tests.fixtures.sample_records import entry
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.journal.database import JournalUnavailableError
from vidgo_notebook.store.journal.jobs import Entry
from vidgo_notebook.store.journal.journal import Journal

HALF_AN_EMOJI = "a rocket \ud83d"
"""What JavaScript's ``slice`` leaves of an emoji: no database stores it."""


def titled(number: int, message: Any) -> Entry:
    planned = entry(number)
    return replace(planned, record=replace(planned.record, message=message))


REFUSED = {
    "half an emoji": HALF_AN_EMOJI,
    "no value at all": None,
    "a kind of value that no database knows": object(),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_what_the_database_refuses_ends_alone(refused: Any, journal: Journal) -> None:
    def write(number: int) -> Entry:
        return journal.claim(titled(number, refused if number == 2 else "fine"))

    first, second, third = journal.commit_each([lambda number=number: write(number) for number in (1, 2, 3)])
    assert isinstance(second.error, StoreError)
    assert "can't store an entry" in str(second.error)
    assert (first.error, third.error) == (None, None)
    assert [found.record.job_id for found in journal.all_under_way()] == ["j00001", "j00003"]
    assert first.value == journal.entry("j00001")


def test_a_refused_piece_of_work_leaves_nothing_of_its_first_half(journal: Journal) -> None:
    def two_entries() -> None:
        journal.claim(entry(1))
        journal.claim(titled(2, HALF_AN_EMOJI))

    refused, done = journal.commit_each([two_entries, lambda: journal.claim(entry(3))])
    assert isinstance(refused.error, StoreError)
    assert done.error is None
    assert [found.record.job_id for found in journal.all_under_way()] == ["j00003"]
    assert journal.events("j00001") == []


def test_an_error_of_the_work_itself_ends_alone_too_and_stays_what_it_is(journal: Journal) -> None:
    broken, done = journal.commit_each([lambda: {}["missing"], lambda: journal.claim(entry(1))])
    assert isinstance(broken.error, KeyError)
    assert done.value == journal.entry("j00001")


def test_outside_a_group_what_is_refused_is_a_store_error_too(journal: Journal) -> None:
    with pytest.raises(StoreError, match="can't store an entry"):
        durably(journal).claim(titled(1, HALF_AN_EMOJI))
    assert journal.all_under_way() == []
    with pytest.raises(StoreError, match="can't store an entry"):
        journal.entry(HALF_AN_EMOJI)
    assert durably(journal).claim(entry(1)) == journal.entry("j00001")


def test_a_journal_that_is_full_ends_the_whole_group_at_once(file_journal: Journal) -> None:
    connection = file_journal._database._connection  # type: ignore[attr-defined]
    connection.execute("PRAGMA max_page_count = 20")  # to SQLite the same as a full disk
    group = [lambda number=number: file_journal.claim(entry(number, request="x" * 2000)) for number in range(50)]
    with pytest.raises(JournalUnavailableError, match="disk is full"):
        file_journal.commit_each(group)
    assert file_journal.all_under_way() == []
    connection.execute("PRAGMA max_page_count = 10000")
    assert {outcome.error for outcome in file_journal.commit_each(group)} == {None}
