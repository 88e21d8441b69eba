"""The table and the Methods paragraph say what was made, by whom, when and for how much, and no more."""

from __future__ import annotations

import json

import pypandoc

from tests.fixtures.live_session import LiveSession
from tests.fixtures.sample_records import record
from tests.fixtures.terminal import Terminal
from vidgo_notebook.app.library.made_report import made_report
from vidgo_notebook.app.library.report import HEAD, Report
from vidgo_notebook.app.library.unsuccessful import Unsuccessful
from vidgo_notebook.emulator import Fault
from vidgo_notebook.emulator.refusal import error_body

DIGESTS = (
    "Every file is identified by its SHA-256 digest and every request by its fingerprint; both are in the records."
)
STATED = (
    "The service offers neither a seed nor a version of a model, so that the same request can make another image. "
    "These images were made by generative artificial intelligence; the authors chose the prompts and the images. "
)
CONDITIONS = "By model, quality, size and effective resolution: "
MADE = {"finished": "2026-05-01T10:00:09+00:00", "package": "0.1.0", "python": "3.11.7"}


def test_one_picture_makes_a_sentence_of_one() -> None:
    assert Report([record(**MADE)]).methods == (
        "1 image was generated on 2026-05-01 (UTC) with gpt-image-2 through the Vidgo API at "
        f"https://api.vidgo.ai, using vidgo_notebook 0.1.0 under Python 3.11.7. {CONDITIONS}gpt-image-2, high, 16:9, "
        f"2K: 1. The total cost was 24 credits, as quoted before each request. {STATED}{DIGESTS}"
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
        f"Python 3.11.7 and 3.12.1. {CONDITIONS}flux-2-pro, high, 16:9, 2K: 1; gpt-image-2, high, 16:9, 2K: 2. 1 of "
        "them was made by editing images of the authors' own. The total cost was 48 credits "
        "(0.24 USD at 0.005 USD a credit), as quoted before each request; for 1 of them the service publishes no "
        f"price. {STATED}{DIGESTS}"
    )


def unsuccessful(reason: str, *, refused: bool, provider: str = "vidgo") -> Unsuccessful:
    return Unsuccessful(
        "j1", provider, "https://api.vidgo.ai", "gpt-image-2", "A fox", {}, "2026-05-01", reason, refused
    )


def test_what_was_refused_failed_or_was_bought_again_is_in_the_paragraph_and_in_the_sum() -> None:
    """Four takes at 12 credits, three of them bought again since: 48 were spent, and one picture is shown."""
    shown = record(**MADE, charged="12", generation=3)
    replaced = [record(**MADE, charged="12", generation=generation) for generation in range(3)]
    none = [
        *[unsuccessful("content not allowed", refused=True)] * 2,
        unsuccessful("the model broke down", refused=False),
        unsuccessful("of the emulator", refused=True, provider="emulator"),
    ]
    said = Report([shown], None, (), none, replaced).methods
    assert "1 image was generated" in said
    assert "2 further requests were refused, at no cost: content not allowed (2)." in said
    assert "1 further request failed, at no cost: the model broke down (1)." in said
    assert "3 further images were bought again afterwards and not used." in said
    assert "The total cost, with those that are not used, was 48 credits" in said
    assert "of the emulator" not in said


def test_edits_are_counted_by_what_they_were_made_from_each_once() -> None:
    parent = "f" * 64
    edits = [
        record(**MADE, references=("bytes:a",), parents=(parent,)),
        record(**MADE, references=("bytes:a", "bytes:b"), parents=(parent, "")),
        record(**MADE, references=("pixels:b",), parents=("",)),
        record(**MADE, references=("bytes:b",)),
        record(**MADE, references=("url:https://files.example/a.png",), parents=("",)),
    ]
    said = Report(edits).methods
    assert "1 of them was made by editing images generated before. " in said
    assert "2 of them were made by editing images of the authors' own. " in said
    assert "1 of them was made by editing images generated before together with images of the authors' own. " in said
    assert "1 of them was made by editing images at web addresses. " in said


def test_takes_are_counted_as_images_of_one_request_whatever_number_they_have() -> None:
    one = Report([record(**MADE, take=3), record(**MADE, prompt="A hare", take=5)]).methods
    assert "take" not in one
    several = Report([record(**MADE, take=1), record(**MADE, take=4), record(**MADE, prompt="A hare")]).methods
    assert "gpt-image-2, high, 16:9, 2K: 3. Up to 2 images (takes) were made of one request. " in several


def test_texts_for_a_paper_hold_no_command_of_a_prompt() -> None:
    report = Report([record(**MADE, prompt=r"50 % of $5_000 \input{x} & ~^<|> | *bold* `code`")])
    latex = report.latex
    assert r"50 \% of \$5\_000 \textbackslash{}input\{x\} \& \textasciitilde{}\textasciicircum{}" in latex
    assert r"\input" not in latex
    assert latex.count(r"\\") == 2
    assert r"\*bold\*" in report.markdown
    document = rf"\documentclass{{article}}\usepackage{{booktabs}}\begin{{document}}{latex}\end{{document}}"
    assert "50 % of $5_000 \\input{x}" in pypandoc.convert_text(document, "plain", format="latex")


def test_the_tool_and_each_model_can_be_cited() -> None:
    report = Report([record(**MADE), record(**{**MADE, "package": "0.2.0"}, provider="emulator"), record(**MADE)])
    entries = json.loads(pypandoc.convert_text(report.bibtex, "csljson", format="bibtex"))
    assert [(entry["title"], entry.get("version")) for entry in entries] == [
        ("vidgo_notebook", "0.1.0"),
        ("vidgo_notebook", "0.2.0"),
        ("GPT Image 2", None),
    ]


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


def test_everything_means_what_failed_and_what_was_bought_again_too(live: LiveSession) -> None:
    """Four takes with fresh at 2 credits and two refusals; then another session reports the whole store."""
    for _ in range(4):
        live.made("A red bicycle", fresh=True)
    live.emulator.faults.add(Fault("submit", status=400, body=error_body(400, "content not allowed"), times=2))
    for prompt in ("A forbidden one", "Another"):
        live.ask(prompt).exception()
    whole, own = (made_report(live.session, everything=everything).methods for everything in (True, False))
    assert "1 image was generated" in whole
    assert "3 further images were bought again afterwards and not used." in whole
    assert "4 images were generated" in own  # its notebook shows all four
    assert "not used" not in own
    for said in (whole, own):
        assert "2 further requests were refused, at no cost: The service answered 400: content" in said
        assert "was 8 credits" in said
