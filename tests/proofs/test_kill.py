"""A kernel under load is ended with SIGKILL at random moments, again and again: nothing is lost or bought twice."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from tests.fixtures.counting_emulator import CountingEmulator, served
from tests.fixtures.jupyter_kernels import RealKernel, environment, journal_in
from vidgo_notebook.app.request.build import from_json
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.emulator import Fault
from vidgo_notebook.store.results.result_store import ResultStore

Note = Callable[[str, object], None]
SEEDS = [20_260_727, 20_260_728, 20_260_729, 20_260_730]  # fifty kills each
NEW_CELLS = 12  # in each round, beside those of the rounds before that have no picture yet
LONGEST = 2.0  # seconds from the first cell, or from its submit, to the kill
PRICE = Decimal(2)


@dataclass(frozen=True)
class Uncertain:
    """Jobs whose POST had begun when a kernel was killed."""

    job_ids: list[str]
    prompts: list[str]


@pytest.mark.full  # the short one is in test_every_step
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", SEEDS)
def test_fifty_kills_lose_nothing_and_buy_nothing_twice(seed: int, tmp_path: Path, record_property: Note) -> None:
    met = kill_and_settle(tmp_path, 50, seed, record_property)
    assert {"submitting", "planned"} <= met.keys()
    assert met.keys() & {"not_started", "running", "fetching"}, f"the kills came too early: {met}"


def kill_and_settle(folder: Path, kills: int, seed: int, note: Note) -> Counter[str]:
    """Kill that often, resume and settle what is left; in which states the kills found jobs."""
    emulator, dice, met = slow_emulator(), random.Random(seed), Counter[str]()
    with served(emulator) as url:
        env = environment(folder, url)
        prompts = [
            prompt for number in range(kills) for prompt in killed_round(folder, env, number, dice, met, emulator)
        ]
        uncertain = last_round(folder, env, prompts)
        hidden = check_before_settling(folder, emulator, prompts, uncertain)
        settle(folder, env, uncertain)
    check_after_settling(folder, emulator, prompts, uncertain, hidden)
    note(
        "measured",
        f"{kills} kills with seed {seed}: {len(prompts)} requests, {emulator.count('submit')} submits, "
        f"{len(emulator.tasks)} accepted, {len(uncertain.job_ids)} uncertain ({hidden} of them accepted); "
        f"the kills met jobs that were {dict(met)}",
    )
    return met


def slow_emulator() -> CountingEmulator:
    """A vendor whose answers to submits take a while, some of them before and some after it accepted."""
    emulator = CountingEmulator(latency=lambda request: random.Random(request.prompt).random() * 0.8, credits=10**6)
    emulator.faults.add(Fault("submit", delay=0.15, times=None, when=lambda call: "even" in str(call.body)))
    emulator.faults.add(Fault("submit", delay=0.15, times=None, alter=lambda body: body))
    emulator.faults.add(Fault("file", chunk_pause=0.1, times=None))
    return emulator


def cell(prompt: str) -> str:
    return f"%%vidgo --no-wait --yes --quality low --size 1:1 --resolution 1K\n{prompt}"


def killed_round(
    folder: Path, env: dict[str, str], number: int, dice: random.Random, met: Counter[str], emulator: CountingEmulator
) -> list[str]:
    """Resume, run what has no picture yet and some more, and be killed; the new prompts.

    ``met`` counts the jobs by the state that the kill found them in.
    """
    new = [f"{('even', 'odd')[index % 2]} picture {index} of round {number}" for index in range(NEW_CELLS)]
    kernel = RealKernel(folder, env)
    kernel.run("%load_ext vidgo_notebook")
    kernel.send(["%vidgo resume", *map(cell, [*without_picture(folder), *new])])
    if number % 3:  # starting takes a second or two: in two rounds of three the dice roll after that
        wait_for_a_submit(emulator)
    time.sleep(dice.uniform(0.0, LONGEST))
    kernel.kill()
    with journal_in(folder) as journal:
        met.update(entry.record.state.value for entry in journal.all_under_way())
    return new


def wait_for_a_submit(emulator: CountingEmulator) -> None:
    before, end = emulator.count("submit"), time.monotonic() + 90
    while emulator.count("submit") == before:
        assert time.monotonic() < end
        time.sleep(0.005)


def without_picture(folder: Path) -> list[str]:
    """Prompts that the journal knows and the store has no picture of."""
    have = {record.prompt for record in ResultStore(folder / "store").contents().current}
    with journal_in(folder) as journal:
        return sorted({prompt_of(entry.request) for entry in journal.all_under_way()} - have)


def prompt_of(request: str) -> str:
    return from_json(request).prompt


def last_round(folder: Path, env: dict[str, str], prompts: list[str]) -> Uncertain:
    """Resume and run everything once more, in peace; what stays uncertain."""
    kernel = RealKernel(folder, env)
    kernel.run("%load_ext vidgo_notebook")
    kernel.run("%vidgo resume")
    for prompt in prompts:
        kernel.run(cell(prompt))
    kernel.run(
        "import concurrent.futures, vidgo_notebook.app.process as c\n"
        f"concurrent.futures.wait(c.current_session().jobs.values(), {60})"
    )
    with journal_in(folder) as journal:
        entries = [entry for entry in journal.all_under_way() if entry.record.state is JobState.UNCERTAIN]
        left = [entry for entry in journal.all_under_way() if entry not in entries]
    listed = kernel.run("%vidgo jobs")
    kernel.shut_down()
    assert not left, "something was neither finished nor shown as uncertain"
    assert listed
    return Uncertain([entry.record.job_id for entry in entries], [prompt_of(entry.request) for entry in entries])


def check_before_settling(folder: Path, emulator: CountingEmulator, prompts: list[str], uncertain: Uncertain) -> int:
    """Every picture but the uncertain ones is there, bought once; how many of those were accepted."""
    assert max(emulator.accepted.values()) == 1
    assert whole_pictures(folder) == set(prompts) - set(uncertain.prompts)
    with journal_in(folder) as journal:
        named = {entry.record.task_id for entry in journal.entries(limit=10_000)}
    hidden = [task for task in emulator.tasks.values() if task.id not in named]
    assert {task.request.prompt for task in hidden} <= set(uncertain.prompts)
    assert emulator.charged - booked(folder) == PRICE * len(hidden)
    return len(hidden)


def settle(folder: Path, env: dict[str, str], uncertain: Uncertain) -> None:
    """Forget each uncertain job as its person would, and run its cell again."""
    kernel = RealKernel(folder, env)
    kernel.run("%load_ext vidgo_notebook")
    for job_id, prompt in zip(uncertain.job_ids, uncertain.prompts, strict=True):
        assert "may or may not" in kernel.run(cell(prompt) + " ")
        kernel.run(f"%vidgo resolve {job_id} --forget")
        kernel.run(cell(prompt))
    kernel.run("%vidgo wait")
    kernel.shut_down()


def check_after_settling(
    folder: Path, emulator: CountingEmulator, prompts: list[str], uncertain: Uncertain, hidden: int
) -> None:
    """Now every picture is there; what was bought twice is exactly what was accepted unseen and settled by hand."""
    assert whole_pictures(folder) == set(prompts)
    twice = {prompt for prompt, count in emulator.accepted.items() if count == 2}
    assert len(twice) == hidden
    assert len(emulator.tasks) == len(prompts) + hidden
    assert twice <= set(uncertain.prompts)
    assert booked(folder) == PRICE * len(prompts)
    assert emulator.charged == PRICE * (len(prompts) + hidden)


def whole_pictures(folder: Path) -> set[str]:
    """The prompts whose file is in the store, byte for byte as its digest says."""
    store = ResultStore(folder / "store")
    return {record.prompt for record in store.contents().current if store.picture(record)}


def booked(folder: Path) -> Decimal:
    with journal_in(folder) as journal:
        return sum((charge.charged or Decimal(0) for charge in journal.charges()), Decimal(0))
