"""A journal's file that is deleted or replaced while it is open: what is under way is known in the new one."""

from __future__ import annotations

import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.fixtures.durable_journal import durably
from tests.fixtures.postgres import Postgres
from tests.fixtures.sample_records import entry
from vidgo_notebook.domain.job_state import Accepted, JobState, Refused, Submitting, move
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.address import clean
from vidgo_notebook.store.journal.journal import Charge, Entry, Journal

CHARGE = Charge(3.0, "j00009", "f" * 64, "vidgo", "", "gpt-image-2", Decimal(12), Decimal(12), Decimal(0))


@pytest.fixture
def journal(file_journal: Journal) -> Journal:
    return file_journal


def path_of(journal: Journal) -> Path:
    return Path(journal.address)


def accepted(journal: Journal, number: int) -> Entry:
    """A job that the service has a task for."""
    record = durably(journal).claim(entry(number)).record
    for event in (Submitting(), Accepted(f"task-{number}")):
        moved = move(record, event)
        assert durably(journal).move(moved, type(event).__name__, "me", 2.0, before=record.state)
        record = moved
    found = journal.entry(record.job_id)
    assert found is not None
    return found


def write_something(journal: Journal) -> None:
    durably(journal).remember_balance("vidgo", Decimal(99), 5.0)


def jobs(path: Path) -> list[str]:
    """The jobs under way that another kernel finds in a file."""
    other = Journal(path)
    try:
        return [found.record.job_id for found in other.all_under_way()]
    finally:
        other.close()


def test_a_deleted_journal_is_written_anew_with_all_that_it_held(journal: Journal) -> None:
    """The task ids of three jobs would else be forgotten with this process, and the pictures bought again."""
    sent = [accepted(journal, number) for number in (1, 2, 3)]
    durably(journal).add_charge(CHARGE)
    path_of(journal).unlink()
    write_something(journal)
    assert "was deleted" in journal.notice
    other = Journal(path_of(journal))
    assert [found.record for found in other.all_under_way()] == [each.record for each in sent]
    assert other.charges() == [CHARGE]
    assert [event for _, event, _ in other.events("j00001")] == ["Planned", "Submitting", "Accepted"]
    other.close()
    assert [path.name for path in path_of(journal).parent.iterdir() if path.suffix != ".guard"] == ["journal.sqlite3"]


def test_a_journal_deleted_with_its_folder_is_written_anew(journal: Journal) -> None:
    accepted(journal, 1)
    shutil.rmtree(path_of(journal).parent)
    durably(journal).claim(entry(2))
    assert jobs(path_of(journal)) == ["j00001", "j00002"]


def test_kernels_that_share_a_deleted_journal_go_on_in_one_file(journal: Journal) -> None:
    other = Journal(journal.address)
    accepted(journal, 1)
    path_of(journal).unlink()
    durably(other).claim(entry(2, owner="they"))
    durably(journal).claim(entry(3))
    for each in (journal, other):
        assert [found.record.job_id for found in each.all_under_way()] == ["j00001", "j00002", "j00003"]
    other.close()


def test_what_is_under_way_is_added_to_the_journal_that_replaces_it(journal: Journal, folder: Path) -> None:
    sent, ended = accepted(journal, 1), durably(journal).claim(entry(2)).record
    durably(journal).move(move(ended, Refused("no")), "Refused", "me", 2.0, before=JobState.PLANNED)
    backup = Journal(folder / "backup.sqlite3")
    durably(backup).claim(entry(7))
    backup.close()
    (folder / "backup.sqlite3").replace(path_of(journal))
    write_something(journal)
    assert "was replaced" in journal.notice
    assert jobs(path_of(journal)) == ["j00001", "j00007"]
    found = journal.entry("j00001")
    assert found is not None and found.record == sent.record
    assert [event for _, event, _ in journal.events("j00001")] == ["Planned", "Submitting", "Accepted"]
    assert journal.entry("j00002") is None


def test_a_picture_that_the_new_journal_knows_as_under_way_stays_its_own(journal: Journal, folder: Path) -> None:
    accepted(journal, 1)
    theirs = Journal(folder / "theirs.sqlite3")
    durably(theirs).claim(replace(entry(1), record=replace(entry(1).record, job_id="theirs")))
    theirs.close()
    (folder / "theirs.sqlite3").replace(path_of(journal))
    write_something(journal)
    assert jobs(path_of(journal)) == ["theirs"]


def test_a_file_that_is_no_journal_is_left_alone_and_named(folder: Path) -> None:
    path = folder / "jobs"
    journal = Journal(path)
    accepted(journal, 1)
    path.unlink()
    path.write_bytes(b"a user's notes" * 400)
    with pytest.raises(StoreError, match="is not a journal"):
        durably(journal).claim(entry(2))
    assert path.read_bytes() == b"a user's notes" * 400
    path.unlink()
    durably(journal).claim(entry(2))
    assert jobs(path) == ["j00001", "j00002"]
    journal.close()


def test_what_is_under_way_moves_between_a_file_and_a_server(
    journal: Journal, postgres: Postgres, folder: Path
) -> None:
    sent, server = accepted(journal, 1), clean(postgres.new_database())
    for place in (server, str(folder / "back.sqlite3")):
        journal.move_to(place)
        assert journal.address == place
        found = journal.entry("j00001")
        assert found is not None and found.record == sent.record
        assert [event for _, event, _ in journal.events("j00001")] == ["Planned", "Submitting", "Accepted"]
