"""A study from its pictures to what they amount to: which are compared, what each rater sees, and what counts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import vidgo_notebook as vidgo
from tests.fixtures.api_key import KEY
from tests.fixtures.live_session import dot
from tests.fixtures.local_api import serve_local_api
from vidgo_notebook.app.commands.doctor import check_store
from vidgo_notebook.app.library.exported_ratings import judged_studies
from vidgo_notebook.app.library.import_ import import_results
from vidgo_notebook.app.library.rated_pictures import jobs_of, rated_pictures
from vidgo_notebook.app.library.rating_round import Round, Study, open_study
from vidgo_notebook.app.process import provide
from vidgo_notebook.app.session import Session
from vidgo_notebook.emulator import Emulator
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.errors import RequestError, StoreError, VidgoError
from vidgo_notebook.store.results.result_store import ResultStore

QUESTION = "Which is closer to the prompt?"


@pytest.fixture
def session(open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """At a service that takes the place of the real one: its pictures are no stand-ins, and all differ."""
    with serve_local_api(draw=dot) as running:
        monkeypatch.setenv("VIDGO_BASE_URL", running.url)
        monkeypatch.setenv("VIDGO_API_KEY", KEY)
        opened = open_session()
        provide(lambda: opened)
        yield opened
        opened.close()
        provide(None)


@pytest.fixture
def batch(session: Session) -> Batch:
    """Two prompts in three qualities: six pairs."""
    return vidgo.sweep(prompt=["A fox", "A hare"], quality=["low", "medium", "high"], size="1:1", yes=True).wait()


def opened(session: Session, batch: object, **changes: Any) -> Study:
    given = {"name": "study", "by": "quality", "question": QUESTION, "kind": "pairs", "seed": 0, **changes}
    return open_study(session, batch, **given)


def rate_all(study: Study, rater: str, decide: Callable[[tuple[str, ...]], str | int]) -> Round:
    """Judge everything that is left; ``decide`` is given the conditions from left to right."""
    going = Round(study, rater)
    while item := going.sides:
        going.judge(decide(tuple(each.condition for each in item.pictures)))
    return going


def prefer_high(conditions: tuple[str, ...]) -> str:
    order = ("low", "medium", "high")
    return "left" if order.index(conditions[0]) > order.index(conditions[1]) else "right"


def file_of(session: Session, name: str = "study") -> Path:
    assert session.store.folder
    return session.store.folder / "ratings" / f"{name}.jsonl"


# What is compared


def pairs_of(batch: Batch, by: str) -> list[tuple[str, ...]]:
    return [
        tuple(each.condition for each in item.pictures) for item in rated_pictures(jobs_of(batch), by, "pairs").items
    ]


def test_every_two_pictures_that_differ_in_the_condition_alone_are_a_pair(batch: Batch) -> None:
    study = rated_pictures(jobs_of(batch), "quality", "pairs")
    assert study.conditions == ("low", "medium", "high")
    assert pairs_of(batch, "quality") == [("low", "medium"), ("low", "high"), ("medium", "high")] * 2
    assert {item.prompt for item in study.items} == {"A fox", "A hare"}
    assert pairs_of(batch, "prompt") == [("A fox", "A hare")] * 3
    assert {item.prompt for item in rated_pictures(jobs_of(batch), "prompt", "pairs").items} == {""}


def test_takes_are_compared_with_the_same_take(session: Session) -> None:
    batch = vidgo.sweep(prompt="A fox", quality=["low", "high"], size="1:1", takes=3)
    for item in rated_pictures(jobs_of(batch), "quality", "pairs").items:
        assert len({each.result.record.take for each in item.pictures}) == 1
    assert len(pairs_of(batch, "quality")) == 3


def test_models_are_compared_though_they_have_different_fields(session: Session) -> None:
    batch = vidgo.sweep(
        prompt=["A fox", "A hare"], model=["gpt-image-2", "flux-2-pro"], size="1:1", resolution="1K", yes=True
    )
    assert pairs_of(batch, "model") == [("gpt-image-2", "flux-2-pro")] * 2


def test_a_variable_of_the_prompt_and_a_column_of_a_table_are_conditions_too(session: Session) -> None:
    swept = vidgo.sweep(
        prompt="A {{ style }} {{ animal }}", style=["plain", "ornate"], animal=["fox", "hare"], size="1:1"
    )
    assert pairs_of(swept, "style") == [("plain", "ornate")] * 2
    table = [
        {"animal": animal, "style": style, "prompt": f"{words} {animal}"}
        for animal in ("fox", "hare")
        for style, words in (("plain", "A"), ("ornate", "A gilded, engraved"))
    ]
    mapped = vidgo.map(table, size="1:1")
    assert pairs_of(mapped, "style") == [("plain", "ornate")] * 2
    assert {item.prompt for item in rated_pictures(jobs_of(mapped), "style", "pairs").items} == {""}
    numbered = vidgo.map([{**row, "number": place} for place, row in enumerate(table)], size="1:1")
    with pytest.raises(
        RequestError, match="no two pictures differ in style alone: they also differ in animal and number"
    ):
        pairs_of(numbered, "style")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"by": "qualty"}, ["by: 'qualty' is not what these pictures differ in", "Write by='quality'"]),
        ({"by": 5}, ["by: '5' is not what these pictures differ in"]),
        ({"by": "size"}, ["every picture has the same size, '1:1': there is nothing to compare", "kind='scale'"]),
        ({"name": "../x", "kind": "par", "seed": -1, "question": " "},
         ["name must be letters", "kind: 'par' is neither 'pairs' nor 'scale'. Write kind='pairs'",
          "seed: -1 is not a whole number from 0", "question is empty or not text"]),
        ({"question": "x" * 501}, ["question is longer than 500 characters"]),
    ],
)  # fmt: skip
def test_a_call_that_cannot_be_understood_says_all_that_is_wrong(
    changes: dict[str, Any], words: list[str], batch: Batch, session: Session
) -> None:
    with pytest.raises(RequestError) as caught:
        opened(session, batch, **changes)
    for each in words:
        assert each in str(caught.value)
    assert not file_of(session).exists()


@pytest.mark.parametrize("given", [[], None, "grid", [1], 5])
def test_what_is_not_a_batch_is_refused(given: object, session: Session) -> None:
    with pytest.raises(RequestError, match=r"^batch"):
        opened(session, given)


def test_pictures_that_failed_are_left_out_and_counted(session: Session) -> None:
    table = [{"prompt": "A fox", "quality": quality} for quality in ("low", "high", "utmost")]
    batch = vidgo.map(table, size="1:1")
    study = opened(session, batch)
    assert [len(study.pictures.items), *study.pictures.notes] == [1, "1 picture of 3 could not be made."]
    with pytest.raises(RequestError, match="none of its pictures could be made"):
        opened(session, batch[2:])


# What a rater sees


def test_order_and_sides_are_random_for_each_rater_and_the_same_whenever_they_return(
    batch: Batch, session: Session
) -> None:
    def seen(rater: str, **changes: Any) -> list[tuple[str, ...]]:
        study, found = opened(session, batch, **changes), []
        going = Round(study, rater)
        while item := going.sides:
            found.append(tuple(each.result.digest for each in item.pictures))
            going.leave_out(item)
        return found

    assert seen("ada") == seen("ada")
    assert {*map(frozenset, seen("ada"))} == {*map(frozenset, seen("ben"))}
    assert len({tuple(seen(rater, seed=seed)) for rater in ("ada", "ben", "cy") for seed in (0, 1)}) == 6
    lefts = [pair[0] < pair[1] for number in range(40) for pair in seen(f"r{number}")]
    assert 0.35 < sum(lefts) / len(lefts) < 0.65


def test_a_rater_goes_on_where_they_stopped_also_with_more_pictures(batch: Batch, session: Session) -> None:
    first = Round(opened(session, batch[:3]), "ada")
    first.judge("left")
    first.judge("tie")
    again = Round(opened(session, batch), "ada")
    assert (first.done, first.total, again.done, again.total) == (2, 3, 2, 6)
    rate_all(opened(session, batch), "ada", prefer_high)
    found = vidgo.ratings("study")
    assert len(found) == 6
    assert len({each.subject for each in found}) == 6
    assert Round(opened(session, batch), "ben").done == 0


def test_what_is_taken_back_stays_in_the_file_and_does_not_count(batch: Batch, session: Session) -> None:
    going = Round(opened(session, batch), "ada")
    first = going.item
    going.judge("left")
    assert going.item is not first
    going.undo()
    assert (going.item, going.done) == (first, 0)
    going.undo()  # nothing is left to take back
    going.judge("right")
    lines = [json.loads(line) for line in file_of(session).read_text().splitlines()]
    assert ["withdraws" in line for line in lines] == [False, True, False]
    assert lines[1]["withdraws"] == lines[0]["id"]
    found = vidgo.ratings("study")
    assert [each.choice for each in found] == ["right"]
    assert [row["state"] for row in found.to_rows()] == ["withdrawn", "counts"]
    assert "1 judgement taken back." in found.notes
    after_a_restart = Round(opened(session, batch), "ada")
    after_a_restart.undo()
    assert after_a_restart.item == first


def test_where_nothing_can_be_kept_the_judgement_is_still_to_be_made(
    batch: Batch, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = Round(opened(session, batch), "ada")
    item = going.item

    def full(name: str, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(session.store.files, "append", full)
    with pytest.raises(StoreError, match="can't be written: No space left on device"):
        going.judge("left")
    assert (going.item, going.done) == (item, 0)


def test_a_study_keeps_its_question(batch: Batch, session: Session) -> None:
    rate_all(opened(session, batch), "ada", prefer_high)
    for changes in ({"question": "Which is nicer?"}, {"kind": "scale"}, {"by": "prompt"}):
        with pytest.raises(RequestError, match="the study 'study' has 6 judgements already") as caught:
            opened(session, batch, **changes)
        assert "Write another name, or the same question" in str(caught.value)
    assert opened(session, batch, name="nicer", question="Which is nicer?").question == "Which is nicer?"
    with pytest.raises(RequestError, match="there is a study of this name already: 'study'"):
        opened(session, batch, name="Study")


def test_a_frozen_store_takes_judgements_and_stays_whole(batch: Batch, session: Session) -> None:
    from vidgo_notebook.app.library.freeze import freeze

    freeze(session)
    rate_all(opened(session, batch), "ada", prefer_high)
    assert len(vidgo.ratings("study")) == 6
    assert session.store.frozen
    assert session.store.contents().faults == ()


# What it amounts to


def test_two_raters_who_agree_have_alpha_1_and_prefer_what_they_chose(batch: Batch, session: Session) -> None:
    study = opened(session, batch)
    for rater in ("ada", "ben"):
        rate_all(study, rater, prefer_high)
    found = vidgo.ratings("study")
    assert (found.raters, found.conditions, found.stand_ins) == (("ada", "ben"), ("low", "medium", "high"), 0)
    assert found.agreement.alpha == pytest.approx(1)
    low, medium, high = found.preferences
    assert (dict(low.counts), dict(high.counts)) == (
        {"won": 0, "lost": 8, "tied": 0},
        {"won": 8, "lost": 0, "tied": 0},
    )
    assert low.estimate is not None and medium.estimate is not None and high.estimate is not None
    assert low.estimate < medium.estimate < high.estimate
    text = repr(found)
    assert text.startswith(
        "study: Which is closer to the prompt? · 12 judgements by 2 raters (ada, ben), pairs by quality"
    )
    assert "Krippendorff's alpha is 1.00 (nominal, 2 raters)" in text
    assert "100 % (100 to 100)" in text
    assert found._repr_mimebundle_()["text/plain"] == text


def test_scores_have_a_mean_by_condition(batch: Batch, session: Session) -> None:
    scores = {"low": 2, "medium": 4, "high": 7}
    study = opened(session, batch, kind="scale")
    assert study.question == "How close is it to the prompt?"
    for rater in ("ada", "ben"):
        assert rate_all(study, rater, lambda conditions: scores[conditions[0]]).done == 6
    found = vidgo.ratings("study")
    assert [(row.condition, row.estimate) for row in found.preferences] == [("low", 2), ("medium", 4), ("high", 7)]
    assert (found.agreement.alpha, found.agreement.level) == (pytest.approx(1), "ordinal")
    assert "7.00 (7.00 to 7.00)" in repr(found)


def test_skips_repetitions_and_pictures_that_are_gone_are_named(batch: Batch, session: Session) -> None:
    study = opened(session, batch)
    one, same = Round(study, "ada"), Round(study, "ada")  # in two windows
    one.judge("left")
    same.judge("right")
    one.judge("skip")
    found = vidgo.ratings("study")
    assert [row["state"] for row in found.to_rows()] == ["repeated", "counts", "skipped"]
    assert "1 judgement skipped." in found.notes
    assert "1 judgement made again later by the same rater: the last one counts." in found.notes
    assert "nothing was judged by two raters" in found.agreement.title
    for record in session.store.contents().current:
        session.store.remove([(f"{record.fingerprint}.json", record)])
    found = vidgo.ratings("study")
    assert "No longer in the store: 2 pictures; what was said counts." in found.notes
    assert sum(row.counts["won"] for row in found.preferences) == 1


def test_of_two_studies_that_a_merge_put_into_one_file_the_larger_counts(batch: Batch, session: Session) -> None:
    rate_all(opened(session, batch), "ada", prefer_high)
    rate_all(opened(session, batch, name="other", question="Which is nicer?"), "ben", lambda _: "left")
    lines = file_of(session, "other").read_text().replace('"study": "other"', '"study": "study"').splitlines()
    with file_of(session).open("a") as file:
        file.write("\n".join([*lines[:2], "<<<<<<< ours", ""]))
    found = vidgo.ratings("study")
    assert (found.question, found.raters) == (QUESTION, ("ada",))
    assert "2 judgements left out: of another question, kind or condition." in found.notes
    assert any("line 9: a conflict marker of version control" in note for note in found.notes)


def test_from_stand_ins_nothing_is_concluded(
    open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vidgo_notebook.emulator.service.Emulator", partial(Emulator, latency=0, draw=dot))
    session = open_session(mode="emulator")
    provide(lambda: session)
    batch = vidgo.sweep(prompt=["A fox", "A hare"], quality=["low", "high"], size="1:1")
    for rater in ("ada", "ben"):
        rate_all(opened(session, batch), rater, prefer_high)
    found = vidgo.ratings("study")
    assert found.stand_ins == 4
    assert found.agreement.alpha is None
    assert [(row.estimate, row.counts["won"]) for row in found.preferences] == [(None, 0), (None, 4)]
    why = "4 of 4 judgements are of stand-ins, drawn by the emulator and by no model: nothing is concluded."
    assert why in repr(found)
    assert repr(found).count("nothing is concluded") == 1
    figure = found.plot()
    assert "no result" in figure.get_suptitle()
    # A line that was edited to say otherwise does not change what the store says of its own pictures.
    file_of(session).write_text(file_of(session).read_text().replace('"emulated": true', '"emulated": false'))
    assert vidgo.ratings("study").stand_ins == 4
    provide(None)


def test_a_study_without_judgements_says_so_and_names_those_that_there_are(batch: Batch, session: Session) -> None:
    rate_all(opened(session, batch), "ada", prefer_high)
    found = vidgo.ratings("studdy")
    assert (len(found), found.to_rows(), list(found.preferences), found.agreement.alpha) == (0, [], [], None)
    assert repr(found) == "No judgements in the study 'studdy' yet. The store has the studies: study."
    assert len(found.to_frame()) == 0
    with pytest.raises(RequestError, match="name must be letters"):
        vidgo.ratings("../study")


def test_the_frame_has_a_row_for_each_judgement_with_times_in_utc(batch: Batch, session: Session) -> None:
    rate_all(opened(session, batch), "ada", lambda _: "tie")
    frame = vidgo.ratings("study").to_frame()
    assert len(frame) == 6
    assert {"rater", "left_condition", "right_condition", "choice", "preferred", "order", "seed", "state"} <= {*frame}
    assert str(frame["time"].dt.tz) == "UTC"
    assert frame["preferred"].isna().all()
    assert sorted(frame["order"]) == [1, 2, 3, 4, 5, 6]


def test_the_plot_is_a_figure_that_shows_itself(batch: Batch, session: Session) -> None:
    study = opened(session, batch)
    rate_all(study, "ada", lambda conditions: "left" if "high" in conditions else "tie")
    figure = vidgo.ratings("study").plot()
    assert figure._repr_png_().startswith(b"\x89PNG")
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["low", "medium", "high"]
    assert axes.get_xlabel() == "chance to be preferred to another condition, %"


def test_without_its_packages_everything_is_counted_and_what_is_missing_is_named(
    batch: Batch, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    rate_all(opened(session, batch), "ada", prefer_high)
    for name in ("choix", "krippendorff", "matplotlib"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    found = vidgo.ratings("study")
    assert "The preference needs the package choix, which is not installed." in repr(found)
    assert 'pip install "vidgo-notebook[stats]"' in repr(found)
    assert "medium" in repr(found)
    for ask in (lambda: found.preferences, found.plot):
        with pytest.raises(VidgoError, match="needs the package"):
            ask()


def test_text_from_a_file_is_shown_as_text(batch: Batch, session: Session) -> None:
    rate_all(opened(session, batch), "ada", prefer_high)
    known = session.store.judgements.of("study").judgements[0]
    session.store.judgements.add([replace(known, id="f" * 32, rater="<img src=x>$x$\x1b[31m")])
    html = vidgo.ratings("study")._repr_html_()
    assert "<img" not in html
    assert "\x1b" not in html
    assert "&lt;img" in html


def test_a_check_of_the_store_names_lines_that_cannot_be_used(batch: Batch, session: Session) -> None:
    rate_all(opened(session, batch), "ada", prefer_high)
    assert list(check_store(session)) == []
    file_of(session).write_text(file_of(session).read_text().replace('"left"', '"both"'))
    file_of(session, "study (1)").write_text(file_of(session).read_text())  # as cloud drives name copies
    found = [(row.file, row.serious) for row in check_store(session)]
    assert ("ratings/study.jsonl, line 1", True) in found
    assert ("ratings/study (1).jsonl, line 6", True) in found


# In an export


@pytest.mark.parametrize("name", ["study", "Étude 2-final"])
def test_an_export_has_the_judgements_and_an_import_adds_those_that_are_missing(
    name: str, batch: Batch, session: Session, folder: Path
) -> None:
    pytest.importorskip("rocrate")
    going = rate_all(opened(session, batch, name=name), "ada", prefer_high)
    going.undo()
    vidgo.export("study.zip", everything=True)
    vidgo.export("study.zip", everything=True)  # an unchanged export is replaced
    other = ResultStore(folder / "another")
    assert str(import_results(folder / "study.zip", other)).endswith(
        "0 in the store already, 7 lines of ratings added."
    )
    assert other.judgements.of(name) == session.store.judgements.of(name)
    assert str(import_results(folder / "study.zip", other)) == "0 results imported, 6 in the store already."


def test_an_export_of_a_notebook_has_the_studies_of_its_pictures_alone(batch: Batch, session: Session) -> None:
    rate_all(opened(session, batch), "ada", prefer_high)
    assert [*judged_studies(session.store, {batch[0].result().digest})[0]] == ["study"]
    assert judged_studies(session.store, {"c" * 64}) == ({}, [])


def test_judgements_that_were_edited_in_an_export_are_not_imported(
    batch: Batch, session: Session, folder: Path
) -> None:
    pytest.importorskip("rocrate")
    rate_all(opened(session, batch), "ada", prefer_high)
    with file_of(session).open("a") as file:
        file.write("not a line\n")
    with pytest.warns(UserWarning, match=r"study\.jsonl, line 7: it is not JSON"):
        vidgo.export("crate", everything=True)
    path = folder / "crate" / "ratings" / "study.jsonl"
    assert len(path.read_text().splitlines()) == 6
    path.write_text(path.read_text().replace('"left"', '"right"', 1))
    other = ResultStore(folder / "another")
    with pytest.raises(StoreError, match=r"study\.jsonl was edited after the export"):
        import_results(folder / "crate", other)
    assert other.judgements.studies() == []
