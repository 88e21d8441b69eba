"""Problems: all at once, each with its field, what is allowed, and what to write instead."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.requests import image_urls, references
from tests.fixtures.chance import examples
from vidgo_notebook.domain.provider import is_loopback, is_public, is_web_url
from vidgo_notebook.domain.request import GenerationRequest, Reference
from vidgo_notebook.domain.rules import problems
from vidgo_notebook.domain.wording import nearest, shown
from vidgo_notebook.errors import Problem


def the_problem(field: str, **said: object) -> Problem:
    """The only problem of a request that says this."""
    (problem,) = problems(GenerationRequest(**{"prompt": "x", **said}))  # type: ignore[arg-type]
    assert problem.field == field
    return problem


def test_every_problem_is_reported_at_once_in_the_order_of_the_fields() -> None:
    found = problems(
        GenerationRequest(
            "a" * 4001,
            "gpt-image-2-edit",
            "best",
            "1000x1000",
            "1K",
            take=0,
            callback_url="http://example.com",
        )
    )
    fields = [problem.field for problem in found]
    assert fields == ["prompt", "quality", "size", "resolution", "image", "take", "callback_url"]


@pytest.mark.parametrize(
    ("field", "said", "suggestion"),
    [
        ("quality", {"quality": "HIGH"}, "high"),
        ("quality", {"quality": "med"}, "medium"),
        ("quality", {"quality": "best"}, "low, medium or high"),  # never one that is dearer than what was meant
        ("quality", {"quality": "standard"}, "low, medium or high"),
        ("quality", {"quality": "auto"}, "low, medium or high"),
        ("quality", {"quality": "8K"}, "low, medium or high"),
        ("resolution", {"size": "16:9", "resolution": "auto"}, "1K, 2K or 4K"),
        ("resolution", {"size": "16:9", "resolution": "3K"}, "2K"),
        ("resolution", {"size": "16:9", "resolution": "0.5K"}, "1K"),
        ("size", {"size": "16:10"}, "3:2"),
        ("size", {"size": "16x9", "resolution": "2K"}, "16:9"),  # in pixels, as written
        ("size", {"size": "AUTO"}, "auto"),
        ("size", {"size": "1000x1000", "resolution": "2K"}, "1008x1008"),
        ("size", {"size": "3840x3840", "resolution": "4K"}, "2880x2880"),
        ("size", {"size": "1920x1080", "resolution": "2K"}, "1920x1088"),
        ("size", {"size": "1024×1024", "resolution": "2K"}, "1024x1024"),
        ("size", {"size": "0x0", "resolution": "2K"}, "1024x1024"),
        ("size", {"size": "portrait"}, "2:3"),
        ("resolution", {"size": "16:9", "resolution": "4k"}, "4K"),
        ("resolution", {"size": "16:9", "resolution": "8K"}, "4K"),
        ("resolution", {"size": "2304x1536"}, "2K"),
        ("resolution", {"size": "2304x1536", "resolution": "1K"}, "2K"),
        ("resolution", {"size": "3840x2160", "resolution": "2K"}, "4K"),
        ("resolution", {"model": "flux-2-pro", "resolution": "4K"}, "2K"),
        ("model", {"model": "gpt-image2"}, "gpt-image-2"),
        ("model", {"model": "flux-2-pro-edti"}, "flux-2-pro-edit"),
        ("take", {"take": 0}, "take=1"),
    ],
)
def test_a_problem_suggests_the_nearest_value_that_works(field: str, said: dict[str, str], suggestion: str) -> None:
    assert the_problem(field, **said).suggestion == suggestion


@pytest.mark.parametrize(
    ("field", "said", "words"),
    [
        ("quality", {"quality": "best"}, ["best", "low, medium, high"]),
        ("size", {"size": "16:10"}, ["16:10", "16:9", "21:9", "WIDTHxHEIGHT"]),
        ("size", {"size": "5000x1", "resolution": "4K"}, ["16", "3840", "3:1", "655,360", "8,294,400"]),
        ("resolution", {"size": "16:9", "resolution": "8K"}, ["8K", "1K, 2K, 4K"]),
        ("resolution", {"model": "flux-2-pro", "resolution": "4K"}, ["4K", "1K, 2K", "flux-2-pro"]),
        ("prompt", {"prompt": "a" * 4021}, ["4,021", "4,000", "21"]),
        ("quality", {"model": "flux-2-pro", "quality": "low"}, ["flux-2-pro", "gpt-image-2"]),
        ("image", {"references": references(1)}, ["gpt-image-2"]),
        ("image", {"model": "flux-2-pro-edit", "references": references(9)}, ["9", "8"]),
    ],
)
def test_a_problem_says_what_was_given_and_what_is_allowed(
    field: str, said: dict[str, object], words: list[str]
) -> None:
    text = str(the_problem(field, **said))
    assert [word for word in words if word not in text] == []


def test_a_model_that_takes_no_images_names_the_one_that_does_and_the_other_way_round() -> None:
    assert "gpt-image-2-edit" in the_problem("image", references=references(1)).suggestion
    assert "gpt-image-2 " in str(the_problem("image", model="gpt-image-2-edit"))


SIZES_AS_WRITTEN = st.builds("{}x{}".format, st.integers(0, 5000), st.integers(0, 5000))


@given(size=SIZES_AS_WRITTEN, resolution=st.sampled_from([None, "1K", "2K", "4K"]))
@examples(80)
def test_taking_the_suggestions_makes_a_custom_size_valid(size: str, resolution: object) -> None:
    request = GenerationRequest("x", size=size, resolution=resolution)  # type: ignore[arg-type]
    mended = replace(request, **{problem.field: problem.suggestion for problem in problems(request)})
    assert problems(mended) == ()


@pytest.mark.parametrize(
    ("size", "resolution", "suggestion"),
    [("2304x1536", "1k", "2K"), ("3840x2160", "2k", "4K"), ("3840x2160", 2, "4K")],
)
def test_a_misspelt_resolution_is_mended_to_one_that_the_custom_size_allows(
    size: str, resolution: object, suggestion: str
) -> None:
    assert the_problem("resolution", size=size, resolution=resolution).suggestion == suggestion


@given(
    size=st.text(max_size=10),
    quality=st.text(max_size=10),
    model=st.sampled_from(["gpt-image-2", "flux-2-flex"]),
)
def test_taking_the_suggestions_mends_any_nonsense_in_size_and_quality(size: str, quality: str, model: str) -> None:
    """A field that the model does not take has no suggestion: it is left out. At most two rounds."""
    request = GenerationRequest("x", model=model, size=size, quality=quality)
    for _ in range(2):
        mended = {each.field: each.suggestion.partition(",")[0] or None for each in problems(request)}  # of a list, one
        request = replace(request, **mended)
    assert problems(request) == ()


WEIRD = [None, 0, -1, 7, 1.5, float("nan"), True, b"x", [], ["16:9"], {}, {"a": 1}, ..., "", " ", "\ud800", "\x00"]
FIELDS = ["prompt", "model", "quality", "size", "resolution", "references", "take", "callback_url"]
FINE = {"quality": {None}, "size": {None}, "resolution": {None}, "callback_url": {None}}


@pytest.mark.parametrize("value", WEIRD, ids=repr)
@pytest.mark.parametrize("field", FIELDS)
def test_a_value_of_a_weird_type_is_a_problem_and_never_an_exception(field: str, value: object) -> None:
    """``None`` says nothing, an empty list brings no images, 7 is a take, and NUL is a character."""
    fine = [("references", []), ("take", 7), ("prompt", "\x00"), *((name, None) for name in FINE)]
    found = {problem.field for problem in problems(GenerationRequest(**{"prompt": "x", field: value}))}
    if (field, value) in fine:
        assert found == set()
    else:
        assert found == {"image" if field == "references" else field}


@given(
    prompt=st.one_of(st.none(), st.integers(), st.text()),
    model=st.one_of(st.none(), st.sampled_from(["gpt-image-2", "flux-2-pro-edit"]), st.lists(st.integers())),
    quality=st.one_of(st.none(), st.text(), st.floats(), st.lists(st.text())),
    size=st.one_of(st.none(), st.text(), st.tuples(st.integers(), st.integers()), SIZES_AS_WRITTEN),
    resolution=st.one_of(st.none(), st.text(), st.integers()),
    references=st.one_of(st.none(), st.text(), st.lists(st.one_of(st.none(), st.builds(Reference, st.just("url"))))),
    take=st.one_of(st.none(), st.integers(), st.text(), st.floats()),
    callback_url=st.one_of(st.none(), st.text(), st.integers(), st.text().map("https://{}".format)),
)
@examples(150)
def test_whatever_is_said_the_answer_is_a_list_of_problems(**said: object) -> None:
    found = problems(GenerationRequest(**said))  # type: ignore[arg-type]
    assert all(problem.field and problem.message for problem in found)
    assert [line for line in map(str, found) if "\n" in line] == []


def test_each_reference_that_is_no_url_is_named_by_its_number() -> None:
    urls = [*image_urls(1), "hero.png", "ftp://example.com/a.png"]
    found = problems(
        GenerationRequest("x", "gpt-image-2-edit", references=tuple(Reference("url", url) for url in urls))
    )
    assert [problem.field for problem in found] == ["image", "image"]
    assert "image 2" in found[0].message
    assert "image 3" in found[1].message


def test_references_by_content_need_no_url() -> None:
    by_content = (Reference("bytes", "00" * 32), Reference("pixels", "11" * 32))
    assert problems(GenerationRequest("x", "gpt-image-2-edit", references=by_content)) == ()


def test_white_space_around_a_prompt_does_not_count_as_length() -> None:
    assert problems(GenerationRequest("\r\n  " + "a" * 4000 + "\r\n")) == ()


def test_a_character_outside_the_first_plane_counts_once() -> None:
    assert problems(GenerationRequest("🚲" * 4000)) == ()
    assert "4,001" in the_problem("prompt", prompt="🚲" * 4001).message


def test_a_long_value_is_cut_in_the_message() -> None:
    assert len(str(the_problem("quality", quality="x" * 10_000))) < 300


@pytest.mark.parametrize("url", ["http://localhost:8000/hook", "http://127.0.0.1/hook", "http://[::1]:9/hook"])
def test_a_local_api_may_call_back_this_machine_and_the_real_one_may_not(url: str) -> None:
    request = GenerationRequest("x", callback_url=url)
    assert problems(request, local_api=True) == ()
    assert {problem.field for problem in problems(request)} == {"callback_url"}


def test_a_local_api_may_not_call_into_a_private_network_over_http() -> None:
    request = GenerationRequest("x", callback_url="http://192.168.0.4/hook")
    assert {problem.field for problem in problems(request, local_api=True)} == {"callback_url"}


@pytest.mark.parametrize(
    ("host", "public"),
    [
        ("example.com", True),
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("localhost", False),
        ("jupyter", False),
        ("printer.local", False),
        ("PRINTER.LOCAL", False),
        ("printer.local.", False),
        ("api.internal", False),
        ("10.0.0.1", False),
        ("127.1", False),
        ("127.0.0.0x1", False),
        ("224.0.0.1", False),
        ("wiki.corp", False),
        ("nas.localdomain", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("fd00::1", False),
        ("fe80::1", False),
        ("::1", False),
        ("", False),
    ],
)
def test_which_hosts_the_service_could_reach(host: str, public: bool) -> None:
    assert is_public(host) is public


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("hub.localhost", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("0.0.0.0", False),
        ("192.168.0.1", False),
        ("", False),
    ],
)
def test_which_hosts_are_this_machine(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://example.com/a.png?x=1#y", True),
        ("http://example.com", True),
        ("HTTPS://EXAMPLE.COM", True),
        ("example.com/a.png", False),
        ("ftp://example.com/a.png", False),
        ("data:image/png;base64,AAAA", False),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("https:///a.png", False),
        ("https://[", False),
        ("https://example.com/a b.png", False),
        ("https://example.com/\n", False),
        ("https://exam\ud800ple.com/", False),
        (None, False),
        (b"https://example.com", False),
    ],
)
def test_what_counts_as_a_web_address(text: object, url: bool) -> None:
    assert is_web_url(text) is url


def test_no_word_is_near_to_nonsense() -> None:
    assert nearest("zzzzzz", ["low", "medium", "high"]) == ""
    assert nearest(" Medum ", ["low", "medium", "high"]) == "medium"


def test_untrusted_text_is_shown_quoted_and_short() -> None:
    assert shown("a\nb") == r"'a\nb'"
    assert shown("x" * 100) == "'" + "x" * 59 + "…'"
