"""Images that a stranger wants to be edited: a small file costs little memory, whatever its pixels are."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from vidgo_notebook.app.request.images import references_of
from vidgo_notebook.errors import RequestError

MEGABYTES = 300
UPRIGHT_BY_A_QUARTER = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
MEASURED = """
import resource, sys
from pathlib import Path
from vidgo_notebook.app.request.images import references_of
from vidgo_notebook.emulator.picture_cache import thumbnail_of
from vidgo_notebook.errors import RequestError
from vidgo_notebook.wire.picture import inspect
from vidgo_notebook.errors import FetchError
def use(data):
    try:
        for reference in references_of([data]):
            reference.payload.prepared()
    except RequestError:
        pass
    try:
        inspect(data)
    except FetchError:
        pass
    thumbnail_of(data)
use(Path(sys.argv[1]).read_bytes())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
use(Path(sys.argv[2]).read_bytes())
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def saved(format: str, edge: int, mode: str = "RGB", **options: object) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (edge, edge)).save(file, format, **options)
    return file.getvalue()


def turned_behind_its_pixels(edge: int) -> bytes:
    """A PNG that says at its end how it was held."""
    data = saved("PNG", edge, "RGBA")
    chunk = b"eXIf" + UPRIGHT_BY_A_QUARTER
    return data[:-12] + struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[-12:]


BOMBS: dict[str, Callable[[int], bytes]] = {
    "RGBA": lambda edge: saved("PNG", edge, "RGBA"),
    "turned": lambda edge: saved("PNG", edge, "RGBA", exif=UPRIGHT_BY_A_QUARTER),
    "turned behind its pixels": turned_behind_its_pixels,
    "a JPEG without an end": lambda edge: saved("JPEG", edge)[:-2],
    "a turned JPEG without an end": lambda edge: saved("JPEG", edge, exif=UPRIGHT_BY_A_QUARTER)[:-2],
    "16 bits": lambda edge: saved("TIFF", edge, "I;16", compression="tiff_deflate"),
    "CMYK": lambda edge: saved("TIFF", edge, "CMYK", compression="tiff_deflate"),
    "a palette": lambda edge: saved("PNG", edge, "P"),
}


def used(data: bytes) -> int:
    """The megabytes that a reference costs, beyond those of a small one, in a process of its own."""
    Path("small.png").write_bytes(saved("PNG", 8))
    Path("large").write_bytes(data)
    # Started by a small process: what the parent has used counts for the child too.
    words = ["sh", "-c", '"$@"', "sh", "env", sys.executable, "-c", MEASURED, "small.png", "large"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.parametrize("make", [BOMBS["turned"], BOMBS["a JPEG without an end"]], ids=["turned", "without an end"])
def test_a_small_file_of_many_pixels_costs_little_memory(make: Callable[[int], bytes], folder: Path) -> None:
    assert used(make(7000)) < MEGABYTES


@pytest.mark.full
@pytest.mark.parametrize("edge", [4900, 5800, 8300])
@pytest.mark.parametrize("make", BOMBS.values(), ids=BOMBS)
def test_no_small_file_costs_much_memory(make: Callable[[int], bytes], edge: int, folder: Path) -> None:
    assert used(make(edge)) < MEGABYTES


def test_a_file_that_is_too_much_for_its_size_is_named_with_both() -> None:
    data = saved("PNG", 8800, "RGBA")
    with pytest.raises(RequestError, match=rf"it has 8800×8800 pixels in {len(data):,} bytes, too many"):
        references_of([data])
