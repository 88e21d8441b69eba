"""Batches of a thousand against a vendor that is not our emulator, and that has its bad moments."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pandas
import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.fake_api import FakeApi, serve_fake_api
from tests.fixtures.killable_kernel import _sleep
from vidgo_notebook.app.batches.named import continue_batch
from vidgo_notebook.app.plan.plan import Plan
from vidgo_notebook.app.plan.table_plan import plan_map
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order_plan import order
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.handles.batch import Batch

YES = PurchaseChoices(yes=True)
SMALL = {"size": "1:1", "resolution": "1K"}
PATIENCE = 500  # seconds: a busy machine takes minutes for what a quiet one does in seconds
OpenSession = Callable[[FakeApi], Session]


@pytest.fixture
def open_session(tmp_path: Path) -> Iterator[OpenSession]:
    opened: list[Session] = []

    def make(fake_api: FakeApi) -> Session:
        settings = Vidgo(
            mode="live", base_url=fake_api.url, store=str(tmp_path / "store"), journal=str(tmp_path / "journal.sqlite3")
        )
        opened.append(Session(settings, lambda: False, lambda question: False, clock=Clock(time.time, _sleep)))
        opened[-1].keys.type_in(KEY)
        return opened[-1]

    yield make
    for session in opened:
        session.close()


def plan_of(session: Session, count: int, prompt: str = "Picture {{ number }}") -> Plan:
    table = [{"number": number, "effort": "low" if number % 2 else "medium"} for number in range(count)]
    return plan_map(session, table, {**SMALL, "prompt": prompt, "quality": "effort"}, {})


def check_the_books(batch: Batch, fake_api: FakeApi) -> None:
    """The frame, the charges and the API agree on every picture and every credit."""
    rows = batch.to_rows()
    paid = Counter({row["prompt"]: row["charged"] for row in rows if row["charged"]})
    billed = Counter({prompt: float(price) for prompt, price in (fake_api.tasks[name] for name in fake_api.billed)})
    unknown = {row["prompt"] for row in rows if row["state"] == "uncertain"}
    assert {prompt: paid[prompt] for prompt in paid} == {
        prompt: price for prompt, price in billed.items() if prompt not in unknown
    }
    assert max(fake_api.accepted.values()) == 1


@pytest.mark.parametrize("count", [150, pytest.param(1000, marks=pytest.mark.full)])
def test_with_faults_of_every_kind_in_five_of_a_hundred_requests_nothing_is_lost_and_nothing_bought_twice(
    open_session: OpenSession, count: int
) -> None:
    with serve_fake_api(FakeApi(share=0.05)) as fake_api:
        session = open_session(fake_api)
        batch = order(session, plan_of(session, count), YES).wait(PATIENCE)
        assert sum(fake_api.faults.values()) > 0.05 * count  # dice: the mean is three times that
        states = Counter(row["state"] for row in batch.to_rows())
        assert set(states) == {"finished", "uncertain"}
        assert states["finished"] > 0.85 * count  # some five of a hundred answers to submits are lost
        check_the_books(batch, fake_api)

        batch.retry_failed().wait(PATIENCE)  # an uncertain job is not sent again automatically
        assert Counter(row["state"] for row in batch.to_rows()) == states
        check_the_books(batch, fake_api)
        session.close()


@pytest.mark.parametrize("count", [150, pytest.param(1000, marks=pytest.mark.full)])
def test_where_every_answer_comes_the_sums_of_the_frame_are_those_of_the_service(
    open_session: OpenSession, count: int
) -> None:
    with serve_fake_api(FakeApi(share=0.05, loses_answers=False, seed=2)) as fake_api:
        session = open_session(fake_api)
        batch = order(session, plan_of(session, count), YES).wait(PATIENCE)
        frame = batch.to_frame()
        assert isinstance(frame, pandas.DataFrame)
        assert sum(fake_api.faults.values()) > 0.05 * count  # dice: the mean is three times that
        assert (len(frame), frame["digest"].nunique(), set(frame["state"])) == (count, count, {"finished"})
        price = count * 5 / 2  # one half at 2 credits, the other at 3
        assert frame["charged"].sum() == float(fake_api.charged) == price
        assert batch.costs().charged == session.budget(session.target.provider).spent == price
        asked = fake_api.requests

        again = order(session, plan_of(session, count), PurchaseChoices()).wait(PATIENCE)  # nothing to pay: no question
        assert fake_api.requests == asked
        assert (again.costs().charged, again.costs().saved) == (0, price)
        session.close()


def test_the_account_that_runs_dry_half_way_stops_the_batch_and_says_what_is_missing(open_session: OpenSession) -> None:
    with serve_fake_api(FakeApi(credits=Decimal(500))) as fake_api:
        session = open_session(fake_api)
        fake_api.before_submit = lambda number: setattr(fake_api, "credits", Decimal(0)) if number == 101 else None
        batch = order(session, plan_of(session, 200), YES).wait(PATIENCE)
        costs = batch.costs()
        assert costs.finished == len(fake_api.billed)
        assert costs.charged == fake_api.charged
        assert costs.charged + costs.missing == 500
        assert fake_api.submits < 140  # those that were on their way already
        failures = "\n".join(batch.failures())
        assert "stopped before they were sent" in failures
        assert "Not enough credits" in failures
        assert f"buys what is missing, for {costs.missing:g} credits" in failures

        fake_api.credits, fake_api.before_submit = Decimal(500), lambda number: None
        missing = 200 - costs.finished
        submits = fake_api.submits
        continued = order(session, plan_of(session, 200), YES).wait(PATIENCE)
        assert fake_api.submits - submits == missing
        assert continued.failed() == []
        assert fake_api.charged == 500
        session.close()


def test_a_batch_that_was_stopped_sends_nothing_more_and_goes_on_where_it_was(open_session: OpenSession) -> None:
    with serve_fake_api(FakeApi()) as fake_api:
        session = open_session(fake_api)
        batches: list[Batch] = []
        fake_api.before_submit = lambda number: batches[0].stop() if number == 100 else None  # type: ignore[func-returns-value]
        batches.append(batch := order(session, plan_of(session, 200), YES, name="bikes"))
        batch.wait(PATIENCE)
        there, submits = batch.costs().finished, fake_api.submits
        assert 100 <= there == submits < 120
        assert len(batch.failed()) == 200 - there
        continued = continue_batch(session, "bikes", YES).wait(PATIENCE)
        assert (fake_api.submits, continued.failed(), fake_api.charged) == (200, [], 500)
        session.close()


ASKED = """
import vidgo_notebook as vidgo
rows = [{"number": number} for number in range(120)]
vidgo.map(rows, prompt="Picture {{ number }}", size="1:1", resolution="1K", name="bikes", yes=True).wait()
"""
CONTINUED = """
import vidgo_notebook as vidgo
batch = vidgo.batch("bikes", yes=True).wait(500)
costs = batch.costs()
print(len(batch), costs.finished, costs.charged, sum(row["state"] == "uncertain" for row in batch.to_rows()))
print([job.row["number"] for job in batch] == list(range(120)))
"""


@contextmanager
def service_of_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, journal: str = "") -> Iterator[FakeApi]:
    """The service, a store and a journal, by default a file, in the environment of processes."""
    with serve_fake_api(FakeApi()) as fake_api:
        for name, value in {
            "VIDGO_BASE_URL": fake_api.url,
            "VIDGO_API_KEY": KEY,
            "VIDGO_MODE": "live",
            "VIDGO_STORE": str(tmp_path / "store"),
            "VIDGO_JOURNAL": journal or str(tmp_path / "journal.sqlite3"),
            "HOME": str(tmp_path),
        }.items():
            monkeypatch.setenv(name, value)
        yield fake_api


def ask_and_be_killed_at(submit: int, folder: Path, fake_api: FakeApi) -> None:
    """A process asks for the batch and is killed at its n-th submit."""
    process = subprocess.Popen([sys.executable, "-c", ASKED], cwd=folder)
    fake_api.before_submit = lambda number: process.kill() if number == submit else None
    assert process.wait(PATIENCE) == -9
    fake_api.before_submit = lambda number: None


def test_a_batch_killed_half_way_is_continued_by_its_name_and_buys_exactly_what_was_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with service_of_processes(tmp_path, monkeypatch) as fake_api:
        ask_and_be_killed_at(60, tmp_path, fake_api)
        done = subprocess.run(
            [sys.executable, "-c", CONTINUED], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        counts, order_kept = done.stdout.split("\n")[:2]
        total, finished, _, uncertain = map(int, counts.split())
        assert order_kept == "True"
        assert total == 120 == finished + uncertain
        assert uncertain <= 8  # what was being sent at that moment: never sent again by itself
        assert max(fake_api.accepted.values()) == 1
        assert len(fake_api.accepted) >= finished


@pytest.mark.parametrize("kind", ["a file", pytest.param("a server", marks=pytest.mark.full)])
def test_three_processes_continue_side_by_side_what_a_killed_one_began(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """As the tasks of a Slurm array, or the pods of a Kubernetes job: the leases in the journal are all they share."""
    journal = request.getfixturevalue("postgres").new_database() if kind == "a server" else ""
    with service_of_processes(tmp_path, monkeypatch, journal) as fake_api:
        ask_and_be_killed_at(40, tmp_path, fake_api)
        command = [sys.executable, "-m", "vidgo_notebook", "continue", "bikes", "--yes", "--json"]
        others = [
            subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        ended = [(each.communicate(timeout=200), each.returncode) for each in others]
        for (printed, errors), status in ended:
            states = Counter(row["state"] for row in json.loads(printed))
            assert states["finished"] + states["uncertain"] == 120, errors
            assert states["uncertain"] <= 8  # what was being sent when the first was killed
            assert status == (2 if states["uncertain"] else 0)
        assert max(fake_api.accepted.values()) == 1
        assert len(fake_api.accepted) <= 120
