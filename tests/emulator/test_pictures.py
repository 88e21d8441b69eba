"""The emulator's own pictures: reproducible, of the true size, and marked."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from PIL import Image, ImageChops

from tests.fixtures.emulator_client import in_kernel
from vidgo_notebook.domain.request import GenerationRequest, Reference
from vidgo_notebook.emulator.painting.overlay import AMBER, font, paint_caption, wrapped
from vidgo_notebook.emulator.painting.palette import hex_colour, palette_for
from vidgo_notebook.emulator.painting.picture import SCENES, draw, paint
from vidgo_notebook.emulator.picture_cache import draw_picture
from vidgo_notebook.emulator.tasks import PictureSpec, picture_spec

ROOT = Path(__file__).parents[2]


def order(prompt: str = "A red bicycle", variant: int = 1, **fields: str) -> PictureSpec:
    return picture_spec(GenerationRequest(prompt, **{"size": "1:1", **fields}), variant)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize(
    ("fields", "edges", "format"),
    [
        ({"size": "1:1", "resolution": "1K"}, (1024, 1024), "PNG"),
        ({"size": "16:9", "resolution": "2K"}, (2048, 1152), "PNG"),
        ({"size": "9:16", "resolution": "4K"}, (2160, 3840), "PNG"),
        ({"size": "1:1", "resolution": "4K"}, (2048, 2048), "PNG"),  # made as 2K
        ({"size": "auto", "resolution": "4K"}, (1024, 1024), "PNG"),  # made as 1K
        ({"size": "2304x768", "resolution": "2K"}, (2304, 768), "PNG"),
        ({"model": "flux-2-pro", "size": "4:3", "resolution": "2K"}, (2048, 1536), "JPEG"),
        ({"model": "flux-2-flex", "size": "9999:1", "resolution": "1K"}, (1024, 16), "JPEG"),
    ],
)
def test_a_picture_has_the_size_and_format_that_the_service_makes(
    fields: dict[str, str], edges: tuple[int, int], format: str
) -> None:
    with opened(draw(order(**fields))) as picture:
        picture.load()
        assert (picture.size, picture.format, picture.mode) == (edges, format, "RGB")


def test_the_same_request_gives_the_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib; from tests.emulator.test_pictures import order, draw;"
        "print(hashlib.sha256(draw(order('Blue hills', quality='high'))).hexdigest())"
    )
    there = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert there.strip() == hashlib.sha256(draw(order("Blue hills", quality="high"))).hexdigest()


def test_submits_of_one_request_differ_and_another_emulator_repeats_them_in_order() -> None:
    bought = []
    for _ in range(2):
        with in_kernel(draw=draw_picture) as client:
            urls = [client.finish(client.buy(size="1:1", resolution="1K")) for _ in range(2)]
            bought.append([client.get(url).content for url in urls])
    assert bought[0] == bought[1]
    assert bought[0][0] != bought[0][1]


def test_a_callback_url_makes_no_difference_to_the_picture() -> None:
    plain = GenerationRequest("x", size="1:1")
    called = GenerationRequest("x", size="1:1", callback_url="https://a.example/")
    assert draw(picture_spec(plain, 1)) == draw(picture_spec(called, 1))


@pytest.mark.parametrize("prompt", ["Mountain", "Ocean wave", "Poster"])
def test_quality_shows_in_the_detail(prompt: str) -> None:
    sizes = [len(draw(order(prompt, quality=quality))) for quality in ("low", "medium", "high")]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 3


@pytest.mark.parametrize("fields", [{}, {"model": "flux-2-pro", "resolution": "1K"}])
def test_the_file_says_that_it_is_emulated(fields: dict[str, str]) -> None:
    with opened(draw(order(**fields))) as picture:
        comment = picture.info.get("Comment") or picture.info["comment"].decode()
        software = picture.info.get("Software") or picture.getexif()[0x0131]
    assert comment.startswith("EMULATED")
    assert software.startswith("Vidgo emulator")


@pytest.mark.parametrize("size", ["1:1", "16:9", "9:16", "21:9"])
@pytest.mark.parametrize("prompt", ["Mountain", "Ocean wave", "Poster"])
def test_the_mark_is_seen_in_the_pixels_of_every_scene_even_in_a_thumbnail(prompt: str, size: str) -> None:
    thumbnail = paint(order(f"{prompt} in black", size=size))
    thumbnail.thumbnail((128, 128))
    width, height = thumbnail.size
    amber = Image.new("RGB", thumbnail.size, AMBER)
    distance = ImageChops.difference(thumbnail, amber).convert("L").point(lambda level: 255 * (level < 40))
    badge = distance.crop((0, 0, width, height // 3)).histogram()[255]
    assert badge > 0.02 * width * height


def test_the_prompt_can_be_read_in_the_panel_so_another_prompt_changes_it() -> None:
    first, second = paint(order("Mountain one in blue")), paint(order("Mountain one in blue!"))
    panel = (40, 1024 - 130, 984, 1024 - 30)
    assert ImageChops.difference(first.crop(panel), second.crop(panel)).getbbox()


@pytest.mark.parametrize(
    "prompt",
    ["漢字 и 🚲 \u202e العربية", "x" * 4000, "two words " * 400, "\x00\x01 \ufeff", "a\nb\tc", '{"json": 1}', "\ufffe"],
)
def test_no_prompt_is_too_odd_to_be_drawn(prompt: str) -> None:
    assert opened(draw(order(prompt))).size == (1024, 1024)


def test_long_prompts_end_in_an_ellipsis_and_fit_their_lines() -> None:
    face = font(30)
    lines = wrapped("several words " * 100, face, 500, 4)
    assert len(lines) == 4
    assert lines[-1].endswith("…")
    assert all(face.getlength(line) <= 500 for line in lines)


def test_colour_words_of_the_prompt_choose_the_palette() -> None:
    palette = palette_for("Teal waves under a golden sun", Random(1))
    assert (palette.key, palette.accent) == (hex_colour("128a8a"), hex_colour("e0aa2a"))


def test_each_of_the_three_scenes_can_be_asked_for_by_a_word() -> None:
    words = [hints.split()[0] for hints in SCENES.values()]
    pictures = {draw(order(f"{word} in teal")) for word in words}
    assert len(pictures) == len(SCENES) == 3


def edit(count: int) -> PictureSpec:
    references = tuple(Reference("url", f"https://images.example/photo-{n}.jpg") for n in range(count))
    request = GenerationRequest("Mountain", model="gpt-image-2-edit", size="1:1", references=references)
    return picture_spec(request, 1)


def test_an_edit_shows_a_numbered_frame_for_each_reference() -> None:
    one, three = paint(edit(1)), paint(edit(3))
    changed = ImageChops.difference(one, three).getbbox()
    assert changed
    left, top, right, bottom = changed
    assert left < 40  # the frames are the smaller the more there are
    assert 600 < right < 990
    assert 400 < top < bottom < 950


@pytest.mark.parametrize("count", [1, 8, 40])
def test_any_number_of_references_fits(count: int) -> None:
    assert paint(edit(count)).size == (1024, 1024)


def test_a_frame_shows_the_reference_itself_where_it_is_known() -> None:
    magenta = Image.new("RGBA", (30, 90), (255, 0, 255, 255))
    with_picture = opened(draw(edit(2), [magenta, None])).convert("RGB")
    colours = with_picture.getcolors(1 << 24) or []
    seen = sum(count for count, colour in colours if colour == (255, 0, 255))
    assert seen > 10_000


@pytest.mark.parametrize(
    ("prompt", "written"),
    [
        ("A sign: 日本語 – ok", "A sign: … - ok"),
        ("日本語", "(a prompt in letters that this picture can't show)"),
    ],
)
def test_a_prompt_in_other_letters_is_captioned_without_boxes(prompt: str, written: str) -> None:
    captions = []
    for text in (prompt, written):
        captions.append(Image.new("RGB", (1024, 1024)))
        paint_caption(captions[-1], text, "details")
    assert ImageChops.difference(*captions).getbbox() is None
