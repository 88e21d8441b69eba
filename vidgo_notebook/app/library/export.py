"""Results as a Research Object Crate (RO-Crate 1.1), to be published, cited, and imported again.

::

    ro-crate-metadata.json    who made what from what, for machines
    README.md                 the table and the Methods paragraph, for people
    ro-crate-preview.html     the same with the pictures, for a browser
    CITATION.cff              how to cite it, where authors were given
    answers/without-picture-01-a-fox.txt    why a request made nothing, where one did
    notebook/study.ipynb      the notebook, where it is known
    environment.txt           the installed packages
    pictures/01-a-red-bicycle.png      records/01-a-red-bicycle.json      prompts/01-a-red-bicycle.txt
    pictures/02-superseded-a-red-bicycle.png …    what was bought again and is not used
    annotated/01-a-red-bicycle.png     with annotate=True
    references/abcd….jpg      the authors' own images that pictures were made from, as they were sent
    ratings/study.jsonl       blind judgements of the pictures, where some were made
    seeds.json                the seeds by which random prompts were drawn, where some were
    stars.json                the pictures that have a star, by their digests, where some have
"""

from __future__ import annotations

import json
import shutil
import uuid
import zipfile
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from vidgo_notebook.app.library import crate_pages as pages
from vidgo_notebook.app.library.archive import Archive, open_archive
from vidgo_notebook.app.library.crate import Crate
from vidgo_notebook.app.library.crate_details import CrateDetails
from vidgo_notebook.app.library.exported_ratings import RATINGS, judged_studies
from vidgo_notebook.app.library.made_report import report_on
from vidgo_notebook.app.library.report import Report
from vidgo_notebook.app.library.select import find_results
from vidgo_notebook.app.library.unsuccessful import find_unsuccessful
from vidgo_notebook.app.steps import Steps
from vidgo_notebook.domain.untrusted_json import read_json
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import StoreError, VidgoError
from vidgo_notebook.store.results.contents import Over
from vidgo_notebook.store.results.faults import Fault
from vidgo_notebook.store.results.local_files import move_over
from vidgo_notebook.store.results.user_files import why_not_writable
from vidgo_notebook.visible_text import visible, visible_name

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.store.results.record import ResultRecord

METADATA = "ro-crate-metadata.json"
_ABOUT = {
    pages.README: {"name": "What this is", "encodingFormat": "text/markdown"},
    pages.PREVIEW: {"name": "The same for a browser", "encodingFormat": "text/html"},
    pages.CITATION: {"name": "How to cite it", "encodingFormat": "application/yaml"},
    pages.STARS: {"name": "Pictures that have a star", "encodingFormat": "application/json"},
    pages.SEEDS: {"name": "Seeds of random prompts", "encodingFormat": "application/json"},
}
_NO_DETAILS = CrateDetails()
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # of ZIP's calendar: equal results make equal files
_LARGEST_METADATA = 32 * 1024 * 1024  # 10,000 results


class _Beside(NamedTuple):
    """What is exported beside the results: seeds of random prompts, the digests of pictures that have a star, and
    judgements by study."""

    seeds: dict[str, int]
    stars: list[str]
    ratings: dict[str, str]


def export_results(
    session: Session,
    target: Path,
    details: CrateDetails = _NO_DETAILS,
    *,
    everything: bool = False,
    chosen: Sequence[ResultRecord] | None = None,
    annotate: bool = False,
) -> Report:
    """Write a session's results, all of its store, or some ``chosen`` records of it, as a crate; a report of what it
    holds.

    A target that is an earlier export is replaced, anything else is left unchanged; the new one appears whole or
    not at all. What is missing or damaged is left out, and the report names it. Raises VidgoError if rocrate is not
    installed, and StoreError for a target that is something else or can't be written.
    """
    _import_rocrate()
    if session.rehearsal:
        target = session.rehearsal.folder / "exports" / target.name
    found = find_results(session, everything=everything, chosen=chosen)
    results = found.results
    if not results:
        raise StoreError(
            "\n".join(["There are no results to export yet.", *map(str, found.left_out)]),
            hint="Run the notebook's cells first, or export the whole store with --all.",
        )
    unsuccessful = () if chosen is not None else find_unsuccessful(session, everything=everything)
    every = (*results, *found.superseded)
    seeds, wrong_seeds = _seeds_of(session, every)
    digests = None if everything else {result.digest for result in every}
    ratings, wrong_lines = judged_studies(session.store, digests)
    left_out = (*found.left_out, *wrong_seeds, *wrong_lines)
    report = report_on(found, session.settings.credit_price, unsuccessful, left_out)
    _check_target(target)
    unfinished = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        target.parent.mkdir(exist_ok=True)
        followed = session.steps.over(every, "Exporting")
        beside = _Beside(seeds, _stars_of(session, every), ratings)
        writing = partial(session.steps.over, doing="Writing")
        _write(followed, beside, report, details, unfinished, writing, annotate=annotate)
        _put_in_place(unfinished, target, session.steps)
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
    """Raise StoreError unless the target is absent, empty, or an unchanged earlier export, and at most one folder is
    to be created for it."""
    if why := why_not_writable(target):
        raise StoreError(f"Nothing was exported: {why}.")
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
        listed = {unquote(entity["@id"]): entity.get("sha256") for entity in graph}  # a name with spaces is quoted
    except (ValueError, KeyError, TypeError, AttributeError):
        raise archive.refusal(f"its {METADATA} can't be read") from None
    return {name: digest for name, digest in listed.items() if isinstance(digest, str)}


def _put_in_place(folder: Path, target: Path, steps: Steps) -> None:
    if target.suffix.lower() != ".zip":
        earlier = folder.with_name(f"{folder.name}.earlier")
        if target.exists():
            target.rename(earlier)
        folder.rename(target)
        shutil.rmtree(earlier, ignore_errors=True)
        return
    archive, paths = folder / "crate.zip", sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:  # pictures are compressed already
        for path in steps.over(paths, "Packing"):
            file.writestr(zipfile.ZipInfo(path.relative_to(folder).as_posix(), _FIRST_DAY), path.read_bytes())
    move_over(archive, target)


def _stars_of(session: Session, results: Sequence[Result]) -> list[str]:
    """The digests of the results that have a star."""
    stores = dict.fromkeys([session.store, *(result.store for result in results if result.store)])
    marked = {digest for store in stores for digest in store.stars.all()}
    return sorted(marked & {result.digest for result in results})


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


def _write(
    results: Iterable[Result],
    beside: _Beside,
    report: Report,
    details: CrateDetails,
    folder: Path,
    writing: Over,
    *,
    annotate: bool,
) -> None:
    """Write a crate of ``results``: those of the report, and after them the superseded ones. ``writing`` follows its
    files."""
    scratch = folder.with_name(f"{folder.name}.sources")
    latest = max(record.finished for record in report)
    try:
        scratch.mkdir()
        crate = Crate(_import_rocrate(), scratch, details, report.credit_format)
        crate.finish(description=report.methods, published=latest)
        crate.add_text(pages.README, pages.readme(report, details), _ABOUT[pages.README])
        crate.add_text(
            pages.PREVIEW,
            pages.preview(report, details),
            _ABOUT[pages.PREVIEW],
        )
        if details.authors:
            crate.add_text(pages.CITATION, pages.citation(details, latest[:10]), _ABOUT[pages.CITATION])
        if beside.stars:
            crate.add_text(pages.STARS, f"{json.dumps(beside.stars, indent=1)}\n", _ABOUT[pages.STARS])
        if beside.seeds:
            crate.add_text(pages.SEEDS, f"{json.dumps(beside.seeds, indent=1)}\n", _ABOUT[pages.SEEDS])
        for name, lines in beside.ratings.items():
            about = {"name": f"Blind judgements, study {visible(name)}", "encodingFormat": "application/jsonl"}
            crate.add_text(f"{RATINGS}/{name}.jsonl", lines, about)
        crate.add_surroundings()
        for number, result in enumerate(results, 1):
            crate.add_result(number, result, annotate=annotate, superseded=number > len(report))
        for number, request in enumerate(report.unsuccessful, 1):
            crate.add_unsuccessful(number, request)
        crate.write(folder, writing)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
