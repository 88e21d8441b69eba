"""The upload endpoint, and the uploaded files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from vidgo_notebook.emulator.answers import UPLOADS_PATH, uploaded_body
from vidgo_notebook.emulator.http.connection import FileAnswer
from vidgo_notebook.emulator.http.endpoint import Visit, endpoint, good
from vidgo_notebook.emulator.http.read_upload import read_form
from vidgo_notebook.emulator.originals import GoneError
from vidgo_notebook.emulator.refusal import Refusal
from vidgo_notebook.emulator.uploads import checked_picture

if TYPE_CHECKING:
    from vidgo_notebook.emulator.service import Emulator

STREAM_PATH = "/api/common/upload/stream"
"""The one of the service's three ways that the client goes: base64 and URLs are not emulated."""


class UploadDesk:
    """Takes files in, and hands them out."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def routes(self) -> list[Route]:
        """Its addresses. Files need no key."""
        return [
            Route(STREAM_PATH, endpoint(self._emulator, "upload", self._stream, keyed=True), methods=["POST"]),
            Route(UPLOADS_PATH + "{path:path}", endpoint(self._emulator, "file", self._file), methods=["GET"]),
        ]

    async def _stream(self, visit: Visit) -> Response:
        parcel = await read_form(visit.request.headers, visit.arrival.raw)
        # In a thread because the first one loads Pillow.
        picture = await asyncio.to_thread(checked_picture, parcel.content)
        label, uploads = parcel.label, self._emulator.uploads
        upload = uploads.add(picture, label.folder, label.file_name, label.original_name)
        return good(uploaded_body(upload, uploads.times(upload), visit.base_url), visit.fault)

    async def _file(self, visit: Visit) -> Response:
        try:
            upload = self._emulator.originals.upload(visit.request.path_params["path"])
        except GoneError as gone:
            raise Refusal(404, f"this file {gone}") from None
        short_by, chunk_pause = (fault.short_by, fault.chunk_pause) if (fault := visit.fault) else (0, 0.0)
        content = self._emulator.uploads.content(upload.digest) or b""
        return FileAnswer(content, upload.mime_type, short_by, chunk_pause)
