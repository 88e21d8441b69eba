"""Connections to a target's API. Imported on the engine's thread, since importing HTTP is slow."""

from __future__ import annotations

from vidgo_notebook.app.settings.origins import REHEARSAL, rehearsal
from vidgo_notebook.app.target import Target
from vidgo_notebook.domain.provider import IN_KERNEL
from vidgo_notebook.engine.intent import Connection
from vidgo_notebook.errors import NOTHING_SPENT, VidgoError
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.files import FileClient

_EMULATOR_KEY = ApiKey("emulator-key")
"""Sent to an emulator, which never gets the user's own key."""


def connect(target: Target, key: ApiKey | None) -> Connection:
    """Connect to the API, to a served emulator, or to one inside this process. Raises VidgoError in a rehearsal, where
    only the last is possible."""
    if target.api != IN_KERNEL and rehearsal():
        raise VidgoError(f"Nothing is sent: {REHEARSAL} is set (vidgo check --run).", cost=NOTHING_SPENT)
    if target.api != IN_KERNEL:
        client = VidgoClient(target.api, key or _EMULATOR_KEY, emulated=target.emulated)
        return Connection(client, FileClient(target.api))

    from vidgo_notebook.emulator import IN_KERNEL_URL, Emulator, transport_to  # late: live mode does not run it

    emulator = Emulator()
    transport = transport_to(emulator)
    client = VidgoClient(IN_KERNEL_URL, _EMULATOR_KEY, emulated=True, transport=transport)
    return Connection(client, FileClient(IN_KERNEL_URL, transport), emulator.aclose)
