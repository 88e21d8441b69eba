"""References as an edit shows them: decoded when a picture is drawn, small, and the latest few kept."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from PIL import Image, ImageOps

from vidgo_notebook.domain.image_formats import IMAGE_FORMATS
from vidgo_notebook.emulator.originals import Original
from vidgo_notebook.emulator.picture_spec import PictureOrder

EDGE = 1024  # pixels of the longer edge, about as much as the largest frame has
KEPT = 32  # thumbnails of at most 3 MB
MOST_PIXELS = 64_000_000  # that are decoded for a frame; a larger reference is shown by its name
DEEPEST = 32  # edits of edits that are drawn again if need be; by then a frame in a frame is less than a pixel


class Thumbnails:
    """Thumbnails by what is shown. ``bytes_of`` gives a file, or None where it is no longer kept."""

    def __init__(self, bytes_of: Callable[[Original], bytes | None]) -> None:
        self._bytes_of = bytes_of
        self._kept: OrderedDict[str, Image.Image] = OrderedDict()
        self._lock = Lock()

    def of(self, original: Original | None) -> Image.Image | None:
        """What ``original`` looks like; None where that can't be told."""
        if original is None or original.edges is None:
            return None
        if isinstance(original, PictureOrder) and original.depth >= DEEPEST:
            return None
        key = original.seed if isinstance(original, PictureOrder) else original.digest
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        # Not under the lock: this may draw another picture, with references of its own.
        content = self._bytes_of(original)
        thumbnail = thumbnail_of(content) if content else None
        if thumbnail:
            self._keep(key, thumbnail)
        return thumbnail

    def _keep(self, key: str, thumbnail: Image.Image) -> None:
        with self._lock:
            self._kept[key] = thumbnail
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


def thumbnail_of(content: bytes) -> Image.Image | None:
    """A picture's first frame, turned upright, on white where it is clear; None if it can't be decoded."""
    try:
        with Image.open(io.BytesIO(content), formats=tuple(IMAGE_FORMATS)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            picture.draft("RGB", (2 * EDGE, 2 * EDGE))  # lets JPEG leave out what is thrown away anyway
            upright = ImageOps.exif_transpose(picture)
            if upright.mode in ("1", "P"):  # the others can be made smaller as they are
                upright = upright.convert("RGBA")
            upright.thumbnail((EDGE, EDGE))
            return _opaque(upright)
    except Exception:  # noqa: BLE001 - Pillow raises what it likes on a damaged file
        return None


def _opaque(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
