"""The upload endpoints, and the uploaded files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from vidgo_notebook.domain.addresses import is_web_url
from vidgo_notebook.emulator.answers import UPLOADS_PATH, uploaded_body
from vidgo_notebook.emulator.connection import FileAnswer
from vidgo_notebook.emulator.fetching import fetched
from vidgo_notebook.emulator.formats import checked_picture
from vidgo_notebook.emulator.originals import GoneError
from vidgo_notebook.emulator.parcels import Parcel, read_address, read_base64, read_form
from vidgo_notebook.emulator.refusal import Refusal
from vidgo_notebook.emulator.uploads import Upload
from vidgo_notebook.emulator.visits import Handle, Visit, endpoint, good

if TYPE_CHECKING:
    from vidgo_notebook.emulator.service import Emulator


class UploadDesk:
    """Takes files in, in three ways, and hands them out."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def routes(self) -> list[Route]:
        """Its addresses. Files need no key."""
        return [
            self._way_in("stream", self._stream),
            self._way_in("base64", self._base64),
            self._way_in("url", self._url),
            Route(UPLOADS_PATH + "{path:path}", endpoint(self._emulator, "file", self._file), methods=["GET"]),
        ]

    def _way_in(self, name: str, handle: Handle) -> Route:
        answer = endpoint(self._emulator, "upload", handle, keyed=True)
        return Route(f"/api/common/upload/{name}", answer, methods=["POST"])

    async def _stream(self, visit: Visit) -> Response:
        return await self._taken_in(await read_form(visit.request.headers, visit.arrival.raw), visit)

    async def _base64(self, visit: Visit) -> Response:
        return await self._taken_in(read_base64(visit.arrival.json), visit)

    async def _url(self, visit: Visit) -> Response:
        self._emulator.url_uploads.take(visit.key)
        url, label = read_address(visit.arrival.json)
        return await self._taken_in(Parcel(await self._content(url, visit.base_url), label), visit)

    async def _content(self, url: str, base_url: str) -> bytes:
        """The file at ``url``; one of the emulator's own without a call, since it may have no port."""
        try:
            original = self._emulator.originals.find(url, base_url) if is_web_url(url) else None
        except GoneError as gone:
            raise Refusal(400, f"the file at file_url {gone}", "validation_error") from None
        if original is None:
            return await fetched(url)
        if isinstance(original, Upload):
            return self._emulator.uploads.content(original.digest) or b""
        return await self._emulator.gallery.picture(original)

    async def _taken_in(self, parcel: Parcel, visit: Visit) -> Response:
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
