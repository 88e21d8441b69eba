"""The service's endpoints, as a Starlette application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vidgo_notebook.domain.image_formats import IMAGE_FORMATS
from vidgo_notebook.domain.provider import EMULATOR_HEADER
from vidgo_notebook.emulator.answers import FILES_PATH, accepted_body, balance_body, json_response, status_body
from vidgo_notebook.emulator.faults import Kind
from vidgo_notebook.emulator.http.connection import FileAnswer
from vidgo_notebook.emulator.http.endpoint import Endpoint, Handle, Visit, endpoint, good, in_its_place
from vidgo_notebook.emulator.http.openapi import openapi_document
from vidgo_notebook.emulator.http.read_submit import read_request
from vidgo_notebook.emulator.http.upload_endpoints import UploadDesk
from vidgo_notebook.emulator.originals import GoneError
from vidgo_notebook.emulator.refusal import Refusal, error_body
from vidgo_notebook.emulator.tasks import EMULATOR_VERSION

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from vidgo_notebook.emulator.service import Emulator


def build_app(emulator: Emulator) -> ASGIApp:
    """The ASGI application of ``emulator``; every answer says that it comes from a stand-in."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:  # noqa: ARG001 - the signature is Starlette's
        yield
        await emulator.aclose()

    app = Starlette(
        routes=Endpoints(emulator).routes(),
        exception_handlers={HTTPException: _no_such_endpoint(emulator)},
        lifespan=lifespan,
    )
    return _signed(app)


class Endpoints:
    """What the service can be asked."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def routes(self) -> list[Route]:
        """The service's addresses. Files and the description need no key."""
        return [
            Route("/api/generate/submit", self._keyed("submit", self._submit), methods=["POST"]),
            Route("/api/generate/status/{task_id}", self._keyed("status", self._status), methods=["GET"]),
            Route("/api/user/balance", self._keyed("balance", self._balance), methods=["GET"]),
            Route(FILES_PATH + "{name}", endpoint(self._emulator, "file", self._file), methods=["GET"]),
            Route("/openapi.json", endpoint(self._emulator, "other", self._description), methods=["GET"]),
            *UploadDesk(self._emulator).routes(),
        ]

    def _keyed(self, kind: Kind, handle: Handle) -> Endpoint:
        return endpoint(self._emulator, kind, handle, keyed=True)

    async def _submit(self, visit: Visit) -> Response:
        request = read_request(visit.call.body)
        task = self._emulator.accept(self._emulator.originals.recognised(request, visit.base_url))
        late_fault = self._emulator.faults.take(visit.call, late=True)
        if late_fault:
            task.error = late_fault.fails
        self._emulator.announce(task, visit.base_url)
        instead = await in_its_place(late_fault, visit.request)
        return instead or good(accepted_body(task), late_fault)

    async def _status(self, visit: Visit) -> Response:
        task = self._emulator.tasks.get(visit.request.path_params["task_id"])
        if task is None:
            raise Refusal(404, "there is no such task")
        return good(status_body(task, self._emulator.clock(), visit.base_url), visit.fault)

    async def _balance(self, visit: Visit) -> Response:
        return good(balance_body(self._emulator.balance), visit.fault)

    async def _file(self, visit: Visit) -> Response:
        try:
            order = self._emulator.originals.drawing(visit.request.path_params["name"])
        except GoneError as gone:
            raise Refusal(404, f"this file {gone}") from None
        picture = await self._emulator.pictures.picture(order)
        short_by, chunk_pause = (fault.short_by, fault.chunk_pause) if (fault := visit.fault) else (0, 0.0)
        return FileAnswer(picture, IMAGE_FORMATS[order.format].media_type, short_by, chunk_pause)

    async def _description(self, visit: Visit) -> Response:
        return json_response(openapi_document(visit.base_url))


def _no_such_endpoint(emulator: Emulator) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)

        async def refuse(visit: Visit) -> Response:  # noqa: ARG001 - whatever was asked, it is not here
            return json_response(error_body(error.status_code, error.detail), error.status_code, error.headers)

        return await endpoint(emulator, "other", refuse)(request)

    return answer


def _signed(app: ASGIApp) -> ASGIApp:
    signature = (EMULATOR_HEADER.lower().encode(), EMULATOR_VERSION.encode())

    async def signed(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), signature]}
            await send(message)

        await app(scope, receive, send_signed)

    return signed
