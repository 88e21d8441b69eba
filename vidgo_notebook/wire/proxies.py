"""Which proxy the environment names for an address, and which addresses it leaves out.

``NO_PROXY`` is read in every form that curl or requests accept: names with or without a leading dot or
``*.``, ports, IPv4 and IPv6 addresses with or without brackets, networks such as ``10.0.0.0/8``, and ``*``;
separated by commas or blanks. An entry that is none of these is passed over.
"""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import urlsplit
from urllib.request import getproxies

_LOG = logging.getLogger(__name__)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_BRACKETS = re.compile(r"^\[(.*)\](/\d+)?$")
_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Exemption:
    """An entry of ``NO_PROXY``: a domain with all names below it, or a network; at every port, or at one."""

    domain: str = ""
    network: _Network | None = None
    port: int | None = None

    def covers(self, host: str, port: int | None) -> bool:
        """Whether ``host`` (without brackets) at ``port`` is reached without a proxy."""
        if self.port not in (None, port):
            return False
        if self.network:
            address = _address(host)
            return address is not None and address in self.network
        name = host.lower().rstrip(".")
        return self.domain in ("*", name) or name.endswith(f".{self.domain}")


@dataclass(frozen=True)
class Proxies:
    """The proxy for each scheme (``all`` for any), and where none is used."""

    by_scheme: Mapping[str, str] = field(default_factory=dict)
    exemptions: tuple[Exemption, ...] = ()

    @classmethod
    def of_environment(cls) -> Proxies:
        """As ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` (or the system) name them."""
        named = getproxies()
        by_scheme = {scheme: _with_scheme(named[scheme]) for scheme in ("http", "https", "all") if named.get(scheme)}
        return cls(by_scheme, tuple(_exemptions(named.get("no", "").replace(",", " ").split())))

    @property
    def addresses(self) -> frozenset[str]:
        """Every proxy that may be asked."""
        return frozenset(self.by_scheme.values())

    def for_url(self, scheme: str, host: str, port: int | None) -> str | None:
        """The proxy for an address, or None where there is none; ``port`` None is the scheme's own."""
        port = port or _DEFAULT_PORTS.get(scheme)
        if any(exemption.covers(host, port) for exemption in self.exemptions):
            return None
        return self.by_scheme.get(scheme) or self.by_scheme.get("all")


def _with_scheme(address: str) -> str:
    return address if "://" in address else f"http://{address}"


def _exemptions(entries: Iterable[str]) -> Iterable[Exemption]:
    for entry in entries:
        try:
            yield _exemption(entry)
        except ValueError:
            _LOG.debug("An entry of NO_PROXY is not understood and passed over: %r", entry)


def _exemption(entry: str) -> Exemption:
    """One entry. Raises ValueError."""
    if entry == "*":
        return Exemption("*")
    entry = entry.rpartition("://")[2].rstrip("/")
    if network := _network(_BRACKETS.sub(r"\1\2", entry)):
        return Exemption(network=network)
    parts = urlsplit(f"//{entry}")
    host, port = parts.hostname or "", parts.port
    if parts.path:  # a network that is none
        raise ValueError(entry)
    if network := _network(host):
        return Exemption(network=network, port=port)
    name = host.removeprefix("*").strip(".")
    if not name or "*" in name:
        raise ValueError(entry)
    return Exemption(name, port=port)


def _network(text: str) -> _Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
