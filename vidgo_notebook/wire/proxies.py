"""Which proxy the environment sets for a URL, and which hosts it exempts.

``NO_PROXY`` is read in every form that curl or requests accept: names with or without a leading dot or
``*.``, ports, IPv4 and IPv6 addresses with or without brackets, networks such as ``10.0.0.0/8``, and ``*``;
separated by commas or spaces. An entry that is none of these is ignored.
"""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.request import getproxies

import httpx2 as httpx

_LOG = logging.getLogger(__name__)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_BRACKETS = re.compile(r"^\[(.*)\](/\d+)?$")
_HOST_AND_PORT = re.compile(r"(?:\*?\.)?(?P<host>\[.*\]|[\w-]+(?:\.[\w-]+)*)\.?(?::(?P<port>\d{1,5})?)?")
_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Exemption:
    """An entry of ``NO_PROXY``: a domain and its subdomains, or a network; for every port, or for one."""

    domain: str = ""
    network: _Network | None = None
    port: int | None = None

    def covers(self, host: str, port: int | None) -> bool:
        """Whether ``host`` (in ASCII, without brackets) at ``port`` is reached without a proxy."""
        if self.port not in (None, port):
            return False
        if self.domain == "*":
            return True
        name = host.lower().rstrip(".")
        address = _address(name)
        if self.network or address:
            return bool(self.network and address and address in self.network)
        return name == self.domain or name.endswith(f".{self.domain}")


@dataclass(frozen=True)
class Proxies:
    """The proxy for each scheme, which may contain a password, and the hosts that are reached directly."""

    by_scheme: Mapping[str, str] = field(default_factory=dict, repr=False)
    exemptions: tuple[Exemption, ...] = ()

    @classmethod
    def of_environment(cls) -> Proxies:
        """As set by ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, or by the system."""
        proxies = getproxies()
        by_scheme, exemptions = dict[str, str](), list[Exemption]()
        for scheme in ("http", "https"):
            if address := proxies.get(scheme) or proxies.get("all"):
                by_scheme[scheme] = address if "://" in address else f"http://{address}"
        for entry in proxies.get("no", "").replace(",", " ").split():
            try:
                exemptions.append(_exemption(entry))
            except (ValueError, httpx.InvalidURL):
                _LOG.debug("An entry of NO_PROXY is not valid and is ignored: %r", entry)
        return cls(by_scheme, tuple(exemptions))

    @property
    def addresses(self) -> frozenset[str]:
        """Every proxy that may be used."""
        return frozenset(self.by_scheme.values())

    def for_url(self, scheme: str, host: str, port: int | None) -> str | None:
        """The proxy for a URL, or None for a direct connection; ``port`` None is the scheme's default."""
        port = port or _DEFAULT_PORTS.get(scheme)
        if any(exemption.covers(host, port) for exemption in self.exemptions):
            return None
        return self.by_scheme.get(scheme)


def _exemption(entry: str) -> Exemption:
    """One entry. Raises ValueError or httpx.InvalidURL."""
    if entry == "*":
        return Exemption("*")
    entry = entry.rpartition("://")[2].rstrip("/")
    if network := _network(_BRACKETS.sub(r"\1\2", entry)):
        return Exemption(network=network)
    parts = _HOST_AND_PORT.fullmatch(entry)
    if not parts or not 0 < int(parts["port"] or 1) < 65536:
        raise ValueError(entry)
    host, port = parts["host"], int(parts["port"]) if parts["port"] else None
    if network := _network(host.strip("[]")):
        return Exemption(network=network, port=port)
    return Exemption(httpx.URL(scheme="http", host=host).raw_host.decode("ascii"), port=port)


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
