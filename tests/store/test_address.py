"""Addresses of stores and journals: absolute, and never with a password in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from vidgo_notebook.store.address import clean, password_of, redact, remember_passwords

PLACES = {
    "sftp://ann:s3cret@host:22/pictures/": ("sftp://ann@host:22/pictures", "s3cret"),
    "sftp://ann:p%2Fq%40@[::1]:22/x": ("sftp://ann@[::1]:22/x", "p/q@"),
    "postgresql://ann:a@b:c@host/db": ("postgresql://ann@host/db", "a@b:c"),
    "postgresql://ann:pw@one:5432,two:5433/db?sslmode=require": (
        "postgresql://ann@one:5432,two:5433/db?sslmode=require",
        "pw",
    ),
    "postgresql:///db?host=/run/postgresql": ("postgresql:///db?host=/run/postgresql", None),
    "S3://bucket/lab/": ("s3://bucket/lab", None),
    "s3://bucket/a@b": ("s3://bucket/a@b", None),
    "abfs://box@account.dfs.core.windows.net/x": ("abfs://box@account.dfs.core.windows.net/x", None),
    "memory://lab": ("memory://lab", None),
    "file:///srv/a%20b": ("/srv/a b", None),
}


@pytest.mark.parametrize(("given", "expected"), PLACES.items(), ids=PLACES)
def test_a_url_is_kept_without_its_password(given: str, expected: tuple[str, str | None]) -> None:
    address, password = expected
    assert clean(given) == address
    assert password_of(address) == password
    assert clean(address) == address


BROKEN = [
    "postgresql://ann:s3cret/x@host/db",
    "postgresql://ann:12/s3cret@host/db",
    "postgresql://host/db?user=ann&password=s3cret",
    "sftp://ann:pw@ho:s3cret/x",
]


@pytest.mark.parametrize("given", BROKEN)
def test_a_url_whose_password_is_ambiguous_is_refused_without_being_shown(given: str) -> None:
    with pytest.raises(ValueError, match=r"password") as caught:
        clean(given)
    assert "s3cret" not in str(caught.value)


def test_a_path_becomes_absolute(folder: Path) -> None:
    assert clean("results") == str(folder / "results")
    assert clean("~/results") == str(folder.parent / "home" / "results")


def test_a_library_that_repeats_the_password_is_silenced() -> None:
    address = clean("sftp://ann:hunter2@other/x")
    assert redact("login of ann:hunter2 failed", address) == "login of ann:••• failed"
    assert redact("no such host", clean("s3://bucket")) == "no such host"


def test_passwords_are_kept_whatever_else_stands_beside_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a worker of a cluster, whose own folder may be gone: a relative path there leads nowhere."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    remember_passwords(["results", "postgresql://us@@er:x@host/db", "postgresql://user:secret@host/db"])
    monkeypatch.chdir(tmp_path)
    assert password_of("postgresql://user@host/db") == "secret"
