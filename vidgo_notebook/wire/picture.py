"""Checks that a downloaded file is a picture, and complete, before it is stored.

A PNG has a checksum over every chunk, which finds any damage without decoding: decoding a thousand
pictures takes longer than downloading them. The other formats have no checksums. They are decoded, which
finds damage that makes a picture impossible to show.
"""

from __future__ import annotations

import io
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from vidgo_notebook.domain.image_formats import IMAGE_FORMATS, MAX_SERVED_PIXELS, SERVED_FORMATS, served_format_named
from vidgo_notebook.domain.odd_metadata import pixels_only
from vidgo_notebook.errors import FetchError
from vidgo_notebook.wire.service_text import describe_content

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_START_OF_SCAN, _END_OF_IMAGE = b"\xff\xda", b"\xff\xd9"
_ODD = "The picture's pixels are whole, and its file is odd"
_one_decoder = threading.Lock()  # a decoded 4K picture takes 25 MB; eight at once would fill a small hub's memory


class UnreadableError(FetchError):
    """A file that is neither a picture nor a web page or JSON, which a host may send for a while in its place."""


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What a picture file is: media type, file name suffix, edges in pixels, the digest of its pixels, if known,
    and what is odd about the file, if anything."""

    media_type: str
    suffix: str
    width: int
    height: int
    pixels: str = ""
    note: str = ""


def inspect(file: BinaryIO) -> PictureFacts:
    """The facts of the picture in ``file``, with a note if its pixels are sound and its metadata is not.

    Raises UnreadableError if it is not a picture or is cut short, and FetchError for a web page, for JSON, and for
    more than ``MAX_SERVED_PIXELS``.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with _opened(file) as picture:
            width, height = picture.size
            if width * height > MAX_SERVED_PIXELS:
                raise FetchError(
                    f"The picture claims {width}×{height} pixels, which no model makes; it was not decoded."
                )
            kind = served_format_named(picture.format)
            assert kind is not None  # only these formats are opened
            _check_whole(picture, file)
    except Image.DecompressionBombError:  # Pillow 13 checks the size of a WebP as it opens it
        raise FetchError("The picture claims more pixels than any model makes; it was not decoded.") from None
    except UnidentifiedImageError:
        file.seek(0)
        start = file.read(10_000)
        content = describe_content(start) or ("JSON" if start.lstrip()[:1] in (b"{", b"[") else "")
        kind_of_error = FetchError if content else UnreadableError
        message = f"The file host did not send a picture but {content or 'other data'}."
        raise kind_of_error(message, transient=True) from None
    except (OSError, SyntaxError, ValueError) as error:
        if facts := _facts_of_pixels(file):
            return replace(facts, note=f"{_ODD}: {error}.")
        raise UnreadableError(f"The picture file is damaged: {error}.", transient=True) from None
    return PictureFacts(kind.media_type, kind.suffix, width, height)


def _facts_of_pixels(file: BinaryIO) -> PictureFacts | None:
    """The facts of a picture whose metadata is odd; None if its pixels are damaged too."""
    file.seek(0)
    bare = pixels_only(file.read())
    if bare is None:
        return None
    with suppress(OSError, SyntaxError, ValueError), _opened(io.BytesIO(bare)) as picture:
        kind = served_format_named(picture.format)
        if kind and picture.width * picture.height <= MAX_SERVED_PIXELS:
            with _one_decoder:
                picture.load()
            return PictureFacts(kind.media_type, kind.suffix, *picture.size)
    return None


def _opened(file: BinaryIO) -> ImageFile:
    """The picture, with its header read, opened by its format's own class: ``Image.open`` would warn of a large
    one on stderr, which from a thread appears in whichever cell is running."""
    from PIL import Image, TiffImagePlugin, UnidentifiedImageError, WebPImagePlugin  # noqa: F401  imports register

    Image.preinit()  # the usual formats; init() would load forty, while other threads wait for the GIL
    file.seek(0)
    start = file.read(16)
    file.seek(0)
    with suppress(ImportError):  # Pillow before 11.3 has none
        from PIL import AvifImagePlugin  # noqa: F401
    for name in SERVED_FORMATS:
        if name not in Image.OPEN:
            continue
        opener, accepts = Image.OPEN[name]
        if accepts and accepts(start) is True:
            return opener(file, b"")
    raise UnidentifiedImageError


def _check_whole(picture: ImageFile, file: BinaryIO) -> None:
    """Raise one of the errors that ``inspect`` explains if a part of the picture is missing."""
    if picture.format == "PNG":
        picture.verify()
        return
    if served_format_named(picture.format) == IMAGE_FORMATS["JPEG"]:
        file.seek(0)
        data, place = file.read(), 2
        # The header is skipped: a thumbnail in it has an end marker of its own.
        while data[place : place + 2] != _START_OF_SCAN and data[place : place + 1] == b"\xff":
            place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if data.find(_END_OF_IMAGE, place) < 0:
            raise OSError("its end is missing")
    with _one_decoder:
        picture.load()
