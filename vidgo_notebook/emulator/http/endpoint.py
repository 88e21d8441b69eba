"""What all endpoints do: record a call, apply its faults, check the key, and answer refusals."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from vidgo_notebook.emulator.answers import json_response
from vidgo_notebook.emulator.faults import Call, Fault, Kind
from vidgo_notebook.emulator.http.connection import ClientGoneError, Dropped, keep_waiting
from vidgo_notebook.emulator.originals import GoneError
from vidgo_notebook.emulator.refusal import Refusal, error_body

if TYPE_CHECKING:
    from vidgo_notebook.emulator.service import Emulator

MAX_BODY = 52 * 2**20  # bytes: a file of the largest size, and some more
MAX_JSON = 2**20  # bytes of any other body: the longest prompts have some 30,000 characters
BODIES_AT_A_TIME = 256 * 2**20  # bytes of all the bodies that are in memory


@dataclass(frozen=True, slots=True)
class Context:
    """A request that is being answered: its record, its body, and the fault that applies to it, if any."""

    request: Request
    call: Call
    body: bytes
    fault: Fault | None

    @property
    def base_url(self) -> str:
        """The address by which the client knows the service."""
        return str(self.request.base_url)

    @property
    def key(self) -> str:
        """The bearer key, '' where the request has none."""
        scheme, _, key = self.request.headers.get("authorization", "").partition(" ")
        return key.strip() if scheme.lower() == "bearer" else ""


Handle: TypeAlias = Callable[[Context], Awaitable[Response]]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def endpoint(emulator: Emulator, kind: Kind, handle: Handle, *, keyed: bool = False) -> Endpoint:
    """Answers calls of ``kind``: each is recorded, then its faults apply, then ``handle`` answers it.

    ``keyed``: only with a key that the emulator accepts.
    """

    async def answer(request: Request) -> Response:
        arriving = Arriving(emulator)
        try:
            call, body = await recorded(emulator, kind, request, arriving)
            fault = emulator.faults.take(call)
            if instead := await faulty_answer(fault, request):
                return instead
            context = Context(request, call, body, fault)
            if keyed and not (context.key and emulator.admits(context.key)):
                raise Refusal(401, "a bearer key is missing or not valid")
            return await handle(context)
        except Refusal as refusal:
            return json_response(refusal.body, refusal.status, refusal.headers)
        except GoneError as gone:
            return json_response(error_body(404, f"this file {gone}"), 404)
        except (ClientGoneError, ClientDisconnect):
            return Dropped()
        finally:
            arriving.end()

    return answer


class Arriving:
    """How much of one body is in memory, counted with all others of its emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._length = 0

    def has_room(self, length: int) -> bool:
        """Whether this number of further bytes may be kept; if so, they are counted."""
        if self._emulator.body_bytes + length > BODIES_AT_A_TIME:
            return False
        self._length += length
        self._emulator.body_bytes += length
        return True

    def end(self) -> None:
        """Nothing of it is kept any more."""
        self._emulator.body_bytes -= self._length
        self._length = 0


async def recorded(emulator: Emulator, kind: Kind, request: Request, arriving: Arriving) -> tuple[Call, bytes]:
    """The call, added to the emulator's log, and its body.

    Raises ``Refusal``: 413 where the body is too long, 503 where too much arrives at once.
    """
    chunks: list[bytes] = []
    length, limit, full = 0, MAX_BODY if kind == "upload" else MAX_JSON, False
    # Read to the end even where it is too long: a client that is still sending may not see an earlier answer.
    async for chunk in request.stream():
        length += len(chunk)
        full = full or (length <= limit and not arriving.has_room(len(chunk)))
        if length <= limit and not full:
            chunks.append(chunk)
        else:
            chunks.clear()
            arriving.end()
    body, parsed = b"".join(chunks), None
    if kind != "upload":  # the log must not keep files
        with suppress(ValueError, RecursionError):
            parsed = json.loads(body)
    call = Call(kind, request.method, request.url.path, parsed, "authorization" in request.headers)
    emulator.log.record(call, 0 if parsed is None else len(body))
    if length > limit:
        raise Refusal(413, f"the body has more than {limit:,} bytes", "validation_error")
    if full:
        raise Refusal(503, "too many files arrive at once; send it again later", headers={"Retry-After": "1"})
    return call, body


async def faulty_answer(fault: Fault | None, request: Request) -> Response | None:
    """The answer of ``fault`` in place of the service's, after its delay; None where it has none."""
    if fault is None:
        return None
    await keep_waiting(fault.delay, request)
    if fault.drop or fault.refuse_connection:
        return Dropped(refused=fault.refuse_connection)
    return fault.response() if fault.status is not None else None


def good(body: dict[str, Any], fault: Fault | None) -> Response:
    """``body`` as the answer, altered by ``fault`` where it does so."""
    return json_response(fault.alter(body) if fault and fault.alter else body)
