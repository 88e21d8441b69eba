"""What a form opens with: the settings of a cell's text, of a job, or of a stored picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.request.build import build_request
from vidgo_notebook.app.request.images import references_of
from vidgo_notebook.app.request.recover import Picked, pick, recover
from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS
from vidgo_notebook.domain.cell_options import read_cell_line
from vidgo_notebook.domain.celltext import Takes
from vidgo_notebook.domain.request import GenerationRequest, fingerprint
from vidgo_notebook.domain.template import render
from vidgo_notebook.domain.wording import nearest, shown
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.result_record import request_of
from vidgo_notebook.errors import Problem, RequestError

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.store.results.record import ResultRecord

_MAGIC = "%%vidgo"


@dataclass(frozen=True, slots=True)
class FormState:
    """A request as a form holds it, perhaps unfinished. ``choices`` are quality, size and resolution."""

    prompt: str = ""
    model: str = "gpt-image-2"
    choices: Mapping[str, str] = field(default_factory=dict)
    images: tuple[Picked, ...] = ()
    takes: Takes = field(default_factory=Takes)
    callback_url: str | None = None
    note: str = ""


def draft_of(subject: Any, session: Session, variables: Mapping[str, Any]) -> FormState:
    """The draft of None (the settings' defaults), a job, a result, or the text of a cell.

    Raises RequestError for anything else, and for text that is no cell.
    """
    if subject is None:
        return draft_of_request(build_request(session.settings, ""), session, variables)
    if isinstance(subject, Batch) and len(subject):
        return draft_of_request(subject[0].request, session, variables, Takes(len(subject)))
    if isinstance(subject, Job):
        return draft_of_request(subject.request, session, variables)
    if isinstance(subject, Result):
        return draft_of_record(subject.record, session, variables)
    if isinstance(subject, str):
        return _of_text(subject, session, variables)
    raise RequestError(
        [Problem("panel", f"takes a job, a result, or the text of a cell, not a {type(subject).__name__}.")]
    )


def draft_of_request(
    request: GenerationRequest, session: Session, variables: Mapping[str, Any], takes: Takes | None = None
) -> FormState:
    """The draft of a request, its images found again. A callback URL stays out: it belongs to its job."""
    request = replace(request, callback_url=None)
    images = [recover(reference, variables, session.store) for reference in request.references]
    return _draft(request, tuple(images), takes or Takes(request.take, only=True))


def draft_of_record(record: ResultRecord, session: Session, variables: Mapping[str, Any]) -> FormState:
    """The draft of a stored picture."""
    request = request_of(record)
    draft = draft_of_request(request, session, variables)
    if fingerprint(request, record.provider) == record.fingerprint:
        return draft
    # The only thing that a record leaves out and a fingerprint knows.
    return replace(draft, note="The record leaves out the query of a signed URL, so this asks for a picture anew.")


def _of_text(text: str, session: Session, variables: Mapping[str, Any]) -> FormState:
    """A cell with its first line; text without one is a prompt."""
    if not text.lstrip().startswith(_MAGIC):
        return _draft(build_request(session.settings, text), (), Takes())
    line, _, body = text.lstrip().partition("\n")
    options = read_cell_line(line.removeprefix(_MAGIC), variables)
    if options.sweep:
        raise RequestError([Problem("sweep", "a form asks for one picture: leave --sweep to the cell.")])
    images = tuple(picked for image in options.images for picked in _given(image, variables))
    references = [picked.reference for picked in images]
    request = build_request(session.settings, render(body, variables), images=references, **options.request)
    if request.model not in MODELS:
        near = nearest(request.model, list(MODELS))
        raise RequestError([Problem("model", f"{shown(request.model)} is not a model.", near)])
    return _draft(request, images, Takes(options.takes[-1], only=not options.several))


def _given(image: Any, variables: Mapping[str, Any]) -> list[Picked]:
    """An option's value is a name, a URL or a path; or an expression's value, which has no name."""
    if isinstance(image, str):
        return pick(image, variables)
    return [Picked(reference, None) for reference in references_of(image)]


def _draft(request: GenerationRequest, images: tuple[Picked, ...], takes: Takes) -> FormState:
    model = MODELS[request.model]
    choices = {}
    for name in CHOICE_FIELDS:
        if choice := model.choice(name):
            said = getattr(request, name)
            choices[name] = choice.default if said is None else said
    return FormState(request.prompt, request.model, choices, images, takes, request.callback_url)
