"""What becomes of a file on its way to the service: untouched where it may be, mended where it must be."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from tests.fixtures.live_session import LiveSession
from tests.fixtures.pil_images import colours, corners, decoded, encoded, noise, same_look
from tests.fixtures.sample_pictures import picture
from vidgo_notebook.app.request.images import references_of
from vidgo_notebook.domain.odd_metadata import readable_formats
from vidgo_notebook.engine.image_file import Payload, Prepared

CORNERS = ["100", "010", "001", "111"]  # red, green, blue, white
TURNS = {  # how a viewer undoes each orientation, and what a camera held like that has stored
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><a exif:GPSLatitude="48,8N" photoshop:City="Paris"/></x:xmpmeta>'


def prepared(data: bytes) -> Prepared:
    return Payload(lambda: data).prepared()


def exif(orientation: int | None = None, placed: bool = False) -> Image.Exif:
    """EXIF as a camera writes it: how it was held, and where."""
    held = Image.Exif()
    held[0x010F] = "ACME"
    if orientation is not None:
        held[0x0112] = orientation
    if placed:
        held[0x8825] = {1: "N", 2: (48.0, 51.0, 29.6), 3: "E", 4: (2.0, 17.0, 40.2)}
    return held


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_file_of_a_taken_format_that_needs_nothing_travels_byte_for_byte(kind: str) -> None:
    data = picture(kind)
    sent = prepared(data)
    assert sent.data == data
    assert sent.media_type == f"image/{kind.lower()}"
    assert Path(sent.file_name).suffix == {"JPEG": ".jpg"}.get(kind, f".{kind.lower()}")


@pytest.mark.parametrize("orientation", [None, 1, 0, 9])
def test_a_photo_that_is_upright_keeps_its_camera_and_its_bytes(orientation: int | None) -> None:
    data = encoded(corners(), "JPEG", exif=exif(orientation))
    assert prepared(data).data == data


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", TURNS)
def test_a_photo_comes_out_upright_however_the_camera_was_held(orientation: int, kind: str) -> None:
    stored = corners().transpose(TURNS[orientation])
    lossless = {"WEBP": {"lossless": True}, "JPEG": {"quality": 95}}.get(kind, {})
    sent = decoded(prepared(encoded(stored, kind, exif=exif(orientation), **lossless)).data)
    assert sent.size == (32, 16)
    assert colours(sent) == CORNERS
    assert 0x0112 not in sent.getexif()
    assert sent.format == ("JPEG" if kind == "JPEG" else "PNG")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("where", ["exif", "xmp"])
def test_where_a_photo_was_taken_never_leaves_this_machine(where: str, kind: str) -> None:
    data = placed(where, kind)
    assert b"GPS" in data or decoded(data).getexif().get_ifd(0x8825)
    sent = prepared(data)
    assert b"GPS" not in sent.data
    assert b"Paris" not in sent.data
    assert not decoded(sent.data).getexif()
    assert colours(decoded(sent.data)) == CORNERS


def placed(where: str, kind: str) -> bytes:
    """A picture that says where it was taken."""
    if where == "exif":
        return encoded(corners(), kind, exif=exif(placed=True))
    if kind == "PNG":
        chunks = PngImagePlugin.PngInfo()
        chunks.add_itxt("XML:com.adobe.xmp", XMP)
        return encoded(corners(), kind, pnginfo=chunks)
    if kind == "WEBP":
        return encoded(corners(), kind, xmp=XMP.encode())
    return with_segment(b"\xff\xe1", b"http://ns.adobe.com/xap/1.0/\x00" + XMP.encode())


def with_segment(marker: bytes, content: bytes) -> bytes:
    """A JPEG with one more segment of metadata."""
    data = encoded(corners(), "JPEG")
    return data[:2] + marker + (len(content) + 2).to_bytes(2, "big") + content + data[2:]


def iptc(field: int, text: bytes) -> bytes:
    """A JPEG with one field of what news agencies write into photos."""
    record = b"\x1c\x02" + bytes([field]) + len(text).to_bytes(2, "big") + text
    block = b"8BIM\x04\x04\x00\x00" + len(record).to_bytes(4, "big") + record + b"\0" * (len(record) % 2)
    return with_segment(b"\xff\xed", b"Photoshop 3.0\x00" + block)


def test_a_city_in_a_photos_caption_is_left_out_and_a_mere_title_is_not_touched() -> None:
    assert b"Paris" not in prepared(iptc(90, b"Paris")).data
    titled = iptc(5, b"Bicycle")
    assert prepared(titled).data == titled


def test_taking_the_place_out_of_a_jpeg_does_not_compress_it_otherwise() -> None:
    photo = encoded(noise("RGB", (64, 48)), "JPEG", quality=70, exif=exif(placed=True))
    sent = decoded(prepared(photo).data)
    assert sent.quantization == decoded(photo).quantization  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "ICO", "PPM", "TGA", "PCX", "AVIF", "JPEG2000"])
def test_another_format_that_pillow_reads_is_sent_as_png_with_the_same_pixels(kind: str) -> None:
    Image.init()
    if kind not in Image.SAVE or kind not in readable_formats():
        pytest.skip(f"this Pillow can't write {kind}, or can't read it safely")
    size = (16, 16)
    data = encoded(noise("RGB", size), kind)
    sent = prepared(data)
    assert (sent.media_type, Path(sent.file_name).suffix) == ("image/png", ".png")
    assert same_look(decoded(sent.data), decoded(data))


def test_the_type_of_a_file_is_recognised_by_its_content_not_its_name(live: LiveSession) -> None:
    Path("photo.jpg").write_bytes(picture("PNG"))
    (reference,) = live.request("x", "photo.jpg").references
    assert reference.payload.prepared().media_type == "image/png"  # type: ignore[attr-defined]


def test_a_photo_with_a_second_picture_behind_it_as_phones_write_them_stays_a_jpeg() -> None:
    data = encoded(corners(), "MPO", save_all=True, append_images=[corners()])
    sent = prepared(data)
    assert (sent.data, sent.media_type) == (data, "image/jpeg")


# What is lost, and reported


def notes(live: LiveSession, data: bytes) -> list[str]:
    Path("held").write_bytes(data)
    request = live.request("x", "held")
    return [str(advice) for advice in live.session.quote(request).advice]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_sent_and_that_is_said(kind: str, live: LiveSession) -> None:
    first, *others = [Image.new("RGB", (8, 8), colour) for colour in ("#f00", "#0f0", "#00f")]
    quality = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(first, kind, save_all=True, append_images=others, duration=40, **quality)
    assert notes(live, data) == ["image 1 (held): it has several frames, and the first is used."]
    sent = decoded(prepared(data).data)
    assert (sent.format, getattr(sent, "n_frames", 1)) == ("PNG", 1)
    assert same_look(sent, first)


@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_a_cmyk_picture_is_converted_and_that_is_said(kind: str, live: LiveSession) -> None:
    data = encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), kind)  # no cyan, all magenta, all yellow: red
    assert notes(live, data) == ["image 1 (held): it is CMYK, and is converted to RGB."]
    sent = decoded(prepared(data).data)
    assert sent.mode == "RGB"
    assert colours(sent) == ["100"] * 4


def test_a_cmyk_pictures_colour_profile_does_not_stay_on_its_rgb_pixels() -> None:
    data = encoded(Image.new("CMYK", (8, 8)), "TIFF", icc_profile=b"a profile of four inks")
    assert "icc_profile" not in decoded(prepared(data).data).info


def test_a_colour_profile_that_still_fits_is_kept() -> None:
    data = encoded(corners(), "TIFF", icc_profile=b"a profile of three lights")
    assert decoded(prepared(data).data).info["icc_profile"] == b"a profile of three lights"


def test_a_16_bit_tiff_keeps_its_shades_and_the_loss_is_said(live: LiveSession) -> None:
    deep = Image.new("I;16", (3, 1))
    for place, value in enumerate((0, 32896, 65535)):  # black, 128 × 257, white
        deep.putpixel((place, 0), value)
    data = encoded(deep, "TIFF")
    assert notes(live, data) == ["image 1 (held): it has more than 8 bits per channel, and is converted to 8."]
    assert list(decoded(prepared(data).data).convert("L").tobytes()) == [0, 128, 255]


def test_ordinary_files_leave_nothing_to_say(live: LiveSession) -> None:
    assert notes(live, picture("JPEG")) == []
    assert notes(live, encoded(corners(), "TIFF")) == []


def test_a_transparent_palette_stays_transparent() -> None:
    held = Image.new("P", (2, 1), 0)
    held.putpalette([255, 0, 0, 0, 0, 255])
    held.putpixel((1, 0), 1)
    data = encoded(held, "PNG", transparency=1, exif=exif(6))
    sent = decoded(prepared(data).data).convert("RGBA")
    assert [sent.getpixel((0, y)) for y in (0, 1)] == [(255, 0, 0, 255), (0, 0, 255, 0)]


@pytest.mark.parametrize("key", ["exif:GPSLatitude", "Raw profile type APP1", "photoshop:City", "Location"])
def test_a_place_in_the_texts_of_a_png_as_converters_leave_it_is_left_out(key: str) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text(key, "52/1, 30/1")
    sent = prepared(encoded(noise("RGB"), "PNG", pnginfo=texts))
    assert b"52/1" not in sent.data
    assert same_look(decoded(sent.data), noise("RGB"))


def test_a_file_that_pillow_has_warnings_about_is_sent_as_a_sound_one_and_no_warning_is_heard() -> None:
    """A warning names lines of Pillow on this machine, and from a thread appears in whatever cell runs."""
    cut_short = exif(placed=True).tobytes()[:40]
    odd = encoded(corners(), "JPEG", quality=95, exif=cut_short)
    with pytest.warns(UserWarning):
        decoded(odd).getexif().get_ifd(0x8825)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (reference,) = references_of(odd)
        sent = reference.payload.prepared()  # type: ignore[attr-defined]
    assert colours(decoded(sent.data)) == CORNERS
    assert cut_short not in sent.data
