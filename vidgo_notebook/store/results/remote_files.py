"""The files of a store on any file system that fsspec supports: a bucket, an SFTP server, memory.

Files that were read or written are cached on this machine, by digest: a picture is downloaded once.
"""

from __future__ import annotations

import os
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from vidgo_notebook.domain.image_formats import MAX_SERVED_BYTES
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.address import password_of, redact
from vidgo_notebook.store.results.cache import LimitedFolder, cache_folder, most_of_pictures
from vidgo_notebook.store.results.local_files import Room, clear_old, move_over
from vidgo_notebook.store.results.plain_files import PlainFileError, PlainFolder, Stamp, check_name, file_digest

_T = TypeVar("_T")

_OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "memory"}
"""Their writes are atomic. Elsewhere a file is written under another name, then renamed."""

_FINAL = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)
"""Errors that a new connection would not change."""


@lru_cache(maxsize=32)
def remote_files(address: str) -> RemoteFiles:
    """The files at a URL; all callers in this process share one connection."""
    return RemoteFiles(address)


class OutOfReachError(StoreError):
    """The file system did not answer, or refused access: the problem is not in one of its files."""


class RemoteFiles:
    """Files under a URL; ``cache`` is a folder on this machine, shared by all stores and safe to delete."""

    folder: Path | None = None

    def __init__(self, address: str, cache: Path | None = None) -> None:
        self.address = address
        self._cache = PlainFolder(cache or cache_folder())
        self._kept = LimitedFolder(PlainFolder(self._cache.root / "objects"), lambda: most_of_pictures.bytes)
        self._scheme = urlsplit(address).scheme
        self._cleared = False
        self._connecting = threading.Lock()
        self._connection: tuple[Any, str] | None = None
        self._appending = threading.Lock()
        self._appended: dict[tuple[int, str], tuple[str, bytes]] = {}

    @contextmanager
    def guarded(self, what: str) -> Iterator[None]:
        try:
            yield
        except StoreError:
            raise
        except ImportError as error:
            raise StoreError(
                f"The store {self.address} needs a package that is not installed: {error}.",
                hint="pip install 'vidgo-notebook[cluster]' for S3 and SFTP; for other systems the package it names.",
            ) from None
        except Exception as error:  # noqa: BLE001  each file system raises its own kind
            line = (str(error) or type(error).__name__).strip().splitlines()[0]
            raise OutOfReachError(
                f"The store {self.address} can't be {what}: {redact(line, self.address).removesuffix('.')}.",
                hint="Check its address (VIDGO_STORE), your permissions there, and the network.",
            ) from None

    def read(self, name: str, limit: int) -> bytes:
        check_name(name)
        data = self._do(lambda fs, root: bytes(fs.cat_file(f"{root}/{name}", end=limit + 1)))
        if len(data) > limit:
            raise PlainFileError(f"{name} has more than {limit:,} bytes; it was not read.")
        return data

    def exists(self, name: str) -> bool:
        check_name(name)
        return self._do(lambda fs, root: bool(fs.exists(f"{root}/{name}")))

    def names(self, folder: str) -> list[str]:
        with suppress(FileNotFoundError):
            listed = self._do(lambda fs, root: fs.ls(f"{root}/{folder}", detail=False))
            return [path.rstrip("/").rpartition("/")[2] for path in listed]
        return []

    def stamps(self, folder: str) -> dict[str, Stamp]:
        del folder  # what each system tells differs
        return {}

    def size(self) -> int:
        with suppress(FileNotFoundError):
            return self._do(lambda fs, root: int(fs.du(root)))
        return 0

    def write(self, name: str, data: bytes) -> None:
        self._write_whole(name, lambda fs, path: fs.pipe_file(path, data))

    def create(self, name: str, data: bytes) -> None:
        check_name(name)

        def created(fs: Any, root: str) -> None:
            path = f"{root}/{name}"
            try:
                if self._scheme in _OBJECT_STORES:
                    fs.pipe_file(path, data, mode="create")
                else:
                    fs.makedirs(path.rpartition("/")[0], exist_ok=True)
                    with fs.open(path, "xb") as file:
                        file.write(data)
            except Exception:  # each file system says in its own way that there is one
                fs.invalidate_cache()
                if not fs.exists(path):
                    raise

        self._do(created)

    def append(self, name: str, data: bytes) -> None:
        start, dot, suffix = name.rpartition(".")
        key = os.getpid(), name  # a forked process is another writer
        with self._appending:
            own, before = self._appended.get(key) or (f"{start}.{uuid.uuid4().hex[:12]}{dot}{suffix}", b"")
            self.write(own, before + data)
            self._appended[key] = own, before + data

    def set_aside(self, name: str, other: str) -> None:
        check_name(name)
        self._do(lambda fs, root: fs.copy(f"{root}/{name}", f"{root}/{other}"))

    def remove(self, name: str) -> None:
        check_name(name)
        with suppress(FileNotFoundError):
            self._do(lambda fs, root: fs.rm_file(f"{root}/{name}"))

    def check_writable(self) -> None:
        probe = f"tmp/{uuid.uuid4().hex}"
        self.write(probe, b"")
        self.remove(probe)

    def room(self) -> Room:
        folder = self.new_download().parent
        return Room(folder, shutil.disk_usage(folder).free, stays=False)

    def new_download(self) -> Path:
        download = self._cache.make_room(f"tmp/{uuid.uuid4().hex}")
        if not self._cleared:
            self._cleared = True
            clear_old(download.parent)
        return download

    def put(self, download: Path, name: str) -> Path:
        self._write_whole(name, lambda fs, path: fs.put_file(os.fspath(download), path))
        return self._to_cache(download, name)

    def local(self, name: str, digest: str) -> Path | None:
        with suppress(OSError, PlainFileError):  # what is in the way in the cache is replaced
            if self._cache.digest(_in_cache(name)) == digest:
                return self._cache.path(_in_cache(name))
        check_name(name)
        download = self.new_download()
        try:
            if self._do(lambda fs, root: fs.info(f"{root}/{name}"))["size"] > MAX_SERVED_BYTES:
                return None
            self._do(lambda fs, root: fs.get_file(f"{root}/{name}", os.fspath(download)))
            return self._to_cache(download, name) if file_digest(download) == digest else None
        except (FileNotFoundError, IsADirectoryError):
            return None
        finally:
            download.unlink(missing_ok=True)

    def local_path(self, name: str) -> Path:
        return self._cache.root / _in_cache(check_name(name))

    def _to_cache(self, download: Path, name: str) -> Path:
        target = self._cache.make_room(_in_cache(name))
        size = download.stat().st_size
        move_over(download, target)
        self._kept.added(size)
        return target

    def _write_whole(self, name: str, write: Callable[[Any, str], Any]) -> None:
        check_name(name)

        def written(fs: Any, root: str) -> None:
            path = f"{root}/{name}"
            if self._scheme in _OBJECT_STORES:
                write(fs, path)
                return
            folder, _, last = path.rpartition("/")
            fs.makedirs(folder, exist_ok=True)
            unfinished = f"{folder}/.{last}.{uuid.uuid4().hex}"
            write(fs, unfinished)
            fs.mv(unfinished, path)

        self._do(written)

    def _do(self, work: Callable[[Any, str], _T]) -> _T:
        """Call ``work``; once more over a new connection if the old one may have dropped."""
        known = self._connection
        try:
            return work(*self._connected())
        except _FINAL:
            raise
        except Exception:
            if known is None or self._scheme in _OBJECT_STORES:  # those connect for each request
                raise
        with self._connecting:
            if self._connection is known:
                self._connection = None
        return work(*self._connected())

    def _connected(self) -> tuple[Any, str]:
        with self._connecting:
            if self._connection is None:
                self._connection = self._connect()
            fs, root = self._connection
        fs.invalidate_cache()  # others write here too: an older listing may be out of date
        return fs, root

    def _connect(self) -> tuple[Any, str]:
        secret = {"password": password} if (password := password_of(self.address)) else {}
        if secret and self._scheme in _OBJECT_STORES:
            raise OSError(
                "a bucket's URL must not contain keys; set AWS_SECRET_ACCESS_KEY, or the variable of the service"
            )
        from fsspec import AbstractFileSystem
        from fsspec.asyn import AsyncFileSystem

        fs, root = _file_system(self._scheme, self.address, secret)
        # A file system without a rename of its own inherits one from fsspec that copies.
        if self._scheme not in _OBJECT_STORES and type(fs).mv in (AbstractFileSystem.mv, AsyncFileSystem.mv):
            raise OSError(f"{self._scheme}:// can't rename a file, so a reader could see a part of one")
        return fs, root.rstrip("/")


def _in_cache(name: str) -> str:
    """Where a file that is named by its digest is cached: pictures and reference images share one limit."""
    return f"objects/{name.partition('/')[2]}"


def _file_system(scheme: str, address: str, secret: dict[str, str]) -> tuple[Any, str]:
    if scheme in ("sftp", "ssh"):
        from vidgo_notebook.store.results.sftp import VerifiedSFTP

        options = {**VerifiedSFTP._get_kwargs_from_urls(address), **secret}
        return VerifiedSFTP(skip_instance_cache=True, **options), VerifiedSFTP._strip_protocol(address)
    from fsspec.core import url_to_fs

    fs, root = url_to_fs(address, skip_instance_cache=True, **secret)
    return fs, str(root)
