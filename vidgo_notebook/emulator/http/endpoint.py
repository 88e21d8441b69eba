"""A call from its arrival to its answer."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from vidgo_notebook.emulator.answers import json_response
from vidgo_notebook.emulator.faults import Call, Fault, Kind
from vidgo_notebook.emulator.http.connection import ClientGoneError, Dropped, keep_waiting
from vidgo_notebook.emulator.refusal import Refusal

if TYPE_CHECKING:
    from vidgo_notebook.emulator.service import Emulator

MOST_BODY = 52 * 2**20  # bytes: a file of the largest size, and some more


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call and its body, as it came."""

    call: Call
    raw: bytes


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that is being answered: its record, its body, and the fault that strikes it, if any."""

    request: Request
    arrival: Arrival
    fault: Fault | None

    @property
    def call(self) -> Call:
        """Its record."""
        return self.arrival.call

    @property
    def base_url(self) -> str:
        """What the client knows the service as."""
        return str(self.request.base_url)

    @property
    def key(self) -> str:
        """The bearer key, '' where there is none."""
        scheme, _, key = self.request.headers.get("authorization", "").partition(" ")
        return key.strip() if scheme.lower() == "bearer" else ""


Handle: TypeAlias = Callable[[Visit], Awaitable[Response]]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def endpoint(emulator: Emulator, kind: Kind, handle: Handle, *, keyed: bool = False) -> Endpoint:
    """Answers calls of ``kind``: each is recorded, then meets its faults, then ``handle``.

    ``keyed``: only with a key that opens the account.
    """

    async def answer(request: Request) -> Response:
        try:
            arrival = await recorded(emulator, kind, request)
            fault = emulator.faults.take(arrival.call)
            if instead := await in_its_place(fault, request):
                return instead
            visit = Visit(request, arrival, fault)
            if keyed and not (visit.key and emulator.admits(visit.key)):
                raise Refusal(401, "a bearer key is missing or not valid")
            return await handle(visit)
        except Refusal as refusal:
            return json_response(refusal.body, refusal.status, refusal.headers)
        except (ClientGoneError, ClientDisconnect):
            return Dropped()

    return answer


async def recorded(emulator: Emulator, kind: Kind, request: Request) -> Arrival:
    """The call, kept in the emulator's log. Raises ``Refusal`` (413) for a body beyond all measure."""
    raw = await _body(request)
    body = None if raw is None or kind == "upload" else _parsed(raw)  # the log must not keep files
    authorised = "authorization" in request.headers
    emulator.log.record(call := Call(kind, request.method, request.url.path, body, authorised))
    if raw is None:
        raise Refusal(413, f"the body has more than {MOST_BODY:,} bytes", "validation_error")
    return Arrival(call, raw)


async def in_its_place(fault: Fault | None, request: Request) -> Response | None:
    """What ``fault`` answers in the service's place, after the time it takes."""
    if fault is None:
        return None
    await keep_waiting(fault.delay, request)
    if fault.drop or fault.refuse_connection:
        return Dropped(refused=fault.refuse_connection)
    return fault.response() if fault.status is not None else None


def good(body: dict[str, Any], fault: Fault | None) -> Response:
    """``body`` as the answer, unless ``fault`` alters it."""
    return json_response(fault.alter(body) if fault and fault.alter else body)


async def _body(request: Request) -> bytes | None:
    """The whole body, or None if it is too long: then it is read to its end and kept nowhere.

    To answer sooner would lose the answer: a client that is still sending may not be listening.
    """
    chunks: list[bytes] = []
    length = 0
    async for chunk in request.stream():
        length += len(chunk)
        if length <= MOST_BODY:
            chunks.append(chunk)
        else:
            chunks.clear()
    return b"".join(chunks) if length <= MOST_BODY else None


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
