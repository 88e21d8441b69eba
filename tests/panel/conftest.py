from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.isolation import seclude
from vidgo_notebook.app.form import form_state
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.app.target import Target
from vidgo_notebook.emulator import IN_KERNEL_URL, Emulator, transport_to
from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.intent import Connection
from vidgo_notebook.ui.panel.panel import Panel
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.files import FileClient

_PATIENCE = 90.0


async def _tenth(seconds: float) -> None:
    await asyncio.sleep(seconds / 10)


def wait_until(happened: Callable[[], object]) -> None:
    """Give the threads time."""
    deadline = time.monotonic() + _PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.01)


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working folder."""
    return seclude(monkeypatch, tmp_path)


@pytest.fixture
def emulator() -> Emulator:
    """The vendor, whose calls a test can look at."""
    return Emulator(latency=0.05, unpublished_price=Decimal(4))


@pytest.fixture
def session(folder: Path, emulator: Emulator) -> Iterator[Session]:
    """A session whose vendor is the emulator; whoever asks on the terminal fails the test."""

    def connect(_: Target, key: ApiKey | None) -> Connection:
        transport = transport_to(emulator)
        client = VidgoClient(IN_KERNEL_URL, key or ApiKey(KEY), emulated=True, transport=transport)
        return Connection(client, FileClient(IN_KERNEL_URL, transport))

    def ask(question: str) -> bool:
        pytest.fail(f"asked in the wrong place: {question}")

    # The emulator is done at once: courteous pauses between questions would add up.
    made = Session(Vidgo(mode="emulator"), lambda: True, ask, connect=connect, clock=Clock(time.time, _tenth))
    yield made
    made.close()


@pytest.fixture
def variables() -> dict[str, Any]:
    """The notebook's variables."""
    return {}


class Hand:
    """A panel and what a person does with it."""

    def __init__(self, session: Session, variables: dict[str, Any]) -> None:
        self.session = session
        self.variables = variables
        self.kept: list[Job] = []
        self.panel = Panel(session, variables, self.kept.append)
        self.open(None)

    def open(self, subject: Any) -> None:
        """As ``vidgo.panel(subject)`` opens it."""
        self.panel.fill(form_state(subject, self.session, self.variables))

    @property
    def form(self) -> Any:
        return self.panel.form

    @property
    def price(self) -> str:
        """The label of Generate."""
        return str(self.panel.price_box.generate.description)

    @property
    def reason(self) -> str:
        """Why Generate can't be pressed; '' if it can."""
        assert bool(self.panel.price_box.generate.disabled) == bool(self.panel.price_box.reason.value)
        return str(self.panel.price_box.reason.value)

    def type(self, prompt: str) -> None:
        self.form.prompt.value = prompt

    def press(self, button: Any) -> None:
        """A click, which the browser sends for any button that it knows to be enabled."""
        button.click()

    def generate(self, pictures: int = 1) -> list[Job]:
        """Press Generate, and wait for the results."""
        before = len(self.kept)
        self.press(self.panel.price_box.generate)
        wait_until(lambda: len(self.panel.result_list.results) and len(self.kept) == before + pictures)
        wait_until(lambda: not self.panel._follower.jobs)
        return self.kept[before:]

    def copy(self, kind: str = "cell") -> str:
        """The text that the panel shows for copying."""
        self.press(self.panel.copying.cell if kind == "cell" else self.panel.copying.python)
        return str(self.panel.copying.text.value)


@pytest.fixture
def hand(session: Session, variables: dict[str, Any]) -> Hand:
    """An open panel."""
    return Hand(session, variables)
