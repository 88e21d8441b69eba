"""A notebook's kernel is stopped in the middle of a job (SIGSTOP, a machine that sleeps), the job is taken over or
settled meanwhile, and the kernel goes on: nothing is bought twice, and its cell shows the picture or says the truth."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.clocks import wait_until
from tests.fixtures.counting_emulator import CountingEmulator, served
from tests.fixtures.jupyter_kernels import SECONDS, RealKernel, environment, journal_in
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.emulator.tasks import Task

REPOSITORY = Path(__file__).parents[2]
CELL = "%%vidgo hero --yes --quality low --size 1:1 --resolution 1K\nA red bicycle"
ENDING = "print('ended with', repr(hero.exception(90)))"


class StoppingEmulator(CountingEmulator):
    """Stops a process as it accepts its submit: the answer comes while that process is stopped."""

    stops: int | None = None

    def accept(self, request: GenerationRequest) -> Task:
        task = super().accept(request)
        if self.stops:
            os.kill(self.stops, signal.SIGSTOP)
        self.stops = None
        return task


class Place:
    """A notebook's kernel, and what else a person has on the same machine."""

    def __init__(self, folder: Path, emulator: StoppingEmulator, url: str) -> None:
        self._folder = folder
        self.emulator = emulator
        self.env = environment(folder, url)
        self.env["PYTHONPATH"] = str(REPOSITORY)
        self.first = RealKernel(folder, self.env)
        self.first.run("%load_ext vidgo_notebook")

    def run_and_stop(self, state: str) -> None:
        """Run the cell in the first kernel, which stops when the job is in this state."""
        if state == "answered":
            self.emulator.stops = self.first.pid
        else:
            self.first.run(f"from tests.fixtures.step_signals import stop_in; stop_in({state!r})")
        self.first.send([CELL])
        wait_until(lambda: Path(f"/proc/{self.first.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")

    def elsewhere(self) -> str:
        """Run the same cell in another kernel, to its end; what it shows, and whether it has a picture."""
        other = RealKernel(self._folder, self.env)
        try:
            other.run("%load_ext vidgo_notebook")
            other.run(CELL)
            return other.run(ENDING)
        finally:
            other.shut_down()

    def shell(self, *arguments: str) -> str:
        """Run the ``vidgo`` command; what it printed."""
        command = [sys.executable, "-m", "vidgo_notebook", *arguments]
        ran = subprocess.run(
            command, cwd=self._folder, env=self.env, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        return ran.stdout + ran.stderr

    def go_on(self) -> None:
        """Let the first kernel go on."""
        os.kill(self.first.pid, signal.SIGCONT)

    def tasks_in_journal(self) -> list[str]:
        """The tasks that the journal knows, second purchases included."""
        with journal_in(self._folder) as journal:
            entries = journal.entries()
            events = [event for entry in entries for _, event, _ in journal.events(entry.record.job_id)]
        second = [event.removeprefix("SecondPurchase ") for event in events if event.startswith("SecondPurchase ")]
        return sorted([*(entry.record.task_id for entry in entries if entry.record.task_id), *second])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    emulator = StoppingEmulator(latency=1.0)
    with served(emulator) as url:
        made = Place(tmp_path, emulator, url)
        yield made
        made.first.kill()


@pytest.mark.parametrize("state", [JobState.NOT_STARTED, pytest.param(JobState.FETCHING, marks=pytest.mark.full)])
def test_a_kernel_that_wakes_shows_the_picture_that_another_kernel_fetched_meanwhile(
    state: JobState, place: Place
) -> None:
    place.run_and_stop(state.value)
    assert "ended with None" in place.elsewhere()
    place.go_on()
    assert "ended with None" in place.first.run_until_picture(ENDING)
    assert place.emulator.accepted == {"A red bicycle": 1}
    assert place.tasks_in_journal() == sorted(place.emulator.tasks)


def test_a_kernel_that_wakes_right_before_its_request_sends_nothing_if_it_was_settled_meanwhile(place: Place) -> None:
    place.run_and_stop(JobState.SUBMITTING.value)
    assert "JobUncertainError" in place.elsewhere()
    place.shell("resolve", "--all", "--resubmit", "--yes")
    assert place.emulator.accepted == {"A red bicycle": 1}
    place.go_on()
    said = place.first.run(ENDING)
    assert "ended with None" in said or "was not sent" in said
    assert place.emulator.accepted == {"A red bicycle": 1}
    assert place.tasks_in_journal() == sorted(place.emulator.tasks)


@pytest.mark.full
def test_a_kernel_that_wakes_to_the_answer_of_a_settled_request_says_that_it_was_bought_twice(place: Place) -> None:
    place.run_and_stop("answered")
    assert "JobUncertainError" in place.elsewhere()
    place.shell("resolve", "--all", "--resubmit", "--yes")
    place.go_on()
    for _ in range(2):  # whoever asks again is told again
        said = place.first.run(ENDING)
        assert any(task in said for task in place.emulator.tasks), said
    assert place.emulator.accepted == {"A red bicycle": 2}
    assert place.tasks_in_journal() == sorted(place.emulator.tasks)
    assert "cost nothing" not in said
