"""Blind judgements in an export: a file for each study, as in a store."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from vidgo_notebook.app.library.archive import Archive
from vidgo_notebook.errors import RequestError
from vidgo_notebook.store.results.faults import Fault
from vidgo_notebook.store.results.judgements import Entry, Judgement, read_lines, study_name

if TYPE_CHECKING:
    from vidgo_notebook.store.results.result_store import ResultStore

RATINGS = "ratings"
_FILE = re.compile(rf"{RATINGS}/([^/]+)\.jsonl")
_LARGEST = 64 * 1024 * 1024  # bytes, of a study


def judged_studies(store: ResultStore, digests: Collection[str] | None) -> tuple[dict[str, str], list[Fault]]:
    """The lines of each study of a store, and those that can't be used. With ``digests`` only studies in which one of
    these pictures was judged."""
    found, faults = dict[str, str](), list[Fault]()
    for name in store.judgements.studies():
        entries = store.judgements.of(name)
        judged = {each.digest for judgement in entries.judgements for each in judgement.pictures}
        if digests is None or not judged.isdisjoint(digests):
            every = sorted(entries.entries.values(), key=_place)
            found |= {name: "".join(f"{each.to_json()}\n" for each in every)} if every else {}
            faults += entries.faults
    return found, faults


def _place(entry: Entry) -> tuple[str, int, str]:
    return entry.time, entry.order if isinstance(entry, Judgement) else 0, entry.id


def exported_judgements(archive: Archive, digests: dict[str, str]) -> list[Entry]:
    """The judgements in an export, whose metadata list the ``digests`` of its files. Raises StoreError for a file that
    was edited since, or has something else."""
    found = list[Entry]()
    for name in archive.names:
        if match := _FILE.fullmatch(name):
            if archive.digest(name) != digests.get(name):
                raise archive.refusal(f"{name} was edited after the export: its digest is not the one in the metadata")
            found += _read(archive, name, match[1])
    return found


def _read(archive: Archive, name: str, study: str) -> list[Entry]:
    try:
        if study_name(study) != study:
            raise archive.refusal(f"{name} is not the file of a study")
    except RequestError:
        raise archive.refusal(f"{name} is not the file of a study") from None
    lines, faults = read_lines(archive.read(name, _LARGEST), name, study)
    if faults:
        raise archive.refusal(f"{faults[0].name}: {faults[0].problem}")
    return [entry for _, entry in lines]


def keep_judgements(entries: list[Entry], store: ResultStore) -> int:
    """Add the judgements that a store does not have; how many lines that were."""
    known = {study: store.judgements.of(study).entries for study in {each.study for each in entries}}
    new = {each.id: each for each in entries if each.id not in known[each.study]}
    store.judgements.add(new.values())
    return len(new)
