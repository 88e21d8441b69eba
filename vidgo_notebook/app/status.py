"""Tables of how things stand: session, jobs, models, batches, settings, and checks of the installation."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from vidgo_notebook.app.costs import budget_left
from vidgo_notebook.app.plan.saved import from_text
from vidgo_notebook.app.purchase.resume import in_one_line
from vidgo_notebook.app.request.build import from_json
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.job_state import JobRecord
from vidgo_notebook.domain.pricing import NOT_PUBLISHED, amount_text, credits_text, plain
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.domain.wording import counted, one_line, shown
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.errors import StoreError, VidgoError
from vidgo_notebook.store.results.record import ResultRecord

Table = tuple[str, Sequence[Sequence[str]], Sequence[str]]
"""A title, rows of text, and a head."""

_PROMPT_SHOWN = 60
_LATEST = 20
_NO_HEAD: tuple[str, ...] = ()


def standing(session: Session) -> Table:
    """Where things stand: mode, key, jobs under way, credits spent and budget, addresses of store and journal."""
    target, settings = session.target, session.settings
    budget, left = session.budget(target.provider), budget_left(session, target.provider)
    kind = "emulated credits (free)" if target.emulated else "credits"
    why = f"there is {'a' if session.keys.source else 'no'} key" if settings.mode == "auto" else "as set"
    of_budget = "none set"
    if settings.budget is not None and left is not None:
        of_budget = f"{credits_text(settings.budget)} for this session, {plain(left)} left"
    rows = [
        ("mode", f"{target.mode} ({why})"),
        ("key", f"present, {session.keys.source}" if session.keys.source else "none; %vidgo key asks for it"),
        ("under way", counted(len(session.under_way()), "job")),
        ("spent", f"{plain(budget.spent)} {kind} in this session, {plain(budget.committed - budget.spent)} in flight"),
        ("saved", f"{plain(budget.saved)} {kind} by the store"),
        ("budget", of_budget),
        ("store", settings.store),
        ("journal", settings.journal),
    ]
    try:
        if left_behind := in_one_line(session):
            rows.append(("left behind", left_behind))
    except VidgoError as error:
        rows.append(("journal", error.message))
    return "vidgo_notebook", rows, _NO_HEAD


def jobs(session: Session) -> Table:
    """The latest jobs, newest first: those of this session that are not in the journal yet, then the journal's."""
    entries = session.journal.entries(limit=_LATEST)
    written = {entry.record.job_id for entry in entries}
    begun = [job for job in reversed(session.under_way()) if job.id not in written]
    rows = [_row(moving.record(job), job.request, 0.0, job.provider) for job in begun]
    rows += [
        _row(entry.record, from_json(entry.request), time.time() - entry.created_at, entry.provider)
        for entry in entries
    ]
    if not rows:
        return "No jobs yet: a cell that begins with %%vidgo makes one.", [], _NO_HEAD
    return "Jobs, newest first", rows[:_LATEST], ("job", "status", "prompt", "model", "price", "asked", "provider")


def _row(job: JobRecord, request: GenerationRequest, age: float, provider: str) -> tuple[str, ...]:
    prompt = one_line(request.prompt, _PROMPT_SHOWN)
    price = amount_text(job.quoted)
    return job.job_id, job.state.value, prompt, request.model, price, f"{max(0.0, age) / 60:.0f} min ago", provider


def models() -> Table:
    """The models: what each takes and costs."""
    rows = []
    for model in MODELS.values():
        images, price = "none", NOT_PUBLISHED
        if model.edits:
            images = f"1 to {model.references.maximum}" if model.references.maximum else "1 or more"
        if model.prices:
            bases, factors = model.prices.base.values(), model.prices.multiplier.values()
            price = f"{plain(min(bases) * min(factors))} to {plain(max(bases) * max(factors))}"
        quality = ", ".join(model.quality.values) if model.quality else "–"
        size = ", ".join(model.size.values) + (", WIDTHxHEIGHT" if model.custom_sizes else "")
        rows.append((model.name, images, quality, size, ", ".join(model.resolution.values), price))
    return "Models", rows, ("model", "images", "quality", "size", "resolution", "credits a picture")


def batches(session: Session) -> Table:
    """The named batches: how many pictures of each are in the store, and what the rest costs."""
    rows = []
    for kept in session.journal.batches():
        plan = from_text(session, kept.plan)
        price = plan.price
        missing = len(price.requests) - price.stored
        cost = credits_text(price.missing) if missing else "–"
        made = datetime.fromtimestamp(kept.at).astimezone().strftime("%Y-%m-%d %H:%M")
        rows.append((kept.name, made, f"{len(price.requests):,}", f"{price.stored:,}", f"{missing:,}", cost))
    title = (
        "Batches: %vidgo continue NAME buys what is missing" if rows else "No named batches yet: --batch NAME names one"
    )
    return title, rows, ("name", "begun", "pictures", "in the store", "missing", "would cost") if rows else _NO_HEAD


def settings_table(session: Session) -> Table:
    """Every setting with its value and who set it; the key is not a setting."""
    settings = session.settings
    rows = [
        (name, str(getattr(settings, name)), settings.origin_of(name).value, trait.help)
        for name, trait in sorted(settings.traits(config=True).items())
    ]
    return "Settings: %config Vidgo.name = value sets one", rows, ("setting", "value", "set by", "")


def doctor(session: Session) -> Table:
    """Checks of this installation; each row says ok or what is wrong."""
    libraries = ", ".join(f"{name} {_version(name)}" for name in ("ipython", "ipykernel", "httpx2", "pillow"))

    def key() -> str:  # the key is looked at, since it may be malformed
        return f"ok: {session.keys.source}" if session.keys.source and session.keys.key() else "none"

    def store() -> str:
        session.store.check_writable()
        pictures, size = sum(1 for _ in session.store.records()), session.store.size() / 1024**2
        return f"ok: {session.store.address}, {counted(pictures, 'picture')}, {size:.1f} MB, writable"

    def journal() -> str:
        return f"ok: {session.journal.address}, {counted(len(session.journal.all_under_way()), 'job')} under way"

    rows = [
        ("vidgo_notebook", f"{version('vidgo-notebook')} on Python {platform.python_version()}, {platform.system()}"),
        ("libraries", libraries),
        ("mode", _checked(lambda: f"{session.target.mode}, provider {session.target.provider}")),
        ("key", _checked(key)),
        ("store", _checked(store)),
        (
            "journal",
            _checked(lambda: f"ok: {session.journal.address}, {len(session.journal.all_under_way())} under way"),
        ),
    ]
    return "Checks", rows, _NO_HEAD


def store_check(session: Session) -> tuple[Table, int]:
    """Every record of the store checked with its picture: a row for each fault, and how many there are."""
    store, rows = session.store, []
    names = store.fingerprints()
    for name in names:
        try:
            record = store.find(name)
            problem = "" if record is None or store.picture(record) else _no_picture(record)
        except StoreError as error:
            problem = error.message
        rows += [(f"{name[:12]}…", problem)] if problem else []
    sound = len(names) - len(rows)
    rows += [(name, _no_picture(record)) for name, record in store.superseded() if not store.picture(record)]
    title = f"{store.address}: {sound} of {counted(len(names), 'result')} intact, every digest checked"
    return (title, rows, ("record", "what is wrong") if rows else _NO_HEAD), len(rows)


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
