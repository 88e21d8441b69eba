"""A PIL image of any mode: known by its pixels, and sent as what it shows."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from tests.fixtures.pil_images import colours, corners, decoded, encoded, noise, same_look
from vidgo_notebook.app.request.images import references_of
from vidgo_notebook.domain.request import Reference
from vidgo_notebook.errors import RequestError

MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "I;16", "F"]
quick = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
modes = st.sampled_from(MODES)
sizes = st.tuples(st.integers(1, 9), st.integers(1, 9))
seeds = st.integers(0, 9)


def reference(image: Any) -> Reference:
    (found,) = references_of(image)
    return found


def sent(image: Any) -> Image.Image:
    """What the service would get."""
    return decoded(reference(image).payload.prepared().data)  # type: ignore[attr-defined]


@quick
@given(modes, sizes, seeds)
def test_equal_pixels_are_one_image_and_are_sent_as_what_they_show(mode: str, size: tuple[int, int], seed: int) -> None:
    held, again = noise(mode, size, seed), noise(mode, size, seed)
    assert reference(held).identity == reference(again).identity
    assert reference(held).kind == "pixels"
    assert sent(held).size == size
    if mode not in ("I", "I;16", "F"):
        assert same_look(sent(held), held)


@quick
@given(st.sampled_from(["L", "LA", "RGB", "RGBA"]), sizes, seeds, st.integers(1, 255), st.data())
def test_one_other_pixel_makes_another_image(
    mode: str, size: tuple[int, int], seed: int, step: int, data: st.DataObject
) -> None:
    held, other = noise(mode, size, seed), noise(mode, size, seed)
    place = (data.draw(st.integers(0, size[0] - 1)), data.draw(st.integers(0, size[1] - 1)))
    first = other.split()[0]
    first.putpixel(place, (first.getpixel(place) + step) % 256)
    other = Image.merge(mode, (first, *other.split()[1:]))
    assert reference(held).identity != reference(other).identity


@quick
@given(modes, sizes, sizes, seeds)
def test_another_shape_of_the_same_pixels_is_another_image(
    mode: str, one: tuple[int, int], other: tuple[int, int], seed: int
) -> None:
    assume(one != other)
    assert reference(Image.new(mode, one)).identity != reference(Image.new(mode, other)).identity


@pytest.mark.parametrize("mode", ["I;16", "I"])
def test_16_bits_are_brought_to_8_evenly_and_not_cut_off(mode: str) -> None:
    held = Image.new(mode, (5, 1))
    for place, value in enumerate((0, 128, 129, 257 * 200, 65535)):  # 128.5 is where 0 becomes 1
        held.putpixel((place, 0), value)
    assert list(sent(held).convert("L").tobytes()) == [0, 0, 1, 200, 255]


def test_floats_from_0_to_1_become_the_shades_between_black_and_white() -> None:
    held = Image.new("F", (3, 1))
    held.putdata([0.0, 0.5, 1.0])
    assert list(sent(held).convert("L").tobytes()) == [0, 128, 255]


@pytest.mark.parametrize("transparency", [0, bytes([0, 128, 255])], ids=["one colour", "by colour"])
def test_a_palette_keeps_what_is_transparent_in_it(transparency: Any) -> None:
    held = Image.new("P", (3, 1))
    held.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    for place in range(3):
        held.putpixel((place, 0), place)
    opaque = reference(held.copy()).identity
    held.info["transparency"] = transparency
    assert [pixel[3] for pixel in pixels(sent(held))] == ([0, 255, 255] if transparency == 0 else [0, 128, 255])
    assert reference(held).identity != opaque


def pixels(image: Image.Image) -> list[tuple[int, ...]]:
    return [image.convert("RGBA").getpixel((x, y)) for y in range(image.height) for x in range(image.width)]


def test_what_is_drawn_on_an_image_afterwards_changes_nothing_that_was_asked() -> None:
    held = noise("RGB")
    before, asked = held.copy(), reference(held)
    held.paste("#fff", (0, 0, 6, 4))
    assert same_look(decoded(asked.payload.prepared().data), before)  # type: ignore[attr-defined]


QUARTER_TURNED = ["001", "100", "111", "010"]  # the colours of ``corners`` after a quarter turn to the right


def photo(turn: int) -> Image.Image:
    """Four quarters of colour, opened from the file of a camera that was held otherwise."""
    exif = Image.Exif()
    exif[0x0112] = turn
    return decoded(encoded(corners(), "JPEG", quality=95, exif=exif))


def test_a_pil_image_as_its_file_had_it_is_turned_like_the_file_and_loses_its_metadata() -> None:
    upright = sent(photo(6))
    assert upright.size == (16, 32)
    assert colours(upright) == QUARTER_TURNED
    assert "exif" not in upright.info


def test_a_modified_pil_image_is_sent_as_it_is() -> None:
    """Pillow keeps the mark on what was turned by hand: turned twice would be worse."""
    by_hand = photo(6).rotate(-90, expand=True)
    assert by_hand.getexif().get(0x0112) == 6
    assert colours(sent(by_hand)) == QUARTER_TURNED


def test_of_an_animation_the_frame_that_a_pil_image_shows_is_sent_and_named() -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "lime", "blue")]
    held = decoded(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    held.seek(2)
    assert reference(held).notes == ("it has several frames, and frame 3 is used",)
    assert set(colours(sent(held))) == {"001"}


def profile_of(data: bytes) -> bytes | None:
    return decoded(data).info.get("icc_profile")


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("profile", [SRGB, b"a profile of three lights"], ids=["sRGB", "one that can't be read"])
@pytest.mark.parametrize(
    ("mode", "format"), [("RGB", "PNG"), ("RGB", "JPEG"), ("RGBA", "PNG"), ("P", "PNG"), ("L", "PNG")]
)
def test_a_colour_profile_is_sent_with_a_pil_image_as_it_is_with_its_file(
    mode: str, format: str, profile: bytes, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{format.lower()}"
    Image.new("L", (8, 8), 100).convert(mode).save(path, format, icc_profile=profile)
    for image in (path, Image.open(path)):
        (asked,) = references_of(image)
        assert profile_of(asked.payload.prepared().data) == profile  # type: ignore[attr-defined]


def test_cmyk_is_converted_by_its_profile_whether_it_is_a_file_or_a_pil_image(tmp_path: Path) -> None:
    """A profile that says nothing can't be used: then the colours are the plain ones."""
    path = tmp_path / "a.jpg"
    Image.new("CMYK", (8, 8), (0, 200, 200, 20)).save(path, icc_profile=b"a profile of four inks")
    sent = [references_of(image)[0].payload.prepared().data for image in (path, Image.open(path))]  # type: ignore[attr-defined]
    for data in sent:
        assert decoded(data).mode == "RGB"
        assert profile_of(data) is None
        assert decoded(data).getpixel((4, 4)) == pytest.approx((235, 51, 51), abs=2)


def open_files(path: Path) -> dict[str, Any]:
    """Open files of several kinds that hold the bytes of ``path``, each read to its end."""
    spooled, named = tempfile.SpooledTemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115  the test closes them
    for file in (spooled, named):
        file.write(path.read_bytes())
    plain = path.open("rb")
    plain.read()
    return {"a file": plain, "a spooled one": spooled, "a temporary one": named}


def test_an_open_file_is_its_content_wherever_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    corners().save(path)
    whole, files = reference(path), open_files(path)
    for file in files.values():
        place = file.tell()
        assert reference(file).value == whole.value
        assert file.tell() == place
        file.close()
    for file, why in ((files["a file"], "the file is closed"), (io.StringIO("x"), 'open it with "rb"')):
        with pytest.raises(RequestError, match=why):
            reference(file)
