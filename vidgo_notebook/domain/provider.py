"""Who makes the pictures: the service itself, another host of the same API, or the emulator."""

from __future__ import annotations

from urllib.parse import urlsplit

from vidgo_notebook.domain.addresses import is_loopback

OFFICIAL_URL = "https://api.vidgo.ai"  # source: Vidgo API documentation
OFFICIAL = "vidgo"
EMULATOR = "emulator"

IN_KERNEL = "in-kernel"
"""The address of an API that lives in this process, in the place of a base URL: nobody else can ask it."""

EMULATOR_HEADER = "X-Vidgo-Emulator"
"""The response header by which an emulator says what it is."""

WRONG_PROVIDER = "emulator_error"
"""``type`` of the APIError where an emulator answers a live client, or a real service one that expects an emulator."""


def origin(url: str) -> str:
    """Scheme, host and port of a URL, in lower case: ``https://api.vidgo.ai``; never a name and password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()


def provider_of(base_url: str) -> str:
    """The provider that a live request to ``base_url`` has in its fingerprint."""
    return OFFICIAL if origin(base_url) == OFFICIAL_URL else origin(base_url)


def is_local(url: str) -> bool:
    """Whether ``url`` points at this very machine."""
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False
