"""What ``%vidgo`` and its commands tell, as a title, rows of text, and a head."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version

from vidgo_notebook.app.plan.estimate import estimate
from vidgo_notebook.app.plan.plan import from_text
from vidgo_notebook.app.purchase.resume import in_one_line
from vidgo_notebook.app.request.build import from_json
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.catalogue import MODELS, Model
from vidgo_notebook.domain.job_state import JobRecord
from vidgo_notebook.domain.pricing import NOT_PUBLISHED, amount_text, credits_text, plain
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import StoreError, VidgoError
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.result_store import ResultStore

Report = tuple[str, Sequence[Sequence[str]], Sequence[str]]
_PROMPT_SHOWN = 60
_LATEST = 20
_NO_HEAD: tuple[str, ...] = ()


def standing(session: Session) -> Report:
    """Where things stand: mode, key, jobs under way, credits spent and budget, places."""
    target, settings = session.target, session.settings
    budget = session.budget(target.provider)
    limit = settings.budget
    left = None if limit is None else plain(max(limit - budget.committed, Decimal(0)))
    kind = "emulated credits (free)" if target.emulated else "credits"
    rows = [
        ("mode", f"{target.mode} ({_why(session)})"),
        ("key", f"present, {session.keys.source}" if session.keys.source else "none; %vidgo key asks for it"),
        ("under way", f"{len(session.under_way())} job(s)"),
        ("spent", f"{plain(budget.spent)} {kind} in this session, {plain(budget.committed - budget.spent)} in flight"),
        ("saved", f"{plain(budget.saved)} {kind} by the store"),
        ("budget", "none set" if limit is None else f"{credits_text(limit)} for this session, {left} left"),
        ("store", settings.store),
        ("journal", settings.journal),
    ]
    return "vidgo_notebook", [*rows, *_resumable(session)], _NO_HEAD


def _why(session: Session) -> str:
    if session.settings.mode != "auto":
        return "as set"
    return "there is a key" if session.keys.source else "there is no key"


def _resumable(session: Session) -> list[tuple[str, ...]]:
    try:
        left = in_one_line(session)
    except VidgoError as error:
        return [("journal", error.message)]
    return [("left behind", left)] if left else []


def jobs(session: Session) -> Report:
    """The latest jobs, newest first: this session's that the journal does not hold yet, then the journal's."""
    entries = session.journal.entries(limit=_LATEST)
    written = {entry.record.job_id for entry in entries}
    begun = [job for job in reversed(session.under_way()) if job.id not in written]
    rows = [_row(job.record, job.request, 0.0, job.provider) for job in begun]
    rows += [
        _row(entry.record, from_json(entry.request), time.time() - entry.created_at, entry.provider)
        for entry in entries
    ]
    if not rows:
        return "No jobs yet: a cell that begins with %%vidgo makes one.", [], _NO_HEAD
    return "Jobs, newest first", rows[:_LATEST], ("job", "status", "prompt", "model", "price", "asked", "provider")


def _row(job: JobRecord, request: GenerationRequest, age: float, provider: str) -> tuple[str, ...]:
    prompt = " ".join(request.prompt.split())[:_PROMPT_SHOWN]
    price = amount_text(job.quoted)
    return job.job_id, job.state.value, prompt, request.model, price, f"{max(0.0, age) / 60:.0f} min ago", provider


def models() -> Report:
    """The models: what each takes and costs."""
    rows = [
        (
            model.name,
            _images(model),
            ", ".join(model.quality.values) if model.quality else "–",
            ", ".join(model.size.values) + (", WIDTHxHEIGHT" if model.custom_sizes else ""),
            ", ".join(model.resolution.values),
            _price(model),
        )
        for model in MODELS.values()
    ]
    return "Models", rows, ("model", "images", "quality", "size", "resolution", "credits a picture")


def _images(model: Model) -> str:
    if not model.edits:
        return "none"
    return f"1 to {model.references.maximum}" if model.references.maximum else "1 or more"


def _price(model: Model) -> str:
    if not model.prices:
        return NOT_PUBLISHED
    bases, factors = model.prices.base.values(), model.prices.multiplier.values()
    return f"{plain(min(bases) * min(factors))} to {plain(max(bases) * max(factors))}"


def batches(session: Session) -> Report:
    """The named batches: what the store has of each, and what the rest costs."""
    rows = []
    for kept in session.journal.batches():
        plan = from_text(kept.plan)
        price = estimate(session, plan)
        missing = len(price.requests) - price.stored
        cost = f"{credits_text(price.missing)}" if missing else "–"
        made = datetime.fromtimestamp(kept.at).astimezone().strftime("%Y-%m-%d %H:%M")
        rows.append((kept.name, made, f"{len(price.requests):,}", f"{price.stored:,}", f"{missing:,}", cost))
    title = "Batches: %vidgo continue NAME buys what is missing" if rows else "No batch has a name yet: --batch NAME"
    return title, rows, ("name", "begun", "pictures", "in the store", "missing", "would cost") if rows else _NO_HEAD


def settings(session: Session) -> Report:
    """Every setting with its value; the key is none of them."""
    traits = session.settings.traits(config=True)
    rows = [(name, str(getattr(session.settings, name)), trait.help) for name, trait in sorted(traits.items())]
    return "Settings: %config Vidgo.name = value sets one", rows, ("setting", "value", "")


def doctor(session: Session) -> Report:
    """Checks of this installation; each row says ok or what is wrong."""
    rows = [
        ("vidgo_notebook", f"{version('vidgo-notebook')} on Python {platform.python_version()}, {platform.system()}"),
        ("libraries", ", ".join(f"{name} {_version(name)}" for name in ("ipython", "ipykernel", "httpx2", "pillow"))),
        ("mode", _checked(lambda: f"{session.target.mode}, provider {session.target.provider}")),
        ("key", _checked(lambda: _key(session))),
        ("store", _checked(lambda: _store(session))),
        (
            "journal",
            _checked(lambda: f"ok: {session.journal.address}, {len(session.journal.all_under_way())} under way"),
        ),
    ]
    return "Checks", rows, _NO_HEAD


def _key(session: Session) -> str:
    """Where it comes from; AuthenticationError if it can't be one."""
    return f"ok: {session.keys.source}" if session.keys.source and session.keys.key() else "none"


def _store(session: Session) -> str:
    store = session.store
    store.check_writable()
    pictures, size = sum(1 for _ in store.records()), store.size() / 1024**2
    return f"ok: {store.address}, {pictures} pictures, {size:.1f} MB, can be written"


def store_check(session: Session) -> tuple[Report, int]:
    """Every record of the store with its picture: a row for each that is not sound, and how many those are."""
    store = session.store
    problems = {name: _problem(store, name) for name in store.fingerprints()}
    rows = [(f"{name[:12]}…", problem) for name, problem in problems.items() if problem]
    for name, record in store.superseded():
        rows += [] if store.picture(record) else [(name, f"its picture is missing or damaged: {_words(record)}")]
    sound = len(problems) - sum(bool(problem) for problem in problems.values())
    title = f"{store.address}: {sound} of {len(problems)} result(s) are there and sound, every digest checked"
    return (title, rows, ("record", "what is wrong") if rows else _NO_HEAD), len(rows)


def _problem(store: ResultStore, name: str) -> str:
    try:
        record = store.find(name)
        if record is None or store.picture(record):
            return ""
    except StoreError as error:
        return error.message
    return f"its picture is missing or damaged: {_words(record)}"


def _words(record: ResultRecord) -> str:
    return f"{record.model}, {shown(record.prompt)}"


def _checked(check: Callable[[], str]) -> str:
    try:
        return check()
    except VidgoError as error:
        return f"WRONG: {error}".replace("\n", " ")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "is not installed"
