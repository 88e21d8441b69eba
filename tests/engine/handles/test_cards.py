"""The card of a job in every state, with numbers written by hand: first what it is and what it costs."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from tests.fixtures.ended_jobs import FLUX, FOX, STATES, job_in
from vidgo_notebook.domain.pricing import CreditFormat
from vidgo_notebook.engine.handles.job_card import card_of
from vidgo_notebook.engine.handles.table import rows_of
from vidgo_notebook.render.card import card_html, card_text

TITLE = "GPT Image 2 · high · 1:1 · 1K"
USD = CreditFormat.of("0.005 USD")

# state; first words for the service's picture, with a currency, for a stand-in, and where no price is published
FIRST_WORDS = [
    ("planned", "12 credits", "12 credits (0.06 USD)", "12 credits", "price not published"),
    ("running", "12 credits", "12 credits (0.06 USD)", "12 credits", "price not published"),
    ("finished", "12 credits", "12 credits (0.06 USD)", "12 credits", "price not published"),
    ("stored", "12 credits", "12 credits (0.06 USD)", "12 credits", "price not published"),
    ("failed", *["failed · 0 credits", "failed · 0 credits (0 USD)", "failed · 0 credits", "failed · 0 credits"]),
    ("refused", *["refused · 0 credits", "refused · 0 credits (0 USD)", "refused · 0 credits", "refused · 0 credits"]),
    (
        "cancelled",
        *("cancelled · 0 credits", "cancelled · 0 credits (0 USD)", "cancelled · 0 credits", "cancelled · 0 credits"),
    ),
    (
        "uncertain",
        *("uncertain · up to 12 credits", "uncertain · up to 12 credits (0.06 USD)"),
        *("uncertain · 0 credits", "uncertain · price not published"),
    ),
    (
        "forgotten",
        *("forgotten · up to 12 credits", "forgotten · up to 12 credits (0.06 USD)"),
        *("forgotten · 0 credits", "forgotten · price not published"),
    ),
    (
        "not watched",
        *("not watched · up to 12 credits", "not watched · up to 12 credits (0.06 USD)"),
        *("not watched · 0 credits", "not watched · price not published"),
    ),
    (
        "no file",
        *("no file · 12 credits charged", "no file · 12 credits (0.06 USD) charged"),
        *("no file · 0 credits", "no file · price not published"),
    ),
]


def first_line(text: str) -> str:
    return text.split("\n", 1)[0]


@pytest.mark.parametrize(("state", "real", "priced", "emulated", "unpublished"), FIRST_WORDS)
def test_the_first_words_say_how_it_ended_and_what_it_cost(
    state: str, real: str, priced: str, emulated: str, unpublished: str
) -> None:
    assert first_line(card_text(card_of(job_in(state)))) == f"{real} · {TITLE}"
    assert first_line(card_text(card_of(job_in(state, credit_format=USD)))) == f"{priced} · {TITLE}"
    stand_in = card_of(job_in(state, provider="emulator"))
    assert first_line(card_text(stand_in)) == f"{emulated} · {TITLE} · emulated, free"
    assert first_line(card_text(card_of(job_in(state, FLUX)))) == f"{unpublished} · FLUX.2 Pro · 1:1 · 1K"
    for words, card in ((real, card_of(job_in(state))), (emulated, stand_in)):
        assert card_html(card).split("<b>")[1].startswith(f"{words}</b> · {TITLE}")
    assert "emulated, free</span>" in card_html(stand_in)
    assert "emulated" not in card_html(card_of(job_in(state)))


def test_the_states_of_the_table_are_all_of_them() -> None:
    assert [state for state, *_ in FIRST_WORDS] == [*STATES, "no file"]


@pytest.mark.parametrize("provider", ["vidgo", "emulator"])
def test_a_picture_has_the_same_card_before_it_is_sent_when_it_is_bought_and_from_the_store(provider: str) -> None:
    cards = {card_html(card_of(job_in(state, provider=provider))) for state in STATES[:4]}
    texts = {card_text(card_of(job_in(state, provider=provider))) for state in STATES[:4]}
    assert len(cards) == len(texts) == 1


def test_a_receiver_on_this_machine_changes_neither_the_card_nor_the_row() -> None:
    called = replace(FOX, callback_url="http://127.0.0.1:8999/vidgo/j12/secret")
    for state in ("running", "finished"):
        assert card_html(card_of(job_in(state, called))) == card_html(card_of(job_in(state)))
        assert rows_of([job_in(state, called)]) == rows_of([job_in(state)])


# state; the colour of its card; what it says after the first line, in text
SAYS = [
    (
        "failed",
        "rgb(198,40,40)",
        "The service could not make the picture: Unsafe content\n"
        "It cost nothing: failures are not billed.\n"
        "Running the cell again sends it again, for 12 credits.\n",
    ),
    (
        "refused",
        "rgb(198,40,40)",
        "Job j12 was not accepted: The key was refused.\nIt cost nothing.\n"
        "Running the cell again sends it, for 12 credits.\n",
    ),
    (
        "cancelled",
        "rgb(70,110,170)",
        "Job j12 was cancelled before it was sent.\nIt cost nothing.\n"
        "Running the cell again sends it, for 12 credits.\n",
    ),
    (
        "uncertain",
        "rgb(178,112,0)",
        "Job j12 may or may not have been accepted. The connection was lost.\n"
        "If it was, it will be billed: 12 credits. It is not sent again automatically, not even by this cell.\n"
        "The first line shows what is known, the second buys it again, the third drops it.\n"
        "%vidgo resolve j12\n%vidgo resolve j12 --resubmit\n%vidgo resolve j12 --forget\n",
    ),
    (
        "forgotten",
        "rgb(70,110,170)",
        "Job j12 was forgotten: resolved by hand, it is no longer looked for.\n"
        "What it cost, if it was accepted, is not known.\n"
        "Running the cell again sends it, for 12 credits.\n",
    ),
    (
        "not watched",
        "rgb(178,112,0)",
        "Time is up; job j12 is running and no longer watched.\n"
        "The job is not lost: it continues at the service, and may be billed.\n"
        "%vidgo resume continues it.\n%vidgo resume\n",
    ),
    (
        "no file",
        "rgb(198,40,40)",
        "Job j12 is finished, but its picture can't be downloaded. The host does not answer.\n"
        "It was billed: 12 credits. The service keeps the file for about 24 hours.\n"
        "%vidgo resume fetches it again.\n%vidgo resume\n",
    ),
]


@pytest.mark.parametrize(("state", "colour", "said"), SAYS)
def test_a_job_without_a_picture_has_its_colour_its_cause_its_cost_and_the_next_command(
    state: str, colour: str, said: str
) -> None:
    card = card_of(job_in(state))
    text = card_text(card)
    assert text.split("\n", 1)[1].startswith(f"{said}Prompt: A red fox\n")
    page = card_html(card)
    assert f"border-left:5px solid {colour}" in page
    for line in said.splitlines():
        assert line.replace("'", "&#x27;") in re.sub("</?span[^>]*>", "", page)
    for command in re.findall(r"^%vidgo .*$", said, re.MULTILINE):
        if command.endswith("."):
            continue
        codes = re.findall(r"<pre [^>]*>(.*?)</pre>", page, re.DOTALL)
        assert command in [re.sub("<[^>]+>", "", code) for code in codes]


@pytest.mark.parametrize("state", [*STATES, "no file"])
def test_nothing_on_the_card_of_a_stand_in_says_that_it_is_billed(state: str) -> None:
    card = card_of(job_in(state, provider="emulator"))
    for text in (card_html(card), card_text(card)):
        assert not re.search(r"was billed|may be billed|will be billed|charged", text)
        assert "Emulated: a stand-in drawn on this machine, not by Vidgo, and free." in text


def test_a_picture_has_two_lines_and_the_rest_is_folded() -> None:
    page = card_html(card_of(job_in("finished")))
    above, folded = page.split("<details>")
    assert above.count("<div") == 3  # the frame, what and price, the prompt
    assert "A red fox" in above
    assert "Price: 12 credits (quality high) × 1 (resolution 1K, as asked) = 12 credits" in folded
    assert "Model gpt-image-2 at the Vidgo API." in folded
    assert unescape(re.sub("<[^>]+>", "", folded)).endswith("--size 1:1 --resolution 1K --take 2\nA red fox")


def test_a_stand_in_says_how_to_get_a_real_picture_in_lines_that_can_be_copied() -> None:
    page = card_html(card_of(job_in("finished", provider="emulator")))
    assert re.findall(r"<pre [^>]*>(.*?)</pre>", page, re.DOTALL)[1:] == ["%vidgo key"]


@pytest.mark.parametrize("state", [*STATES, "no file"])
def test_a_prompt_is_text_everywhere_and_no_formula(state: str) -> None:
    from dataclasses import replace

    request = replace(FOX, prompt="<b>$x^2$</b> & <script>alert(1)</script>")
    page = card_html(card_of(job_in(state, request)))
    assert page.startswith('<div class="mathjax_ignore tex2jax_ignore"')
    assert page.count('class="mathjax_ignore') == 1
    assert "<script" not in page
    assert "&lt;b&gt;" in page
    assert "<b>$x^2$</b> & <script>alert(1)</script>" in unescape(page)
