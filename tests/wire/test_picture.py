"""What was fetched is a whole picture of a sensible size, or it is a FetchError."""

from __future__ import annotations

import io
import struct
import warnings
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from tests.fixtures import status_bodies
from tests.fixtures.chance import examples
from tests.fixtures.sample_pictures import picture
from vidgo_notebook.domain.odd_metadata import decoded
from vidgo_notebook.errors import FetchError
from vidgo_notebook.render.preview import preview
from vidgo_notebook.wire.picture import inspect

FORMATS = {"PNG": ("image/png", ".png"), "JPEG": ("image/jpeg", ".jpg"), "WEBP": ("image/webp", ".webp"),
           "GIF": ("image/gif", ".gif")}  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
def test_a_pictures_facts_are_read_from_its_bytes(format: str) -> None:
    facts = inspect(picture(format, (64, 48)))
    assert (facts.media_type, facts.suffix) == FORMATS[format]
    assert (facts.width, facts.height) == (64, 48)


def test_the_pictures_of_a_phone_with_several_frames_are_jpegs() -> None:
    """Cameras append previews to a JPEG (MPO); it is a JPEG to everybody else."""
    file = io.BytesIO()
    first, second = Image.new("RGB", (64, 48), "red"), Image.new("RGB", (32, 24), "blue")
    first.save(file, "MPO", save_all=True, append_images=[second])
    facts = inspect(file.getvalue())
    assert (facts.media_type, facts.suffix, facts.width) == ("image/jpeg", ".jpg", 64)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_a_picture_that_is_cut_short_is_damaged(format: str, share: float) -> None:
    whole = picture(format, (160, 120), -1)
    with pytest.raises(FetchError) as caught:
        inspect(whole[: int(len(whole) * share)])
    assert caught.value.transient


@pytest.mark.parametrize("place", [40, 300, 1500, -20])
def test_one_wrong_bit_in_a_png_is_damage_wherever_it_is(place: int) -> None:
    data = bytearray(picture("PNG", (160, 120), -1))
    data[place] ^= 1
    with pytest.raises(FetchError, match="damaged") as caught:
        inspect(bytes(data))
    assert caught.value.transient


def test_a_thumbnail_that_is_whole_is_no_end_of_the_jpeg_around_it() -> None:
    """Cameras put a small JPEG, with an end of its own, before the picture; here only that one is whole."""
    thumbnail, whole = picture("JPEG", (16, 12)), picture("JPEG", (160, 120), -1)
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    with_thumbnail = whole[:2] + segment + whole[2:]
    assert inspect(with_thumbnail).width == 160
    with pytest.raises(FetchError, match="its end is missing"):
        inspect(with_thumbnail[:-40])


def test_a_jpeg_that_no_decoder_can_draw_is_damaged_though_it_is_whole() -> None:
    whole = picture("JPEG", (160, 120), -1)
    half = len(whole) // 2
    second_start = b"\xff\xd8"  # of a picture, in the middle of one
    with pytest.raises(FetchError, match="damaged") as caught:
        inspect(whole[:half] + second_start + whole[half:])
    assert caught.value.transient


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "an empty response"),
        (b"<!doctype html><title>Sign in</title>", "a web page: 'Sign in'"),
        (b"\n <html>", "a web page"),
        (b'{"code": 404}', "JSON"),
        (b"\x89PNG", "other data"),
        (b"%PDF-1.7\n%\xe2\xe3", "other data"),
        (b"upstream connect error", "text: upstream connect error"),
        (b"<?xml version='1.0'?>\n<!-- a logo --><svg/>", "a web page"),
        (b"<?xml version='1.0'?>\n<!-- a logo -->\n<svg viewBox='0 0 1 1'>", "other data"),
        (b"BM" + bytes(60), "damaged"),
    ],
)
def test_what_is_no_picture_is_named_for_what_it_is(data: bytes, name: str) -> None:
    with pytest.raises(FetchError, match=name) as caught:
        inspect(data)
    assert caught.value.transient


def chunk(kind: bytes, data: bytes, crc: int | None = None) -> bytes:
    """A chunk of a PNG; ``crc`` replaces its checksum."""
    return (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) if crc is None else crc)
    )


def with_chunk(kind: bytes, data: bytes, crc: int | None = None) -> bytes:
    """A sound PNG with one more chunk behind its header."""
    sound = picture("PNG", (160, 120), -1)
    return sound[:33] + chunk(kind, data, crc) + sound[33:]


def webp_with_broken_metadata() -> bytes:
    """A WebP whose last chunk, which is EXIF, is longer than the file."""
    file = io.BytesIO()
    Image.effect_noise((160, 120), 40).convert("RGB").save(file, "WEBP", exif=b"Exif\0\0MM")
    data = file.getvalue()
    return data[: data.index(b"EXIF") + 4] + (10**6).to_bytes(4, "little") + data[data.index(b"EXIF") + 8 :]


def jpeg_with(segment: bytes) -> bytes:
    """A sound JPEG with one more segment behind its first marker."""
    sound = picture("JPEG", (160, 120), -1)
    return sound[:2] + segment + sound[2:]


LARGE = zlib.compress(b"x" * 3_000_000)
ODD = {
    "the checksum of a text": with_chunk(b"tEXt", b"a\0b", crc=0),
    "a large text": with_chunk(b"iTXt", b"workflow\0\1\0\0\0" + LARGE),
    "a large colour profile": with_chunk(b"iCCP", b"icc\0\0" + LARGE),
    "no end marker": picture("JPEG", (160, 120), -1)[:-2],
    "no end chunk": picture("PNG", (160, 120), -1)[:-12],
    "half an end chunk": picture("PNG", (160, 120), -1)[:-5],
    "the checksum of the end": picture("PNG", (160, 120), -1)[:-4] + bytes(4),
    "a WebP's metadata": webp_with_broken_metadata(),
    "a segment of Adobe's": jpeg_with(b"\xff\xee\0\x07Adobe"),
    "a segment of Photoshop's": jpeg_with(b"\xff\xed\0\x16Photoshop 3.0\x008BIM\x04\x04"),
}


@pytest.mark.parametrize("what", ODD)
def test_a_picture_whose_pixels_are_sound_and_whose_metadata_is_odd_is_a_picture_with_a_note(what: str) -> None:
    facts = inspect(ODD[what])
    assert (facts.width, facts.height) == (160, 120)
    assert facts.note.startswith("The picture's pixels are whole, and its file is odd: ")


@pytest.mark.parametrize("what", ODD)
def test_the_same_with_pixels_missing_is_damaged(what: str) -> None:
    with pytest.raises(FetchError, match="damaged"):
        inspect(ODD[what][: len(ODD[what]) * 9 // 10])


def test_a_jpeg_without_its_last_bytes_is_damaged_wherever_it_was_cut() -> None:
    whole = picture("JPEG", (160, 120), -1)
    for cut in range(8, 60):
        with pytest.raises(FetchError, match="its end is missing"):
            inspect(whole[:-cut])


def test_a_jpeg_may_have_fill_bytes_before_a_marker() -> None:
    assert inspect(jpeg_with(b"\xff\xff")).note == ""


def test_damaged_further_images_of_a_camera_are_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    """From a thread it would appear in whichever cell is running."""
    file = io.BytesIO()
    Image.new("RGB", (64, 48)).save(file, "MPO", save_all=True, append_images=[Image.new("RGB", (32, 24))])
    data = bytearray(file.getvalue())
    begin = data.index(b"MPF\0") + 8
    data[begin : begin + 20] = b"\xff" * 20
    assert inspect(bytes(data)).note == ""
    assert preview(bytes(data), 32).media_type == "image/jpeg"
    assert list(recwarn) == []


def progressive(mode: str = "RGB") -> bytes:
    """A progressive JPEG: ten scans, each of which makes the picture finer."""
    file = io.BytesIO()
    noise = [Image.effect_noise((160, 120), 40) for _ in mode]
    Image.merge(mode, noise).save(file, "JPEG", progressive=True)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_progressive_jpeg_that_lacks_only_its_end_marker_is_a_picture_with_a_note(mode: str) -> None:
    whole = progressive(mode)
    facts = inspect(whole[:-2])
    assert (facts.width, facts.height) == (160, 120)
    assert "its end is missing" in facts.note
    assert facts.pixels == inspect(whole).pixels


def test_a_progressive_jpeg_that_lacks_a_scan_is_damaged() -> None:
    """What is left of it decodes without a complaint, and is blurred."""
    whole = progressive()
    scans = [place for place in range(len(whole)) if whole[place : place + 2] == b"\xff\xda"]
    for scan in scans[1:]:
        end = whole.rfind(b"\xff\xc4", 0, scan)  # the table that the scan needs stands before it
        for cut in (end, scan):
            with pytest.raises(FetchError, match="its end is missing"):
                inspect(whole[:cut])


def metadata_changed(data: bytes) -> bytes:
    """The same pixels with a remark; of a PNG, the pixels' data in smaller chunks too."""
    if data.startswith(b"\xff\xd8"):
        return data[:2] + b"\xff\xfe\0\x08remark" + data[2:]
    changed, place = data[:33] + chunk(b"tEXt", b"Comment\0remark"), 33
    while place < len(data):
        length, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        content = data[place + 8 : place + 8 + length]
        parts = [content[:50], content[50:]] if kind == b"IDAT" else [content]
        changed += b"".join(chunk(kind, part) for part in parts)
        place += 12 + length
    return changed


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_the_digest_of_the_pixels_stays_when_metadata_changes_and_differs_when_a_pixel_does(format: str) -> None:
    whole = picture(format, (160, 120), -1)
    digest = inspect(whole).pixels
    assert inspect(metadata_changed(whole)).pixels == digest
    assert inspect(whole + b"behind the end").pixels == digest
    image = Image.open(io.BytesIO(whole)).convert("RGB")
    red, green, blue = image.getpixel((80, 60))  # type: ignore[misc]
    image.putpixel((80, 60), (255 - red, 255 - green, 255 - blue))
    file = io.BytesIO()
    image.save(file, format)
    assert inspect(file.getvalue()).pixels != digest


@pytest.mark.parametrize(
    ("format", "media_type", "suffix"),
    [
        ("AVIF", "image/avif", ".avif"),
        ("TIFF", "image/tiff", ".tiff"),
        ("BMP", "image/bmp", ".bmp"),
        ("PPM", "image/x-portable-anymap", ".ppm"),
        ("TGA", "image/x-tga", ".tga"),
    ],
)
def test_a_format_that_the_service_does_not_name_is_a_picture_too(format: str, media_type: str, suffix: str) -> None:
    Image.init()
    if format not in Image.SAVE:
        pytest.skip(f"this Pillow can't write {format}")
    facts = inspect(picture(format, (64, 48)))
    assert (facts.media_type, facts.suffix, facts.width, facts.note) == (media_type, suffix, 64, "")


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (9_000, 10_000), (200_000, 200_000), (1, 2**31 - 1)])
def test_a_picture_of_absurd_size_stays_closed_without_a_warning(width: int, height: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(FetchError, match="too large for any model"):
            inspect(status_bodies.png_of_size(width, height))


def test_the_largest_picture_that_the_service_makes_is_accepted() -> None:
    facts = inspect(picture("JPEG", (3840, 2160), 9))
    assert (facts.width, facts.height) == (3840, 2160)


@examples(150)
@given(
    format=st.sampled_from(["PNG", "JPEG", "WEBP", "GIF"]),
    edits=st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 255)), max_size=6),
    keep=st.integers(1, 1500),
)
@example(format="WEBP", edits=[(309, 88)], keep=30)  # edges of 52 thousand million pixels in a head that is cut off
def test_no_damage_however_odd_escapes_as_another_kind_of_exception_or_as_a_warning(format, edits, keep) -> None:
    """From a thread, a warning would land in whatever cell runs."""
    data = bytearray(picture(format))
    for place, value in edits:
        data[place % len(data)] = value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            facts = inspect(bytes(data[:keep]))
        except FetchError as error:
            assert str(error)
        else:
            assert facts.width > 0


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_a_file_that_lacks_its_last_bytes_is_the_same_picture_or_damaged(format: str) -> None:
    whole = picture(format, (160, 120), -1)
    pixels = decoded(whole).tobytes()
    for cut in range(1, 60):
        try:
            inspect(whole[:-cut])
        except FetchError:
            continue
        assert decoded(whole[:-cut]).tobytes() == pixels, cut
