"""Images that are sound though something about them is odd, and files that only look like images."""

from __future__ import annotations

import base64
import io
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.fixtures.pil_images import colours, corners, decoded, encoded, same_look
from tests.fixtures.sample_pictures import picture
from vidgo_notebook.app.request.images import references_of
from vidgo_notebook.domain.request import Reference
from vidgo_notebook.errors import RequestError

PNG = picture()


def reference(image: Any) -> Reference:
    (found,) = references_of(image)
    return found


def sent(image: Any) -> bytes:
    """What the service would get."""
    return reference(image).payload.prepared().data  # type: ignore[attr-defined]


def refusal(image: Any) -> str:
    with pytest.raises(RequestError) as refused:
        references_of(image)
    return "\n".join(map(str, refused.value.problems))


def with_chunk(kind: bytes, data: bytes, crc: int | None = None) -> bytes:
    """The sound PNG with one more chunk behind its header."""
    checksum = zlib.crc32(kind + data) if crc is None else crc
    return PNG[:33] + len(data).to_bytes(4, "big") + kind + data + checksum.to_bytes(4, "big") + PNG[33:]


LARGE = zlib.compress(b"x" * 3_000_000)
ODD = {
    "exif": with_chunk(b"eXIf", b"\x00\x08\x00\x02\x01\x12"),
    "large text": with_chunk(b"zTXt", b"workflow\0\0" + LARGE),
    "text checksum": with_chunk(b"tEXt", b"a\0b", crc=0),
    "jpeg end": picture("JPEG")[:-2],
}


@pytest.mark.parametrize("what", ODD)
def test_sound_pixels_with_odd_metadata_are_sent_without_the_metadata(what: str) -> None:
    plain = picture("JPEG") if what == "jpeg end" else PNG
    held = sent(ODD[what])
    assert same_look(decoded(held), decoded(plain))
    assert not any(name in held for name in (b"eXIf", b"zTXt", b"tEXt"))


def test_a_photo_without_an_end_marker_comes_out_upright() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    stored = corners().transpose(Image.Transpose.ROTATE_90)
    held = decoded(sent(encoded(stored, "JPEG", quality=95, exif=turned)[:-2]))
    assert (held.size, colours(held)) == ((32, 16), ["100", "010", "001", "111"])


NAMED = {
    "IMG_1.HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200), "it is HEIC, which Pillow can't read: run"),
    "logo.svg": (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "it is SVG, which has no pixels"),
    "lfs.png": (b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 123\n", "run git lfs pull"),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_file_that_pillow_does_not_read_is_named_with_what_to_do(name: str) -> None:
    content, said = NAMED[name]
    Path(name).write_bytes(content)
    assert said in refusal(name)
    assert said in refusal(content)


def test_a_data_url_and_a_file_in_memory_are_the_bytes_in_them() -> None:
    url = "data:image/png;base64," + base64.b64encode(PNG).decode()
    file = io.BytesIO(PNG)
    file.seek(0, io.SEEK_END)  # as it lies after it was written
    assert reference(url).identity == reference(file).identity == reference(PNG).identity


def test_a_data_url_that_is_no_image_is_refused_in_a_short_message() -> None:
    assert "it is not an image file" in refusal("data:text/plain,hello")
    said = refusal("data:image/png;base64," + "%" * 100_000)
    assert "its base64 is not valid" in said
    assert len(said) < 300


def test_a_blank_in_a_url_is_named_with_the_url_to_write() -> None:
    assert "a URL can't contain a blank: write https://example.com/my%20photo.png" in refusal(
        "https://example.com/my photo.png"
    )


def test_a_pil_image_whose_file_is_closed_is_refused() -> None:
    Path("photo.png").write_bytes(PNG)
    with Image.open("photo.png") as held:
        pass
    assert "its file is closed: call load() inside the with block" in refusal(held)
