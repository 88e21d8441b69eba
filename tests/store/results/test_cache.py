"""Previews are kept in the user's cache: found again, bounded, and made anew when anything happened to them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vidgo_notebook.store.results.cache import PreviewCache

DIGEST, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def cache(tmp_path: Path) -> PreviewCache:
    """An empty one; its folder is made by the first preview."""
    return PreviewCache(tmp_path / "previews")


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_preview_is_found_by_the_digest_of_its_picture_and_its_kind(cache: PreviewCache) -> None:
    cache.keep(DIGEST, "768", b"large")
    cache.keep(DIGEST, "96", b"small")
    assert (cache.find(DIGEST, "768"), cache.find(DIGEST, "96"), cache.find(OTHER, "768")) == (b"large", b"small", None)
    cache.forget(DIGEST)
    assert (cache.find(DIGEST, "768"), cache.find(DIGEST, "96")) == (None, None)


def test_a_preview_that_was_changed_is_not_shown(cache: PreviewCache, tmp_path: Path) -> None:
    cache.keep(DIGEST, "768", b"preview")
    [path] = kept(tmp_path)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert cache.find(DIGEST, "768") is None
    cache.keep(DIGEST, "768", b"preview")
    assert cache.find(DIGEST, "768") == b"preview"


def test_a_link_in_the_cache_is_not_followed(cache: PreviewCache, tmp_path: Path) -> None:
    cache.keep(DIGEST, "768", b"preview")
    [path] = kept(tmp_path)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert cache.find(DIGEST, "768") is None


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    cache = PreviewCache(tmp_path, most=1000)
    for number in range(20):
        cache.keep(f"{number:064x}", "768", bytes(100))
        for path in kept(tmp_path):
            if f"{number:064x}" in path.name:
                os.utime(path, (number, number))
    assert sum(path.stat().st_size for path in kept(tmp_path)) <= 1000
    assert cache.find(f"{19:064x}", "768") == bytes(100)
    assert cache.find(f"{0:064x}", "768") is None


def test_a_cache_that_cannot_be_written_has_nothing_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    broken = PreviewCache(tmp_path / "file")
    broken.keep(DIGEST, "768", b"preview")
    broken.forget(DIGEST)
    assert broken.find(DIGEST, "768") is None
