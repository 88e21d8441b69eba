"""A stranger's text after nbconvert and pandoc, and in a crate's README: as typed, in HTML, Markdown and LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from html import unescape

import nbformat
import pypandoc
import pytest
from bs4 import BeautifulSoup, Tag
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.fixtures.ended_jobs import FOX, job_in
from tests.fixtures.hostile_text import CONTROL, DRIVES_TERMINALS, MARKDOWN, MARKUP, MATH
from tests.fixtures.sample_records import record
from vidgo_notebook.app.library.crate_details import CrateDetails
from vidgo_notebook.app.library.crate_pages import readme
from vidgo_notebook.app.library.report import Report
from vidgo_notebook.domain.wording import one_line
from vidgo_notebook.engine.handles.job_card import card_of
from vidgo_notebook.render.card import card_html, card_text
from vidgo_notebook.render.markup import markdown
from vidgo_notebook.visible_text import visible

TEXTS = (*MATH, *MARKUP, *MARKDOWN)


def card_outputs(text: str) -> Iterator[dict[str, str]]:
    card = card_of(job_in("finished", replace(FOX, prompt=text)))
    yield {"text/html": card_html(card), "text/plain": card_text(card)}
    report = Report([replace(record(), prompt=text, model=text)])
    yield {"text/html": report._repr_html_(), "text/plain": repr(report)}


@cache
def converted(exporter: str) -> str:
    """A notebook with every text in it, as one page."""
    import nbconvert

    outputs = [new_output("display_data", data) for text in TEXTS for data in card_outputs(text)]
    cells = [new_code_cell("%%vidgo\nfox", outputs=outputs, execution_count=1)]
    page, _ = getattr(nbconvert, exporter)().from_notebook_node(nbformat.from_dict(new_notebook(cells=cells)))
    return str(page)


def test_nbconverts_page_has_no_element_or_formula_of_the_text() -> None:
    page = BeautifulSoup(converted("HTMLExporter"), "html.parser").main
    assert page is not None
    assert page.find_all(["script", "h1", "strong", "em"]) == []
    assert [each for each in page.find_all(True) if any(name.startswith("on") for name in each.attrs)] == []
    assert [link for link in page.find_all("a") if str(link.get("href", "")).startswith("javascript")] == []
    formulas = list(page.find_all(string=re.compile(r"\$|\\[(\[b]")))
    assert formulas
    for formula in formulas:  # MathJax 2 and 3 leave out what is inside an element with these classes
        assert {"tex2jax_ignore", "mathjax_ignore"} <= {name for above in formula.parents for name in class_of(above)}


def class_of(element: Tag) -> list[str]:
    return list(element.get("class") or ())


@pytest.mark.parametrize("dialect", ["gfm", "markdown-smart", "commonmark_x"])  # smart: --- is a dash
def test_nbconverts_markdown_stays_text_in_a_reader_of_markdown(dialect: str) -> None:
    page = pypandoc.convert_text(converted("MarkdownExporter"), "html", format=dialect)
    assert not re.findall(r"<a\b|<h1|<em>|<strong>|<del>|<sub>|<sup>|<script>alert|<img", page)
    assert not re.findall('class="math (inline|display)', page)
    words = " ".join(unescape(re.sub(r"<[^>]*>", "", page)).split())
    for text in TEXTS:
        assert " ".join(text.split()) in words


def test_nbconverts_latex_has_no_command_of_the_text() -> None:
    page = converted("LatexExporter")
    body = page[page.index(r"\begin{document}") :]
    for command in (r"\Huge\text{FAKE}", r"\begin{align}", r"\(x"):
        assert command not in body
    assert not re.findall(r"(?<!\\)\$", body)
    assert r"\textbackslash{}Huge" in body


@pytest.mark.parametrize("text", [*TEXTS, *CONTROL], ids=ascii)
def test_the_readme_of_a_crate_shows_text(text: str) -> None:
    page = readme(Report([replace(record(), prompt=text, model=text, package=text)]), CrateDetails())
    assert not DRIVES_TERMINALS.search(page)
    assert one_line(" ".join(visible(text).split()), 60)[:50] in re.sub(r"\\([^\w\s])", r"\1", page)
    html = pypandoc.convert_text(page.partition("## Files")[0], "html", format="gfm+tex_math_dollars")
    assert not re.findall(r"<a\b|<em>|<strong>|<del>|<script>|<img|<details|class=\"math ", html)
    assert html.count("<tr>") == 2 and html.count("<h1") == 1, "one row for its head, one for the picture"


def test_markdown_leaves_plain_words_as_they_are() -> None:
    assert markdown("gpt-image-2, 1:1, “é” & co.\nfox") == "gpt-image-2, 1:1, “é” & co. fox"
