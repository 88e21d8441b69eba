"""Freezing: a store is marked as finished, with what it holds and the defaults under which it was recorded."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from vidgo_notebook.domain.catalogue import CHOICE_FIELDS
from vidgo_notebook.domain.provider import EMULATOR, IN_KERNEL
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.errors import StoreError
from vidgo_notebook.render.listing import Message, message
from vidgo_notebook.store.results.faults import Fault
from vidgo_notebook.store.results.frozen import Frozen
from vidgo_notebook.visible_text import visible_name

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session

_UNCHANGED = "Nothing was changed."


def freeze(session: Session) -> Message:
    """Freeze a session's store. Raises StoreError for one that is not whole: each record and picture is checked."""
    store, settings = session.store, session.settings
    place = visible_name(store.address)
    if store.folder is None:
        raise StoreError(
            f"The store {place} is at a URL, and only one in a folder can be frozen.",
            cost=_UNCHANGED,
            hint="Set VIDGO_STORE to a folder that lies beside the notebook: what the notebook shows is copied there.",
        )
    if store.frozen:
        raise StoreError(
            f"The store {place} is frozen already.", cost=_UNCHANGED, hint="%vidgo thaw, to add something to it."
        )
    of_it = [entry for entry in session.journal.all_under_way() if entry.store == store.address]
    if left := [entry for entry in of_it if entry.api != IN_KERNEL]:  # what another kernel's emulator made has ended
        raise StoreError(
            f"The store {place} can't be frozen: {counted(len(left), 'job')} of it "
            f"{'is' if len(left) == 1 else 'are'} under way or uncertain.",
            cost=_UNCHANGED,
            hint="%vidgo wait, or %vidgo resume, and %vidgo resolve; what is bought later would not count.",
        )
    contents = store.contents()
    records = [(f"{record.fingerprint}.json", record) for record in contents.current] + [*contents.superseded]
    if not records and not contents.faults:
        raise StoreError(
            f"The store {place} has no results to freeze.", cost=_UNCHANGED, hint="Run the notebook's cells first."
        )
    seeds, wrong_seeds = store.seeds.all()
    faults = [*contents.faults, *store.missing_records(), *wrong_seeds]
    each_of_them = session.steps.over(records, "Checking")
    faults += [store.why_no_picture(record) for _, record in each_of_them if not store.picture(record)]
    lost = [each for _, record in records for each in store.references.missing(record) if each.was_kept]
    faults += [Fault("references", each.problem, each.cure) for each in lost]
    if faults:
        raise StoreError(
            "\n".join([f"The store {place} can't be frozen: it is not whole.", *map(str, faults[:10])]),
            cost=_UNCHANGED,
            hint="%vidgo doctor --store lists all of it.",
        )
    providers = Counter(record.provider for _, record in records)
    defaults = {name: settings.outside(name).value for name in ("model", *CHOICE_FIELDS)}
    names = [name for name, _ in records]
    store.mark.write(Frozen(defaults, store.record_digests(names), tuple(sorted(providers)), seeds))
    notes = ["In mode auto nothing is bought into it now, with or without a key; %vidgo thaw ends that."]
    if stand_ins := providers[EMULATOR]:
        notes.append(f"{counted(stand_ins, 'picture')} of it {'is a stand-in' if stand_ins == 1 else 'are stand-ins'}.")
    return message(f"{counted(len(names), 'result')} frozen in {place}.", notes)


def thaw(session: Session) -> Message:
    """End that a session's store is frozen. Raises StoreError."""
    place = visible_name(session.store.address)
    if not session.store.frozen:
        return message(f"The store {place} is not frozen.")
    session.store.mark.remove()
    return message(f"The store {place} is thawed: what is missing can be bought.")
