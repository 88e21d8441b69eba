"""A process is killed, or stopped, at each step of a job's way: nothing is bought twice, and no task is lost."""

from __future__ import annotations

import io
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from tests.fixtures.counting_emulator import CountingEmulator, served
from tests.fixtures.jupyter_kernels import environment
from tests.fixtures.step_signals import PATIENCE, Forks, Order, cell, forks, open_session, outcome
from vidgo_notebook.app.purchase.resolve import entries_to_settle, forget
from vidgo_notebook.app.purchase.resume import resume
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.errors import JobUncertainError, StoreError
from vidgo_notebook.store.journal.journal import Entry, Journal

Note = Callable[[str, object], None]
PRICE = Decimal(2)
NEVER = 1_000_000


class Proof:
    """A service, the processes that buy there, and a folder for each."""

    def __init__(self, folder: Path, emulator: CountingEmulator, url: str, processes: Forks) -> None:
        self._folder = folder
        self.emulator = emulator
        self._url = url
        self.processes = processes

    def folder(self, prompt: str) -> Path:
        made = self._folder / prompt
        if not made.exists():
            made.mkdir()
            image = io.BytesIO()
            Image.new("RGB", (64, 64), "#336699").save(image, "PNG")
            (made / "image.png").write_bytes(image.getvalue())
        return made

    def begin(self, prompt: str, step: int, sent: signal.Signals) -> int:
        """A process that buys a picture, and gets a signal at a step; its id."""
        return self.processes.begin(Order(str(self.folder(prompt)), self._url, prompt, step, sent))

    def steps(self) -> int:
        """How many steps a job takes."""
        self.begin("undisturbed", NEVER, signal.SIGKILL)
        error, steps = outcome(self.folder("undisturbed"))
        assert error == ""
        return steps

    def session(self, prompt: str) -> Session:
        """Another session with the same journal."""
        return open_session(str(self.folder(prompt)), self._url)

    def entries(self, prompt: str) -> list[Entry]:
        """What the journal has, read from its file."""
        journal = Journal(self.folder(prompt) / "journal.sqlite3")
        try:
            return journal.entries()
        finally:
            journal.close()

    def state(self, prompt: str) -> str:
        """The state of the only job; '' if none was written."""
        states = [entry.record.state.value for entry in self.entries(prompt)]
        assert len(states) <= 1
        return states[0] if states else ""

    def state_left(self, prompt: str, stopped: int) -> str:
        """The state of the only job of a process that was stopped; one that was stopped inside a commit keeps the
        journal locked, and goes on, as the message says."""
        try:
            return self.state(prompt)
        except StoreError as error:
            assert f"kill -CONT {stopped}" in str(error)
            self.processes.end(stopped)
            return "in a commit"


@pytest.fixture
def proof(tmp_path: Path) -> Iterator[Proof]:
    emulator = CountingEmulator(latency=0.02, credits=10**6)
    with served(emulator) as url, forks(environment(tmp_path, url)) as processes:
        yield Proof(tmp_path, emulator, url, processes)


def disturbed_at(
    proof: Proof, steps: Iterable[int], number: signal.Signals, check: Callable[[Proof, Session, str, str, int], None]
) -> Counter[str]:
    """Send a signal to a process at each of these steps of its own job, and check what follows in another session; in
    which states that left the jobs. ``check`` gets the prompt, that state, and the process."""
    met: Counter[str] = Counter()
    for step in steps:
        prompt = f"{number.name} at {step}"
        pid = proof.begin(prompt, step, number)
        left = proof.state_left(prompt, pid)
        met[left] += 1
        session = proof.session(prompt)
        try:
            check(proof, session, prompt, left, pid)
        finally:
            session.close()
    return met


def some_of(steps: int, number: int) -> list[int]:
    """So many steps, spread over the whole way."""
    return [1 + round(index * (steps - 1) / (number - 1)) for index in range(number)]


# Killed


def test_a_process_killed_at_some_steps_of_a_job_loses_nothing_and_buys_nothing_twice(proof: Proof) -> None:
    met = kill_at(proof, some_of(proof.steps(), 10))
    assert len(met) >= 3


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_a_process_killed_at_any_step_of_a_job_loses_nothing_and_buys_nothing_twice(
    proof: Proof, record_property: Note
) -> None:
    steps = proof.steps()
    met = kill_at(proof, range(1, steps + 1))
    record_property("measured", f"killed at each of {steps} steps; the kills met {dict(met)}")
    assert {"", "planned", "uploading", "submitting", "not_started", "fetching"} <= met.keys()


def kill_at(proof: Proof, steps: Iterable[int]) -> Counter[str]:
    """Kill a process at each of these steps of its own job, and carry on in another session; the states met."""
    return disturbed_at(proof, steps, signal.SIGKILL, carry_on)


def carry_on(proof: Proof, session: Session, prompt: str, left: str, _: int) -> None:
    """What a person does after a crash, and what must hold."""
    for job in resume(session):
        job.exception(PATIENCE)
    error = cell(session, prompt).exception(PATIENCE)
    accepted = proof.emulator.accepted[prompt]
    assert accepted <= 1
    if error is None:
        assert accepted == 1
        check_bought(session, prompt, PRICE)
        return
    assert isinstance(error, JobUncertainError), error
    assert left == JobState.SUBMITTING
    forget(session, entries_to_settle(session, [entry.record.job_id for entry in proof.entries(prompt)]))
    assert cell(session, prompt).exception(PATIENCE) is None
    assert proof.emulator.accepted[prompt] == accepted + 1
    check_bought(session, prompt, PRICE)


def check_bought(session: Session, prompt: str, booked: Decimal) -> None:
    """The picture is in the store, and so much was written down for it."""
    [record] = [record for record in session.store.contents().current if record.prompt == prompt]
    assert session.store.picture(record)
    assert sum((charge.charged or Decimal(0) for charge in session.journal.charges()), Decimal(0)) == booked


# Stopped


def test_a_process_stopped_at_some_steps_while_another_settles_sends_nothing_that_is_not_written_down(
    proof: Proof,
) -> None:
    stop_at(proof, some_of(proof.steps(), 5))


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_a_process_stopped_at_any_step_while_another_settles_sends_nothing_that_is_not_written_down(
    proof: Proof, record_property: Note
) -> None:
    steps = proof.steps()
    met = stop_at(proof, range(1, steps + 1))
    record_property("measured", f"stopped at each of {steps} steps, which left the jobs {dict(met)}")
    assert {"", "planned", "uploading", "submitting", "not_started", "fetching"} <= met.keys()


def stop_at(proof: Proof, steps: Iterable[int]) -> Counter[str]:
    """Stop a process at each of these steps, settle in another session, and let it go on; the states met."""
    return disturbed_at(proof, steps, signal.SIGSTOP, settle_and_go_on)


def settle_and_go_on(proof: Proof, session: Session, prompt: str, _: str, pid: int) -> None:
    """A person settles the job, then the stopped process goes on."""
    settle(session, prompt)
    if not (proof.folder(prompt) / "outcome.json").exists():
        proof.processes.end(pid)
    check_both(proof, session, prompt)


def settle(session: Session, prompt: str) -> None:
    """A person in another kernel runs the same cell, and gives up what may or may not have been sent."""
    job = cell(session, prompt)
    if isinstance(job.exception(PATIENCE), JobUncertainError):
        forget(session, entries_to_settle(session, [job.id]))
        job = cell(session, prompt)
    assert job.exception(PATIENCE) is None


def check_both(proof: Proof, session: Session, prompt: str) -> None:
    """What was bought is in the journal, each task of it; the process that was stopped says what it may have cost."""
    tasks = [task.id for task in proof.emulator.tasks.values() if task.request.prompt == prompt]
    entries = proof.entries(prompt)
    settled = [entry for entry in entries if entry.record.state is JobState.FORGOTTEN]
    assert len(tasks) <= 1 + len(settled)
    events = [event for entry in entries for _, event, _ in session.journal.events(entry.record.job_id)]
    second = [event.removeprefix("SecondPurchase ") for event in events if event.startswith("SecondPurchase ")]
    assert sorted([*(entry.record.task_id for entry in entries if entry.record.task_id), *second]) == sorted(tasks)
    check_bought(session, prompt, PRICE * len(tasks))
    error, _ = outcome(proof.folder(prompt))
    if second:
        assert "cost nothing" not in error
        assert second[0] in error
