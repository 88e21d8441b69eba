"""The journal, as a file and on a server: durable, and one job under way for each picture."""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.fixtures.durable_journal import durably
from tests.fixtures.sample_records import entry
from vidgo_notebook.domain.job_state import Accepted, AnswerLost, JobState, Rendered, Stored, Submitting, move
from vidgo_notebook.store.address import password_of
from vidgo_notebook.store.journal.journal import Charge, Entry, Journal


def moved(journal: Journal, given: Entry, event: object, owner: str = "me", at: float = 5.0) -> Entry | None:
    """Move a job as its owner does; the entry afterwards, None if it was not allowed."""
    record = move(given.record, event)  # type: ignore[arg-type]
    if not durably(journal).move(record, type(event).__name__, owner, at, before=given.record.state):
        return None
    return journal.entry(record.job_id)


def under_way(journal: Journal, number: int = 1) -> Entry:
    """A job that the service accepted."""
    sent = moved(journal, durably(journal).claim(entry(number)), Submitting(), at=2.0)
    assert sent is not None
    accepted = moved(journal, sent, Accepted(f"task-{number}"), at=3.0)
    assert accepted is not None
    return accepted


def test_an_intent_survives_the_process_that_wrote_it(journal: Journal) -> None:
    claimed = durably(journal).claim(entry())
    again = Journal(journal.address)
    assert again.entry("j00001") == claimed
    assert again.all_under_way() == [claimed]
    again.close()


def test_an_entry_comes_back_as_it_was_written(journal: Journal) -> None:
    full = entry(7, generation=3, notebook="b.ipynb", request='{"prompt": "ü"}')
    assert durably(journal).claim(full) == full
    assert journal.entry("j00007") == full


def test_each_move_is_written_with_its_time(journal: Journal) -> None:
    accepted = under_way(journal)
    rendered = moved(journal, accepted, Rendered("https://storage.example/a.png"), at=30.0)
    assert rendered is not None
    assert (rendered.submitted_at, rendered.rendered_at, rendered.ended_at) == (2.0, 30.0, None)
    assert (rendered.record.charge, rendered.record.file_url) == (Decimal(24), "https://storage.example/a.png")
    stored = moved(journal, rendered, Stored("a" * 64), at=31.0)
    assert stored is not None
    assert (stored.record.state, stored.ended_at) == (JobState.FINISHED, 31.0)
    assert journal.events("j00001") == [
        (1.0, "Planned", "planned"),
        (2.0, "Submitting", "submitting"),
        (3.0, "Accepted", "not_started"),
        (30.0, "Rendered", "fetching"),
        (31.0, "Stored", "finished"),
    ]
    assert journal.durations("k") == [28.0]


# One job under way for each picture


def test_a_second_claim_for_a_picture_gets_the_first_job(journal: Journal) -> None:
    first = durably(journal).claim(entry(1))
    rival = replace(entry(1), record=replace(entry(1).record, job_id="rival"), owner="other")
    assert durably(journal).claim(rival) == first
    assert journal.entry("rival") is None
    assert journal.events("rival") == []


def test_an_uncertain_job_stands_in_the_way_of_another(journal: Journal) -> None:
    sent = moved(journal, durably(journal).claim(entry()), Submitting())
    assert sent is not None
    uncertain = moved(journal, sent, AnswerLost("no answer"))
    rival = replace(entry(1), record=replace(entry(1).record, job_id="rival"))
    assert durably(journal).claim(rival) == uncertain
    assert journal.all_under_way() == [uncertain]


def test_a_picture_that_is_finished_may_be_asked_for_again(journal: Journal) -> None:
    rendered = moved(journal, under_way(journal), Rendered("https://x.example/a"))
    assert rendered is not None
    moved(journal, rendered, Stored("a" * 64))
    again = replace(entry(1), record=replace(entry(1).record, job_id="again"), generation=1)
    assert durably(journal).claim(again).record.job_id == "again"
    assert journal.generation(entry(1).record.fingerprint) == 1
    assert journal.generation("e" * 64) == -1


def test_who_claims_while_another_finishes_gets_the_finished_picture(journal: Journal) -> None:
    """Looked for before it was there, claimed after it was finished: it must not be bought again."""
    looked_at_generation = journal.generation(entry(1).record.fingerprint) + 1
    rendered = moved(journal, under_way(journal), Rendered("https://x.example/a"))
    assert rendered is not None
    finished = moved(journal, rendered, Stored("a" * 64))
    late = replace(
        entry(1), record=replace(entry(1).record, job_id="late"), generation=looked_at_generation, owner="other"
    )
    assert durably(journal).claim(late) == finished
    assert journal.entry("late") is None
    assert journal.all_under_way() == []


def test_who_looks_while_another_buys_and_claims_when_that_has_ended_gets_the_finished_picture(
    journal: Journal,
) -> None:
    """Between a look and a claim there may be minutes: a question to a person, a queue of a cluster."""
    accepted = under_way(journal)
    wanted = entry(1).record.fingerprint
    looked = journal.next_generations([wanted])[wanted]
    rendered = moved(journal, accepted, Rendered("https://x.example/a"))
    assert rendered is not None
    finished = moved(journal, rendered, Stored("a" * 64))
    late = replace(entry(1), record=replace(entry(1).record, job_id="late"), generation=looked, owner="other")
    assert durably(journal).claim(late) == finished
    assert journal.next_generations([wanted]) == {wanted: looked + 1}


def test_a_job_that_has_ended_is_not_taken_over(journal: Journal) -> None:
    """Who looked at it a while ago may see an owner whose lease ended since."""
    seen = under_way(journal)
    rendered = moved(journal, seen, Rendered("https://x.example/a"))
    assert rendered is not None
    assert moved(journal, rendered, Stored("a" * 64)) is not None
    assert durably(journal).take_over(seen, "taker", "/mine") is None


def test_what_is_asked_of_many_is_what_is_asked_of_each(journal: Journal) -> None:
    """More than a database takes in one query; unknown jobs are left out."""
    entries = [replace(entry(n), record=replace(entry(n).record, job_id=f"job-{n}")) for n in range(1, 4)]
    claimed = [durably(journal).claim(each) for each in entries]
    prints = [each.record.fingerprint for each in claimed]
    crowd = [*prints, *(f"unknown-{number}" for number in range(1200))]
    assert journal.those_under_way(crowd) == dict(zip(prints, claimed, strict=True))
    assert journal.next_generations(crowd) == dict.fromkeys(prints, 0)
    names = [each.record.job_id for each in claimed]
    assert journal.entries_of([*names, *crowd]) == dict(zip(names, claimed, strict=True))


def test_two_journals_of_one_file_agree_on_who_was_first(journal: Journal) -> None:
    other, start = Journal(journal.address), threading.Barrier(16)

    def claim(number: int) -> str:
        mine = replace(entry(1), record=replace(entry(1).record, job_id=f"by-{number}"))
        start.wait()
        return durably(journal if number % 2 else other).claim(mine).record.job_id

    with ThreadPoolExecutor(16) as pool:
        winners = set(pool.map(claim, range(16)))
    assert len(winners) == 1
    assert len(journal.all_under_way()) == 1
    other.close()


def _claim_many(address: str, password: str | None, name: str, results: object) -> None:
    if password:
        os.environ["PGPASSWORD"] = password  # as libpq takes it where the URL has none
    journal = Journal(address)
    won = []
    for number in range(60):
        mine = replace(entry(number), record=replace(entry(number).record, job_id=f"{name}-{number}"))
        won.append(durably(journal).claim(mine).record.job_id)
    results.put(won)  # type: ignore[attr-defined]
    journal.close()


def test_processes_agree_on_who_was_first(journal: Journal) -> None:
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    processes = [
        context.Process(target=_claim_many, args=(journal.address, password_of(journal.address), f"p{n}", results))
        for n in range(3)
    ]
    for process in processes:
        process.start()
    first, *others = [results.get(timeout=90) for _ in processes]
    for process in processes:
        process.join(90)
    assert len(first) == 60
    assert others == [first, first]
    assert len(journal.all_under_way()) == 60


# Ownership


def test_only_its_owner_moves_a_job_and_only_from_the_state_it_is_in(journal: Journal) -> None:
    claimed = durably(journal).claim(entry())
    assert moved(journal, claimed, Submitting(), owner="another") is None
    assert journal.entry("j00001") == claimed
    assert moved(journal, claimed, Submitting()) is not None
    assert moved(journal, claimed, Submitting()) is None  # of two that would send it, one may
    assert [event for _, event, _ in journal.events("j00001")] == ["Planned", "Submitting"]


def test_of_many_that_take_over_an_abandoned_job_one_gets_it(journal: Journal) -> None:
    abandoned, other, start = durably(journal).claim(entry()), Journal(journal.address), threading.Barrier(12)

    def take(number: int) -> bool:
        start.wait()
        where = journal if number % 2 else other
        return durably(where).take_over(abandoned, f"taker-{number}", "/mine") is not None

    with ThreadPoolExecutor(12) as pool:
        taken = list(pool.map(take, range(12)))
    assert sum(taken) == 1
    now = journal.entry("j00001")
    assert now is not None
    assert now.owner == f"taker-{taken.index(True)}"
    other.close()


@pytest.mark.parametrize("sign", ["heartbeat", "last look", "move", "taken over and given back"])
def test_a_job_whose_owner_gave_a_sign_of_life_since_it_was_looked_at_is_not_taken_over(
    sign: str, journal: Journal
) -> None:
    seen = durably(journal).claim(entry())
    if sign == "last look":
        sending = moved(journal, seen, Submitting())
        assert sending is not None
        seen = sending
    match sign:
        case "heartbeat":
            durably(journal).renew("me")
        case "last look":
            assert durably(journal).keep("j00001", "me")
        case "move":
            assert moved(journal, seen, Submitting()) is not None
        case _:
            assert durably(journal).take_over(seen, "me", "/mine") is not None
    assert durably(journal).take_over(seen, "taker", "/mine") is None
    assert journal.entry("j00001").owner == "me"  # type: ignore[union-attr]


def test_letting_go_touches_only_ones_own_jobs(journal: Journal) -> None:
    mine, theirs = durably(journal).claim(entry(1)), durably(journal).claim(entry(2, owner="they"))
    durably(journal).release(theirs.record.job_id, "me")
    durably(journal).release_all("me")
    assert journal.entry(theirs.record.job_id) == theirs
    assert journal.entry(mine.record.job_id).owner == ""  # type: ignore[union-attr]


# Many moves, one commit


def test_what_is_written_outside_a_commit_is_refused_and_so_is_a_commit_inside_another(journal: Journal) -> None:
    """A move and its event, or a charge and its move, would else be durable one without the other."""
    with pytest.raises(RuntimeError, match="inside a commit"):
        journal.claim(entry())
    with pytest.raises(RuntimeError, match="no other inside"):
        journal.commit(lambda: journal.commit(lambda: journal.claim(entry())))
    assert journal.all_under_way() == []
    assert durably(journal).claim(entry()).record.job_id == "j00001"


def test_a_transaction_is_all_or_nothing(journal: Journal) -> None:
    def half() -> None:
        journal.claim(entry(1))
        journal.claim(entry(2))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        journal.commit(half)
    assert journal.all_under_way() == []
    durably(journal).claim(entry(3))
    assert len(journal.all_under_way()) == 1


def test_threads_may_share_a_journal(journal: Journal) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: under_way(journal, number), range(100)))
    assert len(journal.all_under_way()) == 100
    assert sum(len(journal.events(f"j{number:05d}")) for number in range(100)) == 300


# Money


def test_the_ledger_keeps_amounts_exactly(journal: Journal) -> None:
    lines = [
        Charge(1.0, "j1", "f", "vidgo", "a.ipynb", "gpt-image-2", Decimal("0.1"), Decimal("0.1"), Decimal(0)),
        Charge(2.0, "j2", "f", "vidgo", "", "flux-2-pro", None, None, None),
        Charge(3.0, "j3", "f", "emulator", "", "gpt-image-2", Decimal(48), Decimal(0), Decimal(48)),
    ]
    for line in lines:
        durably(journal).add_charge(line)
    assert journal.charges() == lines
    assert journal.charges(since=2.0) == lines[1:]
    assert sum(line.charged for line in [lines[0]] * 3 if line.charged) == Decimal("0.3")


def test_the_last_balance_of_each_provider_is_remembered(journal: Journal) -> None:
    assert journal.last_balance("vidgo") is None
    durably(journal).remember_balance("vidgo", Decimal("99.5"), 1.0)
    durably(journal).remember_balance("vidgo", Decimal("75.5"), 2.0)
    durably(journal).remember_balance("emulator", Decimal(10_000), 3.0)
    assert journal.last_balance("vidgo") == (2.0, Decimal("75.5"))


def test_the_balance_before_a_purchase_is_known_though_it_was_asked_again_since(journal: Journal) -> None:
    """Showing an uncertain job requests the balance; the balance before the POST is the one that counts."""
    for at, balance in ((1.0, "99.5"), (2.0, "75.5"), (9.0, "51.5")):
        durably(journal).remember_balance("vidgo", Decimal(balance), at)
    assert journal.last_balance("vidgo", until=5.0) == (2.0, Decimal("75.5"))
    assert journal.last_balance("vidgo", until=0.5) is None


def test_jobs_are_found_by_the_beginning_of_their_name(journal: Journal) -> None:
    for number in (1, 2, 11):
        durably(journal).claim(entry(number))
    assert [found.record.job_id for found in journal.entries()] == ["j00011", "j00002", "j00001"]
    assert [found.record.job_id for found in journal.entries("j0001")] == ["j00011"]
    assert journal.entries("%") == journal.entries("x") == []
    assert len(journal.entries(limit=2)) == 2


def test_no_pickle_anywhere_in_what_is_stored_or_read() -> None:
    import vidgo_notebook.store

    for path in Path(vidgo_notebook.store.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "import pickle" not in text
        assert "marshal" not in text


def test_an_upload_is_taken_on_by_one_of_many(journal: Journal) -> None:
    """Until its address is there, or until who took it on is gone without having shown itself since."""
    other, start = Journal(journal.address), threading.Barrier(8)

    def take(number: int) -> bool:
        start.wait()
        return durably(journal if number % 2 else other).claim_upload("api", "picture", f"taker-{number}", 10.0)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1
    assert journal.upload("api", "picture", 10.0) is None
    claim = journal.upload_claim("api", "picture")
    assert claim
    durably(journal).renew(claim.owner)
    assert not durably(other).claim_upload("api", "picture", "next", 10.0, claim)
    assert durably(other).claim_upload("api", "picture", "next", 10.0, journal.upload_claim("api", "picture"))
    durably(journal).release_all("next")
    assert durably(other).claim_upload("api", "picture", "another", 10.0)
    durably(journal).remember_upload("api", "picture", "https://x.example/a", 500.0)
    assert other.upload("api", "picture", 400.0) == ("https://x.example/a", 500.0)
    assert not durably(other).claim_upload("api", "picture", "me", 400.0)
    assert durably(other).claim_upload("api", "picture", "me", 501.0)
    other.close()
