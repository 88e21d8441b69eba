"""The service's endpoints, as a Starlette application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vidgo_notebook.domain.image_formats import IMAGE_FORMATS
from vidgo_notebook.domain.provider import EMULATOR_HEADER
from vidgo_notebook.emulator.answers import (
    FILES_PATH,
    UPLOADS_PATH,
    accepted_body,
    balance_body,
    json_response,
    status_body,
    uploaded_body,
)
from vidgo_notebook.emulator.faults import Kind
from vidgo_notebook.emulator.http.connection import FileAnswer
from vidgo_notebook.emulator.http.endpoint import Context, Handle, endpoint, faulty_answer, good
from vidgo_notebook.emulator.http.local_only import check_names
from vidgo_notebook.emulator.http.openapi import openapi_document
from vidgo_notebook.emulator.http.read_submit import read_request
from vidgo_notebook.emulator.http.read_upload import read_form
from vidgo_notebook.emulator.refusal import Refusal, error_body
from vidgo_notebook.emulator.tasks import EMULATOR_VERSION
from vidgo_notebook.emulator.uploads import checked_picture

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from vidgo_notebook.emulator.service import Emulator

UPLOAD_PATH = "/api/common/upload/stream"
"""The only one of the service's three ways to upload that the client uses: base64 and URLs are not emulated."""


def build_app(emulator: Emulator, allowed_hosts: Collection[str] = ()) -> ASGIApp:
    """The ASGI application of ``emulator``; the header of every answer says that an emulator sent it.

    It answers to the names of this machine and to ``allowed_hosts``.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:  # noqa: ARG001 - the signature is Starlette's
        yield
        await emulator.aclose()

    endpoints = Endpoints(emulator)
    handlers = {HTTPException: endpoints.not_found}
    app = Starlette(routes=endpoints.routes(), exception_handlers=handlers, lifespan=lifespan)
    signature = (EMULATOR_HEADER.lower().encode(), EMULATOR_VERSION.encode())

    async def signed(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), signature]}
            await send(message)

        try:
            if scope["type"] == "http":
                check_names(scope, allowed_hosts)
        except Refusal as refusal:
            await json_response(refusal.body, refusal.status)(scope, receive, send_signed)
        else:
            await app(scope, receive, send_signed)

    return signed


class Endpoints:
    """The service's endpoints. Files and the description need no key."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def routes(self) -> list[Route]:
        """Their paths and methods."""

        def route(path: str, kind: Kind, handle: Handle, method: str = "GET", *, keyed: bool = False) -> Route:
            return Route(path, endpoint(self._emulator, kind, handle, keyed=keyed), methods=[method])

        return [
            route("/api/generate/submit", "submit", self.submit, "POST", keyed=True),
            route("/api/generate/status/{task_id}", "status", self.status, keyed=True),
            route("/api/user/balance", "balance", self.balance, keyed=True),
            route(UPLOAD_PATH, "upload", self.upload, "POST", keyed=True),
            route(FILES_PATH + "{name}", "file", self.file),
            route(UPLOADS_PATH + "{path:path}", "file", self.uploaded_file),
            route("/openapi.json", "other", self.description),
        ]

    async def submit(self, context: Context) -> Response:
        """Accept a request as a task."""
        request = read_request(context.call.body)
        task = self._emulator.accept(self._emulator.originals.recognised(request, context.base_url))
        late_fault = self._emulator.faults.take(context.call, late=True)
        if late_fault:
            task.error = late_fault.fails
        self._emulator.announce(task, context.base_url)
        instead = await faulty_answer(late_fault, context.request)
        return instead or good(accepted_body(task), late_fault)

    async def status(self, context: Context) -> Response:
        """The state of a task."""
        task = self._emulator.tasks.get(context.request.path_params["task_id"])
        if task is None:
            raise Refusal(404, "this task does not exist")
        return good(status_body(task, self._emulator.clock(), context.base_url), context.fault)

    async def balance(self, context: Context) -> Response:
        """The credits in the account."""
        return good(balance_body(self._emulator.balance), context.fault)

    async def upload(self, context: Context) -> Response:
        """Accept a picture as an upload."""
        form = await read_form(context.request.headers, context.body)
        # In a thread because the first one loads Pillow.
        picture = await asyncio.to_thread(checked_picture, form.content)
        uploads = self._emulator.uploads
        upload = uploads.add(picture, form.folder, form.file_name, form.original_name)
        return good(uploaded_body(upload, uploads.times(upload), context.base_url), context.fault)

    async def file(self, context: Context) -> Response:
        """A generated picture."""
        spec = self._emulator.originals.drawing(context.request.path_params["name"])
        picture = await self._emulator.pictures.picture(spec)
        return FileAnswer(picture, IMAGE_FORMATS[spec.format].media_type, context.fault)

    async def uploaded_file(self, context: Context) -> Response:
        """An uploaded picture."""
        upload = self._emulator.originals.upload(context.request.path_params["path"])
        return FileAnswer(self._emulator.uploads.content(upload.digest) or b"", upload.mime_type, context.fault)

    async def description(self, context: Context) -> Response:
        """The OpenAPI document."""
        return json_response(openapi_document(context.base_url))

    async def not_found(self, request: Request, error: Exception) -> Response:
        """Refuse a path or method that the service does not have."""
        assert isinstance(error, HTTPException)

        async def refuse(context: Context) -> Response:  # noqa: ARG001 - whatever the request was
            return json_response(error_body(error.status_code, error.detail), error.status_code, error.headers)

        return await endpoint(self._emulator, "other", refuse)(request)
