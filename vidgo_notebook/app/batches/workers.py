"""How a worker of a cluster connects to the API: with the key of its own environment, or one it was given."""

from __future__ import annotations

from dataclasses import dataclass

from vidgo_notebook.app.connect import connect
from vidgo_notebook.app.keys import KeyRing
from vidgo_notebook.app.target import Target
from vidgo_notebook.engine.cluster.dask import Secret
from vidgo_notebook.engine.intent import Connection
from vidgo_notebook.errors import AuthenticationError

_KEYS = KeyRing()


def take_key(secret: Secret) -> None:
    """Use this key from now on in this process."""
    _KEYS.type_in(secret.value)


@dataclass(frozen=True)
class WorkerVendor:
    """Connects a worker to where the notebook's requests go."""

    target: Target

    def __call__(self) -> Connection:
        """Connect. Raises AuthenticationError where a key is needed and there is none."""
        return connect(self.target, _KEYS.key() if self.target.mode == "live" else None)

    def check(self) -> None:
        """Raise AuthenticationError if a key is needed and there is none."""
        if self.target.mode == "live" and not _KEYS.source:
            raise AuthenticationError(
                "it has no API key",
                hint="Set VIDGO_API_KEY where the workers start; over TLS, share_key=True sends them yours.",
            )
