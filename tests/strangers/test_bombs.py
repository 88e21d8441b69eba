"""Files that are small and want to become large: each costs little memory, little time, and nothing on disk."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from vidgo_notebook.app.library.import_ import import_results
from vidgo_notebook.domain.odd_metadata import decoded, opened
from vidgo_notebook.domain.picture_limits import TooLargeError
from vidgo_notebook.errors import FetchError, StoreError
from vidgo_notebook.render.annotation import note_in, without_note
from vidgo_notebook.render.preview import preview
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.wire.picture import inspect

MEGABYTES = 300


def png(width: int, height: int) -> bytes:
    """A PNG that claims so many pixels and has none of them."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def saved(format: str, width: int, height: int, mode: str = "L", **options: object) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height)).save(file, format, **options)
    return file.getvalue()


def gif(width: int, height: int) -> bytes:
    data = saved("GIF", 8, 8)
    return data[:6] + struct.pack("<HH", width, height) + data[10:]


def bmp(width: int, height: int) -> bytes:
    data = saved("BMP", 8, 8)
    return data[:18] + struct.pack("<ii", width, height) + data[26:]


def many_scans(scans: int) -> bytes:
    """A progressive JPEG that goes over its pixels again and again."""
    data = saved("JPEG", 4000, 4000, progressive=True)
    start = data.rindex(b"\xff\xda")
    return data[:-2] + data[start:-2] * scans + data[-2:]


TOO_LARGE = {
    "a PNG": lambda: png(60_000, 60_000),
    "a long PNG": lambda: png(2_000_000_000, 1),
    "a GIF": lambda: gif(65_000, 65_000),
    "a BMP": lambda: bmp(60_000, 60_000),
    "a WebP": lambda: saved("WEBP", 6000, 6000),
    "a progressive JPEG": lambda: saved("JPEG", 6000, 6000, progressive=True),
    "a JPEG of many scans": lambda: many_scans(100),
}


@pytest.mark.parametrize("make", TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_picture_that_claims_too_much_is_refused_before_it_is_decoded(make: Callable[[], bytes]) -> None:
    data = make()
    for read in (opened, decoded):
        with pytest.raises((TooLargeError, Image.DecompressionBombError)):
            read(data)
    with pytest.raises(FetchError, match="it was not decoded"):
        inspect(data)
    with pytest.raises(FetchError):
        preview(data, 768)


@pytest.mark.parametrize(("width", "height", "mode"), [(5000, 4000, "RGBA"), (3, 6_000_000, "RGB"), (4100, 4001, "P")])
def test_a_large_picture_within_the_limits_has_a_preview_of_its_own_shape(width: int, height: int, mode: str) -> None:
    """It is made strip by strip. Transparent is white, as in the preview of a small one."""
    image = preview(saved("PNG", width, height, mode), 768)
    shown = Image.open(io.BytesIO(image.data))
    assert max(shown.size) <= 768
    assert abs(min(shown.size) - max(1, 768 * min(width, height) / max(width, height))) <= 1
    assert shown.convert("L").getextrema()[0] >= (250 if mode == "RGBA" else 0)


# Archives


def archive(names: dict[str, bytes], **options: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as made:
        for name, data in names.items():
            made.writestr(name, data)
    return file.getvalue()


def overlapping() -> bytes:
    """Two entries of one file: its bytes would be counted once and read twice."""
    data = archive({"records/a.json": b"{}", "records/b.json": b"{}"})
    first, second = (data.index(name, data.index(b"PK\x01\x02")) - 46 for name in (b"records/a", b"records/b"))
    return data[: second + 42] + data[first + 42 : first + 46] + data[second + 46 :]


def many_entries() -> bytes:
    """So many files that the table of contents alone is large."""
    head = b"PK\x01\x02" + bytes(24) + struct.pack("<HHHHHII", 100, 0, 0, 0, 0, 0, 0) + b"x" * 100
    table = head * 70_000
    return table + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 65535, 65535, len(table), 0, 0)


ZIPS = {
    "a thousand to one": lambda: archive({"records/a.json": bytes(80_000_000)}, compression=zipfile.ZIP_DEFLATED),
    "many of them": lambda: archive(
        {f"pictures/{n}.png": bytes(9_000_000) for n in range(9)}, compression=zipfile.ZIP_DEFLATED
    ),
    "a rare method": lambda: archive({"records/a.json": bytes(1000)}, compression=zipfile.ZIP_LZMA),
    "files that overlap": overlapping,
    "a large table of contents": many_entries,
    "a ZIP in a ZIP": lambda: archive({"inner.zip": archive({"records/a.json": b"{}"})}),
    "records without a crate": lambda: archive({"records/a.json": b"{}"}),
    "an absurd crate": lambda: archive({"records/a.json": b"{}", "ro-crate-metadata.json": b'{"@graph": 7}'}),
    "a deep crate": lambda: archive({"records/a.json": b"{}", "ro-crate-metadata.json": b"[" * 100_000}),
}


WHY = {
    "a thousand to one": "its files would have 80 MB",
    "many of them": "its files would have 81 MB",
    "a rare method": "encrypted, or compressed in a rare way",
    "files that overlap": "overlaps with another file",
    "a large table of contents": "its table of contents is too large",
    "a ZIP in a ZIP": "it holds no results",
    "records without a crate": "it has no ro-crate-metadata.json",
    "an absurd crate": "ro-crate-metadata.json can't be read",
    "a deep crate": "ro-crate-metadata.json can't be read",
}


@pytest.mark.parametrize("kind", ZIPS)
def test_such_an_archive_is_refused_and_nothing_is_written(kind: str, folder: Path) -> None:
    Path("bomb.zip").write_bytes(ZIPS[kind]())
    with pytest.raises(StoreError, match=WHY[kind]):
        import_results(Path("bomb.zip"), ResultStore(folder / "store"))
    assert not (folder / "store").exists()


# Metadata


def with_xmp(packet: bytes) -> bytes:
    data = saved("PNG", 8, 8)
    body = b"iTXtXML:com.adobe.xmp\0\0\0\0\0" + packet
    return data[:33] + struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) + data[33:]


BEGIN, MARK, CLOSE = b"<rdf:Description ", b'xmlns:vidgo="urn:vidgo-notebook:1"', b"</rdf:Description>"
METADATA = {
    "beginnings": BEGIN * 200_000,
    "marks": MARK * 100_000,
    "marks that begin": (BEGIN + MARK) * 60_000,
    "marks and one end": MARK * 100_000 + CLOSE,
    "ends": CLOSE * 200_000 + BEGIN + MARK,
    "deep": b"<a>" * 300_000,
    "many packets": b"<a/>" * 1_000_000,
}


@pytest.mark.parametrize("packet", METADATA.values(), ids=METADATA)
def test_metadata_is_read_once_whatever_is_in_it(packet: bytes) -> None:
    """Measured by the lengths that are searched, since times depend on the machine: a quadratic way of reading would
    take hours for these, and the time limit of the tests would end it."""
    data = with_xmp(packet)
    assert note_in(data) is None
    assert without_note(data) in (data, with_xmp(b""), data.replace(packet, b""))


def test_a_file_of_a_million_parts_is_refused() -> None:
    chunk = struct.pack(">I", 0) + b"vpAg" + struct.pack(">I", zlib.crc32(b"vpAg"))
    with pytest.raises(ValueError, match="more parts than a picture has"):
        note_in(saved("PNG", 8, 8)[:33] + chunk * 1_000_000)


# What they cost, measured in a process of its own

MEASURED = """
import resource, sys, time
from pathlib import Path
from vidgo_notebook.app.library.import_ import import_results
from vidgo_notebook.render.preview import preview
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.wire.picture import inspect
from vidgo_notebook.engine.handles.picture_file import read_picture
def use(path):
    for read in (lambda: import_results(path, ResultStore("store")), lambda: inspect(path.read_bytes()),
                 lambda: preview(path.read_bytes(), 768), lambda: read_picture(path, ResultStore("store"))):
        try:
            read()
        except Exception as error:
            assert type(error).__module__.startswith("vidgo_notebook"), repr(error)
use(Path(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[2:]:
    use(Path(path))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def measured(paths: list[Path]) -> int:
    """The megabytes that these files cost at most, beyond those of a small picture."""
    Path("small.png").write_bytes(saved("PNG", 8, 8))
    # Started by a small process: what the parent has used counts for the child too.
    words = ["env", sys.executable, "-c", MEASURED, "small.png", *map(str, paths)]
    done = subprocess.run(["sh", "-c", '"$@"', "sh", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def written(makers: dict[str, Callable[[], bytes]], folder: Path) -> list[Path]:
    paths = []
    for number, make in enumerate(makers.values()):
        paths.append(folder / f"bomb-{number}")
        paths[-1].write_bytes(make())
    return paths


def test_bombs_cost_little_memory_and_nothing_on_disk(
    folder: Path, record_property: Callable[[str, str], None]
) -> None:
    paths = written({**TOO_LARGE, **ZIPS}, folder)
    used = measured(paths)
    record_property("measured", f"bombs: at most {used} MB of memory")
    assert used < MEGABYTES
    assert not Path("store").exists()


@pytest.mark.full
@pytest.mark.parametrize("packet", METADATA)
def test_metadata_costs_little_memory(packet: str, folder: Path) -> None:
    assert measured(written({packet: lambda: with_xmp(METADATA[packet])}, folder)) < MEGABYTES


@pytest.mark.full
@pytest.mark.parametrize(
    "make",
    [
        lambda: saved("PNG", 7000, 7000, "RGBA"),
        lambda: saved("TIFF", 7000, 7000, "I;16", compression="tiff_deflate"),
        lambda: saved("GIF", 7000, 7000, "P"),
        lambda: saved("WEBP", 4200, 4200, "RGB"),
        lambda: saved("JPEG", 5000, 4900, "RGB", progressive=True),
    ],
    ids=["PNG", "TIFF", "GIF", "WebP", "JPEG"],
)
def test_the_largest_pictures_within_the_limits_cost_little_memory(make: Callable[[], bytes], folder: Path) -> None:
    assert measured(written({"largest": make}, folder)) < MEGABYTES


def test_a_stored_picture_that_claims_too_much_is_not_decoded(folder: Path) -> None:
    """Its record says little, and its digest is right."""
    from tests.fixtures.sample_records import keep

    store = ResultStore(folder / "store")
    kept, _ = keep(store, png(13_000, 13_000))
    with pytest.raises(StoreError, match="13000×13000 pixels"):
        store.picture(kept)
    assert json.loads(store.files.read(f"results/{kept.fingerprint}.json", 10_000))["width"] == 64
