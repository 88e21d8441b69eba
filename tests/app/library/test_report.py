"""The table and the Methods paragraph say what was made, by whom, when and for how much, and no more."""

from __future__ import annotations

from tests.fixtures.sample_records import record
from tests.fixtures.terminal import Terminal
from vidgo_notebook.app.library.report import HEAD, Report

DIGESTS = (
    "Every file is identified by its SHA-256 digest and every request by its fingerprint; both are in the records."
)
MADE = {"finished": "2026-05-01T10:00:09+00:00", "package": "0.1.0", "python": "3.11.7"}


def test_one_picture_makes_a_sentence_of_one() -> None:
    assert Report([record(**MADE)]).methods == (
        "1 image was generated on 2026-05-01 (UTC) with gpt-image-2 through the Vidgo API at "
        "https://api.vidgo.ai, using vidgo_notebook 0.1.0 under Python 3.11.7. The total cost was 24 credits, as "
        "quoted before each request. " + DIGESTS
    )


def test_models_days_versions_edits_unpublished_prices_and_money_are_all_reported() -> None:
    records = [
        record(**MADE),
        record(**{**MADE, "finished": "2026-05-03T23:59:00+00:00", "python": "3.12.1"}, references=("bytes:ab",)),
        record(**MADE, model="flux-2-pro", charged=None, quoted=None, provider="https://other.example"),
    ]
    assert Report(records, "0.005 USD").methods == (
        "3 images were generated from 2026-05-01 to 2026-05-03 (UTC) with flux-2-pro (1) and gpt-image-2 (2) "
        "through the Vidgo API at https://api.vidgo.ai and https://other.example, using vidgo_notebook 0.1.0 under "
        "Python 3.11.7 and 3.12.1. 1 of them was made from earlier or given images. The total cost was 48 credits "
        "(0.24 USD at 0.005 USD a credit), as quoted before each request; for 1 of them the service publishes no "
        "price. " + DIGESTS
    )


def test_stand_ins_are_never_reported_as_pictures_of_a_model() -> None:
    stand_in = record(**MADE, provider="emulator")
    said = (
        "stand-ins, drawn by the emulator of vidgo_notebook 0.1.0 in the place of gpt-image-2: no model made them, "
        "nothing was paid, and nothing can be concluded about the models. "
    )
    assert Report([stand_in, stand_in]).methods == f"2 images are {said}{DIGESTS}"
    mixed = Report([stand_in, record(**MADE), stand_in])
    assert "1 image was generated" in mixed.methods
    assert "The total cost was 24 credits, as quoted" in mixed.methods
    assert f"2 further images are {said}" in mixed.methods
    assert [row[HEAD.index("made")] for row in mixed.rows] == ["emulated", "2026-05-01", "emulated"]


def test_a_table_holds_prompts_as_text_whatever_is_in_them() -> None:
    report = Report([record(prompt="<script>alert(1)</script>\n| and " + "so on " * 30, take=2)])
    assert "<script>" not in report._repr_html_()
    assert report.rows[0][1].endswith("…")
    assert report.rows[0][3] == "high, 16:9, 2K, take 2"


def test_nothing_made_is_said_to_be_so() -> None:
    assert repr(Report([])) == "No images were generated."


def test_the_command_reports_this_notebooks_results_and_with_all_those_of_the_store(terminal: Terminal) -> None:
    terminal.run("%%vidgo a\nA red bicycle")
    terminal.run("%%vidgo b --image a\nPaint it blue")
    terminal.run("%unload_ext vidgo_notebook\n%load_ext vidgo_notebook")
    assert terminal.run("%vidgo report") == "No images were generated.\n"
    terminal.run("%%vidgo b --image {{ a }}\nPaint it blue")
    text = terminal.run("%vidgo report")
    rows = [line.split("  ") for line in text.splitlines()[1:3]]
    assert ["A red bicycle" in str(rows[0]), "Paint it blue" in str(rows[1])] == [True, True]
    assert "2 images are stand-ins" in text
    terminal.run("%%vidgo\nA third one")
    assert "3 images are" in terminal.run("%vidgo report")
    assert "3 images are" in terminal.run(
        "import vidgo_notebook as vidgo\nprint(vidgo.report(everything=True).methods)"
    )
