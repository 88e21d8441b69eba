from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.fixtures.counting_emulator import CountingEmulator, served
from tests.fixtures.jupyter_kernels import environment
from tests.fixtures.killable_kernel import Kernel
from tests.fixtures.terminal import NO_HISTORY

SUBMITS_AT_A_TIME = 6  # of eight requests: one place is kept for status requests, and one for files
OpenKernel = Callable[..., Kernel]
OpenShell = Callable[[], InteractiveShell]


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[CountingEmulator]:
    """A live service on this machine, its address and key set from outside."""
    emulator = CountingEmulator()
    with served(emulator) as url:
        for name, value in environment(tmp_path, url).items():
            monkeypatch.setenv(name, value)
        yield emulator


@pytest.fixture
def open_shell(live: CountingEmulator) -> Iterator[OpenShell]:
    """Opens IPython shells with the extension, one after the other, each with a session of its own."""
    shells: list[InteractiveShell] = []

    def close() -> None:
        for shell in shells:
            shell.run_line_magic("unload_ext", "vidgo_notebook")
        shells.clear()

    def open_it() -> InteractiveShell:
        close()
        shells.append(InteractiveShell(config=NO_HISTORY))
        shells[-1].run_line_magic("load_ext", "vidgo_notebook")
        return shells[-1]

    yield open_it
    close()


@pytest.fixture
def emulator() -> CountingEmulator:
    """A vendor whose pictures are done at once."""
    return CountingEmulator()


@pytest.fixture
def open_kernel(emulator: CountingEmulator, tmp_path: Path) -> Iterator[OpenKernel]:
    """Opens kernels that share one journal, and one store unless another is named."""
    kernels: list[Kernel] = []

    def open_it(name: str = "first", *, store: str = "store", **options: Any) -> Kernel:
        kernels.append(Kernel(emulator, tmp_path / store, tmp_path / "journal.sqlite3", name, **options))
        return kernels[-1]

    yield open_it
    for kernel in kernels:
        kernel.close()
