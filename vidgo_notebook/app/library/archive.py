"""An untrusted folder or ZIP file, read by the names of its files: none may lie outside it, and none is read whole
before its size is known.

A ZIP file can claim anything. Its table of contents is read up to a limit; then nothing is read of one whose files
overlap, are encrypted or compressed in a rare way, or would be far larger than the ZIP file.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.plain_files import PlainFileError, PlainFolder, digest_of, open_plain
from vidgo_notebook.visible_text import visible_name

_MOST_FILES = 200_000
_LARGEST_CONTENTS = 8 * 1024 * 1024
"""Of a ZIP file's table of contents, in bytes: 80,000 files of an export."""
_MOST_EXPANDED = 20
"""Times the size of the ZIP file. Pictures are compressed already, and text to a tenth."""
_ALWAYS_ALLOWED = 64 * 1024 * 1024
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_HEADER_BYTES = 30
_LEADS_OUT = re.compile(r"^(/|\\|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)|[\0]")


class Archive:
    """The files of a folder or a ZIP file by their names, with ``/`` between the parts."""

    def __init__(self, source: Path, zip_file: zipfile.ZipFile | None) -> None:
        self.source = source
        self._zip_file = zip_file
        self._folder = PlainFolder(source)
        self.names = sorted(self._names_in_zip(zip_file) if zip_file else self._names_in_folder())

    def _names_in_zip(self, zip_file: zipfile.ZipFile) -> list[str]:
        members = [member for member in zip_file.infolist() if not member.is_dir()]
        names = [member.filename for member in members]
        twice = [name for name, count in Counter(names).items() if count > 1]
        if bad := [name for name in names if _LEADS_OUT.search(name)]:
            raise self.refusal(f"it holds names that lead out of it ({', '.join(map(shown, bad[:3]))})")
        if twice:
            raise self.refusal(f"it holds {shown(min(twice))} twice")
        self._check_sizes(members)
        return names

    def _check_sizes(self, members: list[zipfile.ZipInfo]) -> None:
        end = 0
        for member in sorted(members, key=lambda each: each.header_offset):
            if member.header_offset < end:
                raise self.refusal(f"{shown(member.filename)} in it overlaps with another file")
            end = member.header_offset + _HEADER_BYTES + len(member.filename) + member.compress_size
            if member.compress_type not in _METHODS or member.flag_bits & _ENCRYPTED:
                raise self.refusal(f"{shown(member.filename)} in it is encrypted, or compressed in a rare way")
        size, total = self.source.stat().st_size, sum(member.file_size for member in members)
        if total > max(_ALWAYS_ALLOWED, _MOST_EXPANDED * size):
            raise self.refusal(f"it has {size / 1e6:.1f} MB, and its files would have {total / 1e6:,.0f} MB")

    def _names_in_folder(self) -> list[str]:
        names = []
        for name, found in self._folder.walk():
            if stat.S_ISLNK(found.st_mode):
                raise self.refusal(f"it holds a link ({shown(name)}); links are not followed")
            names.append(name)
            if len(names) > _MOST_FILES:
                raise self.refusal(f"it holds more than {_MOST_FILES:,} files")
        return names

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of a file. StoreError, about this file alone, beyond ``limit`` bytes."""
        with self._opened(name) as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise _unreadable(f"{visible_name(name)} is larger than {limit:,} bytes")
        return data

    def digest(self, name: str) -> str:
        """SHA-256 of a file, in hex."""
        with self._opened(name) as file:
            return digest_of(file)

    def refusal(self, why: str) -> StoreError:
        """The error that says why nothing is imported."""
        return StoreError(visible_name(f"{self.source} can't be imported: {why}."), cost="Nothing was imported.")

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        try:
            with self._zip_file.open(name) if self._zip_file else self._folder.open(name) as file:
                yield file
        except PlainFileError as error:
            raise _unreadable(error.message.rstrip(".")) from None
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, KeyError, ValueError, struct.error) as error:
            raise _unreadable(f"{visible_name(name)} can't be read: {error}") from None


def _unreadable(why: str) -> StoreError:
    return StoreError(f"{why}.", cost="Nothing was imported.")


class _SmallReads(io.BufferedReader):
    """A file of which not much is read at once, as ``zipfile`` reads the table of contents."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(_LARGEST_CONTENTS + 1 if size is None or size < 0 else min(size, _LARGEST_CONTENTS + 1))
        if len(data) > _LARGEST_CONTENTS:
            raise zipfile.BadZipFile("its table of contents is too large")
        return data


@contextmanager
def open_archive(source: Path) -> Iterator[Archive]:
    """Open a folder or a ZIP file. StoreError if it is neither, or holds names that lead out of it."""
    with ExitStack() as files:
        try:
            zip_file = None if source.is_dir() else _zip_file(source, files)
            archive = Archive(source, zip_file)
        except PlainFileError as error:
            raise StoreError(
                f"{visible_name(source)} can't be imported: {error.message}", cost="Nothing was imported."
            ) from None
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
            raise StoreError(
                f"{visible_name(source)} is not a ZIP file: {error}.", cost="Nothing was imported."
            ) from None
        except OSError as error:
            why = error.strerror or error
            raise StoreError(f"{visible_name(source)} can't be read: {why}.", cost="Nothing was imported.") from None
        yield archive


def _zip_file(source: Path, files: ExitStack) -> zipfile.ZipFile:
    file = files.enter_context(open_plain(source))
    return files.enter_context(zipfile.ZipFile(files.enter_context(_SmallReads(file.raw))))
