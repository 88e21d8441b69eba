"""A test sees nothing of the machine it runs on: no key, no settings, no keyring, no proxy, no real home."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


def seclude(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """Work in an empty folder with an empty home; the working folder."""
    for name in list(os.environ):
        if name.startswith("VIDGO_") or name.upper() in _PROXIES or name in ("JPY_SESSION_NAME", "VOILA_KERNEL_ID"):
            monkeypatch.delenv(name)
    home, work = folder / "home", folder / "work"
    home.mkdir()
    work.mkdir()
    places = {"XDG_STATE_HOME": home / "state", "XDG_CACHE_HOME": home / "cache", "IPYTHONDIR": home / "ipython"}
    for name, path in {"HOME": home, **places}.items():
        monkeypatch.setenv(name, str(path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.chdir(work)
    return work
