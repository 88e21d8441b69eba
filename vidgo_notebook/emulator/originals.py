"""The emulator's own files behind URLs: what was uploaded, and what it drew."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote, urlsplit

from vidgo_notebook.domain.request import GenerationRequest, Reference
from vidgo_notebook.emulator.answers import FILES_PATH, UPLOADS_PATH
from vidgo_notebook.emulator.refusal import Refusal
from vidgo_notebook.emulator.tasks import PictureSpec
from vidgo_notebook.emulator.uploads import Upload, Uploads

if TYPE_CHECKING:
    from vidgo_notebook.domain.sizes import Edges
    from vidgo_notebook.emulator.tasks import Task

Original: TypeAlias = "Upload | PictureSpec"


class GoneError(Exception):
    """A URL of this emulator without a file; the text says why, as a predicate."""


class Originals:
    """Looks up files of this emulator by their URLs."""

    def __init__(self, uploads: Uploads, tasks: Mapping[str, Task], clock: Callable[[], float]) -> None:
        self._uploads = uploads
        self._tasks = tasks
        self._clock = clock

    def find(self, url: str, base_url: str) -> Original | None:
        """The file at ``url``; None where that is not an address of ``base_url``.

        Raises ``GoneError`` when it is one and the file does not exist, or no longer.
        """
        if _origin(url) != _origin(base_url):
            return None
        path = unquote(urlsplit(url).path)
        if path.startswith(UPLOADS_PATH):
            return self.upload(path.removeprefix(UPLOADS_PATH))
        if path.startswith(FILES_PATH):
            return self.drawing(path.removeprefix(FILES_PATH))
        raise GoneError("is not a file of this service")

    def upload(self, path: str) -> Upload:
        """The upload at ``path``, which begins with ``temp/``. Raises ``GoneError``."""
        upload = self._uploads.find(path)
        if upload is None:
            raise GoneError("does not exist: upload it first")
        if upload.expired(self._clock()):
            raise GoneError("has expired: upload it again")
        if self._uploads.content(upload.digest) is None:
            raise GoneError("was dropped to make room for later ones: upload it again")
        return upload

    def drawing(self, name: str) -> PictureSpec:
        """What the generated picture called ``name`` looks like. Raises ``GoneError``."""
        task, now = self._tasks.get(PurePosixPath(name).stem), self._clock()
        if task is None or task.error is not None or not task.ended(now):
            raise GoneError("does not exist")
        if not task.has_file(now):
            raise GoneError("has expired: generated pictures are kept for 24 hours")
        return task.picture

    def recognised(self, request: GenerationRequest, base_url: str) -> GenerationRequest:
        """``request`` with this emulator's own files identified by their contents, not by their URLs.

        Raises ``Refusal`` (400) that names every image that does not exist. Foreign URLs are not checked.
        """
        found: list[Reference] = []
        missing: list[str] = []
        for number, reference in enumerate(request.references, 1):
            try:
                original = self.find(reference.value, base_url)
            except GoneError as gone:
                missing.append(f"input.image_urls: image {number} {gone}")
                continue
            own = original and Reference("bytes", digest_of(original), name=reference.value, payload=original)
            found.append(own or reference)
        if missing:
            raise Refusal(400, "; ".join(missing), "validation_error")
        return replace(request, references=tuple(found))


def digest_of(original: Original) -> str:
    """What identifies a file: equal seeds give equal bytes, so a seed serves as their digest."""
    return original.seed if isinstance(original, PictureSpec) else original.digest


def originals_of(request: GenerationRequest) -> Iterator[Original | None]:
    """The file behind each reference of a recognised request; None for a foreign one."""
    for reference in request.references:
        payload = reference.payload
        yield payload if isinstance(payload, (Upload, PictureSpec)) else None


def first_edges(request: GenerationRequest) -> Edges | None:
    """Width and height in pixels of the first reference, where they are known."""
    first = next(originals_of(request), None)
    return first.edges if first else None


def depth_of(request: GenerationRequest) -> int:
    """The number of edits between the request and a picture that was not made from one of this emulator."""
    return max((1 + each.depth for each in originals_of(request) if isinstance(each, PictureSpec)), default=0)


def _origin(url: str) -> tuple[str, int]:
    """Host and port; the names of the loopback interface count as one."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    with suppress(ValueError):  # a name instead of an address
        if ipaddress.ip_address(host).is_loopback:
            host = "localhost"
    return host, port
