"""Edits show the pictures they were made from, and are refused when one is missing."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

import httpx2 as httpx
import pytest
from PIL import Image, ImageChops

from tests.emulator.test_contract import error_of
from tests.fixtures.emulator_client import PICTURE, EmulatorClient, OpenClient, in_kernel
from vidgo_notebook.emulator.painting import frames

RED, BLUE = (255, 0, 0), (0, 0, 255)
FOREIGN = "https://images.example/a/photo.jpg"


def solid(
    colour: Any, size: tuple[int, int] = (60, 60), format: str = "PNG", mode: str = "RGB", **options: Any
) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, format, **options)
    return file.getvalue()


def edited(client: EmulatorClient, *urls: str, **given: Any) -> Image.Image:
    """The picture of an edit of the pictures at ``urls``."""
    return Image.open(io.BytesIO(edit_bytes(client, *urls, **given))).convert("RGB")


def edit_bytes(client: EmulatorClient, *urls: str, **given: Any) -> bytes:
    answer = client.edit(*urls, **{"quality": "low", "size": "1:1", "resolution": "1K", **given})
    assert answer.status_code == 200, answer.text
    return client.get(client.finish(answer.json()["data"]["task_id"])).content


def box_of(picture: Image.Image, colour: tuple[int, int, int]) -> tuple[int, int, int, int] | None:
    """Around all pixels that have exactly ``colour``."""
    difference = ImageChops.difference(picture, Image.new("RGB", picture.size, colour))
    bands = [band.point(lambda level: 255 * (level == 0)) for band in difference.split()]
    return ImageChops.darker(ImageChops.darker(bands[0], bands[1]), bands[2]).getbbox()


def test_references_are_seen_in_their_frames_in_the_order_of_the_request(open_client: OpenClient) -> None:
    with open_client(draw=None) as client:
        red, blue = client.uploaded(solid(RED)), client.uploaded(solid(BLUE))
        picture, turned = edited(client, red, blue), edited(client, blue, red)
    first, second = box_of(picture, RED), box_of(picture, BLUE)
    assert first and second
    assert second[0] - first[2] > 10
    assert 250 < first[2] - first[0] < 350
    assert box_of(turned, RED)[0] > box_of(turned, BLUE)[2]  # type: ignore[index]


def test_a_frame_has_the_ratio_of_its_picture_as_it_is_to_be_seen() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    lying = solid(RED, (60, 90), "JPEG", quality=95, exif=exif)
    with in_kernel(draw=None) as client:
        picture = edited(client, client.uploaded(lying), client.uploaded(solid(BLUE, (60, 90))))
    blue = box_of(picture, BLUE)
    assert blue
    assert (blue[2] - blue[0]) / (blue[3] - blue[1]) == pytest.approx(2 / 3, abs=0.05)
    assert blue[0] > 450  # the first frame is wide


@pytest.mark.parametrize(
    "content",
    [
        solid(RED, format="GIF"),
        solid(RED, format="WEBP", lossless=True),
        solid(RED, (3000, 3000), mode="P"),
        solid((255, 0, 0, 255), mode="RGBA"),
        solid("red", format="GIF", save_all=True, append_images=[Image.new("RGB", (60, 60), "blue")]),
    ],
)
def test_every_format_is_shown_by_its_first_frame(content: bytes) -> None:
    with in_kernel(draw=None) as client:
        assert box_of(edited(client, client.uploaded(content)), RED)


def test_what_is_clear_in_a_reference_is_shown_on_white() -> None:
    with in_kernel(draw=None) as client:
        picture = edited(client, client.uploaded(solid((255, 0, 0, 0), mode="RGBA")))
    assert box_of(picture, RED) is None
    frame = box_of(picture, (255, 255, 255))
    assert frame
    assert picture.getpixel((frame[0] + 150, 650)) == (255, 255, 255)


def test_a_generated_picture_can_be_edited_by_its_url_and_is_seen(open_client: OpenClient) -> None:
    with open_client(draw=None) as client:
        first = client.finish(client.buy(prompt="Night stars", quality="low", size="1:1", resolution="1K"))
        by_url = edit_bytes(client, first)
        by_upload = edit_bytes(client, client.uploaded(client.get(first).content))
        card = edit_bytes(client, FOREIGN)
    assert by_url == by_upload
    assert by_url != card


def test_a_long_chain_of_edits_is_drawn_though_none_was_fetched() -> None:
    with in_kernel(draw=None) as client:
        url = client.uploaded(solid(RED))
        for _ in range(40):
            url = client.finish(client.edit(url, quality="low", size="1:1", resolution="1K").json()["data"]["task_id"])
        with Image.open(io.BytesIO(client.get(url).content)) as picture:
            assert picture.size == (1024, 1024)


def test_the_same_content_gives_the_same_picture_under_whatever_address_and_in_whatever_emulator() -> None:
    pictures = []
    for name in ("a.png", "b.png"):
        with in_kernel(draw=None) as client:
            client.uploaded(solid(RED), name)
            pictures.append(edit_bytes(client, client.uploaded(solid(RED), name, upload_path=name)))
    assert pictures[0] == pictures[1]


def test_the_same_content_under_two_addresses_is_one_request_whose_pictures_are_numbered() -> None:
    with in_kernel() as client:
        for content in (solid(RED), solid(RED), solid(BLUE)):
            client.edit(client.uploaded(content))
        orders = [task.picture for task in client.emulator.tasks.values()]
    assert [order.variant for order in orders] == [1, 2, 1]
    assert len({order.seed for order in orders}) == 3


def test_another_content_gives_another_picture() -> None:
    with in_kernel(draw=None) as client:
        assert edit_bytes(client, client.uploaded(solid(RED))) != edit_bytes(client, client.uploaded(solid(BLUE)))


def test_a_reference_that_cannot_be_decoded_or_is_foreign_gets_a_card() -> None:
    with in_kernel(draw=None) as client:
        for url in (client.uploaded(PICTURE), client.uploaded(b"GIF89a"), FOREIGN, "http://127.0.0.1:9/a.png"):
            assert edited(client, url).size == (1024, 1024)


@pytest.mark.parametrize(
    ("size", "edges"),
    [((400, 200), (1024, 512)), ((200, 400), (512, 1024)), ((50, 50), (1024, 1024)), ((900, 9), (1024, 336))],
)
@pytest.mark.parametrize("auto", [{"size": "auto"}, {"size": None, "resolution": "4K"}])
def test_without_a_size_an_edit_takes_the_ratio_of_its_first_reference_at_1k(
    size: tuple[int, int], edges: tuple[int, int], auto: dict[str, Any]
) -> None:
    with in_kernel(draw=None) as client:
        url = client.uploaded(solid(RED, size))
        assert edited(client, url, client.uploaded(solid(BLUE)), **auto).size == edges
        assert client.emulator.charged == 2  # low, 1K


def test_a_fixed_size_and_a_foreign_first_reference_leave_the_ratio_as_it_is() -> None:
    with in_kernel(draw=None) as client:
        wide = client.uploaded(solid(RED, (400, 200)))
        assert edited(client, wide, size="1:1").size == (1024, 1024)
        assert edited(client, FOREIGN, wide, size="auto").size == (1024, 1024)
        generated = client.finish(client.buy(quality="low", resolution="1K"))  # 16:9
        assert edited(client, generated, size="auto").size == (1024, 576)


def refused(answer: httpx.Response) -> str:
    status, kind, message = error_of(answer)
    assert (status, kind) == (400, "validation_error")
    return message


def test_images_that_are_not_there_are_named_and_nothing_is_accepted(any_client: EmulatorClient) -> None:
    expired = any_client.uploaded(PICTURE)
    any_client.clock.advance(72 * 3600)
    running = any_client.buy()
    there = any_client.uploaded(PICTURE)
    urls = [
        there,
        expired,
        f"{any_client.url}/uploads/temp/images/never.png",
        f"{any_client.url}/files/{running}.png",
        f"{any_client.url}/favicon.ico",
        FOREIGN,
    ]
    assert refused(any_client.edit(*urls)).split("; ") == [
        "input.image_urls: image 2 has expired: upload it again",
        "input.image_urls: image 3 does not exist: upload it first",
        "input.image_urls: image 4 does not exist",
        "input.image_urls: image 5 is not a file of this service",
    ]
    assert len(any_client.emulator.tasks) == 1
    assert any_client.edit(there, FOREIGN).status_code == 200


def test_a_generated_picture_can_be_edited_for_24_hours(client: EmulatorClient) -> None:
    url = client.finish(client.buy())
    client.clock.advance(86_399)
    assert client.edit(url).status_code == 200
    client.clock.advance(1)
    assert "image 1 has expired" in refused(client.edit(url))


def test_an_address_is_known_under_every_name_of_this_machine() -> None:
    with in_kernel() as client:
        url = client.uploaded(PICTURE)
        assert client.edit(url.replace("http://", "http://user@") + "?version=1").status_code == 200
        assert client.edit("http://localhost/nothing.png").status_code == 200  # another server


def test_a_served_emulator_knows_its_files_by_each_loopback_name(any_client: EmulatorClient) -> None:
    url = any_client.uploaded(PICTURE)
    assert any_client.edit(url.replace("127.0.0.1", "localhost")).status_code == 200
    gone = url.replace("127.0.0.1", "localhost").replace("/uploads/", "/uploads/not/")
    assert "image 1 does not exist" in refused(any_client.edit(gone))


def test_a_picture_that_was_ordered_in_time_is_drawn_after_its_reference_expired() -> None:
    with in_kernel(draw=None) as client:
        url = client.uploaded(solid(RED))
        client.clock.advance(72 * 3600 - 1)
        assert box_of(edited(client, url), RED)  # two seconds later


def test_a_reference_that_made_room_before_the_edit_was_drawn_leaves_a_card() -> None:
    with in_kernel(draw=None) as client:
        task_id = client.edit(client.uploaded(solid(RED))).json()["data"]["task_id"]
        client.emulator.uploads.capacity = 1
        client.uploaded(solid(BLUE))
        with Image.open(io.BytesIO(client.get(client.finish(task_id)).content)) as picture:
            assert box_of(picture, RED) is None


@pytest.mark.parametrize("count", [1, 3, 8, 12])
@pytest.mark.parametrize("size", [(1024, 16), (16, 1024), (64, 64), (1024, 432), (3840, 1648)])
def test_frames_stay_on_the_sheet_and_apart(size: tuple[int, int], count: int) -> None:
    shown = [(Image.new("RGB", (40 * (1 + number % 3), 60)), "a") for number in range(min(count, 8))]
    boxes = frames._boxes(Image.new("RGB", size), shown, round(size[1] * 0.8))
    assert all(0 <= left < right <= size[0] and 0 <= top < low <= size[1] for left, top, right, low in boxes)
    assert all(first[2] < second[0] for first, second in pairwise(boxes))
