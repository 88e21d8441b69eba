"""Sessions that share a journal on a PostgreSQL server, as on several machines."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.local_api import LocalApi, serve_local_api
from tests.fixtures.orders import new_request
from tests.fixtures.postgres import PASSWORD, Postgres, served
from vidgo_notebook.app import status as reports
from vidgo_notebook.app.commands.doctor import check_installation
from vidgo_notebook.app.costs import costs_of
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.traits import Vidgo, configure
from vidgo_notebook.errors import BudgetError, RequestError, StoreError, VidgoError


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch, folder: object, postgres: Postgres) -> str:
    """The journal's address, in the environment."""
    address = postgres.new_database()
    monkeypatch.setenv("VIDGO_JOURNAL", address)
    monkeypatch.setenv("VIDGO_STORE", f"memory://{address.rpartition('/')[2]}")
    return address


@pytest.fixture
def own_server() -> Iterator[Postgres]:
    with served() as server:
        yield server


def test_two_machines_that_ask_at_once_buy_one_picture(
    url: str, local_api: LocalApi, open_session: Callable[..., Session]
) -> None:
    one, two = open_session(), open_session()
    jobs = [order_jobs(session, [new_request(session, "A red bicycle")])[0] for session in (one, two)]
    digests = {job.result(90).digest for job in jobs}
    assert len(digests) == 1
    assert local_api.submits == 1
    assert sorted(job.charge for job in jobs if job.charge is not None) == [Decimal(0), Decimal(2)]
    assert sum(charge.charged or 0 for charge in one.journal.charges()) == 2


def test_many_pictures_are_looked_up_together_where_journal_and_store_are_far_away(
    url: str, local_api: LocalApi, open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question takes a network's time: one after the other, ten thousand pictures would take minutes."""
    import psycopg
    from fsspec.implementations.memory import MemoryFileSystem

    session = open_session(budget=3)
    order_jobs(session, [new_request(session, "Bicycle 7")])[0].result(90)
    questions: list[str] = []
    for asked, name in ((psycopg.Connection, "execute"), (MemoryFileSystem, "cat_file"), (MemoryFileSystem, "ls")):
        monkeypatch.setattr(asked, name, _noting(getattr(asked, name), name, questions))
    with pytest.raises(BudgetError):  # looked up and priced, and nothing is sent
        order_jobs(session, [new_request(session, f"Bicycle {number}") for number in range(600)])
    assert questions.count("execute") <= 20  # and not one for each picture
    assert (questions.count("ls"), questions.count("cat_file")) == (1, 1)  # the record of the one picture
    assert local_api.submits == 1


def _noting(call: Callable[..., Any], name: str, calls: list[str]) -> Callable[..., Any]:
    def noted(*args: Any, **kwargs: Any) -> Any:
        if threading.current_thread() is threading.main_thread():  # and not the engine's own, which beats
            calls.append(name)
        return call(*args, **kwargs)

    return noted


def test_the_password_shows_in_nothing_that_a_notebook_shows(
    url: str, local_api: LocalApi, open_session: Callable[..., Session]
) -> None:
    session = open_session()
    order_jobs(session, [new_request(session, "A red bicycle")])[0].result(90)
    shown = [
        repr(session.settings.trait_values()),
        repr(session.journal),
        repr(vars(session.journal)),
        str(costs_of(session)),
        *(str(report(session)) for report in (reports.standing, reports.settings_table)),
        str(reports.latest_jobs(session, {})),
        str(check_installation(session)),
    ]
    for secret in (PASSWORD, "s3cret"):
        assert secret not in " ".join(shown)
    assert "postgresql://lab@127.0.0.1" in session.settings.journal


def test_nothing_is_sent_while_the_journal_is_down_and_all_is_well_afterwards(
    own_server: Postgres, local_api: LocalApi, open_session: Callable[..., Session]
) -> None:
    session = open_session(journal=own_server.new_database())
    order_jobs(session, [new_request(session, "A red bicycle")])[0].result(90)
    own_server.stop()
    with pytest.raises(StoreError, match="can't be used"):
        order_jobs(session, [new_request(session, "A blue bicycle")])
    assert local_api.submits == 1
    own_server.start()
    assert order_jobs(session, [new_request(session, "A blue bicycle")])[0].result(90)
    assert local_api.submits == 2


def test_a_job_outlives_a_restart_of_the_journal(
    own_server: Postgres, open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_local_api(latency=2.0) as local_api:
        monkeypatch.setenv("VIDGO_BASE_URL", local_api.url)
        monkeypatch.setenv("VIDGO_API_KEY", KEY)
        session = open_session(journal=own_server.new_database())
        _restart_while_it_runs(session, own_server)
        assert local_api.submits == 1
        session.close()


def _restart_while_it_runs(session: Session, own_server: Postgres) -> None:
    job = order_jobs(session, [new_request(session, "A red bicycle")])[0]
    while job.task_id is None:
        time.sleep(0.02)
    assert not job.done()
    own_server.crash()
    time.sleep(2.5)  # its end comes meanwhile
    own_server.start()
    assert job.result(60).digest
    entry = session.journal.entry(job.id)
    assert entry is not None
    assert (entry.record.state.value, entry.record.charge) == ("finished", Decimal(2))


@pytest.mark.parametrize("address", ["mysql://host/db", "postgresql://lab:12/s3cret@host/db", "s3://bucket/journal"])
def test_an_address_that_can_not_be_a_journal_is_refused(address: str) -> None:
    with pytest.raises(RequestError, match="journal") as caught:
        configure(Vidgo(), journal=address)
    assert "s3cret" not in str(caught.value)


def test_a_server_that_is_not_there_is_said_before_anything_is_sent(
    local_api: LocalApi, open_session: Callable[..., Session]
) -> None:
    session = open_session(journal="postgresql://lab:s3cret@127.0.0.1:1/db")
    with pytest.raises(VidgoError, match="nothing is sent") as caught:
        order_jobs(session, [new_request(session, "A red bicycle")])
    assert "s3cret" not in str(caught.value)
    assert local_api.submits == 0
