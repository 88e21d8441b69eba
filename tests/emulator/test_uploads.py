"""Files go up in three ways and come back from an address that needs no key."""

from __future__ import annotations

import base64
import io
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2 as httpx
import pytest
from PIL import Image

from tests.emulator.shop import PICTURE, Customer, OpenShop, in_kernel
from tests.emulator.test_contract import error_of
from vidgo_notebook.emulator import IN_KERNEL_URL, formats, visits
from vidgo_notebook.emulator.formats import checked_picture
from vidgo_notebook.emulator.uploads import Uploads

GIF = b"GIF89a"  # as base64: R0lGODlh
STREAM, BASE64, URL = (f"/api/common/upload/{way}" for way in ("stream", "base64", "url"))


def saved(format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (30, 20), "teal").save(file, format, **options)
    return file.getvalue()


def taken(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    assert response.json()["code"] == 200
    return dict(response.json()["data"])


@contextmanager
def a_web_server(answers: dict[str, tuple[int, dict[str, str], bytes]]) -> Iterator[str]:
    """Another server on this machine; ``answers`` are status, headers and body by path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = answers[self.path]
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_upload_answers_with_its_address_and_the_file_comes_back_without_a_key(anywhere: Customer) -> None:
    data = taken(anywhere.upload(PICTURE, "shelf.png"))
    assert set(data) == {
        "file_name",
        "original_name",
        "file_size",
        "mime_type",
        "upload_path",
        "file_url",
        "download_url",
        "upload_time",
        "expires_at",
    }
    assert (data["original_name"], data["file_size"], data["mime_type"]) == ("shelf.png", 200_008, "image/png")
    assert data["file_url"] == data["download_url"]
    assert data["file_url"].startswith(f"{anywhere.url}/uploads/temp/")
    file = anywhere.get(data["file_url"], headers={"Authorization": ""})
    assert (file.content, file.headers["content-type"]) == (PICTURE, "image/png")


def test_a_file_without_a_name_gets_one_of_date_time_and_chance(customer: Customer) -> None:
    names = [taken(customer.upload(GIF, "a.gif"))["file_name"] for _ in range(2)]
    assert all(re.fullmatch(r"\d{14}_[A-Za-z0-9]{8}\.gif", name) for name in names)
    assert names[0] != names[1]


@pytest.mark.parametrize(("path", "name"), [("upload_path", "file_name"), ("uploadPath", "fileName")])
def test_path_and_name_may_be_given_in_either_spelling_and_all_paths_begin_with_temp(
    anywhere: Customer, path: str, name: str
) -> None:
    label = {path: "trip/day 1", name: "bike ü.gif"}
    data = taken(anywhere.upload(GIF, **label))
    assert (data["upload_path"], data["file_name"]) == ("temp/trip/day 1", "bike ü.gif")
    assert data["file_url"] == f"{anywhere.url}/uploads/temp/trip/day%201/bike%20%C3%BC.gif"
    assert anywhere.get(data["file_url"]).content == GIF
    in_json = taken(anywhere.ask("POST", BASE64, json={"base64_data": "R0lGODlh", **label, path: "temp/b"}))
    assert (in_json["upload_path"], in_json["file_name"]) == ("temp/b", "bike ü.gif")


@pytest.mark.parametrize(
    ("given", "name"), [("../../etc/a.gif", "a.gif"), ("C:\\pictures\\a.gif", "a.gif"), ("a\x00?#.gif", "a_?#.gif")]
)
def test_a_name_is_never_a_path(customer: Customer, given: str, name: str) -> None:
    data = taken(customer.ask("POST", BASE64, json={"base64_data": "R0lGODlh", "file_name": given}))
    assert data["file_name"] == name
    assert customer.get(data["file_url"]).content == GIF


def test_the_same_content_under_the_same_name_gets_another_address(anywhere: Customer) -> None:
    urls = {anywhere.uploaded(GIF, upload_path="a", file_name="b.gif") for _ in range(3)}
    assert len(urls) == 3
    assert [anywhere.get(url).content for url in urls] == [GIF] * 3


@pytest.mark.parametrize("text", ["R0lGODlh", "data:image/gif;base64,R0lGODlh", "DATA:;charset=x;BASE64,R0lGODlh"])
@pytest.mark.parametrize("name", ["base64_data", "base64Data"])
def test_base64_may_stand_alone_or_in_a_data_url(anywhere: Customer, text: str, name: str) -> None:
    data = taken(anywhere.ask("POST", BASE64, json={name: text, "upload_path": None}))
    assert (data["file_size"], data["mime_type"]) == (6, "image/gif")
    assert anywhere.get(data["file_url"]).content == GIF


@pytest.mark.parametrize(
    ("format", "mime_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("GIF", "image/gif"), ("WEBP", "image/webp")],
)
def test_a_picture_is_known_by_its_bytes_whatever_it_is_called(anywhere: Customer, format: str, mime_type: str) -> None:
    content = saved(format)
    assert taken(anywhere.upload(content, "notes.txt"))["mime_type"] == mime_type
    text = "data:text/plain;base64," + base64.b64encode(content).decode()
    data = taken(anywhere.ask("POST", BASE64, json={"base64_data": text}))
    assert data["mime_type"] == mime_type
    assert anywhere.get(data["file_url"]).headers["content-type"] == mime_type


@pytest.mark.parametrize("content", [b"", b"hello", b"<svg/>", b"RIFF\0\0\0\0WAVE", saved("TIFF"), saved("BMP")])
def test_what_is_none_of_the_four_formats_is_refused_and_kept_nowhere(anywhere: Customer, content: bytes) -> None:
    for answer in (
        anywhere.upload(content, "photo.jpg"),
        anywhere.ask(
            "POST", BASE64, json={"base64_data": "data:image/png;base64," + base64.b64encode(content).decode()}
        ),
    ):
        assert error_of(answer)[:2] == (400, "file_format_error")
    assert len(anywhere.emulator.uploads) == 0


def test_a_file_beyond_the_limit_is_refused_as_too_large(anywhere: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MOST_BYTES", 1000)
    status, _, message = error_of(anywhere.upload(b"\xff\xd8\xff" + bytes(998)))
    assert (status, message) == (413, "the file has 1,001 bytes; at most 1,000 are taken")
    assert anywhere.upload(b"\xff\xd8\xff" + bytes(997)).status_code == 200


def test_a_body_beyond_all_measure_is_read_to_its_end_answered_and_not_kept(
    anywhere: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "MOST_BODY", 1_000_000)
    assert error_of(anywhere.upload(b"\xff\xd8\xff" + bytes(20_000_000)))[0] == 413
    assert anywhere.emulator.count("upload") == 1
    assert len(anywhere.emulator.uploads) == 0


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "JSON"),
        (b"[]", "JSON"),
        (b"{}", "base64_data"),
        (b'{"base64_data": ""}', "base64_data"),
        (b'{"base64_data": null}', "base64_data"),
        (b'{"base64_data": 7}', "text"),
        (b'{"base64_data": "R0lG ODlh"}', "white space"),
        (b'{"base64_data": "R0lGODlh\\n"}', "white space"),
        (b'{"base64_data": "R0lGODl"}', "base64"),
        (b'{"base64_data": "\\ud800"}', "text"),
        ('{"base64_data": "ü"}'.encode(), "base64"),
        (b'{"base64_data": "data:image/png,R0lGODlh"}', "base64"),
        (b'{"base64_data": "R0lGODlh", "base64Data": "R0lGODlh"}', "twice"),
        (b'{"base64_data": "R0lGODlh", "folder": "a"}', "'folder'"),
        (b'{"base64_data": "R0lGODlh", "upload_path": "a/../b"}', "upload_path"),
        (b'{"base64_data": "R0lGODlh", "file_name": "' + b"x" * 256 + b'"}', "file_name"),
    ],
)
def test_a_bad_base64_upload_is_refused_with_the_reason(customer: Customer, body: bytes, word: str) -> None:
    status, kind, message = error_of(customer.ask("POST", BASE64, content=body))
    assert (status, kind) == (400, "validation_error")
    assert word in message
    assert len(customer.emulator.uploads) == 0


def part(disposition: str, content: str = "GIF89a") -> bytes:
    return f"--edge\r\nContent-Disposition: {disposition}\r\n\r\n{content}\r\n".encode()


FILE = 'form-data; name="file"; filename="a.gif"'


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "file"),
        (b"no parts at all", "multipart"),
        (part(FILE), "file"),  # its end never came
        (part('form-data; name="file"') + b"--edge--", "file name"),
        (part('form-data; name="picture"; filename="a.gif"') + b"--edge--", "file"),
        (part("form-data") + b"--edge--", "multipart"),
        (part(FILE) + part(FILE) + b"--edge--", "Too many files"),
        (part(FILE) + part('form-data; name="folder"') + b"--edge--", "'folder'"),
        (part(FILE) + part('form-data; name="upload_path"', "../a") + b"--edge--", "upload_path"),
    ],
)
def test_a_bad_multipart_body_is_refused_with_the_reason(anywhere: Customer, body: bytes, word: str) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    status, kind, message = error_of(anywhere.ask("POST", STREAM, content=body, headers=headers))
    assert (status, kind) == (400, "validation_error")
    assert word in message


@pytest.mark.parametrize(
    "content_type", ["application/json", "multipart/form-data", "multipart/form-data; boundary=", ""]
)
def test_multipart_without_its_content_type_is_refused(customer: Customer, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    assert error_of(customer.ask("POST", STREAM, content=part(FILE) + b"--edge--", headers=headers))[0] == 400


@pytest.mark.parametrize("path", [STREAM, BASE64, URL])
def test_uploads_need_a_key(anywhere: Customer, path: str) -> None:
    assert error_of(anywhere.ask("POST", path, json={}, headers={"Authorization": "Basic a2V5"}))[:2] == (401, None)


def test_an_upload_is_gone_after_72_hours(anywhere: Customer) -> None:
    data = taken(anywhere.upload(GIF))
    came, goes = (datetime.fromisoformat(data[name]) for name in ("upload_time", "expires_at"))
    assert (came.tzinfo, goes.tzinfo) == (None, None)
    assert (goes - came).total_seconds() == 259_200
    assert abs((came - datetime.now(UTC).replace(tzinfo=None)).total_seconds()) < 60
    anywhere.clock.advance(259_199)
    assert anywhere.get(data["file_url"]).status_code == 200
    anywhere.clock.advance(1)
    assert error_of(anywhere.get(data["file_url"]))[:2] == (404, "resource_not_found_error")
    assert anywhere.uploaded(GIF) != data["file_url"]


def test_an_address_where_nothing_lies_is_not_found(anywhere: Customer) -> None:
    anywhere.uploaded(GIF, upload_path="a", file_name="b.gif")
    for path in ("/uploads/", "/uploads/temp/a", "/uploads/temp/a/b", "/uploads/a/b.gif", "/uploads/temp/a/../a/c.gif"):
        assert anywhere.get(path).status_code == 404


def test_a_file_of_another_server_on_this_machine_is_fetched(anywhere: Customer) -> None:
    with a_web_server({"/cat.gif?x=1": (200, {"Content-Type": "text/plain"}, GIF)}) as url:
        for name in ("file_url", "fileUrl"):
            data = taken(anywhere.ask("POST", URL, json={name: f"{url}/cat.gif?x=1", "upload_path": "cats"}))
    assert (data["original_name"], data["mime_type"], data["upload_path"]) == ("cat.gif", "image/gif", "temp/cats")
    assert anywhere.get(data["file_url"]).content == GIF


def test_the_emulators_own_files_can_be_uploaded_by_their_urls(anywhere: Customer) -> None:
    for url, content in ((anywhere.uploaded(GIF), GIF), (anywhere.finish(anywhere.buy()), PICTURE)):
        again = taken(anywhere.ask("POST", URL, json={"file_url": url}))
        assert again["file_url"] != url
        assert anywhere.get(again["file_url"]).content == content


@pytest.mark.parametrize(
    "url",
    [
        "https://images.example/cat.png",
        "http://10.0.0.1/cat.png",
        "http://169.254.169.254/latest",
        "http://127.0.0.1.example/cat.png",
        "http://localhost.example/cat.png",
        "http://cat.localhost/cat.png",
        "http://127.0.0.1@images.example/cat.png",
        "http://0.0.0.0/cat.png",
    ],
)
def test_nothing_is_fetched_from_the_internet(customer: Customer, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", None)
    status, kind, message = error_of(customer.ask("POST", URL, json={"file_url": url}))
    assert (status, kind) == (400, "validation_error")
    assert "fetches nothing from the internet" in message


@pytest.mark.parametrize("url", ["", "cat.png", "file:///etc/passwd", "ftp://127.0.0.1/a", "data:image/gif;base64,R0"])
def test_only_web_addresses_can_be_fetched(customer: Customer, url: str) -> None:
    status, _, message = error_of(customer.ask("POST", URL, json={"file_url": url}))
    assert status == 400
    assert "file_url" in message


def test_what_cannot_be_fetched_is_refused_with_the_reason(customer: Customer) -> None:
    away = {"/away": (302, {"Location": "http://127.0.0.1/"}, b""), "/gone": (404, {}, b""), "/": (200, {}, b"hello")}
    with a_web_server(away) as url:
        answers = [customer.ask("POST", URL, json={"file_url": url + path}) for path in ("/away", "/gone", "/")]
    answers.append(customer.ask("POST", URL, json={"file_url": url}))  # nobody listens any more
    messages = [error_of(answer)[2] for answer in answers]
    assert [answer.status_code for answer in answers] == [400] * 4
    assert ["302" in messages[0], "404" in messages[1], "WebP" in messages[2], "ConnectError" in messages[3]] == [
        True
    ] * 4


def test_a_sixth_upload_from_a_url_within_a_minute_is_told_how_long_to_wait(anywhere: Customer) -> None:
    own = anywhere.uploaded(GIF)

    def ask(**headers: str) -> httpx.Response:
        return anywhere.ask("POST", URL, json={"file_url": own}, headers=headers)

    for _ in range(5):
        assert ask().status_code == 200
        anywhere.clock.advance(4)
    refused = ask()
    assert error_of(refused)[:2] == (429, "rate_limit_error")
    assert refused.headers["retry-after"] == "40"
    assert ask(Authorization="Bearer another").status_code == 200
    assert anywhere.upload(GIF).status_code == 200
    anywhere.clock.advance(39)
    assert (ask().status_code, ask().headers["retry-after"]) == (429, "1")
    anywhere.clock.advance(1)
    assert [ask().status_code, ask().status_code] == [200, 429]


def test_the_log_counts_uploads_and_keeps_no_file_in_it(customer: Customer) -> None:
    customer.upload(PICTURE)
    text = base64.b64encode(PICTURE).decode()
    url = taken(customer.ask("POST", BASE64, json={"base64_data": text, "file_name": "a.png"}))["file_url"]
    customer.get(url)
    assert (customer.emulator.count("upload"), customer.emulator.count("file")) == (2, 1)
    stream, in_json = (call for call in customer.emulator.log if call.kind == "upload")
    assert stream.body is None
    assert in_json.body["file_name"] == "a.png"
    assert in_json.body["base64_data"] == text[:199] + "…"


def test_a_full_memory_drops_the_oldest_contents_first() -> None:
    uploads = Uploads(lambda: 0.0, 0.0, room=25)
    pictures = [checked_picture(b"GIF89a" + bytes([number]) * 4) for number in range(4)]  # 10 bytes each
    first, second = (uploads.add(picture) for picture in pictures[:2])
    assert uploads.held == 20
    uploads.add(pictures[0])  # the same content again: kept once, and now the latest
    assert uploads.held == 20
    uploads.add(pictures[2])
    assert (uploads.content(first.digest), uploads.content(second.digest)) == (pictures[0].content, None)
    assert uploads.held == 20
    uploads.add(checked_picture(b"GIF89a" + bytes(94)))
    assert uploads.held == 100  # the latest is there even where it is too large for the room
    assert len(uploads) == 5


def test_an_upload_that_was_dropped_is_gone_and_its_room_is_256_mib(anywhere: Customer) -> None:
    uploads = anywhere.emulator.uploads
    assert uploads.room == 268_435_456
    uploads.room = 10
    first, second = anywhere.uploaded(GIF + b"1"), anywhere.uploaded(GIF + b"2")
    assert [anywhere.get(url).status_code for url in (first, second)] == [404, 200]
    status, _, message = error_of(anywhere.edit(first))
    assert status == 400
    assert "image 1 was dropped to make room for later ones: upload it again" in message


def test_many_uploads_at_once_all_arrive(open_shop: OpenShop) -> None:
    with open_shop() as customer:
        contents = [GIF + bytes([number]) * 500_000 for number in range(8)]
        asks = [
            lambda client, content=content: client.post(STREAM, files={"file": ("a.gif", content)})
            for content in contents
        ]
        urls = [taken(answer)["file_url"] for answer in customer.gather(*asks)]
        assert [customer.get(url).content for url in urls] == contents


def test_each_emulator_has_uploads_of_its_own(customer: Customer) -> None:
    url = customer.uploaded(GIF)
    assert url.startswith(IN_KERNEL_URL)
    with in_kernel() as other:
        assert other.get(url).status_code == 404
