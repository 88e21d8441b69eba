"""Results as a Research Object Crate (RO-Crate 1.1), to be published, cited, and imported again.

::

    ro-crate-metadata.json    who made what from what, for machines
    README.md                 the table and the Methods paragraph, for people
    pictures/01-a-red-bicycle.png      records/01-a-red-bicycle.json      prompts/01-a-red-bicycle.txt
    annotated/01-a-red-bicycle.png     with annotate=True
    seeds.json                the seeds by which random prompts were drawn, where some were
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import uuid
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.library.archive import Archive, open_archive
from vidgo_notebook.app.library.report import HEAD, Report, settings_text
from vidgo_notebook.app.library.select import find_results
from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.pricing import CreditFormat
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.untrusted_json import read_json
from vidgo_notebook.domain.wording import one_line
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.handles.saving import annotated_copy
from vidgo_notebook.errors import StoreError, VidgoError
from vidgo_notebook.render.markup import markdown
from vidgo_notebook.store.results.faults import Fault
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.visible_text import visible, visible_name

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session

METADATA = "ro-crate-metadata.json"
PICTURES, RECORDS, PROMPTS, ANNOTATED = "pictures", "records", "prompts", "annotated"
SEEDS = "seeds.json"
_ABOUT_SEEDS = {"name": "Seeds of random prompts", "encodingFormat": "application/json"}
_ABOUT_README = {"name": "What this is", "encodingFormat": "text/markdown"}
_TOOL = "#vidgo_notebook"
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # of ZIP's calendar: equal results make equal files
_STEM_LENGTH = 40
_LARGEST_METADATA = 32 * 1024 * 1024  # 10,000 results


def export_results(session: Session, target: Path, *, everything: bool = False, annotate: bool = False) -> Report:
    """Write a session's results, or all of its store, as a crate; a report of what it holds.

    A target that is an earlier export is replaced, anything else is left unchanged; the new one appears whole or
    not at all. What is missing or damaged is left out, and the report names it. Raises VidgoError if rocrate is not
    installed, and StoreError for a target that is something else or can't be written.
    """
    _import_rocrate()
    found = find_results(session, everything=everything)
    results = found.results
    if not results:
        raise StoreError(
            "\n".join(["There are no results to export yet.", *map(str, found.left_out)]),
            hint="Run the notebook's cells first, or export the whole store with --all.",
        )
    seeds, wrong_seeds = _seeds_of(session, results)
    report = Report(found.records, session.settings.credit_price, (*found.left_out, *wrong_seeds))
    _check_target(target)
    unfinished = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(results, seeds, report, unfinished, annotate=annotate)
        _put_in_place(unfinished, target)
    except OSError as error:
        raise StoreError(
            f"{visible_name(target)} can't be written: {error.strerror or error}.", cost="Nothing was written there."
        ) from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return report


def _import_rocrate() -> Any:
    try:
        from rocrate import rocrate
    except ImportError:
        raise VidgoError(
            "An export needs the package rocrate, which is not installed.",
            cost="Nothing was written.",
            hint='pip install "vidgo-notebook[crate]"',
        ) from None
    return rocrate


def _check_target(target: Path) -> None:
    """Raise StoreError unless the target is absent, empty, or an unchanged earlier export."""
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    try:
        with open_archive(target) as archive:
            changed = _changed_files(archive)
    except StoreError:
        changed = [target.name]
    if changed:
        raise StoreError(
            f"{visible_name(target)} exists and is not an unchanged export "
            f"({', '.join(map(visible_name, changed[:3]))}); it was left unchanged.",
            hint="Choose another name, or move it away.",
        )


def _changed_files(archive: Archive) -> list[str]:
    """The files whose name or digest is not the one in the metadata."""
    listed = digests_in(archive)
    names = [name for name in archive.names if name != METADATA]
    return [name for name in names if archive.digest(name) != listed.get(name)]


def digests_in(archive: Archive) -> dict[str, str]:
    """The SHA-256 of each file by its name, as the metadata of a crate has it. StoreError without metadata."""
    if METADATA not in archive.names:
        raise archive.refusal(f"it has no {METADATA}, so it is not an export of vidgo_notebook")
    try:
        graph = read_json(archive.read(METADATA, _LARGEST_METADATA))["@graph"]
        listed = {entity["@id"]: entity.get("sha256") for entity in graph}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise archive.refusal(f"its {METADATA} can't be read") from None
    return {name: digest for name, digest in listed.items() if isinstance(digest, str)}


def _put_in_place(folder: Path, target: Path) -> None:
    if target.suffix.lower() != ".zip":
        earlier = folder.with_name(f"{folder.name}.earlier")
        if target.exists():
            target.rename(earlier)
        folder.rename(target)
        shutil.rmtree(earlier, ignore_errors=True)
        return
    archive, paths = folder / "crate.zip", sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:  # pictures are compressed already
        for path in paths:
            file.writestr(zipfile.ZipInfo(path.relative_to(folder).as_posix(), _FIRST_DAY), path.read_bytes())
    archive.replace(target)


def _seeds_of(session: Session, results: Sequence[Result]) -> tuple[dict[str, int], list[Fault]]:
    """The kept seeds that drew for some results, so that a reader's notebook draws the same; and the files of seeds
    that can't be read."""
    drew = {result.record.seed for result in results} - {None}
    found, faults = dict[str, int](), list[Fault]()
    stores = [session.store, *(result.store for result in results if result.store)] if drew else []
    for store in dict.fromkeys(stores):
        kept, wrong = store.seeds.all()
        found, faults = {**kept, **found}, [*faults, *wrong]
    return {digest: seed for digest, seed in sorted(found.items()) if seed in drew}, faults


def _write(results: Sequence[Result], seeds: dict[str, int], report: Report, folder: Path, *, annotate: bool) -> None:
    crate = _import_rocrate().ROCrate(version="1.1")
    crate.metadata.extra_terms["sha256"] = "https://schema.org/sha256"  # younger than the context of 1.1
    crate.name = "Images generated in a notebook"
    crate.description = report.methods
    crate.datePublished = max(result.record.finished for result in results)  # not now: equal results make equal crates
    sources = folder.with_name(f"{folder.name}.sources")
    try:
        sources.mkdir()
        _add_file(crate, sources / "README.md", "README.md", _readme(report).encode(), _ABOUT_README)
        if seeds:
            _add_file(crate, sources / SEEDS, SEEDS, f"{json.dumps(seeds, indent=1)}\n".encode(), _ABOUT_SEEDS)
        versions = ", ".join(sorted({record.package for record in report}))
        about = {"@type": "SoftwareApplication", "name": "vidgo_notebook", "softwareVersion": versions}
        tool = _add_entity(crate, _TOOL, about)
        pictures: dict[tuple[str, str], Any] = {}
        for number, result in enumerate(results, 1):
            files = _Files(crate, sources, _stem(number, result.record), report.credit_format)
            pictures[result.record.fingerprint, result.digest] = files.add(result, tool, pictures, annotate=annotate)
        crate.write(folder)
    finally:
        shutil.rmtree(sources, ignore_errors=True)


def _add_entity(crate: Any, identity: str, about: dict[str, Any]) -> Any:
    from rocrate.model import ContextEntity

    return crate.add(ContextEntity(crate, identity, properties=about))


def _add_file(crate: Any, source: Path, name: str, data: bytes, about: dict[str, Any]) -> Any:
    source.parent.mkdir(exist_ok=True)
    source.write_bytes(data)
    facts = {"contentSize": str(len(data)), "sha256": hashlib.sha256(data).hexdigest()}
    return crate.add_file(source, name, properties={**about, **facts})


class _Files:
    """Adds the files of one result to a crate, under one stem."""

    def __init__(self, crate: Any, sources: Path, stem: str, write: CreditFormat) -> None:
        self._crate, self._sources, self._stem, self._write = crate, sources, stem, write

    def add(self, result: Result, tool: Any, earlier: dict[tuple[str, str], Any], *, annotate: bool) -> Any:
        """Add a result's files, and the action that made it from others; returns the picture's entity."""
        record = result.record
        picture = self._picture(result)
        prompt = self._file(
            PROMPTS, ".txt", visible(record.prompt).encode(), {"name": "Prompt", "encodingFormat": "text/plain"}
        )
        about = {"name": "Record", "encodingFormat": "application/json", "about": {"@id": picture.id}}
        self._file(RECORDS, ".json", record.to_json().encode(), about)
        if annotate:
            copy = {"name": "Copy that carries its record", "encodingFormat": record.media_type}
            self._file(ANNOTATED, record.suffix, annotated_copy(record, result.bytes), copy)
        # The parents that are in the crate, by their fingerprint and by the digest of the file that was sent.
        keys = [
            (parent, identity.removeprefix("bytes:"))
            for parent, identity in zip(record.parents, record.references, strict=False)
        ]
        self._add_action(record, picture, [prompt, *(earlier[key] for key in keys if key in earlier)], tool)
        return picture

    def _picture(self, result: Result) -> Any:
        record = result.record
        emulated = "A stand-in drawn by an emulator. " if record.provider == EMULATOR else ""
        about = {
            "name": one_line(record.prompt, 120),
            "description": f"{emulated}{record.model}, {settings_text(record)}; {record.width}×{record.height} pixels",
            "encodingFormat": record.media_type,
            "dateCreated": record.finished,
        }
        return self._file(PICTURES, record.suffix, result.bytes, about)

    def _add_action(self, record: ResultRecord, picture: Any, objects: Sequence[Any], tool: Any) -> None:
        about: dict[str, Any] = {
            "@type": "CreateAction",
            "name": f"Generation of {picture.id}",
            "description": f"{_cost(record, self._write)}; fingerprint {record.fingerprint}",
            "startTime": record.submitted,
            "endTime": record.finished,
        }
        action = _add_entity(self._crate, f"#{self._stem}", about)
        action["instrument"] = [tool, self._model(record)]
        action["object"] = list(objects)
        action["result"] = picture
        self._crate.root_dataset.append_to("mentions", action)

    def _model(self, record: ResultRecord) -> Any:
        name = f"{record.provider}/{record.model}"
        if known := self._crate.dereference(f"#{name}"):
            return known
        title = MODELS[record.model].title if record.model in MODELS else record.model
        emulated = ", emulated" if record.provider == EMULATOR else ""
        about = {"@type": "SoftwareApplication", "name": f"{title}{emulated}", "identifier": name}
        return _add_entity(self._crate, f"#{name}", about)

    def _file(self, folder: str, suffix: str, data: bytes, about: dict[str, Any]) -> Any:
        name = f"{folder}/{self._stem}{suffix}"
        return _add_file(self._crate, self._sources / name, name, data, about)


def _readme(report: Report) -> str:
    rows = [HEAD, *report.rows]
    head, *body = ["| " + " | ".join(map(markdown, row)) + " |" for row in rows]
    table = "\n".join([head, "|" + "---|" * len(HEAD), *body])
    left_out = "## Left out\n\n" + "".join(f"- {markdown(str(fault))}\n" for fault in report.left_out) + "\n"
    left_out = left_out if report.left_out else ""
    return (
        "# Images generated in a notebook\n\n"
        f"{table}\n\n## Methods\n\n{markdown(report.methods)}\n\n{left_out}## Files\n\n"
        "`pictures/` has the files exactly as they were served, `records/` how each was made (amounts are credits, "
        f"times UTC), `prompts/` the prompts, `{SEEDS}` the seeds of random prompts, if there are any; `{METADATA}` "
        "describes all of it as an [RO-Crate](https://w3id.org/ro/crate/1.1). Names in these folders agree.\n\n"
        "To run the notebook again with these pictures and without a key: `%vidgo import` this folder or its ZIP file, "
        "then run its cells.\n"
    )


def _stem(number: int, record: ResultRecord) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", record.prompt.lower())[:_STEM_LENGTH].strip("-")
    return f"{number:02}-{words}".rstrip("-")


def _cost(record: ResultRecord, write: CreditFormat) -> str:
    if record.provider == EMULATOR:
        return "Emulated, free"
    return "Credits charged: not published" if record.paid is None else f"{write.text(record.paid)} charged"
