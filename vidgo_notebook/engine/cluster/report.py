"""What workers report, as JSON: nothing that comes from a cluster is unpickled here.

Anyone who reaches the scheduler can send events to a notebook, and a pickle runs code where it is read. A report holds
plain values only, each is checked, and one that is too large or of another shape is none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from decimal import Decimal, InvalidOperation
from typing import Any

from vidgo_notebook import errors
from vidgo_notebook.domain.job_state import JobRecord, JobState
from vidgo_notebook.engine.cluster.messages import Change, Outcome
from vidgo_notebook.errors import JobError, Problem, RequestError, StoreError, VidgoError
from vidgo_notebook.store.results.record_file import read_record

LARGEST = 64 * 1024 * 1024
"""Characters: 250 jobs, each with the longest prompt, its template and its error, have a tenth of that."""

_TEXT, _LONGEST_TEXT = 64 * 1024, 1024 * 1024  # characters of an id or a message, and of a record
_MOST = 10_000  # changes or outcomes in one report
_DETAILS: dict[str, tuple[type, ...]] = {
    "status_code": (int,),
    "type": (str,),
    "sent": (bool,),
    "transient": (bool,),
    "retry_after": (int, float, type(None)),
    "fingerprint": (str,),
}
"""What an error may have beside its text, and the types of these."""

_ERRORS: dict[str, type[VidgoError]] = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, VidgoError)
}


def write_report(changes: Sequence[Change], outcomes: Sequence[Outcome]) -> str:
    """Changes and outcomes as text."""
    return json.dumps({"changes": list(changes), "outcomes": list(map(_outcome_to_plain, outcomes))})


def read_report(text: object) -> tuple[list[Change], list[Outcome]]:
    """Changes and outcomes of a text. ValueError for anything that is not a report."""
    data = _parsed(text)
    changes, outcomes = _list(data, "changes"), _list(data, "outcomes")
    return [_change(each) for each in changes], [_outcome(each) for each in outcomes]


def write_error(error: VidgoError) -> str:
    """An error that ended a chunk, as text."""
    return json.dumps({"error": _error_to_plain(error)})


def read_error(text: object) -> VidgoError | None:
    """The error in a text; None for a report. ValueError for anything else."""
    data = _parsed(text)
    return _error(data["error"]) if "error" in data else None


# To plain values


def _outcome_to_plain(outcome: Outcome) -> dict[str, Any]:
    record = {**asdict(outcome.record), "state": outcome.record.state.value}
    return {
        "planned": outcome.planned,
        "record": {key: str(value) if isinstance(value, Decimal) else value for key, value in record.items()},
        "result": outcome.result.to_json() if outcome.result else None,
        "error": _error_to_plain(outcome.error) if outcome.error else None,
        "notes": list(outcome.notes),
        "ends_all": _error_to_plain(outcome.ends_all) if outcome.ends_all else None,
    }


def _error_to_plain(error: VidgoError) -> dict[str, Any]:
    kind = next(each.__name__ for each in type(error).__mro__ if _ERRORS.get(each.__name__) is each)
    details = {name: getattr(error, name) for name in _DETAILS if hasattr(error, name)}
    problems = [[each.field, each.message, each.suggestion] for each in getattr(error, "problems", ())]
    return {
        "kind": kind,
        "message": error.message,
        "cost": error.cost,
        "hint": error.hint or "",
        "details": details,
        "problems": problems,
    }


# From plain values


def _parsed(text: object) -> dict[str, Any]:
    if not isinstance(text, str) or len(text) > LARGEST:
        raise ValueError("not a report")
    try:
        data = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(data, dict):
        raise ValueError("not an object")
    return data


def _list(data: dict[str, Any], key: str) -> list[Any]:
    found = data.get(key)
    if not isinstance(found, list) or len(found) > _MOST:
        raise ValueError(f"{key} is not a list")
    return found


def _change(value: Any) -> Change:
    if not isinstance(value, list) or len(value) != 6:
        raise ValueError("not a change")
    planned, job_id, state, charge, task_id, progress = value
    _credits(charge)
    return (
        _text(planned),
        _text(job_id),
        JobState(_text(state)).value,
        _text_or_none(charge),
        _text_or_none(task_id),
        _percent(progress),
    )


def _outcome(value: Any) -> Outcome:
    if not isinstance(value, dict):
        raise ValueError("not an outcome")
    result = value.get("result")
    try:
        record = None if result is None else read_record(_text(result, _LONGEST_TEXT).encode(), "of a worker's report")
    except StoreError as error:
        raise ValueError(str(error)) from None
    return Outcome(
        _text(value.get("planned")),
        _job_record(value.get("record")),
        record,
        _error(value["error"]) if value.get("error") is not None else None,
        tuple(map(_text, _list(value, "notes"))),
        _error(value["ends_all"]) if value.get("ends_all") is not None else None,
    )


def _job_record(value: Any) -> JobRecord:
    if not isinstance(value, dict) or value.keys() != {each.name for each in fields(JobRecord)}:
        raise ValueError("not a job's record")
    return JobRecord(
        _text(value["job_id"]),
        _text(value["fingerprint"]),
        JobState(_text(value["state"])),
        quoted=_credits(value["quoted"]),
        charge=_credits(value["charge"]),
        task_id=_text_or_none(value["task_id"]),
        progress=_percent(value["progress"]),
        file_url=_text_or_none(value["file_url"]),
        digest=_text_or_none(value["digest"]),
        message=_text(value["message"]),
    )


def _error(value: Any) -> VidgoError:
    if not isinstance(value, dict) or not isinstance(value.get("details"), dict):
        raise ValueError("not an error")
    kind = _ERRORS.get(_text(value.get("kind")))
    if kind is None:
        raise ValueError("not an error of this package")
    message, cost, hint = (_text(value.get(name)) for name in ("message", "cost", "hint"))
    if issubclass(kind, RequestError):
        given = [each for each in _list(value, "problems") if isinstance(each, list) and len(each) == 3]
        return RequestError([Problem(*map(_text, each)) for each in given], hint=hint or None)
    error = kind.__new__(kind)
    VidgoError.__init__(error, message, cost=cost, hint=hint)
    if isinstance(error, JobError):
        error.job = None
    for name, detail in value["details"].items():
        if name not in _DETAILS or type(detail) not in _DETAILS[name]:
            raise ValueError(f"an error with {name!r}")
        setattr(error, name, detail)
    return error


def _text(value: Any, most: int = _TEXT) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise ValueError("not a text")
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def _credits(value: Any) -> Decimal | None:
    if value is None:
        return None
    try:
        amount = Decimal(_text(value, 40))
    except InvalidOperation:
        raise ValueError("not an amount") from None
    if not amount.is_finite() or amount < 0 or amount.adjusted() > 12:
        raise ValueError("not an amount")
    return amount


def _percent(value: Any) -> float | None:
    if value is None or (type(value) in (int, float) and 0 <= value <= 100):
        return value if value is None else float(value)
    raise ValueError("not a percentage")
