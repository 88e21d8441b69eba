"""``doctor``: checks of this installation, of the store and of the journal."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version

from vidgo_notebook.app.commands.command import Call, CommandGroup, option
from vidgo_notebook.app.library.branches import conflicts, merge
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.wording import counted, shown
from vidgo_notebook.door import here
from vidgo_notebook.errors import StoreError, VidgoError
from vidgo_notebook.render.listing import Column, Fact, Listing, facts, message
from vidgo_notebook.store.results.faults import Fault
from vidgo_notebook.store.results.record import ResultRecord, needed_by
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.store.results.strays import stray_files
from vidgo_notebook.store.results.verification import UNVERIFIABLE, is_unverifiable
from vidgo_notebook.version import __version__
from vidgo_notebook.visible_text import visible_name

DOCTOR = CommandGroup()


@dataclass(frozen=True, slots=True)
class FaultyFile:
    """A file of the store that can't be used or does not belong there. ``serious`` is whether a result lacks it."""

    file: str
    problem: str
    cure: str
    serious: bool


_WRONG = "WRONG"
_COLUMNS = [
    Column[FaultyFile]("file", lambda row: _shortened(row.file)),
    Column[FaultyFile]("what is wrong", lambda row: row.problem),
    Column[FaultyFile]("what to do", lambda row: here(row.cure)),
]


@DOCTOR.command(
    "doctor",
    "checks this installation, the store and the journal",
    option("--store", action="store_true", help="check every record and the digest of every picture"),
    option("--merge", action="store_true", help="keep both pictures of a request that two branches bought"),
    example="doctor --store",
)
def _doctor(call: Call) -> object:
    if call.options.merge:
        return _merged(call.session.store)
    if not call.options.store:
        return check_installation(call.session)
    found = check_store(call.session)
    if serious := sum(row.serious for row in found):
        call.front.show(found)
        raise StoreError(
            f"{counted(serious, 'file')} in the store {'is' if serious == 1 else 'are'} missing or damaged.",
            hint="The table says what to do for each. A bought picture is also fetched again when its cell is run, "
            "while the service keeps it (24 h).",
        )
    return found


def _merged(store: ResultStore) -> object:
    settled, left = merge(store)
    notes = [f"Shown is that of {record.finished}: {shown(record.prompt)}" for record in settled]
    notes += [f"Left: {fault}" for fault in left]
    if settled:
        notes.append(f"git add {visible_name(store.address)}, then git commit.")
    elif not left:
        return message("Git has nothing in this store that it could not merge.")
    return message(f"{counted(len(settled), 'request')} bought on two branches: both pictures are kept.", notes)


def check_installation(session: Session) -> Listing[Fact]:
    """Checks of this installation; each row says ok or what is wrong."""
    libraries = ", ".join(f"{name} {_version(name)}" for name in ("ipython", "ipykernel", "httpx2", "pillow"))

    def key() -> str:  # the key is looked at, since it may be malformed
        return f"ok: {session.keys.source}" if session.keys.source and session.keys.key() else "none"

    def store() -> str:
        session.store.check_writable()
        pictures, size = len(session.store.fingerprints()), session.store.size() / 1024**2
        return f"ok: {session.store.address}, {counted(pictures, 'picture')}, {size:.1f} MB, writable"

    def journal() -> str:
        kept = session.journal
        private = "" if kept.is_private else "; file modes do not keep other users of this machine from reading it"
        return f"ok: {kept.address}, {len(kept.all_under_way())} under way{private}"

    own = f"{__version__} on Python {platform.python_version()}, {platform.system()}"
    rows = [
        ("vidgo_notebook", own),
        ("libraries", libraries),
        ("mode", _checked(lambda: f"{session.target.mode}, provider {session.target.provider}")),
        ("key", _checked(key)),
        ("store", _checked(store)),
        ("journal", _checked(journal)),
    ]
    checks = facts("Checks", rows)
    checks.good = not any(value.startswith(_WRONG) for _, value in rows)
    return checks


def check_store(session: Session) -> Listing[FaultyFile]:
    """Every record of the store checked with its picture: a row for each fault, and for each file passed over."""
    steps, store = session.steps, session.store
    contents = store.contents(partial(steps.over, doing="Reading"))
    faults = list(contents.faults)
    records = [*contents.current, *(record for _, record in contents.superseded)]
    for record in steps.over(records, "Checking"):
        try:
            problem = None if store.picture(record) else store.why_no_picture(record)
        except StoreError as error:
            problem = Fault(f"results/{record.fingerprint}.json", error.message, error.hint)
        if problem:
            whose = f"the picture of {shown(record.prompt)} by {record.model} is missing or damaged: {problem.problem}"
            faults.append(problem._replace(problem=whose))
        elif is_unverifiable(record):
            faults.append(Fault(f"results/{record.fingerprint}.json", UNVERIFIABLE, "--fresh buys a verifiable one."))
    lost, not_kept = _inputs(store, records)
    checked, (_, wrong_seeds) = len(records) + len(contents.faults), store.seeds.all()
    of_mark, later = store.frozen.faults(store.record_names(), store.seeds.names()) if store.frozen else ([], [])
    sound = f"{checked - len(faults):,} of {counted(checked, 'result')} intact"
    strays = [*stray_files(store.files), *([] if contents.faults else store.references.strays(needed_by(records)))]
    passed_over = f"; {counted(len(strays), 'file')} passed over" if strays else ""
    title = f"{visible_name(store.address)}: {sound}, every digest and fingerprint checked{passed_over}"
    serious = [*of_mark, *faults, *store.missing_records(), *wrong_seeds, *lost, *store.judgements.faults()]
    others = [*later, *strays, *not_kept, *map(_unreadable, store.unreadable.digests())]
    others += [conflict.fault for conflict in conflicts(store)]
    rows = [FaultyFile(*fault, serious=True) for fault in serious]
    rows += [FaultyFile(*fault, serious=False) for fault in others]
    return Listing(title, rows, _COLUMNS)


def _inputs(store: ResultStore, records: Sequence[ResultRecord]) -> tuple[list[Fault], list[Fault]]:
    """The images that pictures were made from and that the store does not have: those that it had, and the others."""
    lost, not_kept = list[Fault](), list[Fault]()
    for record in records:
        for missing in store.references.missing(record):
            problem = f"{missing} {shown(record.prompt)} was made from it."
            fault = Fault(f"results/{record.fingerprint}.json", problem, missing.cure)
            (lost if missing.was_kept else not_kept).append(fault)
    return lost, not_kept


def _unreadable(digest: str) -> Fault:
    return Fault(digest, "paid for, kept as sent, and can't be read as a picture", "%vidgo prune --unreadable")


def _shortened(name: str) -> str:
    """The name of a file with the beginning of its fingerprint or digest."""
    return re.sub(r"([0-9a-f]{12})[0-9a-f]{52}", r"\1…", name)


def _checked(check: Callable[[], str]) -> str:
    try:
        return check()
    except VidgoError as error:
        return f"{_WRONG}: {error}".replace("\n", " ")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
