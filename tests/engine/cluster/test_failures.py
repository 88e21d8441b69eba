"""What goes wrong while workers carry a batch, and what it means for the others."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.engine.cluster.conftest import OpenSetup
from tests.fixtures.api_key import KEY
from tests.fixtures.clocks import StoppableTime
from tests.fixtures.cluster_setup import PATIENCE, ClusterSetup, kill_a_worker_once_all_is_sent, prompts
from tests.fixtures.postgres import PASSWORD
from tests.fixtures.s3_bucket import BucketServer, served
from vidgo_notebook.app.batches import on_cluster
from vidgo_notebook.emulator.faults import Fault

ASKED_TO_WAIT = 6.0  # seconds
UNTIL_ALL_KNOW = 3.0  # of those; workers look twice a second


@pytest.mark.full
def test_when_one_worker_is_asked_to_wait_all_of_them_wait(open_setup: OpenSetup, workers: Any) -> None:
    setup = open_setup(latency=0.1)
    submits = Submits(setup)
    number = count()
    busy = {"status": 429, "headers": {"Retry-After": f"{ASKED_TO_WAIT:g}"}}
    setup.local_api.emulator.faults.add(Fault("submit", when=lambda _: next(number) == 40, **busy))
    setup.local_api.emulator.faults.add(Fault("submit", times=None, delay=1.0))  # so that it takes some seconds
    batch = setup.ask(setup.notebook(), prompts(240), workers)
    assert len(batch.wait(PATIENCE).results()) == 240
    said = submits.at[40]
    whose = Counter(owner for at, owner in submits.with_owners() if at > said + ASKED_TO_WAIT)
    assert len(whose) == 4  # each of them had more to send
    pause = [at - said for at in submits.at if said + UNTIL_ALL_KNOW < at < said + ASKED_TO_WAIT]
    assert pause == []
    assert setup.local_api.submits == 240 + 1  # the one that was refused is sent again


class Submits:
    """When each submit came in, and for which prompt."""

    def __init__(self, setup: ClusterSetup) -> None:
        self._lab = setup
        self._log = setup.local_api.emulator.log
        self.at: list[float] = []
        record = self._log.record

        def noted(call: Any, body_bytes: int = 0) -> None:
            record(call, body_bytes)
            if call.kind == "submit":
                self.at.append(time.monotonic())

        self._log.record = noted  # type: ignore[method-assign]

    def with_owners(self) -> list[tuple[float, str]]:
        """When, and the process that carried the job."""
        entries = self._lab.journal().entries(limit=1000)
        owners = {entry.record.fingerprint: entry.owner for entry in entries}
        prints = {entry.request: entry.record.fingerprint for entry in entries}
        by_prompt = {prompt: owners[mark] for request, mark in prints.items() for prompt in prompts(240)
                     if f'"{prompt}"' in request}  # fmt: skip
        sent = [call.body["input"]["prompt"] for call in self._log if call.kind == "submit"]
        return [(at, by_prompt[prompt]) for at, prompt in zip(self.at, sent, strict=True)]


def test_a_worker_that_starts_anew_is_given_the_key_again(
    open_setup: OpenSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed")
    time = StoppableTime()
    setup = open_setup(latency=0.5, clock=time)
    session = setup.notebook()
    monkeypatch.delenv("VIDGO_API_KEY")  # workers start without one
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    session.keys.type_in(KEY)
    security = distributed.Security.temporary()
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=":0", security=security, protocol="tls", memory_limit=0
        ) as cluster,
        distributed.Client(cluster, security=security) as client,
    ):
        with time.stands_still():  # no picture is there before the kill
            batch = setup.ask(session, prompts(6), client, share_key=True)
            kill_a_worker_once_all_is_sent(setup, client, 6)
        assert len(batch.wait(PATIENCE).results()) == 6
    assert setup.local_api.submits == 6


# A store in a bucket


@pytest.fixture
def bucket(workers: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[BucketServer]:
    """An S3 server with a bucket, known to this process and to the workers."""
    s3fs = pytest.importorskip("s3fs")
    with served() as server:
        known = server.environment
        for name, value in known.items():
            monkeypatch.setenv(name, value)
        workers.run(_learn, known)
        s3fs.S3FileSystem(skip_instance_cache=True).mkdir(server.bucket)
        yield server
        workers.run(_forget, list(known))


def _learn(variables: dict[str, str]) -> None:
    os.environ.update(variables)


def _forget(names: list[str]) -> None:
    for name in names:
        os.environ.pop(name, None)


def test_workers_bring_the_pictures_into_a_bucket_and_a_second_run_asks_for_nothing(
    open_setup: OpenSetup, workers: Any, bucket: BucketServer
) -> None:
    setup = open_setup(latency=0.3)
    session = setup.notebook(store=bucket.url("pictures"))
    assert len(setup.ask(session, prompts(24), workers).wait(PATIENCE).results()) == 24
    assert setup.in_store() == set(prompts(24))
    asked = setup.local_api.emulator.count()
    again = setup.ask(setup.notebook(store=bucket.url("pictures")), prompts(24), workers).wait(PATIENCE)
    assert [result.record.prompt for result in again.results()] == prompts(24)
    assert again.costs().charged == 0
    assert setup.local_api.emulator.count() == asked


@pytest.mark.full
def test_when_the_bucket_goes_away_nothing_more_is_sent_and_later_the_batch_goes_on(
    open_setup: OpenSetup, workers: Any, bucket: BucketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is at the service then is not lost, and of the rest nothing is bought that could not be kept."""
    monkeypatch.setattr(on_cluster, "_CHUNK_SIZE", 25)
    setup = open_setup(latency=0.1)
    number = count()
    setup.local_api.emulator.faults.add(Fault("submit", times=None, when=lambda _: next(number) >= 100, delay=2.0))
    session, wanted = setup.notebook(store=bucket.url("pictures")), prompts(400)
    batch = setup.ask(session, wanted, workers)
    while not any(job.status == "finished" for job in batch):
        time.sleep(0.05)
    bucket.stop()
    batch.wait(PATIENCE)
    assert setup.local_api.submits < 300  # 16 a second went out
    messages = " ".join(str(job.exception()) for job in batch.failed() if not job.cancelled())
    assert "can't be written: Could not connect to the endpoint URL" in messages
    assert "the service keeps it for a while" in messages
    assert "Repair the store, then run it again" in messages
    billed = batch.costs().charged
    assert billed > 2 * len([job for job in batch if job.status == "finished"])  # also what was not kept
    assert session.budget(session.target.provider).committed == billed  # and so it counts against the budget
    assert billed == 2 * setup.local_api.submits  # what was sent is not said to have been stopped
    bucket.start()
    setup.local_api.emulator.faults.clear()
    later = setup.ask(session, wanted, workers).wait(PATIENCE)
    assert len(later.results()) == len(wanted)
    assert setup.in_store() == set(wanted)
    assert setup.local_api.submits == len(wanted)
