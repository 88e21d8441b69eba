"""The service's API over HTTP: submit, status, balance, uploads.

The key leaves this process in one place only: the Authorization header of a request to the API's
own host, over https or to this machine itself. Redirects of API calls are not followed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TypeVar
from urllib.parse import quote

import httpx2 as httpx

from vidgo_notebook.domain.provider import (
    AN_EMULATOR_HINT,
    EMULATOR_HEADER,
    NOT_AN_EMULATOR_HINT,
    OFFICIAL_URL,
    WRONG_PROVIDER,
    is_local,
)
from vidgo_notebook.errors import APIError, AuthenticationError, TransportError
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.codec import (
    ApiResponse,
    TaskStatus,
    Uploaded,
    is_json_object,
    parse,
    read_accepted,
    read_balance,
    read_status,
    read_uploaded,
)
from vidgo_notebook.wire.limits import MAX_API_BYTES, TooLargeError
from vidgo_notebook.wire.service_text import as_served
from vidgo_notebook.wire.transport import Answer, NoAnswerError, open_route, send

_NETWORK_HINT = "Check the network, VIDGO_BASE_URL and proxies. Without a network, VIDGO_MODE=emulator works."
_EMULATOR_HINT = (
    "Start it: python -m vidgo_notebook.emulator --port PORT. For the built-in emulator remove "
    f"VIDGO_BASE_URL, or here: %config Vidgo.base_url = '{OFFICIAL_URL}'"
)
_UPLOAD = "/api/common/upload"
_NO_SUCH_API = (404, 405)
_NOT_PERMITTED = "Check in your account's key page what the key may do: perhaps this model is not allowed for it."
_Reading = TypeVar("_Reading")


class VidgoClient:
    """One account at one API. Use it from one event loop; every method but ``status`` sends exactly one request.

    ``transport`` replaces the network (the in-kernel emulator). ``emulated`` says whether an emulator is
    expected to answer; a response from the other kind of server is refused.
    """

    def __init__(
        self,
        base_url: str,
        key: ApiKey,
        *,
        emulated: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        local = is_local(base_url)
        if not local and not base_url.startswith("https://"):
            raise TransportError(
                f"{base_url} is not https, so the key would be sent unencrypted.",
                cost="Nothing was sent.",
                hint="Set VIDGO_BASE_URL to an https address.",
            )
        self._base_url = base_url.rstrip("/")
        self._key = key
        key.keep_out_of_logs()
        self._emulated = emulated
        self._no_route = _EMULATOR_HINT if emulated else _NETWORK_HINT
        # A POST never uses an idle connection: if the server has just closed it, that looks like a lost
        # response, and would make a job uncertain without need.
        self._fresh = transport or open_route(direct=local, keep=False)
        self._kept = transport or open_route(direct=local)

    async def submit(self, body: dict[str, object], on_send: Callable[[], Awaitable[None]] | None = None) -> str:
        """POST ``body``; the task id. ``on_send`` is awaited right before the first byte is sent.

        Raises APIError, or TransportError (``sent``: may be accepted), or what ``on_send`` raises: nothing was sent.
        """
        try:
            return await self._call(read_accepted, self._fresh, "POST", "/api/generate/submit", body, on_send=on_send)
        except APIError as error:
            error.hint = error.hint or self._submit_hint(error.status_code)
            raise

    async def check_provider(self) -> None:
        """Ask who answers, with a GET that costs nothing; an emulator is asked without the key.

        Raises APIError if it is not the expected provider or refuses the key, TransportError if there is no answer.
        """
        try:
            await self._call(self._read_provider, self._kept, "GET", "/api/user/balance", signed=not self._emulated)
        except (APIError, TransportError) as error:
            error.cost = "No picture was requested, and nothing was spent."
            if isinstance(error, TransportError):
                error.sent, error.hint = False, error.hint or self._no_route
            raise

    async def status(self, task_id: str) -> TaskStatus:
        """How a task is doing. Raises APIError or TransportError."""
        path = f"/api/generate/status/{_as_segment(as_served(task_id))}"
        status = await self._call(read_status, self._kept, "GET", path)
        if status.task_id not in (None, task_id):  # a stale response on the kept connection? ask over a fresh one
            status = await self._call(read_status, self._fresh, "GET", path)
        return status

    async def balance(self) -> Decimal:
        """The account's credits. Raises APIError or TransportError."""
        return await self._call(read_balance, self._kept, "GET", "/api/user/balance")

    async def upload(self, data: bytes, file_name: str, media_type: str) -> Uploaded:
        """Upload a file as multipart. Uploads cost nothing. Raises APIError or TransportError."""
        files = {"file": (file_name, data, media_type)}
        return await self._call(read_uploaded, self._fresh, "POST", f"{_UPLOAD}/stream", files=files)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._fresh.aclose()
        await self._kept.aclose()

    async def _call(
        self,
        read: Callable[[ApiResponse], _Reading],
        route: httpx.AsyncBaseTransport,
        method: str,
        path: str,
        body: dict[str, object] | None = None,
        files: dict[str, tuple[str, bytes, str]] | None = None,
        on_send: Callable[[], Awaitable[None]] | None = None,
        signed: bool = True,
    ) -> _Reading:
        try:
            url, sign = self._base_url + path, self._key.sign if signed else None
            async with send(route, method, url, sign, on_send, limit=MAX_API_BYTES, json=body, files=files) as answer:
                response = parse(answer.status_code, await _whole(answer), answer.headers, self._key.redact)
        except TooLargeError as error:
            raise TransportError(f"The answer of {self._base_url} was not read: {error}.", sent=True) from None
        except NoAnswerError as error:
            if error.sent:
                raise TransportError(f"The answer of {self._base_url} was lost ({error}).", sent=True) from None
            raise TransportError(
                f"{self._base_url} cannot be reached ({error}).",
                transient=error.transient,
                cost="Nothing was spent.",
                hint=error.hint or self._no_route,
            ) from None
        self._check_provider(answer)
        return read(response)

    def _submit_hint(self, status_code: int) -> str:
        if status_code in _NO_SUCH_API:
            return f"VIDGO_BASE_URL is {self._base_url}: check that it is the address of the API ({OFFICIAL_URL})."
        return _NOT_PERMITTED if status_code == 403 else ""

    def _read_provider(self, response: ApiResponse) -> None:
        """Raise AuthenticationError if the service refuses the key; any other response answers the question."""
        if self._emulated:
            return
        try:
            read_balance(response)
        except AuthenticationError:
            raise
        except (APIError, TransportError):
            return

    def _check_provider(self, response: Answer) -> None:
        if EMULATOR_HEADER in response.headers and not self._emulated:
            raise APIError(
                f"{self._base_url} is an emulator, and this is live mode: its pictures would be taken for real ones.",
                status_code=response.status_code,
                type=WRONG_PROVIDER,
                cost="It cost nothing.",
                hint=AN_EMULATOR_HINT,
            )
        if self._emulated and EMULATOR_HEADER not in response.headers:
            raise APIError(
                f"{self._base_url} is not an emulator, and this is emulator mode. Your key was not sent.",
                status_code=response.status_code,
                type=WRONG_PROVIDER,
                hint=NOT_AN_EMULATOR_HINT,
            )


async def _whole(answer: Answer) -> bytes:
    """The body; also of an answer that breaks off behind its JSON, which holds a task id that was paid for. Raises
    NoAnswerError, TooLargeError."""
    try:
        return await answer.read()
    except NoAnswerError as error:
        if not is_json_object(error.received):
            raise
        return error.received


def _as_segment(text: str) -> str:
    """A text as one segment of a path. Of dots alone, it would be taken for a step to another folder."""
    quoted = quote(text, safe="", errors="surrogatepass")
    return quoted if quoted.strip(".") else quoted.replace(".", "%2E")
