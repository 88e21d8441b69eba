"""The kernel that benchmarks run cells in, started as JupyterLab starts one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

# A kernel warns on stderr, in the middle of a table, that it listens on TCP without encryption, as in JupyterLab.
_ERRORS_ONLY = ["--IPKernelApp.log_level=ERROR"]


@contextmanager
def fresh_kernel(surroundings: Mapping[str, str] | None = None) -> Iterator[BlockingKernelClient]:
    """The client of a kernel that has this process's environment and ``surroundings``; the kernel ends with the block.

    >>> with fresh_kernel() as client:
    ...     client.execute("pass", reply=True)["content"]["status"]
    'ok'
    """
    manager, client = start_new_kernel(env={**os.environ, **(surroundings or {})}, extra_arguments=_ERRORS_ONLY)
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
