"""Is what was fetched really a picture, and whole? Asked before anybody calls it good.

Without decoding it where the format itself tells: of a thousand pictures that would take longer than
fetching them. A PNG has a checksum over every chunk, which finds any damage. The other formats have
none: they are decoded, which finds what makes a picture impossible to show.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from vidgo_notebook.domain.image_formats import IMAGE_FORMATS, MAX_SERVED_PIXELS, format_named
from vidgo_notebook.errors import FetchError

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_START_OF_SCAN, _END_OF_IMAGE = b"\xff\xda", b"\xff\xd9"
_one_decoder = threading.Lock()  # a 4K picture takes 25 MB, and eight of them at once the memory of a small hub


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What a picture file is: media type, file ending, and edges in pixels."""

    media_type: str
    suffix: str
    width: int
    height: int


def inspect(file: BinaryIO) -> PictureFacts:
    """The facts of the picture in ``file``.

    Raises FetchError for anything that is no picture, is cut short, or has more than ``MAX_SERVED_PIXELS``.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with _opened(file) as picture:
            width, height = picture.size
            if width * height > MAX_SERVED_PIXELS:
                raise FetchError(
                    f"The picture claims {width}×{height} pixels, which no model makes; it was left closed."
                )
            kind = format_named(picture.format)
            assert kind is not None  # no other was opened
            _check_whole(picture, file)
    except Image.DecompressionBombError:  # Pillow 13 looks at the edges of a WebP itself, before anybody can ask
        raise FetchError("The picture claims more pixels than any model makes; it was left closed.") from None
    except UnidentifiedImageError:
        raise FetchError(f"What the file host sent is no picture but {_what_it_is(file)}.", transient=True) from None
    except (OSError, SyntaxError, ValueError) as error:
        raise FetchError(f"The picture file is damaged: {error}.", transient=True) from None
    return PictureFacts(kind.media_type, kind.suffix, width, height)


def _opened(file: BinaryIO) -> ImageFile:
    """The picture, header read, by its format's own class: ``Image.open`` would warn of a large one on
    stderr, which from a thread lands in whatever cell runs."""
    from PIL import Image, UnidentifiedImageError, WebPImagePlugin  # noqa: F401  it registers its format

    Image.preinit()  # the usual formats; init() would load forty, while other threads wait for the interpreter
    file.seek(0)
    start = file.read(16)
    file.seek(0)
    for name in IMAGE_FORMATS:
        opener, accepts = Image.OPEN[name]
        if accepts and accepts(start) is True:
            return opener(file, b"")
    raise UnidentifiedImageError


def _check_whole(picture: ImageFile, file: BinaryIO) -> None:
    """Raise one of the errors that ``inspect`` explains if something of the picture is missing."""
    if picture.format == "PNG":
        picture.verify()
        return
    if format_named(picture.format) == IMAGE_FORMATS["JPEG"]:
        _check_end_of_jpeg(file)
    with _one_decoder:
        picture.load()


def _check_end_of_jpeg(file: BinaryIO) -> None:
    """A picture in the header (a camera's thumbnail) has an end of its own: only what follows counts."""
    file.seek(0)
    data = file.read()
    place = 2
    while data[place : place + 2] != _START_OF_SCAN and data[place : place + 1] == b"\xff":
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    if data.find(_END_OF_IMAGE, place) < 0:
        raise OSError("its end is missing")


def _what_it_is(file: BinaryIO) -> str:
    file.seek(0)
    start = file.read(200).lstrip().lower()
    if not start:
        return "an empty file"
    return "an HTML page" if start.startswith(b"<") else "other data"
