"""The entities and files of an export: a Process Run Crate 0.5 in RO-Crate 1.1.

The specifications: https://w3id.org/ro/crate/1.1 and https://w3id.org/ro/wfrun/process/0.5.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from vidgo_notebook.app.library.crate_details import Author, CrateDetails
from vidgo_notebook.app.library.unsuccessful import Unsuccessful
from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.pricing import CreditFormat
from vidgo_notebook.domain.provider import EMULATOR, is_web_url
from vidgo_notebook.domain.wording import one_line
from vidgo_notebook.engine.handles.input_image import InputImage
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.handles.saving import annotated_copy
from vidgo_notebook.store.results.contents import Over
from vidgo_notebook.store.results.record import ReferenceFile, ResultRecord
from vidgo_notebook.version import __version__
from vidgo_notebook.visible_text import visible, visible_name

PICTURES, RECORDS, PROMPTS, ANNOTATED = "pictures", "records", "prompts", "annotated"
REFERENCES = "references"
ANSWERS = "answers"
ENVIRONMENT, NOTEBOOKS = "environment.txt", "notebook"
_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_ABOUT_PROFILE = {"@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"}
_EMULATOR_URL = "http://localhost/emulator"  # applications must have addresses
_TERMS = {
    "sha256": "http://schema.org/sha256",  # younger than the context of 1.1
    "digitalSourceType": "http://schema.org/digitalSourceType",
}
_SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_PROMPT = {"name": "Prompt", "encodingFormat": "text/plain"}
_STEM_LENGTH = 40


class Crate:
    """Collects what an export holds; ``library`` is the module ``rocrate.rocrate``, ``scratch`` a folder of its own,
    ``credits`` writes amounts."""

    def __init__(self, library: Any, scratch: Path, details: CrateDetails, credits: CreditFormat) -> None:
        self._credits = credits
        self._crate = library.ROCrate(version="1.1")
        self._scratch = scratch
        self._details = details
        self._crate.metadata.extra_terms.update(_TERMS)
        self._pictures: dict[tuple[str, str], Any] = {}
        self._inputs: dict[str, Any] = {}
        self._root = self._crate.root_dataset
        self._root["conformsTo"] = self._entity(_PROFILE, _ABOUT_PROFILE)
        self._authors = [self._person(author) for author in details.authors]
        self._describe()

    def write(self, folder: Path, over: Over = iter) -> None:
        """Write all of it into a folder, ``over`` following what is written."""
        folder.mkdir(parents=True, exist_ok=True)
        for entity in over([*self._crate.data_entities, *self._crate.default_entities]):
            entity.write(folder)

    def add_text(self, name: str, text: str, about: Mapping[str, Any]) -> Any:
        """Add a file of text."""
        return self.add_file(name, text.encode(), about)

    def add_file(self, name: str, data: bytes, about: Mapping[str, Any]) -> Any:
        """Add a file, with its size and SHA-256."""
        source = self._scratch / name
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_bytes(data)
        facts = {"contentSize": str(len(data)), "sha256": hashlib.sha256(data).hexdigest()}
        return self._crate.add_file(source, name, properties={**about, **facts})

    def _describe(self) -> None:
        root, details = self._root, self._details
        self._crate.name = details.title
        if details.license:
            about = {"@type": "CreativeWork", "name": details.license, "description": f"SPDX: {details.license}"}
            root["license"] = self._entity(details.license_url or "#license", about)
        if self._authors:
            root["author"] = _one_or_all(self._authors)
            if organizations := [author["affiliation"] for author in self._authors if author.get("affiliation")]:
                root["publisher"] = organizations[0]
        if details.doi:
            root["identifier"] = f"https://doi.org/{details.doi}"

    def finish(self, *, description: str, published: str) -> None:
        """The paragraph that describes the whole, and the day of the latest picture."""
        self._crate.description = description
        self._crate.datePublished = published  # not now: equal results make equal crates

    def add_surroundings(self) -> None:
        """The notebook, if there is one, and the packages that are installed."""
        path = self._details.notebook
        if path is not None:
            kind = "application/x-ipynb+json" if path.suffix == ".ipynb" else "text/plain"
            about = {"name": f"The notebook, {visible(path.name)}", "encodingFormat": kind}
            self.add_file(f"{NOTEBOOKS}/{path.name}", path.read_bytes(), about)
        about = {"name": "Installed Python packages", "encodingFormat": "text/plain"}
        self.add_text(ENVIRONMENT, installed(), about)

    # Results

    def add_result(self, number: int, result: Result, *, annotate: bool, superseded: bool = False) -> None:
        """A result's files, and the act that made it from others. ``superseded``: it was bought again, and not used."""
        record = result.record
        stem = stem_of(number, record.prompt, superseded=superseded)
        picture = self.add_file(f"{PICTURES}/{stem}{record.suffix}", result.bytes, self._about_picture(record))
        if superseded:
            picture["creativeWorkStatus"] = "Superseded"
            picture["description"] = f"Superseded: bought again, and not used. {picture['description']}"
        picture["digitalSourceType"] = self._source_type(record.source_type)
        prompt = self._prompt(stem, record.prompt)
        about = {"name": "Record", "encodingFormat": "application/json", "about": {"@id": picture.id}}
        self.add_text(f"{RECORDS}/{stem}.json", record.to_json(), about)
        if annotate:
            copy = {"name": "Copy that carries its record", "encodingFormat": record.media_type}
            self.add_file(f"{ANNOTATED}/{stem}{record.suffix}", annotated_copy(record, result.bytes), copy)
        # The parents that are in the crate, by their fingerprint and by the digest of the file that was sent.
        keys = [
            (parent, identity.removeprefix("bytes:"))
            for parent, identity in zip(record.parents, record.references, strict=False)
        ]
        given = [self._pictures[key] for key in keys if key in self._pictures]
        settings = {**record.fields, **record.effective_fields, "take": str(record.take)}
        about = {
            "name": f"Generation of {picture.id}",
            "description": f"Fingerprint {record.fingerprint}",
            "startTime": record.submitted,
            "endTime": record.finished,
            "actionStatus": "http://schema.org/CompletedActionStatus",
        }
        act = self._act(stem, about, record.provider, record.api, record.model)
        act["object"] = _one_or_all([prompt, *given, *self._given(result), *self._values(stem, settings)])
        act["result"] = picture
        act["additionalProperty"] = self._values(stem, {"price": self._cost(record)})[0]
        self._pictures[record.fingerprint, result.digest] = picture

    def _given(self, result: Result) -> list[Any]:
        """The images of an act that no model made here: a file of each that is in the store, a description of any
        other."""
        given = []
        for image in result.inputs:
            file = result.record.reference_files.get(image.identity, ReferenceFile())
            key = file.digest if image.path else f"{image.identity} {image.name}"
            if key not in self._inputs:
                self._inputs[key] = self._input(image, file)
            given.append(self._inputs[key])
        return given

    def _input(self, image: InputImage, file: ReferenceFile) -> Any:
        name = visible_name(image.name) or "An image of the author's own"
        if image.path:
            about = {"name": name, "encodingFormat": file.media_type, "description": "An input, as it was sent"}
            return self.add_file(f"{REFERENCES}/{file.digest}{file.suffix}", image.path.read_bytes(), about)
        about = {"@type": "CreativeWork", "identifier": image.identity}
        if image.is_url:
            url = image.identity.removeprefix("url:")
            about |= {"name": "An image at a URL", "url": url, "description": "An input given by URL is not included."}
        else:
            about |= {"name": name, "description": "This input is not included: the store does not have it."}
        return self._entity(f"#input-{len(self._inputs) + 1}", about)

    def add_unsuccessful(self, number: int, request: Unsuccessful) -> None:
        """An act that made nothing."""
        stem = f"without-picture-{stem_of(number, request.prompt)}"
        what = "was refused" if request.refused else "failed"
        about = {
            "name": f"A request that {what}",
            "description": f"It {what}, made no picture and cost nothing",
            "endTime": request.at,
            "actionStatus": "http://schema.org/FailedActionStatus",
            "error": visible(request.reason),
        }
        act = self._act(stem, about, request.provider, request.api, request.model)
        prompt = self._prompt(stem, request.prompt)
        act["object"] = _one_or_all([prompt, *self._values(stem, request.fields)])
        answer = {"name": "The service's answer", "encodingFormat": "text/plain"}
        act["result"] = self.add_text(f"{ANSWERS}/{stem}.txt", visible(request.reason), answer)

    def _about_picture(self, record: ResultRecord) -> dict[str, Any]:
        emulated = "A stand-in drawn by an emulator. " if record.provider == EMULATOR else ""
        return {
            "name": one_line(record.prompt, 120),
            "description": f"{emulated}{record.model}; {record.width}×{record.height} pixels",
            "encodingFormat": record.media_type,
            "dateCreated": record.finished,
        }

    def _cost(self, record: ResultRecord) -> str:
        if record.provider == EMULATOR:
            return "emulated, free"
        return "not published" if record.paid is None else f"{self._credits.text(record.paid)} charged"

    def _prompt(self, stem: str, prompt: str) -> Any:
        return self.add_text(f"{PROMPTS}/{stem}.txt", visible(prompt), _PROMPT)

    def _act(self, stem: str, about: Mapping[str, Any], provider: str, api: str, model: str) -> Any:
        act = self._entity(f"#{stem}", {"@type": "CreateAction", **about})
        act["instrument"] = self._model(provider, api, model)
        if self._authors:
            act["agent"] = self._authors[0]
        self._root.append_to("mentions", act)
        return act

    def _model(self, provider: str, api: str, model: str) -> Any:
        address = api if is_web_url(api) else _EMULATOR_URL
        name = f"{address.rstrip('/')}/{model}"
        if known := self._crate.dereference(name):
            return known
        title = MODELS[model].title if model in MODELS else model
        emulated = ", emulated" if provider == EMULATOR else ""
        stated = __version__ if provider == EMULATOR else "The service states none."
        about = {
            "@type": "SoftwareApplication",
            "name": f"{title}{emulated}",
            "url": address,
            "softwareVersion": stated,
            "identifier": f"{provider}/{model}",
            "softwareRequirements": f"vidgo_notebook {__version__}",
        }
        return self._entity(name, about)

    def _source_type(self, name: str) -> Any:
        known = self._crate.dereference(_SOURCES + name)
        return known or self._entity(_SOURCES + name, {"@type": "DefinedTerm", "name": name, "termCode": name})

    def _values(self, stem: str, values: Mapping[str, str]) -> list[Any]:
        return [
            self._entity(
                f"#{stem}-{re.sub(r'[^a-z]+', '-', name)}", {"@type": "PropertyValue", "name": name, "value": value}
            )
            for name, value in values.items()
        ]

    def _person(self, author: Author) -> Any:
        identity = author.url or f"#author-{re.sub(r'[^a-z0-9]+', '-', author.name.lower()).strip('-')}"
        person = self._entity(identity, {"@type": "Person", "name": author.name})
        if author.affiliation:
            about = {"@type": "Organization", "name": author.affiliation}
            about |= {"url": author.site} if author.site else {}
            person["affiliation"] = self._entity(author.site or f"#{author.affiliation}", about)
        return person

    def _entity(self, identity: str, about: Mapping[str, Any]) -> Any:
        from rocrate.model import ContextEntity

        return self._crate.add(ContextEntity(self._crate, identity, properties=dict(about)))


def stem_of(number: int, prompt: str, *, superseded: bool = False) -> str:
    """The name of a result's files, without a suffix.

    >>> stem_of(3, "A red bicycle!")
    '03-a-red-bicycle'
    >>> stem_of(4, "A red bicycle!", superseded=True)
    '04-superseded-a-red-bicycle'
    """
    words = re.sub(r"[^a-z0-9]+", "-", prompt.lower())[:_STEM_LENGTH].strip("-")
    return "-".join(filter(None, [f"{number:02}", "superseded" if superseded else "", words]))


def installed() -> str:
    """The installed packages, as ``pip freeze`` lists them."""
    found = {(each.metadata["Name"], each.version) for each in distributions() if each.metadata["Name"]}
    return "".join(f"{name}=={version}\n" for name, version in sorted(found, key=lambda each: each[0].lower()))


def _one_or_all(entities: Sequence[Any]) -> Any:
    return entities[0] if len(entities) == 1 else list(entities)
