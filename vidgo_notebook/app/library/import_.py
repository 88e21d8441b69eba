"""Imports exported results into a store, so that a reader replays the notebook with the same pictures."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vidgo_notebook.app.library.archive import Archive, open_archive
from vidgo_notebook.app.library.crate import PICTURES, RECORDS, REFERENCES
from vidgo_notebook.app.library.crate_pages import SEEDS, STARS
from vidgo_notebook.app.library.export import METADATA, digests_in
from vidgo_notebook.app.library.exported_ratings import exported_judgements, keep_judgements
from vidgo_notebook.app.steps import QUIET, Steps
from vidgo_notebook.domain.draws import is_seed
from vidgo_notebook.domain.image_formats import MAX_SERVED_BYTES
from vidgo_notebook.domain.untrusted_json import read_json
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.errors import FetchError, StoreError
from vidgo_notebook.store.results.file_names import is_digest
from vidgo_notebook.store.results.record import ReferenceFile, ResultRecord, record_digest
from vidgo_notebook.store.results.record_file import MAX_RECORD_BYTES, read_record
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.store.results.verification import UNVERIFIABLE, is_unverifiable
from vidgo_notebook.wire.picture import inspect

_RECORD = re.compile(rf"{RECORDS}/[^/]+\.json")
_MOST_OF_RECORDS = 64 * 1024 * 1024  # bytes, of all together
_LARGEST_JSON = 8 * 1024 * 1024
_NAMED = 10


@dataclass(frozen=True, slots=True)
class Imported:
    """How many results were added, were in the store already, and were left out because the store has others, or
    because their records can't be verified; how many seeds of random prompts, because the store draws by others; and
    how many lines of blind judgements were added."""

    added: int
    known: int
    left: int
    unverifiable: int = 0
    seeds_left: int = 0
    judgements: int = 0

    def __str__(self) -> str:
        left = f", {self.left:,} left out: the store has other pictures for them" if self.left else ""
        doubtful = f", {self.unverifiable:,} left out: {UNVERIFIABLE}" if self.unverifiable else ""
        seeds = f", {counted(self.seeds_left, 'seed')} left out: the store draws by another" if self.seeds_left else ""
        judged = f", {counted(self.judgements, 'line')} of ratings added" if self.judgements else ""
        known = f"{self.known:,} in the store already"
        return f"{counted(self.added, 'result')} imported, {known}{left}{doubtful}{seeds}{judged}."


def import_results(source: Path, store: ResultStore, steps: Steps = QUIET) -> Imported:
    """Add the results of an exported folder or ZIP file to a store.

    Everything is checked before anything is kept: fingerprints, digests, and that no record was edited since the
    export. Raises StoreError, naming what is missing, damaged or not what its record says, and names that lead out of
    the archive.
    """
    store.check_not_frozen()
    with open_archive(source) as archive, ExitStack() as cleanup:
        records, seeds, stars = _records(archive), _seeds(archive), _stars(archive)
        judgements = exported_judgements(archive, digests_in(archive))
        verified = [(name, record) for name, record in records if not is_unverifiable(record)]
        staged = [_staged(archive, name, record, store, cleanup) for name, record in steps.over(verified, "Checking")]
        references = _references(archive, [record for _, record in verified])
        changed = [
            f"{name} is not what its name says: the digest differs"
            for name, file in references.items()
            if archive.digest(name) != file.digest
        ]
        _check_none(archive, [*(each for each in staged if isinstance(each, str)), *changed])
        for name, file in references.items():  # before the records that need them
            store.references.keep(file, archive.read(name, MAX_SERVED_BYTES))
        sound = [each for each in staged if not isinstance(each, str)]
        outcomes = Counter(_keep(*each, store) for each in steps.over(sound, "Importing"))
        for digest in {record.digest for _, record in verified} & set(stars):
            store.stars.set(digest)
        others = sum(store.seeds.keep(digest, seed) != seed for digest, seed in seeds.items())
        judged = keep_judgements(judgements, store)
    unverified = len(records) - len(verified)
    return Imported(outcomes["added"], outcomes["known"], outcomes["left"], unverified, others, judged)


def _records(archive: Archive) -> list[tuple[str, ResultRecord]]:
    names = [name for name in archive.names if _RECORD.fullmatch(name)]
    if not names:
        raise archive.refusal("it holds no results of vidgo_notebook")
    found, problems, left, listed = [], [], _MOST_OF_RECORDS, digests_in(archive)
    for name in names:
        try:
            data = archive.read(name, min(MAX_RECORD_BYTES, left))
            left -= len(data)
            record = read_record(data, name)
        except StoreError as error:
            problems.append(error.message.rstrip("."))
            continue
        if record_digest(data) != listed.get(name):
            problems.append(f"{name} was edited after the export: its digest is not the one in {METADATA}")
        found.append((name, record))
    _check_none(archive, problems)
    return found


def _seeds(archive: Archive) -> dict[str, int]:
    """The seeds of random prompts, by their digests."""
    seeds = _content(archive, SEEDS, {})
    if not isinstance(seeds, dict) or not all(is_digest(name) and is_seed(seed) for name, seed in seeds.items()):
        raise archive.refusal(f"{SEEDS} has something else than the seeds of random prompts")
    return seeds


def _stars(archive: Archive) -> list[str]:
    """The digests of the pictures that have a star."""
    stars = _content(archive, STARS, [])
    if not isinstance(stars, list) or not all(map(is_digest, stars)):
        raise archive.refusal(f"{STARS} has something else than digests of pictures")
    return stars


def _content(archive: Archive, name: str, otherwise: object) -> object:
    """What a file of JSON says, None if it can't be read; ``otherwise`` if there is none."""
    if name not in archive.names:
        return otherwise
    if archive.digest(name) != digests_in(archive).get(name):
        raise archive.refusal(f"{name} was edited after the export: its digest is not the one in {METADATA}")
    try:
        found: object = read_json(archive.read(name, _LARGEST_JSON))
    except ValueError:
        return None
    return found


def _check_none(archive: Archive, problems: Sequence[str]) -> None:
    if problems:
        more = f"; and {len(problems) - _NAMED} more" if len(problems) > _NAMED else ""
        raise archive.refusal("; ".join(problems[:_NAMED]) + more)


def _staged(
    archive: Archive, name: str, record: ResultRecord, store: ResultStore, cleanup: ExitStack
) -> tuple[Path, ResultRecord] | str:
    """The picture of a record, copied beside the store and checked; or what is wrong with it."""
    picture = f"{PICTURES}/{PurePosixPath(name).stem}{record.suffix}"
    if picture not in archive.names:
        return f"{picture} is missing"
    try:
        data = archive.read(picture, MAX_SERVED_BYTES)
    except StoreError as error:
        return error.message.rstrip(".")
    if hashlib.sha256(data).hexdigest() != record.digest:
        return f"{picture} is not what its record says: the digest differs"
    with suppress(FetchError):
        facts = inspect(data)
        said = (record.media_type, record.width, record.height, record.size_bytes)
        if (facts.media_type, facts.width, facts.height, len(data)) == said:
            download = store.new_download()
            cleanup.callback(download.unlink, missing_ok=True)
            download.write_bytes(data)
            return download, record
    return f"{picture} is not the picture that its record describes"


def _references(archive: Archive, records: Sequence[ResultRecord]) -> dict[str, ReferenceFile]:
    """The images that the records were made from, by their names in the archive, as far as it has them."""
    files = {file for record in records for file in record.reference_files.values() if file.digest}
    named = {f"{REFERENCES}/{file.digest}{file.suffix}": file for file in files}
    return {name: named[name] for name in archive.names if name in named}


def _keep(download: Path, record: ResultRecord, store: ResultStore) -> str:
    known = store.find(record.fingerprint)
    if known is None or known.generation != record.generation:
        if any(old.digest == record.digest for old in store.superseded(record.fingerprint)):
            return "known"
        store.keep(download, record)
        return "added"
    if known.digest != record.digest:
        return "left"
    if store.picture(known):
        return "known"
    store.keep(download, record)  # its picture was missing or damaged
    return "added"
