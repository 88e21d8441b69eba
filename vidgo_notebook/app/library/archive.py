"""An untrusted folder or ZIP file, read by the names of its files: none may lie outside it."""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import StoreError

_CHUNK_BYTES = 1024 * 1024
_LEADS_OUT = re.compile(r"^(/|\\|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)|[\0]")


class Archive:
    """The files of a folder or a ZIP file by their names, with ``/`` between the parts."""

    def __init__(self, source: Path, zip_file: zipfile.ZipFile | None) -> None:
        self.source = source
        self._zip_file = zip_file
        self.names = sorted(self._names_in_zip(zip_file) if zip_file else self._names_in_folder())

    def _names_in_zip(self, zip_file: zipfile.ZipFile) -> list[str]:
        names = [member.filename for member in zip_file.infolist() if not member.is_dir()]
        twice = [name for name, count in Counter(names).items() if count > 1]
        if bad := [name for name in names if _LEADS_OUT.search(name)]:
            raise self.refusal(f"it holds names that lead out of it ({', '.join(map(shown, bad[:3]))})")
        if twice:
            raise self.refusal(f"it holds {shown(min(twice))} twice")
        return names

    def _names_in_folder(self) -> list[str]:
        paths = [path for path in self.source.rglob("*") if not path.is_dir() or path.is_symlink()]
        inside = self.source.resolve()
        if bad := [path.name for path in paths if not path.resolve().is_relative_to(inside)]:
            raise self.refusal(f"it holds links that lead out of it ({', '.join(map(shown, bad[:3]))})")
        return [path.relative_to(self.source).as_posix() for path in paths]

    def read(self, name: str, limit: int) -> bytes:
        """A small file. StoreError beyond ``limit`` bytes."""
        with self._opened(name) as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise self.refusal(f"{name} is larger than {limit:,} bytes")
        return data

    def copy(self, name: str, target: BinaryIO, limit: int) -> str:
        """Copy a file, or the beginning of one that has more than ``limit`` bytes; the SHA-256 of what was copied."""
        digest, left = hashlib.sha256(), limit + 1
        with self._opened(name) as file:
            while left > 0 and (chunk := file.read(min(left, _CHUNK_BYTES))):
                digest.update(chunk)
                target.write(chunk)
                left -= len(chunk)
        return digest.hexdigest()

    def digest(self, name: str) -> str:
        """SHA-256 of a file, in hex."""
        digest = hashlib.sha256()
        with self._opened(name) as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
        return digest.hexdigest()

    def refusal(self, why: str) -> StoreError:
        """The error that says why nothing is imported."""
        return StoreError(f"{self.source} can't be imported: {why}.", cost="Nothing was imported.")

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        try:
            with self._zip_file.open(name) if self._zip_file else (self.source / name).open("rb") as file:
                yield file
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, KeyError) as error:
            raise self.refusal(f"{name} in it can't be read: {error}") from None


@contextmanager
def open_archive(source: Path) -> Iterator[Archive]:
    """Open a folder or a ZIP file. StoreError if it is neither, or holds names that lead out of it."""
    try:
        if source.is_dir():
            yield Archive(source, None)
            return
        with zipfile.ZipFile(source) as zip_file:
            yield Archive(source, zip_file)
    except zipfile.BadZipFile:
        raise StoreError(f"{source} is not a ZIP file.", cost="Nothing was imported.") from None
    except OSError as error:
        raise StoreError(f"{source} can't be read: {error.strerror or error}.", cost="Nothing was imported.") from None
