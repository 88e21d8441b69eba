"""Connections to a target's API. Imported on the engine's thread, since importing HTTP is slow."""

from __future__ import annotations

from vidgo_notebook.app.target import Target
from vidgo_notebook.domain.provider import IN_KERNEL
from vidgo_notebook.engine.intent import Connection
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.files import FileClient

_EMULATOR_KEY = ApiKey("emulator-key")
"""Sent to an emulator, which never gets the user's own key."""


def connect(target: Target, key: ApiKey | None) -> Connection:
    """Connect to the API, to a served emulator, or to one inside this process."""
    if target.api != IN_KERNEL:
        client = VidgoClient(target.api, key or _EMULATOR_KEY, emulated=target.emulated)
        return Connection(client, FileClient(target.api))

    from vidgo_notebook.emulator import IN_KERNEL_URL, Emulator, transport_to  # late: live mode does not run it

    emulator = Emulator()
    transport = transport_to(emulator)
    client = VidgoClient(IN_KERNEL_URL, _EMULATOR_KEY, emulated=True, transport=transport)
    return Connection(client, FileClient(IN_KERNEL_URL, transport), emulator.aclose)
