"""Checks that a downloaded file is a picture, and complete, before it is stored.

A PNG has a checksum over every chunk, which finds any damage without decoding: decoding a thousand
pictures takes longer than downloading them. The other formats have no checksums. They are decoded, which
finds damage that makes a picture impossible to show.
"""

from __future__ import annotations

import hashlib
import re
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vidgo_notebook.domain.image_formats import IMAGE_FORMATS, served_format_named
from vidgo_notebook.domain.odd_metadata import check_jpeg, coded_digest, opened, pixels_only
from vidgo_notebook.domain.picture_limits import TooLargeError
from vidgo_notebook.domain.png_chunks import check_png
from vidgo_notebook.errors import FetchError
from vidgo_notebook.wire.service_text import describe_content, message

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_WITH_PALETTE = ("P", "PA")
_SVG = re.compile(rb"(?is)(\xef\xbb\xbf|\s|<\?xml[^>]*>|<!--.*?-->|<!doctype svg[^>]*>)*<svg[\s>]")
_ODD = "The picture's pixels are whole, and its file is odd"
_ROWS = 256
_one_decoder = threading.Lock()  # a decoded 4K picture takes 25 MB; eight at once would fill a small hub's memory


class UnreadableError(FetchError):
    """A file that is neither a picture nor text, such as a web page or JSON, which a host may send temporarily."""


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What a picture file is: media type, file name suffix, edges in pixels, the digest of its pixels, and what is
    odd about the file, if anything."""

    media_type: str
    suffix: str
    width: int
    height: int
    pixels: str
    note: str = ""


def inspect(data: bytes) -> PictureFacts:
    """The facts of the picture in ``data``, with a note if its pixels are sound and its metadata is not.

    Raises UnreadableError if it is not a picture, is cut short, or claims more than is decoded, and
    FetchError for a web page, JSON or other text.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        return _facts(data)
    except TooLargeError as error:
        raise UnreadableError(
            f"The picture claims {error}, too large for any model; it was not decoded.", transient=True
        ) from None
    except Image.DecompressionBombError:  # Pillow 13 checks the size of a WebP as it opens it
        raise UnreadableError(
            "The picture claims more pixels than any model makes; it was not decoded.", transient=True
        ) from None
    except UnidentifiedImageError:
        content = "" if _SVG.match(data[:10_000]) else describe_content(data[:10_000]) or _as_text(data[:10_000])
        kind_of_error = FetchError if content else UnreadableError
        said = f"The file host did not send a picture but {content or 'other data'}."
        raise kind_of_error(said, transient=True) from None
    except (OSError, SyntaxError, ValueError) as error:
        why = str(error)  # and no more: the error holds what was decoded until then
    if facts := _facts_of_pixels(data):
        return replace(facts, note=f"{_ODD}: {why}.")
    raise UnreadableError(f"The picture file is damaged: {why}.", transient=True)


def _as_text(start: bytes) -> str:
    """JSON or a sentence that a host, or a proxy, sends temporarily; '' for other data."""
    if start.lstrip()[:1] in (b"{", b"["):
        return "JSON"
    try:
        text = start.decode()
    except UnicodeDecodeError:
        return ""
    return f"text: {message(text)}" if all(letter.isprintable() or letter.isspace() for letter in text) else ""


def _facts(data: bytes) -> PictureFacts:
    """Raises one of the errors that ``inspect`` explains."""
    with opened(data) as picture:
        width, height = picture.size
        kind = served_format_named(picture.format)
        assert kind is not None  # only these formats are opened
        pixels = _digest_of_whole(picture, data)
        return PictureFacts(kind.media_type, kind.suffix, width, height, pixels)


def _facts_of_pixels(data: bytes) -> PictureFacts | None:
    """The facts of a picture whose metadata is odd; None if its pixels are damaged too."""
    if (bare := pixels_only(data)) is None:
        return None
    with suppress(OSError, SyntaxError, ValueError):
        facts = _facts(bare)
        with _one_decoder, opened(bare) as picture:
            picture.load()
        return facts
    return None


def _digest_of_whole(picture: ImageFile, data: bytes) -> str:
    """The digest of the pixels. Raises one of the errors that ``inspect`` explains if a part of them is missing."""
    if picture.format == "PNG":
        check_png(data)
        return coded_digest(data)
    is_jpeg = served_format_named(picture.format) == IMAGE_FORMATS["JPEG"]
    if is_jpeg:
        check_jpeg(data)
    with _one_decoder:
        picture.load()
        return coded_digest(data) if is_jpeg else _decoded_digest(picture)


def _decoded_digest(picture: ImageFile) -> str:
    """SHA-256 of the size and the decoded pixels, of the first frame."""
    has_palette = picture.mode in _WITH_PALETTE
    mode = "RGBA" if has_palette else picture.mode
    digest = hashlib.sha256(f"{mode} {picture.width}x{picture.height}\n".encode())
    for top in range(0, picture.height, _ROWS):  # a copy of all the pixels would double the memory
        rows = picture.crop((0, top, picture.width, min(top + _ROWS, picture.height)))
        digest.update((rows.convert(mode) if has_palette else rows).tobytes())
    return digest.hexdigest()
