"""Which proxy the environment names for an address, in every form that curl or requests accept."""

from __future__ import annotations

import logging

import httpx2 as httpx
import pytest

from tests.fixtures.breaking_server import api, closes, lines, proxy
from tests.fixtures.client_calls import ACCEPTED, submit
from tests.fixtures.raw_server import CERTIFICATE, answers, raw_server
from vidgo_notebook.errors import TransportError
from vidgo_notebook.wire.proxies import Proxies

PROXY = "http://proxy.example:3128"


def proxy_of(url: str) -> str | None:
    """The proxy that the environment names for a URL."""
    address = httpx.URL(url)
    return Proxies.of_environment().for_url(address.scheme, address.raw_host.decode(), address.port)


EXEMPTIONS = [  # NO_PROXY, an address, whether it is reached without the proxy
    # names, and what is below them
    ("example.com", "https://example.com", True),
    ("example.com", "https://EXAMPLE.com/a", True),
    ("EXAMPLE.COM", "https://example.com", True),
    ("example.com", "https://api.example.com", True),
    ("example.com", "https://notexample.com", False),
    ("example.com", "https://example.com.evil.example", False),
    ("api.example.com", "https://example.com", False),
    (".example.com", "https://api.example.com", True),
    (".example.com", "https://example.com", True),
    (".example.com", "https://notexample.com", False),
    ("*.example.com", "https://api.example.com", True),
    ("*.example.com", "https://a.b.example.com", True),
    ("*.example.com", "https://notexample.com", False),
    ("example.com.", "https://example.com", True),
    ("example.com", "https://example.com.", True),
    (".example.com.", "https://api.example.com.", True),
    ("com", "https://example.com", True),
    ("my_host", "https://my_host", True),
    # in any letters
    ("bücher.example", "https://bücher.example", True),
    ("bücher.example", "https://xn--bcher-kva.example", True),
    ("xn--bcher-kva.example", "https://bücher.example", True),
    ("xn--bcher-kva.example", "https://api.xn--bcher-kva.example", True),
    ("BÜCHER.example", "https://bücher.example", True),
    # ports
    ("example.com:8443", "https://example.com:8443", True),
    ("example.com:8443", "https://example.com", False),
    ("example.com:443", "https://example.com", True),
    ("example.com:80", "http://example.com", True),
    ("example.com:", "https://example.com:8443", True),
    (".example.com:8443", "https://api.example.com:8443", True),
    ("10.1.2.3:8443", "https://10.1.2.3:8443", True),
    ("10.1.2.3:8443", "https://10.1.2.3", False),
    ("[::1]:8443", "https://[::1]:8443", True),
    ("[::1]:8443", "https://[::1]", False),
    # IPv4
    ("127.0.0.1", "https://127.0.0.1", True),
    ("127.0.0.1", "https://127.0.0.1:8443", True),
    ("127.0.0.1", "https://127.0.0.2", False),
    ("10.0.0.0/8", "https://10.1.2.3", True),
    ("10.1.2.3/8", "https://10.9.9.9", True),
    ("10.0.0.0/8", "https://11.1.2.3", False),
    ("192.168.0.0/24", "https://192.168.0.255", True),
    ("192.168.0.0/24", "https://192.168.1.1", False),
    ("192.168.0.0/32", "https://192.168.0.1", False),
    ("192.168.0.0", "https://192.168.0.1", False),
    ("0.0.0.0/0", "https://8.8.8.8", True),
    ("0.0.0.0/0", "https://example.com", False),
    ("1", "https://127.0.0.1", False),
    ("0.0.1", "https://127.0.0.1", False),
    ("127.0.0.1", "https://127.0.0.1.example", False),
    # IPv6
    ("::1", "https://[::1]", True),
    ("[::1]", "https://[::1]", True),
    ("0:0:0:0:0:0:0:1", "https://[::1]:8443", True),
    ("[::1]", "https://[::2]", False),
    ("::1/64", "https://[::2]", True),
    ("[fd00::]/8", "https://[fd12::7]", True),
    ("fd00::/8", "https://[fe80::7]", False),
    ("::/0", "https://127.0.0.1", False),
    ("FD00::1", "https://[fd00::1]", True),
    # everything
    ("*", "https://example.com", True),
    ("*", "https://127.0.0.1", True),
    ("*", "https://[::1]", True),
    ("example.com,*", "https://other.example", True),
    # several
    ("localhost,127.0.0.1,[::1]", "https://[::1]", True),
    ("localhost,127.0.0.1,[::1]", "https://localhost", True),
    ("localhost,127.0.0.1,[::1]", "https://example.com", False),
    ("localhost, example.com", "https://example.com", True),
    ("localhost example.com", "https://example.com", True),
    ("localhost\t,\n example.com ,", "https://example.com", True),
    (",, ,example.com,,", "https://example.com", True),
    (" ", "https://example.com", False),
    ("", "https://example.com", False),
    # as a URL
    ("https://example.com", "https://example.com", True),
    ("http://example.com:8080/", "https://example.com:8080", True),
    ("example.com/", "https://example.com", True),
]


@pytest.mark.parametrize(("exempt", "url", "direct"), EXEMPTIONS)
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_no_proxy_is_read_as_curl_and_requests_read_it(
    variable: str, exempt: str, url: str, direct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", PROXY)
    monkeypatch.setenv(variable, exempt)
    assert proxy_of(url) == (None if direct else PROXY)


MALFORMED = [
    *("[::1", "::1]", "[", "]", "[]", "[localhost]", "[::1]x", "[::1]:http", "[::1]/129", ":", ":80", "::1::2"),
    *("10.0.0.0/33", "10.0.0.0/x", "10.0.0.0/8/8", "10.0.0.0/8:80", "192.168.*", "*x", "**", "*.", "a.*.b", "a..b"),
    *(".", "....", "/", "//", "http://", "a/b", "a:b", "a:0", "a:99999", "a:-1", "a:1:2", "u:p@a", "a?b", "#"),
    *('"localhost"', "'localhost'", "localhost;127.0.0.1", "<local>", "%zz", "${HOST}", "\\a", "☃.example"),
]


@pytest.mark.parametrize("entry", MALFORMED)
def test_an_entry_that_is_malformed_is_passed_over_with_a_debug_line(
    entry: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", f"{entry},example.com,{entry}")
    with caplog.at_level(logging.DEBUG, "vidgo_notebook"):
        assert proxy_of("https://example.com") is None
        assert proxy_of("https://localhost") == PROXY
    assert {(record.levelname, record.name.split(".")[0]) for record in caplog.records} == {("DEBUG", "vidgo_notebook")}
    assert repr(entry) in caplog.text


def test_the_password_of_a_proxy_does_not_show_in_a_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:pass-word@proxy.example:3128")
    assert "pass-word" not in repr(Proxies.of_environment())


SCHEMES = [  # the environment, the proxy for https and for http
    ({}, None, None),
    ({"HTTPS_PROXY": PROXY}, PROXY, None),
    ({"https_proxy": PROXY}, PROXY, None),
    ({"HTTP_PROXY": PROXY}, None, PROXY),
    ({"ALL_PROXY": PROXY}, PROXY, PROXY),
    ({"all_proxy": PROXY}, PROXY, PROXY),
    ({"ALL_PROXY": "http://other", "https_proxy": PROXY}, PROXY, "http://other"),
    ({"HTTPS_PROXY": "http://other", "https_proxy": PROXY}, PROXY, None),  # as curl: in small letters wins
    ({"NO_PROXY": "example.com", "no_proxy": "other.example", "https_proxy": PROXY}, PROXY, None),
    ({"HTTPS_PROXY": "proxy.example:3128"}, PROXY, None),
    ({"HTTPS_PROXY": ""}, None, None),
]


@pytest.mark.parametrize(("environment", "https", "http"), SCHEMES)
def test_a_proxy_is_named_by_scheme_in_capitals_or_small_letters(
    environment: dict[str, str], https: str | None, http: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert (proxy_of("https://example.com"), proxy_of("http://example.com")) == (https, http)


def test_a_proxy_that_is_never_asked_for_may_be_of_any_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Desktops set ALL_PROXY to socks:// beside the others."""
    with lines() as opened:
        line = opened.open(proxy(opened.open(api()).port))
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        monkeypatch.setenv("ALL_PROXY", "socks://127.0.0.1:9/")
        for scheme in ("HTTP", "HTTPS"):
            monkeypatch.setenv(f"{scheme}_PROXY", f"HTTP://127.0.0.1:{line.port}/")
        assert submit("https://api.vidgo.example") == "task-1"
        assert line.connections == 1


@pytest.mark.parametrize("scheme", ["https", "HTTPS"])
def test_the_certificates_of_the_environment_count_for_a_proxy_too(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lines() as opened:
        line = opened.open(proxy(opened.open(api()).port, tls=True))
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{line.port}")
        assert submit("https://api.vidgo.example") == "task-1"


@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_brackets_in_no_proxy_change_nothing_about_the_way_to_the_api(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with lines() as opened, raw_server(answers(200, ACCEPTED)) as here:
        line = opened.open(proxy(opened.open(api()).port))
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{line.port}")
        monkeypatch.setenv(variable, "localhost,127.0.0.1,[::1]")
        assert [submit("https://api.vidgo.example"), submit(here.url)] == ["task-1", "task-1"]
        assert line.connections == 1
        monkeypatch.setenv(variable, "localhost,127.0.0.1,[::1],.vidgo.example")
        assert isinstance(submit("https://api.vidgo.example"), TransportError)  # there is no such host here
        assert line.connections == 1


@pytest.mark.parametrize("exempt", ["bücher.example", "xn--bcher-kva.example"])
def test_a_name_in_other_letters_is_exempt_however_it_is_written(exempt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with lines() as opened:
        line = opened.open(closes)
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{line.port}")
        assert isinstance(submit("https://bücher.example"), TransportError)
        assert line.connections == 1
        monkeypatch.setenv("NO_PROXY", exempt)
        for url in ("https://bücher.example", "https://api.xn--bcher-kva.example"):
            assert isinstance(submit(url), TransportError)  # there is no such host here
        assert line.connections == 1
