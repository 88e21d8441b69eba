"""Who makes the pictures: the service, another host of the same API, or the emulator; and what an address says."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

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


def is_web_url(text: object) -> bool:
    """Whether ``text`` is an http or https URL with a host."""
    if not isinstance(text, str) or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether ``host`` names this very machine."""
    host = host.lower().strip("[]")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# Endings that the internet's registries keep for private networks, or have promised never to give away.
_PRIVATE = (".local", ".localhost", ".localdomain", ".internal", ".intranet", ".private", ".corp", ".home", ".lan",
            ".home.arpa")  # fmt: skip


def is_public(host: str) -> bool:
    """Whether ``host`` could be reached from the internet, as far as its name tells."""
    host = host.lower().strip("[]").rstrip(".")
    try:
        address = ipaddress.ip_address(host)
        return address.is_global and not address.is_multicast
    except ValueError:
        number = re.fullmatch(r"\d+|0x[0-9a-f]*", host.rpartition(".")[2])  # 127.1 is 127.0.0.1 to most resolvers
        return "." in host and not host.endswith(_PRIVATE) and not number
