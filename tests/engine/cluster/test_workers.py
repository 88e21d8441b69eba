"""Batches that workers carry: bought once, seen to arrive, stopped, and no worse for a lost worker."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.engine.cluster.conftest import OpenSetup
from tests.fixtures.api_key import KEY
from tests.fixtures.clocks import StoppableTime, wait_until
from tests.fixtures.cluster_setup import PATIENCE, ClusterSetup, kill_a_worker, kill_a_worker_once_all_is_sent, prompts
from tests.fixtures.orders import new_request
from tests.fixtures.own_models import BANANA, catalogue
from tests.fixtures.postgres import PASSWORD
from vidgo_notebook.app.batches.on_cluster import ClusterExecutor
from vidgo_notebook.app.process import provide
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.settings.traits import configure
from vidgo_notebook.emulator import Fault
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.amounts import costs_of
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import BudgetError, StoreError

__all__ = ["catalogue"]


def test_a_batch_is_running_by_workers_and_shown_here(open_setup: OpenSetup, workers: Any) -> None:
    setup = open_setup(latency=1.0)
    session, seen = setup.notebook(), set[str]()
    batch = setup.ask(session, prompts(24), workers)
    for job in batch:
        moving.watch(job, lambda job: seen.add(job.status))
    results = batch.wait(PATIENCE).results()
    assert setup.local_api.submits == 24
    assert setup.in_store() == set(prompts(24))
    assert [result.record.prompt for result in results] == prompts(24)
    assert all(result.path and result.path.read_bytes() == result.bytes for result in results)
    assert {"planned", "finished"} < seen  # it moved under our eyes
    assert batch.costs().charged == Decimal(48)
    budget = session.budget(session.target.provider)
    assert (budget.spent, budget.in_flight) == (Decimal(48), {})
    entries = session.journal.entries(limit=100)
    owners = {entry.owner.split("|")[1] for entry in entries if entry.owner}
    assert str(os.getpid()) not in owners
    assert setup.ask(session, prompts(24), workers).costs().charged == 0  # and the second time it is free
    assert setup.local_api.submits == 24


def test_no_secret_reaches_the_scheduler_or_a_log(open_setup: OpenSetup, workers: Any) -> None:
    setup = open_setup()
    setup.ask(setup.notebook(), prompts(4), workers).wait(PATIENCE)
    seen = [
        str(workers.get_events()),
        str(workers.get_worker_logs()),
        str(workers.get_scheduler_logs()),
        str(workers.run_on_scheduler(lambda dask_scheduler: list(map(repr, dask_scheduler.tasks.values())))),
        str(workers.story()),
    ]
    for secret in (KEY, PASSWORD, "s3cret"):
        assert secret not in "".join(seen)


def test_the_magics_own_python_functions_take_a_client(open_setup: OpenSetup, workers: Any) -> None:
    import vidgo_notebook as vidgo

    setup = open_setup()
    session = setup.notebook()
    provide(lambda: session)
    try:
        table = [{"prompt": prompt} for prompt in prompts(3)]
        mapped = vidgo.map(table, size="1:1", resolution="1K", cluster=workers, yes=True)
        swept = vidgo.sweep(prompt=prompts(2), quality=["low", "medium"], cluster=workers, yes=True)
        assert len(mapped.wait(PATIENCE).results() + swept.wait(PATIENCE).results()) == 7
    finally:
        provide(None)
    assert setup.local_api.submits == 7


def test_workers_know_the_models_of_the_notebooks_file_and_pass_on_extra_fields(
    open_setup: OpenSetup, workers: Any, tmp_path: Path
) -> None:
    setup = open_setup()
    (tmp_path / "models.toml").write_text(BANANA.replace("base = 4", "base = 0.5"))
    session = setup.notebook(models_file=str(tmp_path / "models.toml"))
    fields = {"model": "nano-banana", "extra": {"output_format": "png"}}
    requests = [new_request(session, prompt, **fields) for prompt in prompts(2)]
    executor = ClusterExecutor(session, workers, share_key=False)
    batch = Batch(order_jobs(session, requests, PurchaseChoices(yes=True, executor=executor)))
    assert [result.record.extra_fields for result in batch.wait(PATIENCE).results()] == [{"output_format": "png"}] * 2
    assert batch.costs().charged == Decimal(1)


def test_limits_are_settled_here_before_anything_is_sent(open_setup: OpenSetup, workers: Any) -> None:
    setup = open_setup()
    session = setup.notebook(budget=10)
    with pytest.raises(BudgetError, match="budget of 10"):
        setup.ask(session, prompts(6), workers)
    with pytest.raises(BudgetError, match="max_credits"):
        setup.ask(session, prompts(4), workers, max_credits=Decimal(7))
    assert setup.local_api.submits == 0
    assert session.budget(session.target.provider).committed == 0


def test_a_picture_that_is_made_is_spent_while_a_worker_still_waits_for_its_file(
    open_setup: OpenSetup, workers: Any
) -> None:
    setup = open_setup()
    setup.local_api.emulator.faults.add(Fault("file", status=404, times=None))
    session = setup.notebook(budget=10)
    (job,) = setup.ask(session, prompts(1), workers)
    wait_until(lambda: job.status == "fetching")
    budget = session.budget(session.target.provider)
    wait_until(lambda: budget.spent == 2)
    assert (budget.committed, costs_of([job]).charged) == (2, 2)
    setup.local_api.emulator.faults.clear()
    job.result(PATIENCE)
    assert (budget.spent, budget.committed) == (2, 2)


def test_what_is_stopped_before_it_was_sent_is_never_sent(open_setup: OpenSetup, workers: Any) -> None:
    """The notebook takes its allowance back from the journal; a worker that comes too late sends nothing."""
    setup = open_setup(latency=0.2)
    session = setup.notebook()
    jobs = order_jobs(
        session,
        [new_request(session, prompt) for prompt in prompts(8)],
        PurchaseChoices(yes=True, executor=_Never(session, workers)),
    )
    Batch(jobs).stop()
    _Never.release()
    wait_until(lambda: not session.journal.all_under_way())
    assert all(job.cancelled() for job in jobs)
    assert setup.local_api.submits == 0
    assert session.budget(session.target.provider).committed == 0


def test_what_is_stopped_after_a_worker_has_sent_it_goes_on_and_its_handle_has_the_picture(
    open_setup: OpenSetup, workers: Any
) -> None:
    """The notebook learns up to half a second late what a worker has sent."""
    setup = open_setup(latency=2.0)
    session = setup.notebook()
    batch = setup.ask(session, prompts(8), workers)
    wait_until(lambda: setup.local_api.submits == 8)
    batch.stop()
    wait_until(lambda: all(job.status == "finished" and not job.cancelled() for job in batch))
    assert batch.costs().charged == session.budget(session.target.provider).spent == Decimal(16)
    assert len(batch.results()) == setup.local_api.submits == 8


def test_a_journal_is_not_changed_while_workers_write_into_it(
    open_setup: OpenSetup, workers: Any, tmp_path: Path
) -> None:
    setup = open_setup(latency=1.0)
    session, other = setup.notebook(), str(tmp_path / "other.sqlite3")
    before, store = session.settings.journal, session.settings.store
    batch = setup.ask(session, prompts(4), workers)
    with pytest.raises(StoreError, match=r"the workers of a cluster keep 4 jobs of this session in it\.\n"):
        configure(session.settings, journal=other, store=str(tmp_path / "elsewhere"))
    assert (session.settings.journal, session.settings.store) == (before, store)
    configure(session.settings, store=str(tmp_path / "elsewhere"))
    assert all(result.store and result.store.address == store for result in batch.wait(PATIENCE).results())
    configure(session.settings, journal=other)
    assert (session.journal.address, setup.local_api.submits) == (other, 4)


class _Never:
    """An executor that sends its parts only when the test says so."""

    waiting: list[Any] = []  # noqa: RUF012

    def __init__(self, session: Any, client: Any) -> None:
        from vidgo_notebook.app.batches.on_cluster import ClusterExecutor

        self._executor = ClusterExecutor(session, client)

    def check(self, target: Any) -> None:
        self._executor.check(target)

    def prepare(self, purchases: Any, account: Any) -> Any:
        run_purchases = self._executor.prepare(purchases, account)
        return lambda: self.waiting.append(run_purchases)

    @classmethod
    def release(cls) -> None:
        time.sleep(1)  # until the allowances are withdrawn
        cls.waiting.pop()()


def test_two_notebooks_that_ask_for_the_same_pictures_at_once_buy_each_once(
    open_setup: OpenSetup, workers: Any
) -> None:
    setup = open_setup(latency=0.5)
    one, two = setup.notebook(), setup.notebook()
    asked = [setup.ask(one, prompts(16), workers), setup.ask(two, prompts(16, first=8), workers)]
    for batch in asked:
        assert len(batch.wait(PATIENCE).results()) == 16
    assert setup.local_api.submits == 24
    assert setup.in_store() == set(prompts(24))
    assert sum((batch.costs().charged for batch in asked), Decimal(0)) == Decimal(48)
    assert sum(charge.charged or Decimal(0) for charge in one.journal.charges()) == Decimal(48)


def test_a_killed_worker_costs_nothing(open_setup: OpenSetup, workers: Any) -> None:
    time = StoppableTime()
    setup = open_setup(latency=0.5, clock=time)
    with time.stands_still():  # no picture is there before the kill
        batch = setup.ask(setup.notebook(), prompts(20), workers)
        kill_a_worker_once_all_is_sent(setup, workers, 20)
    assert len(batch.wait(PATIENCE).results()) == 20
    assert setup.local_api.submits == 20
    assert setup.in_store() == set(prompts(20))
    assert batch.costs().charged == Decimal(40)


def settled(setup: ClusterSetup, batch: Batch) -> list[Job]:
    """Wait; return the uncertain jobs. All others must have their pictures."""
    batch.wait(1200)
    uncertain = [job for job in batch if job.status == "uncertain"]
    others = [job for job in batch if job not in uncertain]
    assert [job.status for job in others if job.status != "finished"] == []
    return uncertain


def check_books(setup: ClusterSetup, batch: Batch, uncertain: list[Job], count: int) -> None:
    """Nothing was sent twice, and every file that was charged is in the store."""
    open_prompts = {job.request.prompt for job in uncertain}
    assert setup.local_api.submits <= count
    assert setup.local_api.submits >= count - len(uncertain)
    assert setup.in_store() | open_prompts == {job.request.prompt for job in batch}
    charged = [charge for charge in setup.journal().charges() if charge.charged]
    assert len(charged) == len({charge.fingerprint for charge in charged}) == count - len(uncertain)


@pytest.mark.full
@pytest.mark.timeout(1500)
def test_two_thousand_jobs_with_ten_workers_killed_are_bought_once(
    open_setup: OpenSetup, workers_to_kill: Any, record_property: Callable[[str, object], None]
) -> None:
    import random

    setup = open_setup(latency=3.0)
    began = time.monotonic()
    batch = setup.ask(setup.notebook(), prompts(2000), workers_to_kill)
    dice, killed = random.Random(8), 0
    while killed < 10 and not batch.done():
        time.sleep(dice.uniform(2, 5))
        if any(workers_to_kill.processing().values()):
            kill_a_worker(workers_to_kill)
            killed += 1
    uncertain = settled(setup, batch)
    check_books(setup, batch, uncertain, 2000)
    assert killed == 10
    record_property(
        "measured", f"2,000 jobs, {killed} workers killed: {in_short(setup, began)}, {len(uncertain)} uncertain"
    )


@pytest.mark.full
@pytest.mark.timeout(1500)
def test_ten_thousand_jobs_are_bought_once_each_and_every_picture_is_there(
    open_setup: OpenSetup, workers: Any, record_property: Callable[[str, object], None]
) -> None:
    setup = open_setup(latency=2.0)
    began = time.monotonic()
    batch = setup.ask(setup.notebook(), prompts(10_000), workers)
    assert settled(setup, batch) == []
    check_books(setup, batch, [], 10_000)
    record_property("measured", f"10,000 jobs on four workers: {in_short(setup, began)}")


def in_short(setup: ClusterSetup, began: float) -> str:
    seconds = time.monotonic() - began
    return f"{seconds:.0f} s, {setup.local_api.submits:,} submits, {len(setup.in_store()):,} pictures in the store"


@pytest.mark.full
@pytest.mark.timeout(900)
def test_the_database_restarts_in_mid_batch_and_the_batch_ends(open_setup: OpenSetup, workers: Any) -> None:
    from tests.fixtures.postgres import served

    with served() as server:
        setup = open_setup(journal=server.new_database(), latency=3.0)
        batch = setup.ask(setup.notebook(), prompts(400), workers)
        for how in (server.stop, server.crash):
            time.sleep(3)
            how()
            time.sleep(4)
            server.start()
        assert settled(setup, batch) == []
        check_books(setup, batch, [], 400)
        setup.close()


def test_a_cell_names_the_variable_that_holds_the_client(
    open_setup: OpenSetup, workers: Any, monkeypatch: pytest.MonkeyPatch, shell: InteractiveShell
) -> None:
    setup = open_setup()
    places = {"STORE": str(setup.folder / "store"), "JOURNAL": setup.journal_url, "BASE_URL": setup.local_api.url}
    for name, value in {**places, "MODE": "live", "ATTENDED": "0"}.items():
        monkeypatch.setenv(f"VIDGO_{name}", value)
    provide(None)
    shell.run_line_magic("load_ext", "vidgo_notebook")
    shell.user_ns["dask"] = workers
    cell = "--sweep quality=low,medium -s 1:1 -r 1K --yes\nA bicycle"
    try:
        assert not shell.run_cell(f"%%vidgo made --cluster dask {cell}").error_in_exec
        assert [job.status for job in shell.user_ns["made"]] == ["finished", "finished"]
        wrong = shell.run_cell(f"%%vidgo other --cluster desk {cell}")
        assert "desk is not a variable" in str(wrong.error_in_exec)
        assert "dask" in str(wrong.error_in_exec)
    finally:
        shell.run_line_magic("unload_ext", "vidgo_notebook")
        provide(None)
        for name in ("dask", "made"):
            shell.user_ns.pop(name, None)
    assert setup.local_api.submits == 2
