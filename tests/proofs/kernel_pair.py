"""Two kernels, one journal, one API: what the state machine does to them, and what must hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

from tests.fixtures.clocks import StillTime
from tests.fixtures.counting_emulator import CountingEmulator
from tests.fixtures.killable_kernel import PATIENCE, Death, Kernel
from vidgo_notebook.app.purchase import resolve as settling
from vidgo_notebook.app.purchase.resume import resume
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.emulator import Fault
from vidgo_notebook.emulator.tasks import Task
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.moving import ended_well
from vidgo_notebook.errors import RequestError, VidgoError
from vidgo_notebook.store.journal.journal import Entry, Journal
from vidgo_notebook.store.results.result_store import ResultStore

BUDGET = Decimal(20)
LATENCY = 1.0  # seconds of the service's clock, which stands still unless it is moved


Asked = tuple[Kernel, Job]
"""A cell that was run: where, and its job."""


class KernelPair:
    """``may_buy`` counts how often each prompt may have been accepted at most, by what was done."""

    def __init__(self, folder: Path, *, one_store: bool) -> None:
        self.clock = StillTime()
        self.emulator = CountingEmulator(clock=self.clock, latency=LATENCY)
        self.journal_path = folder / "journal.sqlite3"
        self.stores = {"a": folder / "one", "b": folder / ("one" if one_store else "two")}
        self.kernels: dict[str, Kernel] = {}
        self.buried: list[Kernel] = []
        self.may_buy: Counter[str] = Counter()
        self.damaged: set[str] = set()
        self.opened = 0

    # What happens

    def kernel(self, slot: str) -> Kernel:
        """The kernel that lives in ``slot``; a new one where there is none."""
        kernel = self.kernels.get(slot)
        if kernel is None or kernel.dead.is_set():
            if kernel:
                self.buried.append(kernel)
            self.opened += 1
            name = f"{slot}{self.opened}"
            kernel = Kernel(self.emulator, self.stores[slot], self.journal_path, name, budget=BUDGET)
            self.kernels[slot] = kernel
        return kernel

    def ask(self, slot: str, prompt: str, *, fresh: bool = False, death: Death | None = None) -> Asked | None:
        """Run a cell; None if it was refused before anything was sent."""
        self.may_buy[prompt] = max(1, self.may_buy[prompt] + fresh)
        kernel = self.kernel(slot)
        kernel.death = death
        try:
            return kernel, kernel.cell(prompt, fresh=fresh, yes=True)
        except VidgoError:
            return None

    def wait(self, asked: Asked | None) -> None:
        """Let the service work until the job has ended or its kernel has died."""
        if asked is None:
            return
        kernel, job = asked
        if kernel.wait(job, lambda: self.clock.advance(LATENCY)):
            self.check_ending(kernel, job)
        kernel.death = None

    def wait_until_accepted(self, asked: Asked | None) -> None:
        """Wait until the service has the job, on which it does nothing yet, or the job has ended."""
        if asked is not None:
            kernel, job = asked
            kernel.wait_until(lambda: job.done() or moving.state(job).accepted)

    def resume(self, slot: str) -> None:
        """Take up whatever was left behind."""
        kernel = self.kernel(slot)
        for job in resume(kernel.session):
            self.wait((kernel, job))

    def forget(self, slot: str, prompt: str) -> None:
        """Settle an uncertain job of this prompt by hand, if there is one."""
        session = self.kernel(slot).session
        for entry in session.journal.all_under_way():
            if entry.record.state is JobState.UNCERTAIN and prompt in entry.request:
                with suppress(RequestError):  # its owner renewed the lease just then: look again, it says
                    settling.forget(session, [entry])
                    self.may_buy[prompt] += 1

    def damage(self, slot: str) -> None:
        """Cut every picture of a store in half."""
        for path in (self.stores[slot] / "objects").glob("*/*"):
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
            self.damaged.add(path.stem)

    def close(self) -> None:
        """End everything."""
        for kernel in [*self.buried, *self.kernels.values()]:
            kernel.close()

    # What must hold

    def check_ending(self, kernel: Kernel, job: Job) -> None:
        """A job ends with its own picture in the store, or with an error that is none of our own faults."""
        error = job.exception(PATIENCE)
        if error is None:
            result = job.result()
            assert result.record.prompt == job.request.prompt
            assert kernel.session.store.picture(result.record) == result.path
            assert ended_well(job)
        else:
            assert isinstance(error, VidgoError)
            assert "Internal error" not in str(error)

    def check_purchases(self) -> None:
        """At most one accepted submit per request and generation, and no kernel above its budget."""
        accepted = self.emulator.accepted  # before the journal is read: what is accepted later, it must know by then
        for prompt, count in accepted.items():
            assert count <= self.may_buy[prompt] + self.failed(prompt), f"{prompt} was bought {count} times"
        assert all(spent <= BUDGET for spent in self.emulator.spent_by.values()), self.emulator.spent_by
        with self.journal() as entries:
            sent = Counter((e.record.fingerprint, e.generation) for e in entries if e.submitted_at)
            assert all(count == 1 for count in sent.values()), "two jobs of one generation were sent"
            for prompt, count in accepted.items():
                jobs = sum(prompt in entry.request for entry in entries if entry.submitted_at)
                assert count <= jobs, f"{count} submits of {prompt} were accepted for {jobs} jobs"
            open_jobs = Counter(e.record.fingerprint for e in entries if is_open(e))
            assert all(count == 1 for count in open_jobs.values()), "two jobs are under way for one picture"
            for prompt, unknown in self.unknown(entries).items():
                open_ends = [entry for entry in entries if prompt in entry.request and may_hide_a_task(entry)]
                assert len(unknown) <= len(open_ends), f"a task of {prompt} is in no journal"

    def check_settled(self) -> None:
        """After everything was taken up: what was paid for is there, and the books agree."""
        self.clock.advance(LATENCY)  # also the tasks that no journal knows come to their end, and are billed
        with self.journal() as entries:
            lost = [task for tasks in self.unknown(entries).values() for task in tasks]
            known = [self.emulator.tasks[entry.record.task_id] for entry in entries if entry.record.task_id]
            assert all(entry.record.state.ended for entry in entries if not entry.record.state.unsent)
            stored = {record.task_id for record in self.records()}
            assert {task.id for task in known if task.error is None} <= stored | self.spoilt_and_superseded()
            paid = sum((task.price for task in [*known, *lost] if task.error is None), Decimal(0))
            assert paid == self.emulator.charged
            booked = sum((charge.charged or Decimal(0) for charge in self.charges()), Decimal(0))
            assert booked == paid - sum((task.price for task in lost if task.error is None), Decimal(0))

    # What is known

    def failed(self, prompt: str) -> int:
        """How many tasks failed: they cost nothing, so that asking again is no second purchase."""
        return sum(task.error is not None for task in self.emulator.tasks.values() if task.request.prompt == prompt)

    def unknown(self, entries: list[Entry]) -> dict[str, list[Task]]:
        """Accepted tasks whose name never arrived, by prompt."""
        named = {entry.record.task_id for entry in entries}
        unknown: dict[str, list[Task]] = {}
        for task in list(self.emulator.tasks.values()):
            if task.id not in named:
                unknown.setdefault(task.request.prompt, []).append(task)
        return unknown

    def spoilt_and_superseded(self) -> set[str]:
        """Tasks whose file was there, was damaged by us, and is asked for by no cell any more."""
        stores = [ResultStore(folder) for folder in self.stores.values()]
        older = [record for store in stores for _, record in store.contents().superseded]
        return {record.task_id for record in older if record.digest in self.damaged}

    def journal(self) -> _Read:
        """Every job of the journal, in a with statement."""
        return _Read(self.journal_path)

    def charges(self) -> list:
        journal = Journal(self.journal_path)
        try:
            return journal.charges()
        finally:
            journal.close()

    def records(self) -> Iterator:
        """Every record of either store whose picture is there and whole."""
        for folder in set(self.stores.values()):
            store = ResultStore(folder)
            for record in [*store.contents().current, *(record for _, record in store.contents().superseded)]:
                if store.picture(record):
                    yield record


class _Read:
    def __init__(self, path: Path) -> None:
        self._journal = Journal(path)

    def __enter__(self) -> list[Entry]:
        return self._journal.entries(limit=10_000)

    def __exit__(self, *error: object) -> None:
        self._journal.close()


def is_open(entry: Entry) -> bool:
    """Whether the job is under way or uncertain."""
    return not entry.record.state.ended or entry.record.state is JobState.UNCERTAIN


def may_hide_a_task(entry: Entry) -> bool:
    """Whether it is unknown if the service holds a task for this job."""
    if entry.record.task_id or not entry.submitted_at:
        return False
    return entry.record.state in (JobState.SUBMITTING, JobState.UNCERTAIN, JobState.FORGOTTEN)


BAD_LUCK: dict[str, list[Fault]] = {
    "none": [],
    "500 before acceptance": [Fault("submit", status=500)],
    "500 after acceptance": [Fault("submit", status=500, after_accepting=True)],
    "answer lost before acceptance": [Fault("submit", drop=True)],
    "answer lost after acceptance": [Fault("submit", drop=True, after_accepting=True)],
    "answer without sense": [Fault("submit", alter=lambda body: {"code": 200})],
    "no connection, once": [Fault("submit", refuse_connection=True)],
    "no connection at all": [Fault("submit", refuse_connection=True, times=None)],
    "429, twice": [Fault("submit", status=429, headers={"Retry-After": "0.02"}, times=2)],
    "400": [Fault("submit", status=400)],
    "402": [Fault("submit", status=402)],
    "a task that fails": [Fault("submit", fails="Unsafe content")],
    "a status that fails": [Fault("status", status=500, times=2), Fault("status", drop=True)],
    "a status that is refused": [Fault("status", status=401)],
    "a file that breaks off": [Fault("file", short_by=10, times=2)],
    "a file that is a web page": [Fault("file", status=200, body="<html>")],
    "a file that does not come": [Fault("file", status=410, times=None)],
}
