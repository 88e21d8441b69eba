"""A PostgreSQL server of a test's own: in a scratch folder, on a free port of this machine, with a password."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.stage.ports import free_port

_REQUIRED = bool(os.environ.get("VIDGO_REQUIRE_POSTGRES"))  # read now: tests take settings out of the environment

USER, PASSWORD = "lab", "pg/s3cret@of:tests"
_QUOTED = "pg%2Fs3cret%40of%3Atests"


def find_programs() -> Path | None:
    """The folder with ``postgres`` and ``initdb``; Debian keeps them off the path."""
    beside = shutil.which("initdb")
    found = [Path(beside).resolve().parent] if beside else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    return next((folder for folder in found if (folder / "postgres").exists()), None)


class Postgres:
    """The server; ``url`` of a database holds the password."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._user = _unprivileged()
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        password = self._folder / "password"
        password.write_text(PASSWORD)
        if self._user:
            for path in (self._folder, password):
                shutil.chown(path, self._user)
        options = ["-A", "scram-sha-256", "-U", USER, "--no-sync", f"--pwfile={password}", "-E", "UTF8", "--locale=C"]
        subprocess.run(
            [self._programs / "initdb", "-D", self._folder / "data", *options],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._folder,
            **self._as_user(),  # type: ignore[call-overload]
        )

    def start(self) -> None:
        # Killed processes lose nothing that the system holds, so the tests may do without syncs.
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self._folder,
            "fsync": "off",
            "max_connections": 60,
            "deadlock_timeout": "100ms",
            "shared_buffers": "32MB",
        }
        command = [self._programs / "postgres", "-D", self._folder / "data"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                **self._as_user(),  # type: ignore[call-overload]
            )
        self.wait()

    def wait(self) -> None:
        """Until it answers."""
        command = [self._programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-t", "30"]
        for _ in range(300):
            if subprocess.run(command, check=False).returncode == 0:
                return
            assert self._process
            assert self._process.poll() is None, (self._folder / "log").read_text()[-2000:]

    def stop(self) -> None:
        """As an administrator does: every connection is ended."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """As in a power cut, as far as the processes go."""
        self._end(signal.SIGQUIT)

    def new_database(self) -> str:
        """An empty database; its URL."""
        import psycopg

        name = f"t{uuid.uuid4().hex}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, database: str) -> str:
        return f"postgresql://{USER}:{_QUOTED}@127.0.0.1:{self.port}/{database}"

    def _end(self, how: signal.Signals) -> None:
        if self._process:
            self._process.send_signal(how)
            self._process.wait(90)
            self._process = None

    def _as_user(self) -> dict[str, object]:
        return {"user": self._user, "group": pwd.getpwnam(self._user).pw_gid, "extra_groups": []} if self._user else {}


@contextmanager
def served() -> Iterator[Postgres]:
    """A running server. Skips the test where PostgreSQL is not installed, fails it where CI needs it."""
    programs = find_programs()
    if programs is None:
        why = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        if _REQUIRED:
            pytest.fail(why)
        pytest.skip(why)
    with tempfile.TemporaryDirectory(prefix="vidgo-pg-", ignore_cleanup_errors=True) as folder:
        server = Postgres(programs, Path(folder))
        server.prepare()
        server.start()
        try:
            yield server
        finally:
            server.crash()


def _unprivileged() -> str | None:
    """Whom to run it as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
