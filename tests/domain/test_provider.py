"""Who makes the pictures: part of every fingerprint, so it must not depend on how an address is spelled."""

from __future__ import annotations

import pytest

from vidgo_notebook.domain.provider import is_local, origin, provider_of


@pytest.mark.parametrize(
    ("url", "provider"),
    [
        ("https://api.vidgo.ai", "vidgo"),
        ("https://api.vidgo.ai/", "vidgo"),
        ("HTTPS://API.VIDGO.AI", "vidgo"),
        ("http://api.vidgo.ai", "http://api.vidgo.ai"),
        ("https://api.vidgo.ai.example.com", "https://api.vidgo.ai.example.com"),
        ("https://gateway.example:8443/vidgo", "https://gateway.example:8443"),
    ],
)
def test_the_provider_is_the_origin_and_vidgo_for_the_official_one(url: str, provider: str) -> None:
    assert provider_of(url) == provider


def test_an_origin_has_no_path_and_no_capitals() -> None:
    assert origin("HTTPS://Gateway.Example/api?x=1") == "https://gateway.example"


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost", True),
        ("http://[::1]:9", True),
        ("https://api.vidgo.ai", False),
        ("https://localhost.example.com", False),
        ("http://192.168.0.2", False),
        ("", False),
    ],
)
def test_only_this_very_machine_is_local(url: str, local: bool) -> None:
    assert is_local(url) is local
