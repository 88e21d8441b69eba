"""The kernels that benchmarks run cells in: with a person there, as JupyterLab has one, and without, as nbconvert."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.fixtures.jupyter_kernels import SECONDS, started

# A kernel warns on stderr, in the middle of a table, that it listens on TCP without encryption, as in JupyterLab.
_ERRORS_ONLY = ["--IPKernelApp.log_level=ERROR"]


@contextmanager
def fresh_kernel(surroundings: Mapping[str, str] | None = None) -> Iterator[BlockingKernelClient]:
    """The client of a kernel that has this process's environment and ``surroundings``; the kernel ends with the block.

    >>> with fresh_kernel() as client:
    ...     client.execute("pass", reply=True)["content"]["status"]
    'ok'
    """
    manager = KernelManager()
    client = started(manager, SECONDS, env={**os.environ, **(surroundings or {})}, extra_arguments=_ERRORS_ONLY)
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run all cells in a fresh kernel, in ``folder`` and without a person."""
    places = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, resources=places, timeout=SECONDS, extra_arguments=_ERRORS_ONLY).execute()
