"""The picture as the notebook embeds it: small enough to share, true enough to judge."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vidgo_notebook.errors import FetchError

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 100_000
"""Base64 makes 133,000 of them: with its card a picture adds at most 0.15 MB to the notebook."""

_QUALITIES = (90, 82, 74, 66, 58)
_SHRINK = 0.85
_SPARE = 2  # a picture twice as large as wanted loses nothing that would be seen
_SHOWN_AS_SERVED = ("PNG", "JPEG")  # what notebooks, nbconvert and GitHub all display


@dataclass(frozen=True, slots=True)
class Embedded:
    """A picture for a notebook; ``media_type`` is image/png or image/jpeg."""

    media_type: str
    data: bytes


def preview(data: bytes, longest: int) -> Embedded:
    """The picture in ``data`` with its longest side at most ``longest`` pixels and at most ``MAX_BYTES``.

    The JPEG's quality falls first, then its size. The same picture gives the same preview. Raises
    FetchError for a picture that can't be drawn.
    """
    return shrunk(_flattened(_opened(data, longest)), longest)


def shrunk(image: Image.Image, longest: int, most: int = MAX_BYTES) -> Embedded:
    """The same for a picture in RGB that is open already, and at most ``most`` bytes."""
    if max(image.size) > longest:
        image = image.copy()
        image.thumbnail((longest, longest), _lanczos())
    while True:
        for quality in _QUALITIES:
            encoded = _jpeg(image, quality)
            if len(encoded) <= most:
                return Embedded("image/jpeg", encoded)
        image = image.resize((max(1, int(image.width * _SHRINK)), max(1, int(image.height * _SHRINK))), _lanczos())


def full(data: bytes) -> Embedded:
    """The picture at full size: the bytes as served where notebooks show them, else as PNG. Raises FetchError."""
    image = _opened(data)
    if image.format in _SHOWN_AS_SERVED:
        return Embedded(f"image/{image.format.lower()}", data)
    file = io.BytesIO()
    image.save(file, "PNG")
    return Embedded("image/png", file.getvalue())


def _opened(data: bytes, longest: int | None = None) -> Image.Image:
    """The picture; a JPEG only as large as its reduction to ``longest`` needs: decoding it takes most of the time."""
    from PIL import Image

    try:
        image = Image.open(io.BytesIO(data))
        if longest:  # other formats know no such thing, and do nothing
            share = _SPARE * longest / max(image.size)
            image.draft(None, (max(1, int(image.width * share)), max(1, int(image.height * share))))
        image.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise FetchError(
            f"The picture's file came whole, and no decoder can draw it: {error}.",
            hint="job.result().path is the file exactly as it was served.",
        ) from None
    return image


def _lanczos() -> Image.Resampling:
    from PIL import Image

    return Image.Resampling.LANCZOS


def _flattened(image: Image.Image) -> Image.Image:
    """RGB, transparency over white: JPEG has none, and a white page is what figures are made for."""
    from PIL import Image

    if image.mode in ("RGB", "L"):
        return image.convert("RGB")
    over = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", over.size, "white"), over).convert("RGB")


def _jpeg(image: Image.Image, quality: int) -> bytes:
    # Into a real file Pillow writes without holding up the other threads, a notebook's among them.
    with tempfile.TemporaryFile() as file:
        image.save(file, "JPEG", quality=quality, optimize=True, progressive=True)
        file.seek(0)
        return file.read()
