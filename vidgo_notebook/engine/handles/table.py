"""Jobs as rows of a tidy table: plain values, the same columns for every job of a batch; and frames of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.request import GenerationRequest, effective_fields
from vidgo_notebook.domain.rules import problems
from vidgo_notebook.domain.sweep import short
from vidgo_notebook.domain.wording import counted, described
from vidgo_notebook.engine.handles.amounts import sums_of
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import Problem, RequestError, VidgoError

if TYPE_CHECKING:
    import pyarrow
    from pandas import DataFrame

BACKENDS = ("pandas", "polars")
_PLAIN = (str, int, float, bool, type(None))
_TIMES = ("submitted", "finished")
_FLOATS = ("quoted", "at_stake", "charged", "seconds")
_COUNTS = ("width", "height")
_LARGEST = 2**63


def rows_of(jobs: Sequence[Job]) -> list[dict[str, Any]]:
    """One dict for each job: what varied, every parameter as it was made, price, state, times, digest and path.

    Amounts are credits as floats, None for an unpublished price; times are ISO 8601 in UTC; ``final`` is False while
    a job is under way. A column of the user's table with the name of one of these gets the prefix ``row_``; one that
    is the same in every row is left out.
    """
    made = [_made(job) for job in jobs]
    known = {"number", *made[0]} if made else set[str]()
    given = [
        {(f"row_{name}" if name in known else name): _plain(value) for name, value in job.row.items()} for job in jobs
    ]
    varied = {
        name: None
        for row, each in zip(given, made, strict=True)
        for name, value in row.items()
        if each.get(name.removeprefix("row_"), ...) != value
    }
    return [
        {"number": number, **{name: row.get(name) for name in varied}, **each}
        for number, (row, each) in enumerate(zip(given, made, strict=True))
    ]


def _made(job: Job) -> dict[str, Any]:
    """What is known of a job, whatever the table it is from."""
    stake = sums_of(job).at_stake
    prices = {
        "quoted": _number(job.quote.total),
        "at_stake": None if stake.unpublished else float(stake.credits),
        "charged": _number(job.charge),
    }
    return {**_parameters(job.request), **prices, **_outcome(job)}


def frame_of(rows: Iterable[Mapping[str, object]]) -> DataFrame:
    """Rows as a pandas DataFrame. Raises VidgoError without pandas."""
    return _imported("pandas").DataFrame(list(rows))


def batch_frame(jobs: Sequence[Job], backend: object) -> Any:
    """The rows of some jobs as a frame of ``backend``, times as times in UTC; labelled while one is under way.

    Raises RequestError for another backend, VidgoError where it is not installed.
    """
    if not isinstance(backend, str) or backend not in BACKENDS:
        raise RequestError([Problem("backend", f"{described(backend)} is not one of {', '.join(BACKENDS)}.")])
    if backend == "polars":
        return _polars_frame(_columns(rows_of(jobs)))
    pandas, columns = _imported("pandas"), _columns(rows_of(jobs))
    frame = pandas.DataFrame(columns)
    for name in columns:
        if name in _TIMES:
            frame[name] = pandas.to_datetime(frame[name], utc=True)
        elif name in _FLOATS or name in _COUNTS:
            frame[name] = frame[name].astype("float64" if name in _FLOATS else "Int64")
    if running := sum(not job.done() for job in jobs):
        frame.columns.name = f"not final: {counted(running, 'job')} under way"
    return frame


def _polars_frame(columns: Mapping[str, list[Any]]) -> Any:
    pl = _imported("polars")
    kinds = {
        **{name: pl.String for name, values in columns.items() if all(value is None for value in values)},
        **{name: pl.Datetime("us", "UTC") for name in _TIMES if name in columns},
        **{name: pl.Float64 for name in _FLOATS if name in columns},
        **{name: pl.Int64 for name in _COUNTS if name in columns},
    }
    return pl.DataFrame(columns, schema_overrides=kinds, infer_schema_length=None)


def batch_arrow(jobs: Sequence[Job]) -> pyarrow.Table:
    """The rows of some jobs as an Arrow table. Raises VidgoError without pyarrow."""
    pa, columns = _imported("pyarrow"), _columns(rows_of(jobs))
    kinds = {
        **dict.fromkeys(_TIMES, pa.timestamp("us", "UTC")),
        **dict.fromkeys(_FLOATS, pa.float64()),
        **dict.fromkeys(_COUNTS, pa.int64()),
    }
    return pa.table(
        {
            name: pa.array(values, kinds.get(name, None if any(v is not None for v in values) else pa.string()))
            for name, values in columns.items()
        }
    )


def _imported(name: str) -> Any:
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError:
        raise VidgoError(f"A frame needs {name}, which is not installed.", hint=f"pip install {name}") from None


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The columns of rows, each of one kind of value: times as times, and a mixed column of the user's as text."""
    columns = {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
    return {name: list(map(_time, each)) if name in _TIMES else _of_one_kind(each) for name, each in columns.items()}


def _of_one_kind(values: list[Any]) -> list[Any]:
    kinds = {type(value) for value in values} - {type(None)}
    if kinds == {int, float}:
        return [None if value is None else float(value) for value in values]
    if len(kinds) > 1 or any(type(value) is int and abs(value) >= _LARGEST for value in values):
        return [None if value is None else str(value) for value in values]
    return values


def _time(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:  # an edited record may have no time
        return None
    return found and (found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC))


def _parameters(request: GenerationRequest) -> dict[str, Any]:
    made = effective_fields(request) if request.model in MODELS and not problems(request, local_api=True) else {}
    return {
        "model": request.model,
        "prompt": request.prompt,
        "quality": made.get("quality", request.quality),
        "size": made.get("size", request.size),
        "resolution": made.get("resolution", request.resolution),
        "images": len(request.references),
        "take": request.take,
    }


def _outcome(job: Job) -> dict[str, Any]:
    error = job.exception() if job.done() else None
    record = job.result().record if job.done() and error is None else None
    path = job.result().path if record else None
    return {
        "state": job.status,
        "final": job.done(),
        "error": getattr(error, "message", str(error)) if error else None,
        "submitted": record.submitted if record else None,
        "finished": record.finished if record else None,
        "seconds": _seconds(record.submitted, record.finished) if record else None,
        "width": record.width if record else None,
        "height": record.height if record else None,
        "digest": record.digest if record else None,
        "path": str(path) if path else None,
        "provider": job.provider,
        "job_id": job.id,
        "task_id": job.task_id,
        "fingerprint": job.fingerprint,
    }


def _seconds(began: str, ended: str) -> float | None:
    start, end = _time(began), _time(ended)
    return (end - start).total_seconds() if start and end else None


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, _PLAIN) else short(value)
