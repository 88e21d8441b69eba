"""What others make of an export: an independent validator, and two readers of JSON-LD."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyld
import pytest
import rdflib
import rocrate
import yaml

import vidgo_notebook as vidgo
from tests.fixtures.environments import Environment, make_environment
from tests.fixtures.live_session import LiveSession, OpenLiveSession
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.app.library.crate_details import CrateDetails, understood_details
from vidgo_notebook.app.library.export import METADATA, export_results
from vidgo_notebook.emulator import Fault
from vidgo_notebook.emulator.refusal import error_body
from vidgo_notebook.errors import RequestError
from vidgo_notebook.store.results.judgements import Judged, Judgement

CONTEXT = Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld"
ADA = "Ada Lovelace <0000-0002-1825-0097>; University of London <https://www.london.ac.uk>"
SCHEMA = rdflib.Namespace("http://schema.org/")


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """roc-validator in an environment of its own: it wants older libraries than the other tools."""
    environment = make_environment(tmp_path_factory.mktemp("validator"))
    environment.install("roc-validator>=0.13")
    return environment


@pytest.fixture
def details(tmp_path: Path) -> CrateDetails:
    (tmp_path / "study.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    return understood_details(
        title="Bicycles",
        authors=[ADA],
        license="cc-by-4.0",
        notebook="study.ipynb",
        doi="https://doi.org/10.5281/zenodo.1234567",
        folder=tmp_path,
    )


@pytest.fixture
def crate(live: LiveSession, open_live: OpenLiveSession, details: CrateDetails, tmp_path: Path) -> Path:
    """A picture, an edit of it, one of images from elsewhere, one that was bought again, and a request that the service
    refused."""
    first = live.made("A red bicycle <b>&</b>")
    live.made("Paint it blue", image=first)
    live.made("Put it on the shelf", image=[first, PNG, "https://files.example/a.png"])
    pair = (Judged(first.digest, "first"), Judged("a" * 64, "second"))
    about = ("ada", first.record.finished, "pairs", "Which is bluer?", "take")
    live.session.store.judgements.add([Judgement("1" * 32, "my study", *about, pair, "left", None, 0, 1, False)])  # type: ignore[arg-type]
    live.session.settings.keep_references = False
    live.made("Put it under the shelf", image=PNG)
    open_live().made("A green bicycle")
    live.made("A green bicycle", fresh=True)
    live.emulator.faults.add(Fault("submit", status=400, body=error_body(400, "content not allowed")))
    live.ask("A forbidden bicycle").exception()
    export_results(live.session, tmp_path / "crate", details)
    return tmp_path / "crate"


def test_an_independent_validator_finds_nothing_that_is_required_or_recommended(
    crate: Path, validator: Environment
) -> None:
    script = str(Path(__file__).with_name("validate_crate.py"))
    profiles = ("ro-crate-1.1", "process-run-crate-0.5")
    found = json.loads(validator.run(script, str(crate), str(CONTEXT), *profiles).splitlines()[-1])
    assert found == {profile: [] for profile in profiles}


def test_two_readers_of_json_ld_find_the_same_and_every_digest(crate: Path) -> None:
    data = json.loads((crate / METADATA).read_text(encoding="utf-8"))
    published = json.loads(CONTEXT.read_bytes())["@context"]
    data["@context"] = [published if isinstance(part, str) else part for part in data["@context"]]  # no network
    graph = rdflib.Graph().parse(data=json.dumps(data), format="json-ld", publicID="http://crate.example/")
    expanded = pyld.jsonld.expand(data, {"base": "http://crate.example/"})
    by_pyld = {entity["@id"] for entity in expanded}
    assert by_pyld == {str(subject) for subject in graph.subjects()}
    assert all(":" in identity for identity in by_pyld), "an id without a scheme is dropped by a processor"
    digests = {str(value) for value in graph.objects(None, SCHEMA.sha256)}
    assert digests == {entity["sha256"] for entity in data["@graph"] if "sha256" in entity}
    made = {str(each) for each in graph.objects(None, SCHEMA.digitalSourceType)}
    kinds = ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia")
    assert made == {f"http://cv.iptc.org/newscodes/digitalsourcetype/{kind}" for kind in kinds}


def test_what_was_refused_is_in_it_as_an_act_that_failed(crate: Path) -> None:
    graph = json.loads((crate / METADATA).read_text(encoding="utf-8"))["@graph"]
    acts = [entity for entity in graph if entity["@type"] == "CreateAction"]
    assert [act["actionStatus"].rpartition("/")[2] for act in acts] == [
        *["CompletedActionStatus"] * 6,
        "FailedActionStatus",
    ]
    failed = acts[-1]
    assert "content not allowed" in failed["error"]
    assert "content not allowed" in (crate / failed["result"]["@id"]).read_text()
    prompt = next(each["@id"] for each in failed["object"] if each["@id"].startswith("prompts/"))
    assert (crate / prompt).read_text() == "A forbidden bicycle"


def test_it_holds_the_notebook_the_environment_a_page_and_how_to_cite_it(crate: Path, tmp_path: Path) -> None:
    assert (crate / "notebook" / "study.ipynb").read_bytes() == (tmp_path / "study.ipynb").read_bytes()
    assert "\nipython==" in f"\n{(crate / 'environment.txt').read_text().lower()}"
    page = (crate / "ro-crate-preview.html").read_text(encoding="utf-8")
    assert "A red bicycle &lt;b&gt;" in page
    assert "<b>" not in page
    assert page.count("<img ") == 6
    cited = yaml.safe_load((crate / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["authors"] == [
        {"family-names": "Lovelace", "given-names": "Ada", "orcid": "https://orcid.org/0000-0002-1825-0097"}
    ]
    assert (cited["title"], cited["license"], cited["doi"]) == ("Bicycles", "CC-BY-4.0", "10.5281/zenodo.1234567")


def test_what_was_not_said_is_asked_for_and_not_invented(live: LiveSession, tmp_path: Path) -> None:
    live.made("A red bicycle")
    export_results(live.session, tmp_path / "crate")
    root = next(
        entity for entity in json.loads((tmp_path / "crate" / METADATA).read_text())["@graph"] if entity["@id"] == "./"
    )
    assert not {"license", "author", "publisher", "identifier"} & root.keys()
    assert not (tmp_path / "crate" / "CITATION.cff").exists()
    missing = CrateDetails().missing
    assert [text.partition(":")[0] for text in missing] == [
        "No licence was given, so no one else may use it",
        "No author was given",
        "The notebook is not in it",
    ]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"authors": ["Ada <0000-0002-1825-0098>"]}, "last digit would be 7"),
        ({"authors": ["Ada <0000-0002-1825>"]}, "is not an ORCID"),
        ({"authors": ["<0000-0002-1825-0097>"]}, "is not a name"),
        ({"license": "Creative Commons"}, "spdx.org"),
        ({"license": "CC-BY-99"}, "spdx.org"),
        ({"doi": "zenodo 12"}, "is not a DOI"),
        ({"notebook": "none.ipynb"}, "none.ipynb can't be read"),
        ({"notebook": "."}, "can't be"),
    ],
)
def test_details_that_are_wrong_are_refused_with_what_to_write(given: dict[str, Any], why: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=why):
        understood_details(**given, folder=tmp_path)


def test_all_that_is_wrong_with_an_export_is_said_at_once(live: LiveSession, tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        vidgo.export(tmp_path / "out", license="mine", doi="12", authors=["A <1>", ADA], notebook="no.ipynb")
    assert [problem.field for problem in caught.value.problems] == ["author", "license", "doi", "notebook"]
    assert not (tmp_path / "out").exists()


def test_a_licence_that_is_not_listed_has_no_address_and_letters_that_control_a_screen_are_written_out(
    live: LiveSession, tmp_path: Path
) -> None:
    live.made("A red bicycle")
    for number, licence in enumerate(("LicenseRef-Ours", "MIT OR Apache-2.0")):
        details = understood_details(
            title="Bikes \x1b[31m\u202e\n of: 'ours'", authors=["Ada \u202eL"], license=licence, folder=tmp_path
        )
        export_results(live.session, tmp_path / str(number), details)
        text = (tmp_path / str(number) / METADATA).read_text()
        assert f"spdx.org/licenses/{licence}" not in text
        root = next(each for each in json.loads(text)["@graph"] if each["@id"] == "./")
        assert (root["license"], root["name"]) == ({"@id": "#license"}, r"Bikes \x1b[31m\u202e of: 'ours'")
        cited = yaml.safe_load((tmp_path / str(number) / "CITATION.cff").read_text())
        assert "license" not in cited
        assert cited["authors"] == [{"given-names": "Ada", "family-names": r"\u202eL"}]


def test_an_orcid_may_end_in_x_and_be_an_address(tmp_path: Path) -> None:
    (author,) = understood_details(authors=["J <https://orcid.org/0000-0002-1694-233x>"], folder=tmp_path).authors
    assert author.url == "https://orcid.org/0000-0002-1694-233X"
