"""What a notebook embeds says what made it, in IPTC's words, and a picture's own words are left as they are."""

from __future__ import annotations

import base64
import io
import re
import struct
import zlib
from dataclasses import replace

import pytest
from PIL import Image

from tests.fixtures.live_session import LiveSession
from tests.fixtures.sample_pictures import PNG, picture
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.handles.showing import sheet_picture
from vidgo_notebook.render.annotation import common_source_type, marked, note_in, without_mark
from vidgo_notebook.render.preview import MAX_BYTES

AI = "trainedAlgorithmicMedia"
COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
STAND_IN = "algorithmicMedia"


def words(data: bytes) -> list[str]:
    """What a file says of what made it: Pillow reads the packet, and it is looked for in that."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    text = packet if isinstance(packet, str) else packet.decode()
    return re.findall(r'DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/(\w+)"', text)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_a_file_is_marked_in_less_than_a_kilobyte_and_can_be_had_back_byte_for_byte(format: str) -> None:
    data = picture(format)
    copy = marked(data, AI)
    assert words(copy) == [AI]
    assert copy == marked(data, AI) and len(copy) - len(data) < 1024
    assert without_mark(copy) == data and note_in(copy) is None
    assert (
        Image.open(io.BytesIO(copy)).convert("RGB").tobytes() == Image.open(io.BytesIO(data)).convert("RGB").tobytes()
    )


def with_credentials(format: str) -> bytes:
    if format == "PNG":
        chunk = b"caBX" + b"jumb-of-c2pa"
        return PNG[:33] + struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + PNG[33:]
    data = picture("JPEG")
    body = b"JP\0\1\0\0\0\1\0\0\0\x20jumb" + b"c2pa" * 4
    return data[:2] + b"\xff\xeb" + struct.pack(">H", len(body) + 2) + body + data[2:]


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_content_credentials_are_not_broken_by_a_mark(format: str) -> None:
    data = with_credentials(format)
    assert marked(data, AI) == data


def test_what_a_file_says_already_is_not_said_again_or_otherwise() -> None:
    assert marked(marked(PNG, COMPOSITE), AI) == marked(PNG, COMPOSITE)


@pytest.mark.parametrize("data", [picture("GIF"), PNG[:40], b""])
def test_a_file_without_a_place_for_it_stays_as_it_is(data: bytes) -> None:
    assert marked(data, AI) == data


def test_a_drawing_of_several_pictures_is_called_a_composite_if_they_differ() -> None:
    assert [common_source_type(each) for each in ([], [AI, AI], [STAND_IN], [AI, COMPOSITE], [AI, STAND_IN])] == [
        *("", AI, STAND_IN, COMPOSITE, COMPOSITE)
    ]


def embedded(live: LiveSession, value: object) -> bytes:
    (data,) = (text for kind, text in live.session._bundle_of(value).items() if kind.startswith("image/"))
    return base64.b64decode(data)


def test_previews_sheets_and_lineages_carry_the_mark(live: LiveSession) -> None:
    hero = live.made("A red bicycle")
    edit = live.made("Paint it blue", PNG)
    assert words(embedded(live, hero)) == [AI] and words(embedded(live, edit)) == [COMPOSITE]
    assert live.session.embedded(hero, full_size=True).data == hero.bytes, "at full size it is the file as served"
    takes = Batch([live.ask("A red bicycle", take=take) for take in (1, 2)])
    takes.wait()
    assert words(sheet_picture(takes).data) == [AI] and words(embedded(live, edit.lineage)) == [COMPOSITE]
    assert len(embedded(live, hero)) <= MAX_BYTES + 1024


def test_a_stand_in_does_not_claim_that_a_model_made_it(live: LiveSession) -> None:
    made = live.made("A red bicycle")
    stand_in = Result(replace(made.record, provider="emulator"), made.path, made.store)
    assert words(live.session.embedded(stand_in).data) == [STAND_IN]
