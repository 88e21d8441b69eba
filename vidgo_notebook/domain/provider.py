"""The provider of the pictures: the service, another host of the same API, or the emulator; and checks of URLs."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

OFFICIAL_URL = "https://api.vidgo.ai"  # source: Vidgo API documentation
OFFICIAL = "vidgo"
EMULATOR = "emulator"

IN_KERNEL = "in-kernel"
"""Stands in place of a base URL for an API inside this process, which no other process can reach."""

EMULATOR_HEADER = "X-Vidgo-Emulator"
"""The response header by which an emulator identifies itself."""

WRONG_PROVIDER = "emulator_error"
"""``type`` of the APIError when an emulator responds to a live client, or a real service to a client of an emulator."""

NOT_AN_EMULATOR_HINT = (
    f"For the built-in emulator remove VIDGO_BASE_URL, or here: %config Vidgo.base_url = '{OFFICIAL_URL}'\n"
    "For a real API set VIDGO_MODE=live, or here: %config Vidgo.mode = 'live'"
)
"""What to do in emulator mode with an address at which there is no emulator."""

AN_EMULATOR_HINT = "To use it set VIDGO_MODE=emulator, or here: %config Vidgo.mode = 'emulator'"
"""What to do in live mode with the address of an emulator."""


@lru_cache  # every cell asks this of the same address or two
def origin(url: str) -> str:
    """Scheme, host and port of a URL, in lower case: ``https://api.vidgo.ai``; without user name and password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()


@lru_cache
def provider_of(base_url: str) -> str:
    """The provider in the fingerprint of a live request to ``base_url``."""
    return OFFICIAL if origin(base_url) == OFFICIAL_URL else origin(base_url)


@lru_cache
def is_local(url: str) -> bool:
    """Whether ``url`` points to this machine."""
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
    """Whether ``host`` is this machine."""
    host = host.lower().strip("[]")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# Top-level domains that are reserved for private networks, or will never be delegated.
_PRIVATE = (".local", ".localhost", ".localdomain", ".internal", ".intranet", ".private", ".corp", ".home", ".lan",
            ".home.arpa")  # fmt: skip


def is_public(host: str) -> bool:
    """Whether ``host`` may be reachable from the internet, judged by its name alone."""
    host = host.lower().strip("[]").rstrip(".")
    try:
        address = ipaddress.ip_address(host)
        return address.is_global and not address.is_multicast
    except ValueError:
        number = re.fullmatch(r"\d+|0x[0-9a-f]*", host.rpartition(".")[2])  # 127.1 is 127.0.0.1 to most resolvers
        return "." in host and not host.endswith(_PRIVATE) and not number
