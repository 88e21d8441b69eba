"""Which requests an emulator answers: those to a name of this machine, and from pages of it.

A web page may send requests to any address from the browser of its reader, and may let its own name point to this
machine. What it sends bears its name as ``Host`` or as ``Origin``.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from vidgo_notebook.domain.wording import shown
from vidgo_notebook.emulator.refusal import Refusal

if TYPE_CHECKING:
    from starlette.types import Scope

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[\w.-]+)(:\d+)?", re.IGNORECASE | re.ASCII)
_REMEDY = "python -m vidgo_notebook.emulator --allow-host NAME admits another name"


def check_names(scope: Scope, allowed: Collection[str]) -> None:
    """Raise ``Refusal`` (421 or 403) unless the request names this machine, or one of ``allowed``."""
    headers = Headers(scope=scope)
    address, _ = scope.get("server") or ("", 0)
    names = {*map(str.casefold, allowed), address}
    for host in headers.getlist("host") or [""]:
        if not _is_ours(host, names):
            raise Refusal(421, f"{shown(host)} is not a name of this machine; {_REMEDY}")
    for origin in headers.getlist("origin"):
        if not _is_ours(origin.partition("://")[2], names):
            raise Refusal(403, f"the page {shown(origin)} is not of this machine; {_REMEDY}")


def _is_ours(host: str, names: Collection[str]) -> bool:
    found = _HOST.fullmatch(host)
    name = found[1].casefold().strip("[]").rstrip(".") if found else ""
    if name in names or name == "localhost" or name.endswith(".localhost"):
        return bool(name)
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
