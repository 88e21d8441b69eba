"""What the text of an address tells: whether it is one of the web, and whether the internet could reach it."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit


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
