"""Builds what talks to a target. Imported on the engine's thread: HTTP takes a while."""

from __future__ import annotations

from vidgo_notebook.app.target import Target
from vidgo_notebook.domain.provider import IN_KERNEL
from vidgo_notebook.engine.intent import Connection
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.files import FileClient

_EMULATOR_KEY = ApiKey("emulator-key")
"""What an emulator is given: never the user's own key."""


def connect(target: Target, key: ApiKey | None) -> Connection:
    """Connect to the API, to a served emulator, or to one that lives in this process."""
    if target.api == IN_KERNEL:
        return _emulator_here()
    client = VidgoClient(target.api, key or _EMULATOR_KEY, emulated=target.emulated)
    return Connection(client, FileClient(target.api))


def _emulator_here() -> Connection:
    """An emulator of this process. Loaded here only: whoever pays for pictures does not run it."""
    from vidgo_notebook.emulator import IN_KERNEL_URL, Emulator, transport_to

    emulator = Emulator()
    transport = transport_to(emulator)
    client = VidgoClient(IN_KERNEL_URL, _EMULATOR_KEY, emulated=True, transport=transport)
    return Connection(client, FileClient(IN_KERNEL_URL, transport), emulator.aclose)
