"""Draws pictures when they are first fetched, and keeps the latest few, with thumbnails of their references."""

from __future__ import annotations

import asyncio
import io
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING

from vidgo_notebook.domain.image_formats import IMAGE_FORMATS
from vidgo_notebook.domain.picture_limits import check_limits
from vidgo_notebook.emulator.originals import Original, digest_of, originals_of
from vidgo_notebook.emulator.tasks import PictureSpec

if TYPE_CHECKING:
    from PIL import Image

    from vidgo_notebook.emulator.tasks import Draw

DRAWING_THREADS = 2  # each has one full picture in memory
PICTURES_KEPT = 4  # one more fetch of an older one draws it again, to the same bytes
THUMBNAILS_KEPT = 32  # of at most 3 MB each
THUMBNAIL_EDGE = 1024  # pixels of the longer edge, about as much as the largest frame has
MAX_PIXELS = 64_000_000  # of a reference; a larger one is shown by its name
MAX_DECODED = 32_000_000  # pixels that are decoded for a frame, of a JPEG a part; making them smaller takes as many
MAX_DEPTH = 32  # edits of edits that are drawn again if need be; by then a frame in a frame is less than a pixel


class PictureCache:
    """Pictures by spec. Concurrent fetches of one picture share one drawing.

    ``uploaded`` gives the bytes of an upload by their digest, for edits to show. Where they were dropped
    before the edit was drawn, its frame shows a card instead.
    """

    def __init__(self, draw: Draw | None, uploaded: Callable[[str], bytes | None]) -> None:
        self._draw = draw or self._draw_with_references
        self._uploaded = uploaded
        self._threads = ThreadPoolExecutor(DRAWING_THREADS, thread_name_prefix="vidgo-emulator-draws")
        self._pictures: OrderedDict[str, Future[bytes]] = OrderedDict()
        self._thumbnails = Thumbnails(self._bytes_of)

    async def picture(self, spec: PictureSpec) -> bytes:
        """The bytes of the picture of ``spec``."""
        drawing = self._pictures.get(spec.seed)
        if drawing is None:
            drawing = self._pictures[spec.seed] = self._threads.submit(self._draw, spec)
        self._pictures.move_to_end(spec.seed)
        while len(self._pictures) > PICTURES_KEPT:
            self._pictures.popitem(last=False)
        # Shielded: a client that disconnects must not cancel the drawing that others wait for.
        return await asyncio.shield(asyncio.wrap_future(drawing))

    def close(self) -> None:
        """End the drawing threads; a drawing that has begun is finished."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _draw_with_references(self, spec: PictureSpec) -> bytes:
        return draw_picture(spec, [self._thumbnails.of(original) for original in originals_of(spec.request)])

    def _bytes_of(self, original: Original) -> bytes | None:
        """Called by a drawing thread, which must not wait for another: what isn't ready it draws itself."""
        if not isinstance(original, PictureSpec):
            return self._uploaded(original.digest)
        drawing = self._pictures.get(original.seed)
        if drawing and drawing.done() and drawing.exception() is None:
            return drawing.result()
        return self._draw(original)


class Thumbnails:
    """Small pictures of references. ``bytes_of`` gives a file, or None where it is no longer kept."""

    def __init__(self, bytes_of: Callable[[Original], bytes | None]) -> None:
        self._bytes_of = bytes_of
        self._kept: OrderedDict[str, Image.Image] = OrderedDict()
        self._lock = Lock()

    def of(self, original: Original | None) -> Image.Image | None:
        """What ``original`` looks like; None where that is not known."""
        if original is None or original.edges is None:
            return None
        if isinstance(original, PictureSpec) and original.depth >= MAX_DEPTH:
            return None
        key = digest_of(original)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        # Not under the lock: this may draw another picture, with references of its own.
        content = self._bytes_of(original)
        thumbnail = thumbnail_of(content) if content else None
        if thumbnail:
            with self._lock:
                self._kept[key] = thumbnail
                while len(self._kept) > THUMBNAILS_KEPT:
                    self._kept.popitem(last=False)
        return thumbnail


def thumbnail_of(content: bytes) -> Image.Image | None:
    """A picture's first frame, turned upright, on white where it is transparent; None if it can't be decoded."""
    # Loaded with the first picture, as in draw_picture: most of the emulator's calls need no Pillow.
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(content), formats=tuple(IMAGE_FORMATS)) as picture:
            check_limits(picture, content, MAX_PIXELS)
            picture.draft("RGB", (2 * THUMBNAIL_EDGE, 2 * THUMBNAIL_EDGE))  # lets JPEG skip detail that is not needed
            if picture.width * picture.height > MAX_DECODED:
                return None
            small: Image.Image = picture
            if small.mode in ("1", "P"):  # the others can be made smaller as they are
                small.thumbnail((2 * THUMBNAIL_EDGE, 2 * THUMBNAIL_EDGE), Image.Resampling.NEAREST)
                small = small.convert("RGBA")
            small.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE))
            upright = ImageOps.exif_transpose(small)  # now, since rotating it whole would take its memory again
            if not upright.has_transparency_data:
                return upright.convert("RGB")
            layer = upright.convert("RGBA")
            return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    except Exception:  # noqa: BLE001 - Pillow raises exceptions of many kinds on a damaged file
        return None


def draw_picture(spec: PictureSpec, references: Sequence[Image.Image | None] = ()) -> bytes:
    """The emulator's own picture, drawn with Pillow, which is loaded only now."""
    from vidgo_notebook.emulator.painting.picture import draw

    return draw(spec, references)
