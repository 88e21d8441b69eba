"""Prepares an image of the user's own for the upload.

The service accepts JPEG, PNG, GIF and WebP. Other formats that Pillow reads are re-encoded; pictures are
rotated as their EXIF says, and the place where they were taken is removed.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from vidgo_notebook.domain.image_formats import IMAGE_FORMATS, MAX_REFERENCE_PIXELS, ImageFormat, format_named
from vidgo_notebook.domain.odd_metadata import pixels_only, readable_formats
from vidgo_notebook.domain.picture_limits import TooLargeError, check_limits
from vidgo_notebook.render.eight_bits import in_8_bits

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFile import ImageFile

_MOST_MEMORY = 280_000_000
"""Bytes for the pixels of a small file. A photo of 50 megapixels that is held upright needs more, and has megabytes."""
_LARGEST_RATIO = 100
"""Bytes of pixels for each byte of a file that may need more: photos have 10 to 40."""
_ONE_BYTE = ("1", "L", "P")
_KEPT_MODES = (*_ONE_BYTE, "LA", "RGB", "RGBA")
_WITH_FRAMES = ("GIF", "PNG", "WEBP", "AVIF", "TIFF")
_ORIENTATION, _GPS, _BITS_PER_SAMPLE = 0x0112, 0x8825, 258
_TURNED = range(2, 9)
_PLACE_IN_TEXT = re.compile(r"(?i)GPS|Location|:(City|State|Country)\b|^Raw profile type (exif|app1|xmp|iptc)")
_PLACE_IN_XMP = re.compile(rb"GPS|Location|:(City|State|Country)\b")
_PLACES_IN_IPTC = [(2, field) for field in (26, 27, 90, 92, 95, 100, 101)]
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Bytes as they are uploaded."""

    data: bytes
    media_type: str
    file_name: str


@dataclass(frozen=True, slots=True)
class Payload:
    """What to upload for a reference; ``read`` returns the bytes when they are needed."""

    read: Callable[[], bytes]

    def prepared(self) -> Prepared:
        """The bytes as they are uploaded: an accepted format, one frame, upright, no place. ValueError for anything
        but a picture."""
        picture, data = _read(self.read())
        kind = format_named(picture.format)
        if kind and not _needs_reencoding(picture):
            return _named(data, kind)
        return _reencoded(picture)


def opened(data: bytes) -> Image.Image:
    """The picture in ``data``, fully decoded; ValueError, with the reason, if there is none."""
    return _read(data)[0]


def _read(data: bytes) -> tuple[Image.Image, bytes]:
    """The picture and the bytes to use: a file whose metadata can't be read is re-encoded from its pixels."""
    if not data:
        raise ValueError("it is empty")
    try:
        return _loaded(data), data
    except TooLargeError:
        raise
    except ValueError as error:
        why = str(error)  # and no more: the error holds what was decoded until then
    if (bare := pixels_only(data)) is None:
        raise ValueError(why)
    picture = _loaded(bare)
    if orientation := _readable_orientation(data):
        picture.getexif()[_ORIENTATION] = orientation
        _check_memory(picture, data, turned=orientation in _TURNED)
    return picture, _reencoded(picture).data


def _readable_orientation(data: bytes) -> int:
    """How a picture that is odd otherwise was held; 0 if that can't be read either."""
    from PIL import Image

    with suppress(Exception):  # of a damaged file Pillow raises any exception
        picture = Image.open(io.BytesIO(data), formats=readable_formats())
        if picture.format != "PNG" or "exif" in picture.info:  # else Pillow reads all pixels to find it behind them
            return int(picture.getexif().get(_ORIENTATION, 0))
    return 0


def _loaded(data: bytes) -> Image.Image:
    from PIL import Image, UnidentifiedImageError

    try:
        picture = Image.open(io.BytesIO(data), formats=readable_formats())
        check_limits(picture, data, MAX_REFERENCE_PIXELS)
        _check_memory(picture, data, turned=False)
        picture.load()
        _check_memory(picture, data, turned=_is_turned(picture))  # which a PNG may say behind its pixels
        _needs_reencoding(picture)  # now, where its errors become a message
    except TooLargeError as error:
        raise TooLargeError(f"it has {error}, too many") from None
    except UnidentifiedImageError:
        raise ValueError(_not_an_image(data)) from None
    except Image.DecompressionBombError:
        raise ValueError(f"it claims more than {MAX_REFERENCE_PIXELS:,} pixels, too many") from None
    except Exception as error:  # noqa: BLE001  on a damaged file Pillow raises any exception
        raise ValueError(f"it can't be read: {error}") from None
    return picture


def _check_memory(picture: Image.Image, data: bytes, *, turned: bool) -> None:
    """TooLargeError for a small file whose pixels need much memory: a second copy if it is ``turned``, three copies if
    it is converted to a mode that is kept."""
    copies = 3 if picture.mode not in _KEPT_MODES else 2 if turned else 1
    needed = picture.width * picture.height * copies * (1 if picture.mode in _ONE_BYTE else 4)
    if needed > _MOST_MEMORY and needed > _LARGEST_RATIO * len(data):
        raise TooLargeError(f"{picture.width}×{picture.height} pixels in {len(data):,} bytes")


def _not_an_image(data: bytes) -> str:
    """What a file that Pillow doesn't recognise is, and what to do with it."""
    start = data[:1000]
    if start.startswith(b"version https://git-lfs"):
        return "it is a Git LFS pointer, not the image itself: run git lfs pull"
    if start[4:8] == b"ftyp" and start[8:12] in _HEIC_BRANDS:
        return (
            "it is HEIC, which Pillow can't read: run pip install pillow-heif and then "
            "pillow_heif.register_heif_opener(), or convert it to JPEG"
        )
    if b"<svg" in start.lower():
        return "it is SVG, which has no pixels: convert it to PNG"
    return "it is not an image file"


def looked_at(data: bytes) -> tuple[Image.Image, bytes]:
    """The picture in ``data``, and the bytes to use from here on; ValueError as ``opened``.

    A file that Pillow warns about is re-encoded at once: its warnings name lines of Pillow, and later, from a
    thread, would appear in any cell. Call it in the cell's thread: warning filters belong to the user there.
    """
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        picture, used = _read(data)
        return picture, _reencoded(picture).data if warned else used


def upright(picture: Image.Image) -> Image.Image:
    """The picture, rotated as its EXIF says if it comes straight from a file. A copy or a crop stays as it is:
    the user may have rotated it."""
    from PIL import ImageOps

    return ImageOps.exif_transpose(picture) if picture.format and _is_turned(picture) else picture


def changes(picture: Image.Image) -> list[str]:
    """What the upload loses of this picture; [] for most."""
    lost = []
    if _is_animated(picture):
        frame = picture.tell() + 1  # of a PIL image, any frame may be the current one
        lost.append(f"it has several frames, and {'the first' if frame == 1 else f'frame {frame}'} is used")
    if picture.mode == "CMYK":
        lost.append("it is CMYK, and is converted to RGB")
    bits = max(getattr(picture, "tag_v2", {}).get(_BITS_PER_SAMPLE, (8,)))
    if (picture.mode[0] in "IF" or bits > 8) and _needs_reencoding(picture):
        lost.append("it has more than 8 bits per channel, and is converted to 8")
    return lost


def pixel_digest(picture: Image.Image) -> str:
    """SHA-256 of the picture's size and its pixels as RGB, or RGBA if it has alpha."""
    plain = _plain(picture)
    digest = hashlib.sha256(f"{plain.mode} {plain.width}x{plain.height}\n".encode())
    digest.update(plain.tobytes())
    return digest.hexdigest()


def as_png(picture: Image.Image) -> bytes:
    """The pixels as a PNG without metadata but the colour profile."""
    plain, profile = _with_profile(picture)
    file = io.BytesIO()
    plain.save(file, "PNG", icc_profile=profile)
    return file.getvalue()


def _with_profile(picture: Image.Image) -> tuple[Image.Image, bytes | None]:
    """``_plain``, and the colour profile if it belongs to these colours; those of CMYK are converted by theirs."""
    profile = picture.info.get("icc_profile")
    plain = _plain(picture)
    if profile and picture.mode in ("L", "LA"):
        grey = picture.copy()
        grey.info = {}
        return grey, profile
    if profile and picture.mode == "CMYK":
        return _in_srgb(picture, profile) or plain, None
    return plain, profile if picture.mode in ("RGB", "RGBA", "RGBX", "RGBa", "P", "PA") else None


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image | None:
    """The picture in sRGB, as its colour profile says; None if that can't be read."""
    from PIL import ImageCms

    try:
        made = ImageCms.profileToProfile(picture, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (OSError, ImageCms.PyCMSError):
        return None
    if made is not None:
        made.info = {}
    return made


def _plain(picture: Image.Image) -> Image.Image:
    """8-bit RGB or RGBA with the same look and no metadata. ValueError for a picture without pixels."""
    if 0 in picture.size:
        raise ValueError("it has no pixels")
    if picture.width * picture.height > MAX_REFERENCE_PIXELS:
        raise ValueError(f"it has {picture.width}×{picture.height} pixels, too many")
    plain = in_8_bits(picture)
    if plain is picture:
        plain = picture.copy()
    plain.info = {}
    return plain


def _needs_reencoding(picture: Image.Image) -> bool:
    if format_named(picture.format) is None or picture.mode == "CMYK" or _is_animated(picture):
        return True
    return _is_turned(picture) or _is_placed(picture)


def _is_turned(picture: Image.Image) -> bool:
    return picture.getexif().get(_ORIENTATION, 1) in _TURNED


def _is_placed(picture: Image.Image) -> bool:
    from PIL import IptcImagePlugin

    iptc = IptcImagePlugin.getiptcinfo(cast("ImageFile", picture)) or {}
    in_iptc = any(field in iptc for field in _PLACES_IN_IPTC)
    in_text = any(isinstance(key, str) and _PLACE_IN_TEXT.search(key) for key in getattr(picture, "text", ()))
    xmp = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    segments = [content for _, content in getattr(picture, "applist", [])]  # where Pillow before 11 puts it
    packets = [xmp.encode() if isinstance(xmp, str) else bytes(xmp)]
    packets += [content for content in segments if content.startswith(b"http://ns.adobe.com/xap/")]
    in_xmp = bool(_PLACE_IN_XMP.search(b"".join(packets)))
    return bool(picture.getexif().get_ifd(_GPS)) or in_xmp or in_iptc or in_text


def _is_animated(picture: Image.Image) -> bool:
    return picture.format in _WITH_FRAMES and bool(getattr(picture, "is_animated", False))


def _reencoded(picture: Image.Image) -> Prepared:
    """Upright and without metadata but the colour profile: JPEG stays JPEG, anything else becomes PNG."""
    from PIL import ImageOps

    jpeg, png = IMAGE_FORMATS["JPEG"], IMAGE_FORMATS["PNG"]
    kind = jpeg if format_named(picture.format) == jpeg else png
    turned = _is_turned(picture)
    upright = ImageOps.exif_transpose(picture) if turned else picture
    profile = picture.info.get("icc_profile")
    if upright.mode not in ("L", "LA", "P", "RGB", "RGBA"):
        upright, profile = _with_profile(upright)
    upright.info = {name: value for name, value in upright.info.items() if name == "transparency"}
    as_before = picture.format == "JPEG" and upright is picture  # only metadata is removed
    options = {"quality": "keep" if as_before else 95} if kind == jpeg else {}
    file = io.BytesIO()
    upright.save(file, kind.name, icc_profile=profile, exif=b"", **options)
    return _named(file.getvalue(), kind)


def _named(data: bytes, kind: ImageFormat) -> Prepared:
    return Prepared(data, kind.media_type, f"{hashlib.sha256(data).hexdigest()[:16]}{kind.suffix}")
