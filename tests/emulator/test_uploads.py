"""Files go up in a form and come back from an address that needs no key."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Any

import httpx2 as httpx
import pytest
from PIL import Image

from tests.emulator.test_contract import error_of
from tests.fixtures.emulator_client import PICTURE, EmulatorClient, OpenClient, in_kernel
from vidgo_notebook.emulator import IN_KERNEL_URL
from vidgo_notebook.emulator import uploads as upload_rules
from vidgo_notebook.emulator.http import endpoint as endpoints
from vidgo_notebook.emulator.uploads import Uploads, checked_picture

GIF = b"GIF89a"  # as base64: R0lGODlh
STREAM = "/api/common/upload/stream"


def saved(format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (30, 20), "teal").save(file, format, **options)
    return file.getvalue()


def taken(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    assert response.json()["code"] == 200
    return dict(response.json()["data"])


def test_an_upload_answers_with_its_address_and_the_file_comes_back_without_a_key(any_client: EmulatorClient) -> None:
    data = taken(any_client.upload(PICTURE, "shelf.png"))
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
    assert data["file_url"].startswith(f"{any_client.url}/uploads/temp/")
    file = any_client.get(data["file_url"], headers={"Authorization": ""})
    assert (file.content, file.headers["content-type"]) == (PICTURE, "image/png")


def test_a_file_without_a_name_gets_one_of_date_time_and_chance(client: EmulatorClient) -> None:
    names = [taken(client.upload(GIF, "a.gif"))["file_name"] for _ in range(2)]
    assert all(re.fullmatch(r"\d{14}_[A-Za-z0-9]{8}\.gif", name) for name in names)
    assert names[0] != names[1]


@pytest.mark.parametrize(("path", "name"), [("upload_path", "file_name"), ("uploadPath", "fileName")])
def test_path_and_name_may_be_given_in_either_spelling_and_all_paths_begin_with_temp(
    any_client: EmulatorClient, path: str, name: str
) -> None:
    label = {path: "trip/day 1", name: "bike ü.gif"}
    data = taken(any_client.upload(GIF, **label))
    assert (data["upload_path"], data["file_name"]) == ("temp/trip/day 1", "bike ü.gif")
    assert data["file_url"] == f"{any_client.url}/uploads/temp/trip/day%201/bike%20%C3%BC.gif"
    assert any_client.get(data["file_url"]).content == GIF
    below = taken(any_client.upload(GIF, **{**label, path: "temp/b"}))
    assert (below["upload_path"], below["file_name"]) == ("temp/b", "bike ü.gif")


@pytest.mark.parametrize(
    ("given", "name"), [("../../etc/a.gif", "a.gif"), ("C:\\pictures\\a.gif", "a.gif"), ("a\x00?#.gif", "a_?#.gif")]
)
def test_a_name_is_never_a_path(client: EmulatorClient, given: str, name: str) -> None:
    data = taken(client.upload(GIF, file_name=given))
    assert data["file_name"] == name
    assert client.get(data["file_url"]).content == GIF


def test_the_same_content_under_the_same_name_gets_another_address(any_client: EmulatorClient) -> None:
    urls = {any_client.uploaded(GIF, upload_path="a", file_name="b.gif") for _ in range(3)}
    assert len(urls) == 3
    assert [any_client.get(url).content for url in urls] == [GIF] * 3


@pytest.mark.parametrize(
    ("format", "mime_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("GIF", "image/gif"), ("WEBP", "image/webp")],
)
def test_a_picture_is_known_by_its_bytes_whatever_it_is_called(
    any_client: EmulatorClient, format: str, mime_type: str
) -> None:
    content = saved(format)
    data = taken(any_client.upload(content, "notes.txt"))
    assert data["mime_type"] == mime_type
    assert any_client.get(data["file_url"]).headers["content-type"] == mime_type


@pytest.mark.parametrize("content", [b"", b"hello", b"<svg/>", b"RIFF\0\0\0\0WAVE", saved("TIFF"), saved("BMP")])
def test_what_is_none_of_the_four_formats_is_refused_and_kept_nowhere(
    any_client: EmulatorClient, content: bytes
) -> None:
    assert error_of(any_client.upload(content, "photo.jpg"))[:2] == (400, "file_format_error")
    assert len(any_client.emulator.uploads) == 0


def test_a_file_beyond_the_limit_is_refused_as_too_large(
    any_client: EmulatorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_rules, "MAX_BYTES", 1000)
    status, _, message = error_of(any_client.upload(b"\xff\xd8\xff" + bytes(998)))
    assert (status, message) == (413, "the file has 1,001 bytes; at most 1,000 are taken")
    assert any_client.upload(b"\xff\xd8\xff" + bytes(997)).status_code == 200


def test_a_body_beyond_all_measure_is_read_to_its_end_answered_and_not_kept(
    any_client: EmulatorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "MAX_BODY", 1_000_000)
    assert error_of(any_client.upload(b"\xff\xd8\xff" + bytes(20_000_000)))[0] == 413
    assert any_client.emulator.count("upload") == 1
    assert len(any_client.emulator.uploads) == 0


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
        (part(FILE) + 2 * part('form-data; name="file_name"', "a.gif") + b"--edge--", "twice"),
        (part(FILE) + part('form-data; name="file_name"', "x" * 256) + b"--edge--", "file_name"),
    ],
)
def test_a_bad_multipart_body_is_refused_with_the_reason(any_client: EmulatorClient, body: bytes, word: str) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    status, kind, message = error_of(any_client.ask("POST", STREAM, content=body, headers=headers))
    assert (status, kind) == (400, "validation_error")
    assert word in message


@pytest.mark.parametrize(
    "content_type", ["application/json", "multipart/form-data", "multipart/form-data; boundary=", ""]
)
def test_multipart_without_its_content_type_is_refused(client: EmulatorClient, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    assert error_of(client.ask("POST", STREAM, content=part(FILE) + b"--edge--", headers=headers))[0] == 400


def test_uploads_need_a_key(any_client: EmulatorClient) -> None:
    assert error_of(any_client.ask("POST", STREAM, json={}, headers={"Authorization": "Basic a2V5"}))[:2] == (401, None)


def test_an_upload_is_gone_after_72_hours(any_client: EmulatorClient) -> None:
    data = taken(any_client.upload(GIF))
    came, goes = (datetime.fromisoformat(data[name]) for name in ("upload_time", "expires_at"))
    assert (came.tzinfo, goes.tzinfo) == (None, None)
    assert (goes - came).total_seconds() == 259_200
    assert abs((came - datetime.now(UTC).replace(tzinfo=None)).total_seconds()) < 60
    any_client.clock.advance(259_199)
    assert any_client.get(data["file_url"]).status_code == 200
    any_client.clock.advance(1)
    assert error_of(any_client.get(data["file_url"]))[:2] == (404, "resource_not_found_error")
    assert any_client.uploaded(GIF) != data["file_url"]


def test_an_address_where_nothing_lies_is_not_found(any_client: EmulatorClient) -> None:
    any_client.uploaded(GIF, upload_path="a", file_name="b.gif")
    for path in ("/uploads/", "/uploads/temp/a", "/uploads/temp/a/b", "/uploads/a/b.gif", "/uploads/temp/a/../a/c.gif"):
        assert any_client.get(path).status_code == 404


def test_the_log_counts_uploads_and_keeps_no_file_in_it(client: EmulatorClient) -> None:
    client.get(client.uploaded(PICTURE))
    assert error_of(client.ask("POST", STREAM, json={"file": "in JSON"}))[0] == 400
    assert (client.emulator.count("upload"), client.emulator.count("file")) == (2, 1)
    assert [call.body for call in client.emulator.log if call.kind == "upload"] == [None, None]


def test_a_full_memory_drops_the_oldest_contents_first() -> None:
    uploads = Uploads(lambda: 0.0, 0.0, capacity=25)
    pictures = [checked_picture(b"GIF89a" + bytes([number]) * 4) for number in range(4)]  # 10 bytes each
    first, second = (uploads.add(picture) for picture in pictures[:2])
    assert uploads.stored_bytes == 20
    uploads.add(pictures[0])  # the same content again: kept once, and now the latest
    assert uploads.stored_bytes == 20
    uploads.add(pictures[2])
    assert (uploads.content(first.digest), uploads.content(second.digest)) == (pictures[0].content, None)
    assert uploads.stored_bytes == 20
    uploads.add(checked_picture(b"GIF89a" + bytes(94)))
    assert uploads.stored_bytes == 100  # the latest is there even where it is too large for the room
    assert len(uploads) == 5


def test_an_upload_that_was_dropped_is_gone_and_its_room_is_256_mib(any_client: EmulatorClient) -> None:
    uploads = any_client.emulator.uploads
    assert uploads.capacity == 268_435_456
    uploads.capacity = 10
    first, second = any_client.uploaded(GIF + b"1"), any_client.uploaded(GIF + b"2")
    assert [any_client.get(url).status_code for url in (first, second)] == [404, 200]
    status, _, message = error_of(any_client.edit(first))
    assert status == 400
    assert "image 1 was dropped to make room for later ones: upload it again" in message


def test_many_uploads_at_once_all_arrive(open_client: OpenClient) -> None:
    with open_client() as client:
        contents = [GIF + bytes([number]) * 500_000 for number in range(8)]
        asks = [
            lambda client, content=content: client.post(STREAM, files={"file": ("a.gif", content)})
            for content in contents
        ]
        urls = [taken(answer)["file_url"] for answer in client.gather(*asks)]
        assert [client.get(url).content for url in urls] == contents


def test_each_emulator_has_uploads_of_its_own(client: EmulatorClient) -> None:
    url = client.uploaded(GIF)
    assert url.startswith(IN_KERNEL_URL)
    with in_kernel() as other:
        assert other.get(url).status_code == 404
