"""How long a finished picture waits to be shown, with a webhook and by asking: measured, printed, not asserted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import pytest

from tests.fixtures import status_bodies
from tests.fixtures.live_session import PATIENCE, dot, in_kernel
from tests.fixtures.orders import new_request
from vidgo_notebook.app.purchase.callbacks import receive
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.emulator import Emulator, Fault, serve

LATENCIES = {"one": 0.55, "two": 0.7, "three": 0.85, "four": 1.0, "five": 1.15}  # seconds


def latency(request: GenerationRequest) -> float:
    return LATENCIES[request.prompt]


@contextmanager
def session_at(emulator: Emulator, where: str, folder: Path) -> Iterator[Session]:
    """A session as a notebook has it, at an emulator in the kernel or on a port."""

    places = {"journal": str(folder / "journal.sqlite3"), "mode": "emulator"}
    if where == "in the kernel":
        session = Session(Vidgo(**places), lambda: True, lambda question: True, connect=partial(in_kernel, emulator))
        yield session
        session.close()
        return
    with serve(emulator) as url:
        session = Session(Vidgo(**places, base_url=url), lambda: True, lambda question: True)
        yield session
        session.close()


def lags(session: Session, emulator: Emulator) -> list[float]:
    """Seconds from the end of each task to the end of its job."""
    shown: dict[str, float] = {}
    jobs = order_jobs(session, [new_request(session, prompt, size="1:1", resolution="1K") for prompt in LATENCIES])
    for job in jobs:
        job.add_done_callback(lambda job: shown.setdefault(job.task_id, time.monotonic()))
    for job in jobs:
        assert job.result(PATIENCE).path
    return [shown[task.id] - task.ends_at for task in emulator.tasks.values()]


@pytest.mark.parametrize("where", ["in the kernel", "served"])
def test_with_a_receiver_every_picture_is_brought_by_its_webhook(
    where: str, folder: Path, record_property: Callable[[str, object], None]
) -> None:
    lags_by_way: dict[str, list[float]] = {}
    for way in ("asking", "webhooks"):
        emulator = Emulator(latency=latency, draw=dot)
        emulator.faults.add(Fault("status", times=None, alter=status_bodies.without_progress))  # so it can be foreseen
        (folder / way).mkdir()
        with session_at(emulator, where, folder / way) as session:
            session.settings.store = str(folder / way / ".vidgo")
            if way == "webhooks":
                receive(session)
            lags_by_way[way] = lags(session, emulator)
            answers = [delivery.status for delivery in emulator.webhooks.deliveries]
        assert answers == ([200] * len(LATENCIES) if way == "webhooks" else [])
    seconds = ", ".join(f"{median(times):.3f} s by {way}" for way, times in lags_by_way.items())
    record_property("measured", f"from finished to shown, {where}: {seconds}")
