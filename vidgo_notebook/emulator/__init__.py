"""A local stand-in for the service: the same HTTP contract, free of charge.

Three ways to run it::

    httpx.AsyncClient(transport=transport_to(Emulator()), base_url=IN_KERNEL_URL)   # in this process
    with serve(Emulator(latency=0)) as url: ...                                   # a loopback port
    python -m vidgo_notebook.emulator --port 8765                                 # from a shell

Faults are switched on by ``emulator.faults.add(Fault(on="submit", status=500))``; see ``Fault``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from vidgo_notebook.domain.provider import EMULATOR_HEADER

if TYPE_CHECKING:
    from vidgo_notebook.emulator.faults import Call, Fault
    from vidgo_notebook.emulator.http.app import build_app
    from vidgo_notebook.emulator.http.server import serve, serve_app
    from vidgo_notebook.emulator.http.transport import IN_KERNEL_URL, EmulatorTransport, transport_to
    from vidgo_notebook.emulator.service import Emulator
    from vidgo_notebook.emulator.tasks import EMULATOR_VERSION, PictureSpec

__all__ = [
    "EMULATOR_HEADER",
    "EMULATOR_VERSION",
    "IN_KERNEL_URL",
    "Call",
    "Emulator",
    "EmulatorTransport",
    "Fault",
    "PictureSpec",
    "build_app",
    "serve",
    "serve_app",
    "transport_to",
]

# Loaded on first use: a live session needs neither Starlette nor uvicorn.
_HOMES = {
    "EMULATOR_VERSION": "tasks",
    "IN_KERNEL_URL": "http.transport",
    "Call": "faults",
    "Emulator": "service",
    "EmulatorTransport": "http.transport",
    "Fault": "faults",
    "PictureSpec": "tasks",
    "build_app": "http.app",
    "serve": "http.server",
    "serve_app": "http.server",
    "transport_to": "http.transport",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
