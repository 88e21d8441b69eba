"""``doctor``: checks of this installation, of the store and of the journal."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from vidgo_notebook.app.commands.command import Call, CommandGroup, option
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.wording import counted, shown
from vidgo_notebook.errors import StoreError, VidgoError
from vidgo_notebook.render.listing import Column, Fact, Listing, facts
from vidgo_notebook.store.results.record import ResultRecord

DOCTOR = CommandGroup()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a record of the store."""

    record: str
    problem: str


_COLUMNS = [
    Column[Fault]("record", lambda fault: fault.record),
    Column[Fault]("what is wrong", lambda fault: fault.problem),
]


@DOCTOR.command(
    "doctor",
    "checks this installation, the store and the journal",
    option("--store", action="store_true", help="check every record and the digest of every picture"),
    example="doctor --store",
    table=True,
)
def _doctor(call: Call) -> object:
    if not call.options.store:
        return check_installation(call.session)
    found = check_store(call.session)
    if len(found):
        call.front.show(found)
        raise StoreError(
            f"{counted(len(found), 'result')} in the store {'is' if len(found) == 1 else 'are'} missing or damaged.",
            hint="Restore them from version control, or run their cells again: a bought picture is fetched again while "
            "the service keeps it (24 h).",
        )
    return found


def check_installation(session: Session) -> Listing[Fact]:
    """Checks of this installation; each row says ok or what is wrong."""
    libraries = ", ".join(f"{name} {_version(name)}" for name in ("ipython", "ipykernel", "httpx2", "pillow"))

    def key() -> str:  # the key is looked at, since it may be malformed
        return f"ok: {session.keys.source}" if session.keys.source and session.keys.key() else "none"

    def store() -> str:
        session.store.check_writable()
        pictures, size = sum(1 for _ in session.store.records()), session.store.size() / 1024**2
        return f"ok: {session.store.address}, {counted(pictures, 'picture')}, {size:.1f} MB, writable"

    def journal() -> str:
        kept = session.journal
        private = "" if kept.is_private else "; file modes do not keep other users of this machine from reading it"
        return f"ok: {kept.address}, {len(kept.all_under_way())} under way{private}"

    own = f"{version('vidgo-notebook')} on Python {platform.python_version()}, {platform.system()}"
    rows = [
        ("vidgo_notebook", own),
        ("libraries", libraries),
        ("mode", _checked(lambda: f"{session.target.mode}, provider {session.target.provider}")),
        ("key", _checked(key)),
        ("store", _checked(store)),
        ("journal", _checked(journal)),
    ]
    return facts("Checks", rows)


def check_store(session: Session) -> Listing[Fault]:
    """Every record of the store checked with its picture: a row for each fault."""
    store, faults = session.store, []
    names = store.fingerprints()
    for name in names:
        try:
            record = store.find(name)
            problem = "" if record is None or store.picture(record) else _no_picture(record)
        except StoreError as error:
            problem = error.message
        faults += [Fault(f"{name[:12]}…", problem)] if problem else []
    sound = len(names) - len(faults)
    faults += [Fault(name, _no_picture(record)) for name, record in store.superseded() if not store.picture(record)]
    title = f"{store.address}: {sound} of {counted(len(names), 'result')} intact, every digest checked"
    return Listing(title, faults, _COLUMNS)


def _no_picture(record: ResultRecord) -> str:
    return f"its picture is missing or damaged: {record.model}, {shown(record.prompt)}"


def _checked(check: Callable[[], str]) -> str:
    try:
        return check()
    except VidgoError as error:
        return f"WRONG: {error}".replace("\n", " ")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
