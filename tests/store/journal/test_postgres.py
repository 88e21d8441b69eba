"""The journal on a server: what is special to it. What it shares with a file is in test_journal.py."""

from __future__ import annotations

import re
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from tests.fixtures.durable_journal import durably
from tests.fixtures.postgres import PASSWORD, Postgres, served
from tests.fixtures.sample_records import entry
from vidgo_notebook.domain.job_state import Submitting, move
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.address import clean
from vidgo_notebook.store.journal.jobs import Entry
from vidgo_notebook.store.journal.journal import VERSION, Journal


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.new_database()


@pytest.fixture
def journal(url: str) -> Iterator[Journal]:
    opened = Journal(clean(url))
    yield opened
    opened.close()


@pytest.fixture
def own_server() -> Iterator[Postgres]:
    with served() as server:
        yield server


@contextmanager
def administrator(url: str) -> Iterator[Any]:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def end_connections(url: str) -> int:
    """Every other connection to the database is dropped; how many there were."""
    with administrator(url) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return len(ended.fetchall())


# A connection that drops


def test_a_dropped_connection_is_made_again_for_reading_and_writing(journal: Journal, url: str) -> None:
    claimed = durably(journal).claim(entry(1))
    assert end_connections(url) == 1
    assert journal.all_under_way() == [claimed]
    assert end_connections(url) == 1
    durably(journal).claim(entry(2))
    assert [found.record.job_id for found in journal.all_under_way()] == ["j00001", "j00002"]


def test_what_a_drop_interrupts_is_written_once_and_whole(journal: Journal, url: str) -> None:
    times = iter(range(10))

    def drop_once() -> None:
        if next(times) == 0:
            end_connections(url)

    claimed, _, other = journal.commit(
        lambda: (journal.claim(entry(1)), drop_once(), journal.claim(entry(2, owner="they")))
    )
    assert journal.all_under_way() == [claimed, other]
    assert journal.events("j00001") == [(1.0, "Planned", "planned")]
    assert next(times) == 2  # it ran twice


class Relay:
    """Between the journal and the server; it can swallow the answer to the next COMMIT, and drop the line."""

    def __init__(self, port: int) -> None:
        self._server = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.lose: str | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._server))
            lost = threading.Event()
            for source, sink, forward in ((client, server, self._ask), (server, client, self._answer)):
                threading.Thread(target=self._pump, args=(source, sink, forward, lost), daemon=True).start()

    def _pump(
        self,
        source: socket.socket,
        sink: socket.socket,
        forward: Callable[[bytes, socket.socket, threading.Event], bool],
        lost: threading.Event,
    ) -> None:
        with source, sink:
            try:
                while (data := source.recv(65536)) and forward(data, sink, lost):
                    pass
            except OSError:
                return
            finally:
                for each in (source, sink):
                    try:
                        each.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        continue

    def _ask(self, data: bytes, server: socket.socket, lost: threading.Event) -> bool:
        if self.lose and b"COMMIT" in data:
            how, self.lose = self.lose, None
            lost.set()
            if how == "question":
                return False
        server.sendall(data)
        return True

    def _answer(self, data: bytes, client: socket.socket, lost: threading.Event) -> bool:
        if lost.is_set():
            return False
        client.sendall(data)
        return True


@pytest.fixture
def relayed(postgres: Postgres, url: str) -> Iterator[tuple[Journal, Relay]]:
    relay = Relay(postgres.port)
    journal = Journal(clean(url.replace(f":{postgres.port}/", f":{relay.port}/")))
    yield journal, relay
    journal.close()
    relay.close()


@pytest.mark.parametrize("lost", ["question", "answer"])
def test_a_commit_without_an_answer_counts_as_what_it_was(lost: str, relayed: tuple[Journal, Relay]) -> None:
    """Committed: it is not done again. Not committed: it is. Either way the owner stays the owner."""
    journal, relay = relayed
    claimed = durably(journal).claim(entry(1))
    sent = move(claimed.record, Submitting())
    relay.lose = lost
    assert durably(journal).move(sent, "Submitting", "me", 2.0, before=claimed.record.state)
    assert relay.lose is None  # it did happen
    assert journal.events("j00001") == [(1.0, "Planned", "planned"), (2.0, "Submitting", "submitting")]
    relay.lose = lost
    mine = replace(entry(2), record=replace(entry(2).record, job_id="mine"))
    assert durably(journal).claim(mine).record.job_id == "mine"
    assert len(journal.events("mine")) == 1


def test_a_journal_that_is_down_says_so_and_comes_back(own_server: Postgres) -> None:
    journal = Journal(clean(own_server.new_database()))
    durably(journal).claim(entry(1))
    own_server.stop()
    for ask in (journal.all_under_way, lambda: durably(journal).claim(entry(2))):
        with pytest.raises(StoreError, match="can't be used: connection failed") as caught:
            ask()
        assert "nothing is sent" in str(caught.value)
        assert PASSWORD not in str(caught.value)
    waiting = ThreadPoolExecutor(1).submit(journal.commit, lambda: journal.claim(entry(3)), 60.0)
    own_server.start()
    assert waiting.result(60).record.job_id == "j00003"
    own_server.crash()
    own_server.start()
    assert [found.record.job_id for found in journal.all_under_way()] == ["j00001", "j00003"]
    journal.close()


# Between machines


def test_the_database_itself_refuses_a_second_job_for_a_picture(journal: Journal, url: str) -> None:
    """Whatever the package does: the constraint holds for a writer that does not look."""
    import psycopg

    durably(journal).claim(entry(1))
    with administrator(url) as connection:
        columns = [row[0] for row in connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'vidgo' AND table_name = 'jobs'"
        ).fetchall()]  # fmt: skip
        chosen = ", ".join("'rival'" if name == "job_id" else name for name in columns)
        with pytest.raises(psycopg.errors.UniqueViolation, match="one_under_way"):
            connection.execute(f"INSERT INTO vidgo.jobs ({', '.join(columns)}) SELECT {chosen} FROM vidgo.jobs")


def test_many_claims_in_opposite_order_end_with_one_job_each(journal: Journal, url: str) -> None:
    """Two machines that commit in groups could wait for each other for ever; the server ends one, we repeat it."""
    other = Journal(clean(url))
    start = threading.Barrier(2)

    def claims(where: Journal, name: str, numbers: range) -> list[Entry]:
        def slowly(number: int) -> Entry:
            time.sleep(0.002)
            return where.claim(replace(entry(number), record=replace(entry(number).record, job_id=f"{name}-{number}")))

        start.wait()
        found: list[Entry] = where.commit(lambda: [slowly(number) for number in numbers], 30.0)
        return found

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(claims, journal, "one", range(1, 60))
        two = pool.submit(claims, other, "two", range(59, 0, -1))
        winners = {found.record.job_id for found in one.result() + two.result()}
    assert len(winners) == 59
    assert len(journal.all_under_way()) == 59
    other.close()


def test_two_that_open_an_empty_database_at_once_make_its_tables_once(url: str) -> None:
    start = threading.Barrier(6)

    def open_it(_: int) -> None:
        start.wait()
        Journal(clean(url)).close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(open_it, range(6)))
    with administrator(url) as connection:
        assert connection.execute("SELECT version FROM vidgo.schema_version").fetchall() == [(VERSION,)]


def test_times_are_kept_to_the_millisecond(journal: Journal) -> None:
    now = 1_790_000_000.123
    assert durably(journal).claim(entry(1, created_at=now)).created_at == now


def test_a_text_with_a_nul_is_kept_without_it(journal: Journal) -> None:
    assert durably(journal).claim(entry(1, notebook="a\x00b")).notebook == "a\ufffdb"


def test_an_intent_is_durable_though_the_server_is_set_to_forget(url: str) -> None:
    with administrator(url) as connection:
        connection.execute("ALTER ROLE CURRENT_USER SET synchronous_commit = off")
    try:
        journal = Journal(clean(url))
        assert journal._database.read("SHOW synchronous_commit", ()) == [("on",)]
        journal.close()
    finally:
        with administrator(url) as connection:
            connection.execute("ALTER ROLE CURRENT_USER RESET synchronous_commit")


# What can't be used


def test_a_database_of_a_newer_version_is_refused_and_left_alone(journal: Journal, url: str) -> None:
    with administrator(url) as connection:
        connection.execute("UPDATE vidgo.schema_version SET version = version + 1")
        with pytest.raises(StoreError, match=f"schema {VERSION + 1}, known: {VERSION}") as caught:
            Journal(clean(url))
        assert "pip install -U" in str(caught.value)
        assert connection.execute("SELECT version FROM vidgo.schema_version").fetchall() == [(VERSION + 1,)]


def _full_story(error: BaseException) -> str:
    """All that a traceback could ever show of the package, local variables included."""
    assert error.__traceback__
    ours = error.with_traceback(error.__traceback__.tb_next)  # without the test, which knows the password
    story = traceback.TracebackException.from_exception(ours, capture_locals=True)
    return "".join(story.format()) + repr(error) + str(error.args)


WRONG = {
    "a wrong password": lambda url: url.replace("pg%2Fs3cret", "wr0ngpass"),
    "no such database": lambda url: f"{url}-nowhere",
    "a closed port": lambda url: re.sub(r":\d+/", ":1/", url),
    "no such host": lambda url: url.replace("@127.0.0.1", "@no-such-host.invalid"),
    "an option that libpq does not know": lambda url: f"{url}?colour=red",
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_journal_that_can_not_be_reached_is_a_clear_error_without_the_password(
    wrong: Callable[[str], str], url: str
) -> None:
    address = clean(wrong(url))
    with pytest.raises(StoreError, match="can't be used") as caught:
        Journal(address)
    for secret in (PASSWORD, "s3cret", "wr0ngpass"):
        assert secret not in _full_story(caught.value)
        assert secret not in address


def test_without_the_driver_the_message_says_what_to_install(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match="needs psycopg") as caught:
        Journal(clean(url))
    assert "vidgo-notebook[cluster]" in str(caught.value)


def test_the_password_may_come_from_where_libpq_looks(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers get the address without it; their environment or ~/.pgpass has it."""
    head, _, tail = url.partition("@")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    journal = Journal(clean(f"{head.rpartition(':')[0]}@{tail}?application_name=tests"))
    assert journal.all_under_way() == []
    journal.close()
