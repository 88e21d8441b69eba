"""Requests: what is sent, what it amounts to, and when two of them mean the same picture."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidgo_notebook.domain.request import (
    GenerationRequest,
    Reference,
    effective_fields,
    effective_tier,
    fields_to_send,
    fingerprint,
    fingerprints,
    normalise_prompt,
    shareable_identity,
    url_digest,
)

BICYCLE = GenerationRequest("A red bicycle", quality="high", size="1:1", resolution="2K")
FLUX = GenerationRequest("A red bicycle", model="flux-2-pro")
HERO = Reference("url", "https://example.com/hero.png")
SHELF = Reference("bytes", "5e1f" * 16)
EDIT = GenerationRequest("On the shelf", model="gpt-image-2-edit", references=(HERO, SHELF))


# The canonical JSON of BICYCLE, written by hand and hashed with `printf '%s' '…' | sha256sum`:
# {"fields":{"quality":"high","resolution":"2K","size":"1:1"},"model":"gpt-image-2","prompt":"A red bicycle",
#  "provider":"vidgo","references":[],"take":1,"version":1}          (in one line, without this break)
GOLDEN = "066349799b975ebd8ffad0e0937e8a7605c9e4a9891469fcda1fba8a27fc84dc"

# {"fields":{"quality":"low","resolution":"1K","size":"auto"},"model":"gpt-image-2-edit",
#  "prompt":"Füge Bild 1 in Bild 2 ein\nbitte","provider":"emulator",
#  "references":["url:https://example.com/a.png","bytes:00ff"],"take":2,"version":1}
#                                                (in one line; \n is a backslash and an n; ü in UTF-8)
GOLDEN_EDIT = "e2192e241a1b7f9f624f2248ce661d185bc879c62c219a85df2bce1dd427b785"


def test_the_canonical_form_has_not_changed() -> None:
    """Stores are committed with notebooks: if this goes red, every stored picture is bought again."""
    assert fingerprint(BICYCLE, "vidgo") == GOLDEN


def test_the_canonical_form_of_an_edit_has_not_changed() -> None:
    references = (Reference("url", "https://example.com/a.png"), Reference("bytes", "00ff", name="b.png"))
    edit = GenerationRequest(
        "  Füge Bild 1 in Bild 2 ein\r\nbitte\n", model="gpt-image-2-edit", references=references, take=2
    )
    assert fingerprint(edit, "emulator") == GOLDEN_EDIT


SIGNED = replace(EDIT, references=(Reference("url", "https://example.com/hero.png?signature=abc"), SHELF))

# {"fields":{"quality":"low","resolution":"1K","size":"auto"},"model":"gpt-image-2-edit","prompt":"On the shelf",
#  "provider":"vidgo","references":["url-sha256:D","bytes:5e1f…"],"take":1,"version":2}    (in one line)
# with D, the digest of https://example.com/hero.png?signature=abc
GOLDEN_SIGNED = "0a3b6933a643047a5a631c31a5a76c526d4b8a3aeb2fdb1b69fc6ac1b34273d2"


def test_a_url_that_a_record_does_not_hold_whole_is_identified_by_its_digest() -> None:
    """So its fingerprint can be made again from the record, which holds the digest and not the signature."""
    assert fingerprint(SIGNED, "vidgo") == GOLDEN_SIGNED
    url = SIGNED.references[0]
    recorded = Reference("url", shareable_identity(url).removeprefix("url:"), text_digest=url_digest(url))
    assert recorded.value == "https://example.com/hero.png"
    assert fingerprint(replace(SIGNED, references=(recorded, SHELF)), "vidgo") == GOLDEN_SIGNED


def test_the_key_under_which_the_first_version_stored_a_picture_is_still_known() -> None:
    first, second = fingerprints(SIGNED, "vidgo")[1], fingerprint(SIGNED, "vidgo")
    assert fingerprints(SIGNED, "vidgo") == (second, first)
    assert first == "8148bc977b4bef7ff58da70dae30f2e8886f5963ccc6c7b3fa7fcd7365114d8b"
    assert fingerprints(EDIT, "vidgo") == (fingerprint(EDIT, "vidgo"),)


@pytest.mark.parametrize(
    "same",
    [
        replace(BICYCLE, prompt="  A red bicycle \n\n"),
        replace(BICYCLE, prompt="\r\nA red bicycle\r\n"),
        replace(BICYCLE, callback_url="https://example.com/hook"),
        replace(BICYCLE, resolution="4K"),  # does not exist at 1:1: made and billed as 2K
    ],
    ids=["white space", "line ends", "callback URL", "4K at 1:1"],
)
def test_what_makes_no_other_picture_keeps_the_fingerprint(same: GenerationRequest) -> None:
    assert fingerprint(same, "vidgo") == fingerprint(BICYCLE, "vidgo")


@pytest.mark.parametrize(
    ("short", "spelled_out"),
    [
        ({}, {"model": "gpt-image-2", "quality": "low", "size": "auto", "resolution": "1K", "take": 1}),
        ({"quality": "low"}, {}),
        ({"size": "auto"}, {}),
        ({"resolution": "4K"}, {"resolution": "1K"}),  # dead: without a size everything is 1K
        ({"size": "auto", "resolution": "2K"}, {}),
        ({"size": "16:9"}, {"size": "16:9", "resolution": "1K"}),
        ({"model": "flux-2-pro"}, {"model": "flux-2-pro", "size": "1:1", "resolution": "1K"}),
    ],
)
def test_defaults_and_dead_fields_make_no_difference(short: dict[str, str], spelled_out: dict[str, str]) -> None:
    one, other = GenerationRequest("x", **short), GenerationRequest("x", **spelled_out)
    assert fingerprint(one, "vidgo") == fingerprint(other, "vidgo")


def test_line_ends_inside_a_prompt_are_all_the_same() -> None:
    prints = {fingerprint(GenerationRequest(f"a{end}b"), "vidgo") for end in ("\n", "\r\n", "\r")}
    assert len(prints) == 1


def test_the_name_of_a_reference_is_no_part_of_the_picture() -> None:
    named = replace(EDIT, references=(replace(HERO, name="hero"), replace(SHELF, name="shelf.jpg")))
    assert fingerprint(named, "vidgo") == fingerprint(EDIT, "vidgo")


@pytest.mark.parametrize(
    "other",
    [
        replace(BICYCLE, prompt="A red  bicycle"),
        replace(BICYCLE, prompt="A Red bicycle"),
        replace(BICYCLE, prompt="A red\nbicycle"),
        replace(BICYCLE, model="flux-2-pro", quality=None),
        replace(BICYCLE, quality="low"),
        replace(BICYCLE, size="16:9"),
        replace(BICYCLE, size="2048x2048"),
        replace(BICYCLE, resolution="1K"),
        replace(BICYCLE, resolution=None),
        replace(BICYCLE, take=2),
    ],
    ids=lambda request: f"{request.prompt!r}/{request.model}/{request.quality}/{request.size}/{request.resolution}",
)
def test_what_makes_another_picture_changes_the_fingerprint(other: GenerationRequest) -> None:
    assert fingerprint(other, "vidgo") != fingerprint(BICYCLE, "vidgo")


@pytest.mark.parametrize(
    "references",
    [
        (SHELF, HERO),
        (HERO,),
        (HERO, SHELF, SHELF),
        (HERO, Reference("bytes", "5e1e" * 16)),
        (HERO, Reference("pixels", SHELF.value)),
        (Reference("url", HERO.value + "?v=2"), SHELF),
    ],
    ids=["order", "fewer", "more", "other bytes", "pixels, not bytes", "other text of the URL"],
)
def test_other_references_change_the_fingerprint(references: tuple[Reference, ...]) -> None:
    assert fingerprint(replace(EDIT, references=references), "vidgo") != fingerprint(EDIT, "vidgo")


def test_a_stand_in_of_the_emulator_never_passes_for_the_real_picture() -> None:
    prints = {fingerprint(BICYCLE, provider) for provider in ("vidgo", "emulator", "https://vidgo.example")}
    assert len(prints) == 3


def test_what_is_sent_otherwise_is_not_remembered_as_the_same_picture() -> None:
    empty = replace(FLUX, size="")
    same_sent = fields_to_send(empty) == fields_to_send(FLUX)
    assert (fingerprint(empty, "vidgo") == fingerprint(FLUX, "vidgo")) == same_sent


def test_true_4k_is_another_picture_than_2k() -> None:
    in_4k = GenerationRequest("x", size="16:9", resolution="4K")
    assert fingerprint(in_4k, "vidgo") != fingerprint(replace(in_4k, resolution="2K"), "vidgo")


@given(prompt=st.text())
def test_a_normalised_prompt_stays_as_it_is(prompt: str) -> None:
    once = normalise_prompt(prompt)
    assert normalise_prompt(once) == once
    assert "\r" not in once
    assert once == once.strip()


@pytest.mark.parametrize(
    ("request_", "sent"),
    [
        (GenerationRequest("x"), {"quality": "low"}),
        (GenerationRequest("x", size="auto"), {"quality": "low", "size": "auto"}),
        (GenerationRequest("x", size="16:9"), {"quality": "low", "size": "16:9", "resolution": "1K"}),
        (BICYCLE, {"quality": "high", "size": "1:1", "resolution": "2K"}),
        (replace(BICYCLE, resolution="4K"), {"quality": "high", "size": "1:1", "resolution": "4K"}),
        (FLUX, {"size": "1:1", "resolution": "1K"}),
        (replace(FLUX, size="auto", resolution="2K"), {"size": "auto", "resolution": "2K"}),
    ],
    ids=lambda value: "" if isinstance(value, dict) else f"{value.model}/{value.size}/{value.resolution}",
)
def test_what_decides_the_price_is_sent_and_not_left_to_the_service(
    request_: GenerationRequest, sent: dict[str, str]
) -> None:
    assert fields_to_send(request_) == sent


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        (GenerationRequest("x", resolution="4K"), {"quality": "low", "size": "auto", "resolution": "1K"}),
        (replace(BICYCLE, resolution="4K"), {"quality": "high", "size": "1:1", "resolution": "2K"}),
        (FLUX, {"size": "1:1", "resolution": "1K"}),
    ],
    ids=["no size", "4K at 1:1", "Flux"],
)
def test_what_decides_the_picture(request_: GenerationRequest, fields: dict[str, str]) -> None:
    assert effective_fields(request_) == fields


@pytest.mark.parametrize(
    ("size", "resolution", "reason"),
    [
        (None, "4K", "no fixed size"),
        ("auto", "4K", "auto"),
        ("1:1", "4K", "1:1"),
        ("16:9", "4K", "16:9"),
        ("3840x2160", "4K", "3840"),
        ("16:9", None, "no resolution given"),
        ("16:9", "2K", "as asked"),
    ],
)
def test_a_tier_says_why_it_is_that_one(size: str | None, resolution: str | None, reason: str) -> None:
    assert reason in effective_tier(GenerationRequest("x", size=size, resolution=resolution)).reason
