"""Is what was fetched really a picture? Decoded once, completely, before anybody calls it good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from vidgo_notebook.errors import FetchError

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

MAX_PIXELS = 50_000_000
"""Far above the largest picture the service documents (8,294,400), far below what fills a memory."""

_TYPES = {"PNG": ("image/png", ".png"), "JPEG": ("image/jpeg", ".jpg"), "WEBP": ("image/webp", ".webp"),
          "GIF": ("image/gif", ".gif")}  # fmt: skip
_SAME_AS = {"MPO": "JPEG"}  # Pillow's name for a JPEG with further pictures behind it, as cameras write them


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What a picture file is: media type, file ending, and edges in pixels."""

    media_type: str
    suffix: str
    width: int
    height: int


def inspect(file: BinaryIO) -> PictureFacts:
    """The facts of the picture in ``file``.

    Raises FetchError for anything that is no picture, is cut short, or has more than ``MAX_PIXELS``.
    """
    from PIL import UnidentifiedImageError

    try:
        with _opened(file) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS:
                raise FetchError(
                    f"The picture claims {width}×{height} pixels, which no model makes; it was left closed."
                )
            media_type, suffix = _TYPES[_SAME_AS.get(picture.format or "", picture.format or "")]
            picture.load()
    except UnidentifiedImageError:
        raise FetchError(f"What the file host sent is no picture but {_what_it_is(file)}.", transient=True) from None
    except (OSError, SyntaxError, ValueError) as error:
        raise FetchError(f"The picture file is damaged: {error}.", transient=True) from None
    return PictureFacts(media_type, suffix, width, height)


def _opened(file: BinaryIO) -> ImageFile:
    """The picture, header read, by its format's own class: ``Image.open`` would warn of a large one on
    stderr, which from a thread lands in whatever cell runs."""
    from PIL import Image, UnidentifiedImageError

    Image.init()
    file.seek(0)
    start = file.read(16)
    file.seek(0)
    for name in _TYPES:
        opener, accepts = Image.OPEN[name]
        if accepts and accepts(start) is True:
            return opener(file, b"")
    raise UnidentifiedImageError


def _what_it_is(file: BinaryIO) -> str:
    file.seek(0)
    start = file.read(200).lstrip().lower()
    if not start:
        return "an empty file"
    return "an HTML page" if start.startswith(b"<") else "other data"
