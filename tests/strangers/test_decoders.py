"""Only the decoders of pictures see bytes of strangers: Pillow has forty more, where most of its faults are found."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from PIL import Image

import vidgo_notebook
from tests.fixtures.pil_images import encoded, noise
from vidgo_notebook.domain import odd_metadata
from vidgo_notebook.domain.odd_metadata import opened, readable_formats
from vidgo_notebook.engine.image_file import looked_at

PACKAGE = Path(vidgo_notebook.__file__).parent
PSD = b"8BPS\0\1" + bytes(6) + b"\0\3" + b"\0\0\0\x10" * 2 + b"\0\x08\0\3" + bytes(14) + bytes(768)
FITS = b"SIMPLE  =                    T" + b" " * 50 + b"END".ljust(2800)
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 16 16\n%%EndComments\n%%BeginBinary: -1\n"
MCIDAS = b"\0\0\0\0\0\0\0\4" + bytes(248)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj trailer<</Root 1 0 R>>"


@pytest.mark.parametrize("data", [PSD, FITS, EPS, MCIDAS, PDF], ids=["PSD", "FITS", "EPS", "McIdas", "PDF"])
def test_a_file_of_another_kind_reaches_no_decoder(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.init()
    for name in set(Image.OPEN) - {*odd_metadata.SERVED_FORMATS, *odd_metadata._OWN_FORMATS}:
        monkeypatch.setitem(Image.OPEN, name, (lambda *_: pytest.fail("it was decoded"), lambda _: True))
        Image.OPEN[name][0].__module__ = "PIL.Other"
    with pytest.raises(Image.UnidentifiedImageError):
        opened(data)
    with pytest.raises(ValueError, match="not an image file"):
        looked_at(data)


def test_a_format_that_the_user_registered_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Image.OPEN, "MINE", (lambda *_: None, lambda _: False))
    assert "MINE" in readable_formats()


@pytest.mark.parametrize(
    ("version", "read"), [("11.3.0", False), ("12.2.1", False), ("12.3.0", True), ("13.0.0", True)]
)
def test_jpeg_2000_is_read_where_its_decoder_has_a_limit(
    version: str, read: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = encoded(noise("RGB", (16, 16)), "JPEG2000")
    monkeypatch.setattr("PIL.__version__", version)
    assert ("JPEG2000" in readable_formats()) is read
    if read:
        assert opened(data).size == (16, 16)
    else:
        with pytest.raises(Image.UnidentifiedImageError):
            opened(data)


def test_every_place_that_opens_a_picture_names_the_formats() -> None:
    bare = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "Image.open"
        and "formats" not in {word.arg for word in node.keywords}
    ]
    assert bare == []
