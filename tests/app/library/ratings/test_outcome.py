"""What the judgements of a study amount to."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

import vidgo_notebook as vidgo
from tests.app.library.ratings.judged import QUESTION, file_of, opened, prefer_high, rate_all
from tests.fixtures.live_session import dot
from vidgo_notebook.app.commands.doctor import check_store
from vidgo_notebook.app.library.rating_round import Round
from vidgo_notebook.app.process import provide
from vidgo_notebook.app.session import Session
from vidgo_notebook.emulator import Emulator
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.errors import RequestError, VidgoError


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


def test_conditions_that_were_edited_into_others_than_the_pictures_have_do_not_count(
    batch: Batch, session: Session
) -> None:
    """Who exchanges them turns the outcome around."""
    rater = Round(opened(session, batch), "ada")
    rater.judge("left")
    rater.judge("right")
    path = file_of(session)
    first, second = map(json.loads, path.read_text().splitlines())
    first["left"]["condition"], first["right"]["condition"] = (first[side]["condition"] for side in ("right", "left"))
    path.write_text(f"{json.dumps(first)}\n{json.dumps(second)}\n")
    found = vidgo.ratings("study")
    assert [row["state"] for row in found.to_rows()] == ["other condition", "counts"]
    assert "1 judgement left out: its picture was made under another condition." in found.notes
    assert "The left picture was chosen 0 times, the right one 1 time." in found.notes
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
