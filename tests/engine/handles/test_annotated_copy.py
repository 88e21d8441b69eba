"""A saved copy can carry how it was made; the picture in it stays byte for byte as it was served."""

from __future__ import annotations

import hashlib
import io
import json
import struct
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.fixtures.live_session import LiveSession
from tests.fixtures.sample_records import keep, record
from tests.fixtures.terminal import Terminal
from vidgo_notebook.engine.handles.picture_file import read_picture
from vidgo_notebook.engine.handles.saving import annotated_copy
from vidgo_notebook.errors import RequestError, StoreError
from vidgo_notebook.render.annotation import note_in, without_note
from vidgo_notebook.render.containers import container_of
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.wire.picture import inspect

AWKWARD = "A “red” bicycle & <b>\x0b\ud7ff\U0001f6b2</b> ]]> </rdf:Description> 'x' \"y\"\nline 2"
THEIR_XMP = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="image/x"/></rdf:RDF></x:xmpmeta>   \n<?xpacket end="w"?>'
)


def encoded(kind: str, mode: str = "RGB", **options: object) -> bytes:
    sheet = Image.effect_mandelbrot((37, 21), (-2, -1, 1, 1), 20).convert(mode)
    if mode == "RGBA":
        sheet.putpixel((3, 3), (1, 2, 3, 0))
    file = io.BytesIO()
    sheet.save(file, kind, **options)
    return file.getvalue()


def with_chunk(png: bytes, kind: bytes, body: bytes) -> bytes:
    """A PNG with a chunk before its pixels, as content credentials are."""
    import zlib

    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return png[:33] + chunk + png[33:]


FILES = {
    "png": encoded("PNG"),
    "png with content credentials": with_chunk(encoded("PNG"), b"caBX", b"jumbf" * 9),
    "png with xmp": with_chunk(encoded("PNG"), b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + THEIR_XMP),
    "png with something behind it": encoded("PNG") + b"trailer",
    "jpeg": encoded("JPEG"),
    "jpeg with exif": encoded("JPEG", exif=Image.Exif().tobytes() or b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"),
    "progressive jpeg": encoded("JPEG", progressive=True, comment=b"made by hand"),
    "webp, lossy": encoded("WEBP"),
    "webp, lossless": encoded("WEBP", lossless=True),
    "webp, transparent": encoded("WEBP", "RGBA"),
    "webp, transparent and lossless": encoded("WEBP", "RGBA", lossless=True, exact=True),
    "webp with xmp": encoded("WEBP", xmp=THEIR_XMP),
    "webp with a profile": encoded("WEBP", icc_profile=b"p" * 33),
}


@pytest.mark.parametrize("data", FILES.values(), ids=FILES.keys())
def test_an_annotated_file_is_a_picture_of_the_same_pixels_and_gives_back_the_bytes_as_served(data: bytes) -> None:
    known = record(data, prompt=AWKWARD, template="A {{ x }}", values=(("x", AWKWARD),))
    copy = annotated_copy(known, data)
    assert copy != data
    with Image.open(io.BytesIO(copy)) as changed, Image.open(io.BytesIO(data)) as served:
        assert (changed.size, changed.mode, changed.tobytes()) == (served.size, served.mode, served.tobytes())
    assert without_note(copy) == data == without_note(data)
    assert json.loads(note_in(copy) or "")["prompt"] == AWKWARD
    assert note_in(data) is None


@pytest.mark.parametrize("data", FILES.values(), ids=FILES.keys())
def test_pillow_finds_the_xmp_where_other_programs_look_for_it(data: bytes) -> None:
    with Image.open(io.BytesIO(annotated_copy(record(data), data))) as picture:
        packet = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
        packet = packet.encode() if isinstance(packet, str) else packet
        packet += b"".join(body for _, body in getattr(picture, "applist", []))  # where Pillow 10 leaves it
    assert b"vidgo:record=" in packet
    assert b"digitalsourcetype/trainedAlgorithmicMedia" in packet


def test_what_another_program_says_already_is_not_said_twice() -> None:
    """A property may stand once in a packet: theirs is left as it was, and what is missing is added."""
    tool = b'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="theirs" '
    data = encoded("WEBP", xmp=THEIR_XMP.replace(b"dc:format", tool + b"dc:format"))
    copy = annotated_copy(record(data), data)
    assert copy.count(b"CreatorTool=") == 1
    assert copy.count(b"DigitalSourceType=") == 1
    assert without_note(copy) == data


@pytest.mark.parametrize(
    ("parents", "word"),
    [
        ((), "trainedAlgorithmicMedia"),
        (("ab",), "trainedAlgorithmicMedia"),
        (("",), "compositeWithTrainedAlgorithmicMedia"),
        (("ab", ""), "compositeWithTrainedAlgorithmicMedia"),
    ],
)
def test_an_edit_of_the_authors_own_image_is_a_composite(parents: tuple[str, ...], word: str) -> None:
    """https://cv.iptc.org/newscodes/digitalsourcetype: of earlier results alone it is the model's own."""
    made = record(references=tuple(f"bytes:{number}" for number in range(len(parents))), parents=parents)
    assert f"digitalsourcetype/{word}".encode() in annotated_copy(made, FILES["jpeg"])


def test_a_png_says_it_in_text_too() -> None:
    with Image.open(io.BytesIO(annotated_copy(record(), FILES["png"]))) as picture:
        picture.load()
        assert json.loads(picture.info["vidgo"])["prompt"] == record().prompt


def test_a_stand_in_is_not_said_to_be_made_by_a_model() -> None:
    copy = annotated_copy(record(provider="emulator"), FILES["jpeg"])
    assert b"digitalsourcetype/algorithmicMedia" in copy
    assert b"trainedAlgorithmicMedia" not in copy


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp, lossy"])
def test_what_was_saved_is_read_back(kind: str, tmp_path: Path) -> None:
    data, store = FILES[kind], ResultStore(tmp_path / ".vidgo")
    known = record(data)
    path = tmp_path / "figure"
    path.write_bytes(annotated_copy(known, data))
    found = read_picture(path, store)
    assert (found.record, found.bytes, found.intact, found.parents) == (known, data, True, ())


def test_a_changed_picture_still_has_its_provenance_and_is_not_taken_for_the_original(tmp_path: Path) -> None:
    copy = annotated_copy(record(FILES["png"]), FILES["png"])
    with Image.open(io.BytesIO(copy)) as picture:
        texts = PngInfo()
        texts.add_itxt("XML:com.adobe.xmp", picture.info["XML:com.adobe.xmp"])
        picture.rotate(90).save(tmp_path / "turned.png", pnginfo=texts)
    found = read_picture(tmp_path / "turned.png", ResultStore(tmp_path / ".vidgo"))
    assert found.provenance["prompt"] == record().prompt
    assert not found.intact
    with pytest.raises(StoreError, match="digest differs"):
        found.image  # noqa: B018


@pytest.mark.parametrize("kind", ["png", "png with xmp", "jpeg", "webp, lossy"])
def test_a_copy_whose_metadata_alone_was_changed_still_shows_its_picture(kind: str, tmp_path: Path) -> None:
    """As a journal's production does, which adds a licence to the XMP and leaves the rest."""
    data = FILES[kind]
    known = record(data, pixels=inspect(data).pixels)
    copy = annotated_copy(known, data)
    container = container_of(copy)
    pieces = list(container.split(copy))
    place = next(number for number, piece in enumerate(pieces) if container.packet(piece) is not None)
    rights = b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:rights="CC"/></rdf:RDF>'
    packet = (container.packet(pieces[place]) or b"").replace(b"</rdf:RDF>", rights)
    pieces[place] = container.piece(packet)
    (tmp_path / "figure").write_bytes(container.join(pieces))
    found = read_picture(tmp_path / "figure", ResultStore(tmp_path / ".vidgo"))
    assert (found.intact, found.metadata_changed) == (True, True)
    assert found.image.size == (37, 21)
    with pytest.raises(StoreError, match="metadata was changed"):
        found.bytes  # noqa: B018


def test_a_file_of_the_store_is_known_by_its_digest(live: LiveSession, tmp_path: Path) -> None:
    made = live.made()
    plain = made.save(tmp_path / "plain.png")
    assert read_picture(plain, live.session.store).path == made.path
    assert plain.read_bytes() == made.bytes


def test_a_copy_of_what_the_store_has_is_that_result_with_its_parents(live: LiveSession, tmp_path: Path) -> None:
    first = live.made()
    edit = live.made("Paint it blue", image=first)
    found = read_picture(edit.save(tmp_path / "edit.png", annotate=True), live.session.store)
    assert [parent.digest for parent in found.parents] == [first.digest]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "only PNG, JPEG and WebP"),
        (b"%PDF-1.7", "only PNG, JPEG and WebP"),
        (FILES["png"], "no provenance, and the store has no such picture"),
        (FILES["png"][:10], "cut short"),
        (FILES["jpeg"][:9], "cut short"),
        (FILES["webp, lossy"][:14], "cut short"),
    ],
)
def test_a_file_without_provenance_is_named_with_what_to_do(data: bytes, why: str, tmp_path: Path) -> None:
    (tmp_path / "some.png").write_bytes(data)
    with pytest.raises(RequestError, match=why) as raised:
        read_picture(tmp_path / "some.png", ResultStore(tmp_path))
    assert "annotate=True" in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="No such file"):
        read_picture(tmp_path / "none.png", ResultStore(tmp_path))


def test_damaged_provenance_is_reported_as_damaged(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_itxt("vidgo", '{"format": 2}')
    Image.new("RGB", (2, 2)).save(tmp_path / "some.png", pnginfo=info)
    with pytest.raises(StoreError, match=r"in some.png can't be used"):
        read_picture(tmp_path / "some.png", ResultStore(tmp_path))


def test_a_document_type_in_xmp_is_not_even_parsed() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "b">]><x xmlns:v="urn:vidgo-notebook:1" v:record="&a;"/>'
    data = with_chunk(encoded("PNG"), b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + bomb)
    assert note_in(data) is None


def test_a_jpeg_too_small_for_its_prompt_says_so() -> None:
    with pytest.raises(StoreError, match="too long for a JPEG"):
        annotated_copy(record(FILES["jpeg"], prompt="x" * 70_000), FILES["jpeg"])


def test_a_gif_says_that_it_carries_none() -> None:
    with pytest.raises(StoreError, match="only PNG, JPEG and WebP"):
        annotated_copy(record(media_type="image/gif"), encoded("GIF"))


def test_a_cell_saves_an_annotated_copy_and_the_panel_opens_with_what_is_read(terminal: Terminal, folder: Path) -> None:
    text = terminal.run(
        "%%vidgo hero --quality high --size 1:1 --resolution 1K --save fig.png --annotate\nA red bicycle"
    )
    hero = terminal["hero"].result()
    saved = (folder / "fig.png").read_bytes()
    assert (without_note(saved), hashlib.sha256(hero.bytes).hexdigest()) == (hero.bytes, hero.digest), text
    shown = terminal.run("import vidgo_notebook as vidgo\nvidgo.panel(vidgo.read('fig.png'))")
    assert "%%vidgo --model gpt-image-2 --quality high --size 1:1 --resolution 1K\nA red bicycle" in shown


def test_annotate_without_a_file_to_write_is_refused(terminal: Terminal) -> None:
    assert "--save PATH --annotate" in terminal.fails("%%vidgo --annotate\nA red bicycle")


def test_saving_never_overwrites_other_bytes_not_even_the_plain_copy(tmp_path: Path) -> None:
    store = ResultStore(tmp_path / ".vidgo")
    _, path = keep(store, FILES["png"], width=37, height=21)
    found = read_picture(path, store)
    target = found.save(tmp_path / "a.png")
    with pytest.raises(StoreError, match="holds something else"):
        found.save(target, annotate=True)
    assert found.save(tmp_path / "b.png", annotate=True) == found.save(tmp_path / "b.png", annotate=True)
