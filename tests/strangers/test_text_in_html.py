"""A stranger's text in the HTML of cards, sheets, reports, tables and forms: shown as it was typed."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from tests.fixtures.hostile_text import ALL, HARMLESS, Page
from tests.strangers.outputs import html_of, widgets_of
from vidgo_notebook.visible_text import visible

PACKAGE = Path(__file__).parents[2] / "vidgo_notebook"


def squeezed(text: str) -> str:
    """Without white space: a request has only one kind of line end, and an error is a line for each of its own."""
    return "".join(text.replace("\\x0d", "").split())


@pytest.mark.parametrize("text", ALL, ids=ascii)
def test_html_has_the_text_as_typed_no_element_of_it_and_no_formula(text: str) -> None:
    for name, html in html_of(text):
        page = Page(html)
        assert page.foreign == [], name
        assert squeezed(visible(text)) in squeezed(page.text), name
        assert all({"mathjax_ignore", "tex2jax_ignore"} <= classes for classes in page.outermost), name
        assert "\n" not in html, f"{name}: after an empty line, Markdown begins again"
        assert not set(re.sub(r"<[^>]*>", "", html)) & set("$\\`*_~^|[]"), name


@pytest.mark.parametrize("text", ALL, ids=ascii)
def test_the_form_has_no_element_of_the_text(text: str) -> None:
    for name, html in widgets_of(text):
        assert Page(html).foreign == [], name


@pytest.mark.parametrize(
    "url",
    [
        "https://x.example/a.png')}body{display:none",
        "https://x.example/\\27)\\7d x",
        "https://x.example/\n'); background:red; x: url('",
        "https://x.example/\x1b27)",
        '" onload="alert(1)',
    ],
)
def test_an_address_cannot_leave_the_style_of_its_thumbnail(url: str) -> None:
    from vidgo_notebook.render.form_text import thumbnail

    page = Page(thumbnail(None, "title", "", "blank", url))
    assert page.foreign == []
    (style,) = page.styles
    inside = style.removeprefix("background-image:url('").removesuffix("')")
    assert not set(inside) & set("'\\\n\x1b\"")


@pytest.mark.parametrize("text", HARMLESS, ids=ascii)
def test_what_writing_needs_stays_as_it_is(text: str) -> None:
    assert visible(text) == text
    assert all(text in Page(html).text for name, html in html_of(text) if name.startswith(("card 0", "listing")))


@cache
def callers() -> dict[str, set[str]]:
    """The modules that call a function, by its name."""
    found = defaultdict[str, set[str]](set)
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                found[node.func.id].add(path.relative_to(PACKAGE).as_posix())
    return found


def test_all_that_is_printed_displayed_or_asked_goes_through_one_place_each() -> None:
    assert callers()["print"] == {"app/presence.py", "emulator/__main__.py"}  # the emulator prints its own address
    assert callers()["display"] == {"ui/output/live.py"}
    assert callers()["input"] == {"app/presence.py"}
    warned = [line for p in PACKAGE.rglob("*.py") for line in p.read_text().split("\n") if "warnings.warn(" in line]
    assert all("warnings.warn(visible(" in line for line in warned)
    escaping = {p for p in PACKAGE.rglob("*.py") if "from html import escape" in p.read_text(encoding="utf-8")}
    assert {path.name for path in escaping} == {"markup.py", "annotation.py"}  # annotation writes XML, not a page
