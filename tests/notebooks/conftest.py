from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.notebook_folder import NotebookFolder
from vidgo_notebook.emulator import Emulator, serve


@pytest.fixture
def notebook_folder(tmp_path: Path) -> NotebookFolder:
    """A notebook folder for one test."""
    return NotebookFolder(tmp_path)


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> NotebookFolder:
    """A notebook folder for the tests of a module."""
    return NotebookFolder(tmp_path_factory.mktemp("notebooks"))


@pytest.fixture(scope="module")
def shared_emulator() -> Emulator:
    """A quick emulator for the tests of a module."""
    return Emulator(latency=0)


@pytest.fixture(scope="module")
def shared_served(shared_emulator: Emulator) -> Iterator[dict[str, str]]:
    """The settings that lead the kernels of a module to ``shared_emulator``."""
    with serve(shared_emulator) as url:
        yield {"VIDGO_BASE_URL": url}


@pytest.fixture
def emulator() -> Emulator:
    """A quick emulator, to be served by ``served``, whose calls and faults a test can reach."""
    return Emulator(latency=0)


@pytest.fixture
def served(emulator: Emulator) -> Iterator[dict[str, str]]:
    """The settings that lead a kernel to ``emulator``."""
    with serve(emulator) as url:
        yield {"VIDGO_BASE_URL": url}
