"""What can't be an image: one clear message that says which and why, and nothing sent, spent or remembered."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from PIL import Image

from tests.fixtures.chance import examples
from tests.fixtures.live_session import LiveSession
from tests.fixtures.sample_pictures import picture
from vidgo_notebook.emulator import Emulator
from vidgo_notebook.engine.image_file import opened
from vidgo_notebook.errors import RequestError

PNG = picture()


def refusal(live: LiveSession, image: Any, **fields: Any) -> str:
    """The one message; nothing may have left."""
    with pytest.raises(RequestError) as refused:
        live.ask("x", image, **fields)
    assert live.emulator.count() == 0
    assert "Nothing was sent and nothing was spent." in str(refused.value)
    return "\n".join(map(str, refused.value.problems))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be enormous."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


FILES = {
    "a text": (b"Not a picture at all", "it is not an image file"),
    "nothing": (b"", "it is empty"),
    "half a png": (PNG[: len(PNG) // 2], "it can't be read: "),
    "half a jpeg": (picture("JPEG")[:300], "it can't be read: "),
    "a broken gif": (picture("GIF")[:60], "it is not an image file"),
    "a page": (b"<!doctype html><html></html>", "it is not an image file"),
    "a big bomb": (bomb(50_000, 50_000), "it claims more than 80,000,000 pixels, too many"),
    "a small bomb": (bomb(9_000, 9_000), "it has 9000×9000 pixels, too many"),
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_is_no_good_picture_is_named_with_what_is_wrong(what: str, live: LiveSession) -> None:
    content, why = FILES[what]
    Path("photo.jpg").write_bytes(content)
    for image in ("photo.jpg", Path("photo.jpg")):
        assert refusal(live, image).startswith(f"image: image 1 ('photo.jpg'): {why}")
    assert refusal(live, content).startswith(f"image: image 1: {why}")


def test_a_missing_file_and_a_folder_have_different_messages(live: LiveSession) -> None:
    Path("folder").mkdir()
    assert "('shelf.png'): not a URL, variable or existing file" in refusal(live, "shelf.png")
    assert "('shelf.png'): there is no such file" in refusal(live, Path("shelf.png"))
    assert "('folder'): it is a folder: name a file in it" in refusal(live, "folder")
    assert "('folder'): it is a folder: name a file in it" in refusal(live, Path("folder"))


def test_a_file_that_may_not_be_read_says_so(live: LiveSession) -> None:
    Path("mine.png").write_bytes(PNG)
    Path("mine.png").chmod(0)
    if os.access("mine.png", os.R_OK):
        pytest.skip("this user may read everything")
    assert "image 1 ('mine.png'): Permission denied." in refusal(live, "mine.png")


def test_a_missing_file_is_named_with_the_nearest_one(live: LiveSession) -> None:
    Path("photos").mkdir()
    Path("photos/shelf.png").write_bytes(PNG)
    meant = Path("photos/shelf.png")
    assert f"existing file (did you mean the file {meant}?)" in refusal(live, "photos/shelv.png")
    assert "existing file: give" in refusal(live, "photos/garden.png")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("~nobody-of-this-name/a.png", "there is no user nobody-of-this-name here"),
        (Path("~nobody-of-this-name/a.png"), "there is no user nobody-of-this-name here"),
        ("", "it names nothing"),
    ],
)
def test_a_path_that_leads_nowhere_says_so(path: str | Path, why: str, live: LiveSession) -> None:
    assert why in refusal(live, path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_what_is_neither_file_nor_folder_does_not_hang_the_cell(live: LiveSession) -> None:
    os.mkfifo("pipe.png")
    assert "('pipe.png'): it is not a regular file" in refusal(live, "pipe.png")
    assert "('pipe.png'): it is not a regular file" in refusal(live, Path("pipe.png"))


@pytest.mark.parametrize("value", [None, 7, 1.5, {"a": 1}, object(), {1}], ids=lambda value: type(value).__name__)
def test_a_value_that_is_nothing_like_an_image_is_refused_with_what_would_be_one(value: Any, live: LiveSession) -> None:
    said = refusal(live, [value])
    assert f"a value of type {type(value).__name__} is not an image" in said
    assert "give a URL, a path, bytes, a PIL image, an array, a figure, or an earlier job or result" in said


def test_an_image_without_pixels_is_refused(live: LiveSession) -> None:
    assert "it has no pixels" in refusal(live, Image.new("RGB", (0, 4)))


def test_floats_beyond_0_to_1_in_a_pil_image_are_refused(live: LiveSession) -> None:
    assert "floats outside 0 to 1" in refusal(live, Image.new("F", (2, 2), 2.0))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1:8888/files/shelf.png", "127.0.0.1"),
        ("https://localhost/shelf.png", "localhost"),
        ("http://[::1]/shelf.png", "::1"),
        ("http://192.168.0.7/shelf.png", "192.168.0.7"),
        ("https://10.0.0.7/shelf.png", "10.0.0.7"),
        ("http://169.254.169.254/latest/meta-data", "169.254.169.254"),
        ("https://nas.local/shelf.png", "nas.local"),
        ("https://intranet/shelf.png", "intranet"),
    ],
)
def test_a_url_that_only_this_machine_can_open_is_refused_with_the_advice_to_give_the_file(
    url: str, host: str, live: LiveSession
) -> None:
    said = refusal(live, url)
    assert f"image 1 ('{url}'): '{host}' is not a public host, so the service can't fetch it" in said
    assert "give the file itself" in said


@pytest.mark.parametrize("url", ["ftp://example.com/a.png", "file:///etc/passwd", "https://"])
def test_an_address_of_another_kind_is_refused(url: str, live: LiveSession) -> None:
    assert f"image 1 ('{url}'): not a URL: one begins with https:// and names a host" in refusal(live, url)


def test_every_image_that_is_wrong_is_named_at_once(live: LiveSession) -> None:
    Path("text.png").write_text("text")
    said = refusal(live, [PNG, Path("text.png"), "missing.png", 7])
    named = [line.removeprefix("image: ").partition(": ")[0] for line in said.splitlines()]
    assert named == ["image 2 ('text.png')", "image 3 ('missing.png')", "image 4"]


@pytest.mark.parametrize("model", ["flux-2-pro-edit", "flux-2-flex-edit"])
def test_flux_takes_eight_images_and_not_nine(model: str, live: LiveSession, emulator: Emulator) -> None:
    nine = [picture(shade=shade) for shade in range(9)]
    assert f"9 images are too many: {model} takes at most 8." in refusal(live, nine, model=model)
    assert len(live.request("x", nine[:8], model=model).references) == 8


@examples(150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "ICO", "PPM", "TGA"]),
    cut=st.floats(0, 1),
    place=st.floats(0, 1),
    noise=st.binary(max_size=12),
)
def test_no_damage_to_a_file_escapes_as_anything_but_a_reason(
    kind: str, cut: float, place: float, noise: bytes
) -> None:
    """A user sees which image and why, never an IndexError from inside a decoder."""
    data = bytearray(picture(kind, (16, 12)))
    at = int(place * len(data))
    data[at : at + len(noise)] = noise
    try:
        image = opened(bytes(data[: int(cut * len(data))] if cut < 0.9 else data))
    except ValueError as error:
        assert str(error)
    else:
        assert 0 not in image.size
