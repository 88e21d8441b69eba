"""A form's state (from a cell, a job or a stored picture), and the price of its request while a person types."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.costs import budget_left
from vidgo_notebook.app.plan.plan import Plan
from vidgo_notebook.app.plan.planning import plan_form
from vidgo_notebook.app.request.build import build_request, understood
from vidgo_notebook.app.request.recover import Picked, pick, recover
from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS
from vidgo_notebook.domain.cell_options import read_cell_line
from vidgo_notebook.domain.celltext import Takes, as_template, cell_text, python_text
from vidgo_notebook.domain.extra_fields import Pairs
from vidgo_notebook.domain.first_line import whole_first_line
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.domain.plain_values import near_models
from vidgo_notebook.domain.pricing import Quote
from vidgo_notebook.domain.request import GenerationRequest, fingerprint, fingerprints, normalise_prompt
from vidgo_notebook.domain.template import OPENING, code_called_in, render
from vidgo_notebook.domain.wording import described, shown
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import Problem, Problems, RequestError, StoreError
from vidgo_notebook.store.results.verification import request_of

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.app.target import Target

_MAGIC = "%%vidgo"


@dataclass(frozen=True, slots=True)
class FormState:
    """The request in a form, perhaps unfinished. ``prompt`` is a template, as in a cell, and ``choices`` are quality,
    size and resolution."""

    prompt: str = ""
    model: str = "gpt-image-2"
    choices: Mapping[str, str] = field(default_factory=dict)
    images: tuple[Picked, ...] = ()
    takes: Takes = field(default_factory=Takes)
    callback_url: str | None = None
    note: str = ""
    extra: Pairs = ()


def form_state(subject: Any, session: Session, variables: Mapping[str, Any]) -> FormState:
    """The state for None (the settings' defaults), a job, a batch, a result, or the text of a cell.

    Raises RequestError for anything else, for text that is not a cell, and for a model that is not known here.
    """
    if subject is None:
        return form_state_of(build_request(session.settings, ""), session, variables)
    if isinstance(subject, Batch) and len(subject):
        return form_state_of(subject[0].request, session, variables, Takes(len(subject)))
    if isinstance(subject, Job):
        return form_state_of(subject.request, session, variables)
    if isinstance(subject, Result):
        record, request = subject.record, request_of(subject.record)
        state = form_state_of(request, session, variables)
        shortened = any(reference.text_digest for reference in request.references)
        if fingerprint(request, record.provider) == record.fingerprint and not shortened:
            return state
        # The only part of a request that its fingerprint has and its record has not.
        note = "The record omits the query of a signed URL, so this requests a new picture."
        return replace(state, note=note)
    if isinstance(subject, str):
        return _of_text(subject, session, variables)
    raise RequestError([Problem("panel", f"takes a job, a result, or the text of a cell, not {described(subject)}.")])


def form_state_of(
    request: GenerationRequest, session: Session, variables: Mapping[str, Any], takes: Takes | None = None
) -> FormState:
    """The state for a request, its images looked up again. A callback URL is left out: it belongs to its job."""
    request = replace(request, callback_url=None)
    images = [recover(reference, variables, session.store) for reference in request.references]
    state = _filled(request, tuple(images), takes or Takes(request.take, only=True))
    return replace(state, prompt=_template_of(request, variables))


def _template_of(request: GenerationRequest, variables: Mapping[str, Any]) -> str:
    """What a prompt was made from, where that gives it again; else the prompt itself."""
    if request.template and not request.draws and not code_called_in(request.template):
        with suppress(RequestError):
            if normalise_prompt(render(request.template, variables)) == request.prompt:
                return request.template
    return as_template(request.prompt)


def _of_text(text: str, session: Session, variables: Mapping[str, Any]) -> FormState:
    """The state for a cell; text that does not begin with %%vidgo is a prompt."""
    if not text.lstrip().startswith(_MAGIC):
        return _filled(build_request(session.settings, text), (), Takes())
    line, _, body = text.lstrip().partition("\n")
    line, body = whole_first_line(line.removeprefix(_MAGIC), body)
    options = read_cell_line(line, variables)
    found = Problems(options.problems)
    found.hint = options.hint
    if options.sweep:
        found.append(Problem("sweep", "a form requests pictures of one kind: use --sweep in a cell."))
    picked = [found.of(partial(pick, image, variables), list[Picked]()) for image in options.images]
    images = tuple(each for several in picked for each in several)
    prompt = found.of(lambda: render(body, variables), "")
    request = understood(session.settings, prompt, [each.reference for each in images], options.request, found)
    if request.model not in MODELS:
        found.append(_unknown_model(request.model))
    found.check()
    return replace(_filled(request, images, Takes(options.takes[-1], only=not options.several)), prompt=body.strip())


def _filled(request: GenerationRequest, images: tuple[Picked, ...], takes: Takes) -> FormState:
    if request.model not in MODELS:  # of a record, or of a job of a notebook with further models
        raise RequestError([_unknown_model(request.model)])
    model = MODELS[request.model]
    choices = {}
    for name in CHOICE_FIELDS:
        if choice := model.choice(name):
            given = getattr(request, name)
            choices[name] = choice.default if given is None else given
    return FormState(request.prompt, request.model, choices, images, takes, request.callback_url, extra=request.extra)


def as_code(state: FormState, request: GenerationRequest, *, python: bool = False) -> str:
    """The cell, or the call in Python, that asks for the ``request`` of a form. Raises RequestError for an image that
    code can't name."""
    nameless = [number for number, image in enumerate(state.images, 1) if image.source is None]
    if nameless:
        why = "has no name that a cell could use: put it into a variable or a file."
        raise RequestError([Problem("image", f"image {number} {why}") for number in nameless])
    images = [image.source for image in state.images if image.source]
    if python:
        return python_text(request, images, state.takes)
    return cell_text(request, images, state.takes, state.prompt if OPENING in state.prompt else "")


def form_plan(session: Session, state: FormState, variables: Mapping[str, Any]) -> Plan:
    """The plan of what a form holds."""
    images = [picked.reference for picked in state.images]
    fields: dict[str, Any] = {
        **state.choices,
        "model": state.model,
        "image": images,
        "callback_url": state.callback_url,
    }
    if state.extra:
        fields["extra"] = state.extra
    return plan_form(session, state.prompt, fields, variables, state.takes.numbers)


def under_way_elsewhere(session: Session, plan: Plan) -> frozenset[str]:
    """The fingerprints of a form's pictures that other kernels make now, as the journal has it. Raises StoreError."""
    wanted = {fingerprint(place.request, session.target.provider): place for place in plan.valid}
    own = {job.fingerprint for job in list(session.jobs.values())}
    found = session.journal.those_under_way([name for name in wanted if name not in own])
    return frozenset(name for name, entry in found.items() if entry.record.state is not JobState.UNCERTAIN)


def next_take(session: Session, request: GenerationRequest, records: Collection[str]) -> int:
    """The first take after this one that neither the store nor this session has; one that is under way counts as next.

    ``records`` are the fingerprints that the store had when it was last listed.
    """
    target = session.target
    have = {job.fingerprint for job in list(session.jobs.values()) if moving.ended_well(job) or _is_sent(job)}
    for take in count(request.take + 1):
        other = replace(request, take=take)
        names = {name for provider in {target.provider, *target.readable} for name in fingerprints(other, provider)}
        if not names & have and not any(name in records for name in names):
            return take
    raise AssertionError("there is always another number")


def _is_sent(job: Job) -> bool:
    return job.done() and moving.state(job).unsettled


def _unknown_model(name: str) -> Problem:
    return Problem("model", f"{shown(name)} is not a model.", near_models(name))


_DECIDES_THE_PRICE = {"model", "quality", "size", "resolution"}


@dataclass(frozen=True, slots=True)
class LiveQuote:
    """The price of a request now. ``requests`` are its takes; ``stored`` of them are in the store, ``under_way`` are
    being made, and ``sent`` are uncertain or no longer watched: all these are free when requested again.

    ``quote`` is the price of the others, ``full_quote`` of all; None while a field that decides the price is
    invalid. ``refusal`` is why a valid request can't be sent; ``budget_left`` is in credits, None without a budget.
    """

    requests: tuple[GenerationRequest, ...]
    problems: tuple[Problem, ...]
    full_quote: Quote | None
    quote: Quote | None
    stored: int
    under_way: int
    budget_left: Decimal | None
    emulated: bool
    refusal: str = ""
    sent: int = 0

    @property
    def new(self) -> int:
        """How many would be bought."""
        return len(self.requests) - self.stored - self.under_way - self.sent


def live_quote(
    session: Session, plan: Plan, *, records: Collection[str] = (), elsewhere: Collection[str] = ()
) -> LiveQuote:
    """The price of a form's plan without a network call, fast enough for every key press.

    ``records`` are the fingerprints that the store had when it was last listed: a store may be remote, and is not
    read here; ``elsewhere`` those that other kernels made then. Raises VidgoError for settings that name no target.
    """
    target = session.target
    requests = tuple(place.request for place in plan.places)
    first, found = requests[0], tuple(dict.fromkeys([*plan.problems, *plan.faults()]))
    priced = not any(problem.field in _DECIDES_THE_PRICE for problem in found)
    stored, under_way, sent = (0, 0, 0) if found else _count_free(session, requests, target, records, elsewhere)
    new = len(requests) - stored - under_way - sent
    left = budget_left(session, target.provider)
    quote = session.quote(first, new) if priced else None
    return LiveQuote(
        requests,
        found,
        session.quote(first, len(requests)) if priced else None,
        quote,
        stored,
        under_way,
        left,
        target.emulated,
        "" if found or not new else _refusal(quote, left, target),
        sent,
    )


def last_balance(session: Session) -> tuple[float, Decimal] | None:
    """When this account's balance was last recorded, and what it was; None if it never was."""
    with suppress(StoreError):
        return session.journal.last_balance(session.target.provider)
    return None


def _count_free(
    session: Session,
    requests: Sequence[GenerationRequest],
    target: Target,
    records: Collection[str],
    elsewhere: Collection[str],
) -> tuple[int, int, int]:
    """How many are in the store, how many others are under way here or elsewhere, and how many of this session are not
    settled otherwise. A damaged picture counts as stored: its bytes are checked when it is shown."""
    made = {job.fingerprint for job in list(session.jobs.values()) if moving.ended_well(job)}
    busy = {*elsewhere, *(job.fingerprint for job in session.under_way())}
    unsettled = {
        job.fingerprint: job for job in list(session.jobs.values()) if job.done() and moving.state(job).unsettled
    }
    stored = under_way = sent = 0
    for request in requests:
        own, providers = fingerprint(request, target.provider), {target.provider, *target.readable}
        names = {name for provider in providers for name in fingerprints(request, provider)}
        if not request.waits and any(name in records or name in made for name in names):
            stored += 1
        elif own in busy:
            under_way += 1
        elif (job := unsettled.get(own)) and _still_unsettled(job):
            sent += 1
    return stored, under_way, sent


def _still_unsettled(job: Job) -> bool:
    """Whether neither this kernel nor another one has settled it, which asking for its status finds out."""
    _ = job.status
    return moving.state(job).unsettled


def _refusal(quote: Quote | None, left: Decimal | None, target: Target) -> str:
    if target.mode == "replay":
        why = "The store is frozen" if target.frozen else "Replay mode answers from the store only"
        return f"{why}, and the store does not have this picture."
    if quote and quote.total is not None and left is not None and quote.total > left:
        return f"This costs {quote}, and the budget has {quote.credit_format.text(left)} left."
    return ""
