"""Jobs as rows of a tidy table: plain values, the same columns for every job of a batch; and a DataFrame of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.request import GenerationRequest, effective_fields
from vidgo_notebook.domain.rules import problems
from vidgo_notebook.domain.sweep import short
from vidgo_notebook.engine.handles.amounts import sums_of
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import VidgoError

if TYPE_CHECKING:
    from pandas import DataFrame

_PLAIN = (str, int, float, bool, type(None))


def row_of(number: int, job: Job) -> dict[str, Any]:
    """What varied, every parameter as it was made, price, state, times, digest and path.

    Amounts are credits as floats, None for an unpublished price; times are ISO 8601 in UTC. A column of the
    user's table with the name of one of these gets the prefix ``row_``.
    """
    stake = sums_of(job).at_stake
    prices = {
        "quoted": _number(job.quote.total),
        "at_stake": None if stake.unpublished else float(stake.credits),
        "charged": _number(job.charge),
    }
    known = {**_parameters(job.request), **prices, **_outcome(job)}
    given = {(f"row_{name}" if name in {*known, "number"} else name): _plain(value) for name, value in job.row.items()}
    varied = {name: value for name, value in given.items() if known.get(name.removeprefix("row_"), ...) != value}
    return {"number": number, **varied, **known}


def frame_of(rows: Iterable[Mapping[str, object]]) -> DataFrame:
    """Rows as a pandas DataFrame. Raises VidgoError without pandas."""
    try:
        import pandas
    except ImportError:
        raise VidgoError("A frame needs pandas, which is not installed.", hint="pip install pandas") from None
    return pandas.DataFrame(list(rows))


def _parameters(request: GenerationRequest) -> dict[str, Any]:
    made = effective_fields(request) if request.model in MODELS and not problems(request) else {}
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
        "state": "stopped" if job.cancelled() else job.status,
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
    try:
        return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
    except ValueError:  # an edited record may have no time
        return None


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _plain(value: Any) -> Any:
    return value if isinstance(value, _PLAIN) else short(value)
