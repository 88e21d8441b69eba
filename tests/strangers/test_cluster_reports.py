"""What arrives from a cluster: plain data that is checked, never a pickle; another shape changes nothing."""

from __future__ import annotations

import ast
import json
import pickle
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.hostile_text import ALL
from tests.fixtures.sample_records import record
from vidgo_notebook import errors
from vidgo_notebook.domain.job_state import JobRecord, JobState
from vidgo_notebook.engine.cluster import report
from vidgo_notebook.engine.cluster.messages import Outcome
from vidgo_notebook.engine.cluster.report import read_error, read_report, write_error, write_report
from vidgo_notebook.errors import APIError, FetchError, JobError, Problem, RateLimitError, RequestError, VidgoError

PACKAGE = Path(report.__file__).parents[2]
JOB = JobRecord(
    "j2", "f" * 64, JobState.FINISHED, Decimal("24.5"), Decimal(24), "task-1", 100.0, "https://x/y", "a" * 64
)
CHANGE = ("j1", "j2", "running", "24.5", None, 33.0)


def outcome(**changes: Any) -> Outcome:
    return Outcome("j1", **{"record": JOB, "result": record(), "notes": ("a note",), **changes})


class Runs:
    """A pickle of it writes a file where it is read."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("it-ran"),))


def test_nothing_in_the_package_unpickles() -> None:
    imported = {
        name.name.partition(".")[0]
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in getattr(node, "names", ())
        if isinstance(node, ast.Import)
    }
    assert imported & {"pickle", "cloudpickle", "dill", "marshal", "shelve"} == set()


@pytest.mark.parametrize("text", ALL, ids=ascii)
def test_a_report_comes_back_as_it_was(text: str) -> None:
    errors_of = {"error": JobError(text, cost=text, hint=text), "ends_all": APIError(text, status_code=402, type=text)}
    sent = [
        outcome(),
        outcome(result=record(prompt=text.replace("\ud83d", "").replace("\r", "\n").strip()), notes=(text,)),
        outcome(result=None, **errors_of),
    ]
    changes, outcomes = read_report(write_report([CHANGE], sent))
    assert changes == [CHANGE]
    assert outcomes[:2] == sent[:2]
    error, ends_all = outcomes[2].error, outcomes[2].ends_all
    assert (type(error), str(error)) == (JobError, str(errors_of["error"]))
    assert isinstance(ends_all, APIError) and (ends_all.status_code, ends_all.type) == (402, text)


@pytest.mark.parametrize("kind", [each for each in vars(errors).values() if isinstance(each, type)])
def test_every_error_comes_back_as_what_it_was(kind: type) -> None:
    if not issubclass(kind, VidgoError) or kind is RequestError:
        return
    sent = kind("It failed.", hint="Try it again.")
    (outcome_,) = read_report(write_report([], [outcome(error=sent)]))[1]
    assert (type(outcome_.error), str(outcome_.error)) == (kind, str(sent))
    assert type(read_error(write_error(sent))) is kind


def test_details_and_problems_of_errors_come_back() -> None:
    busy, file = RateLimitError("busy", retry_after=2.5, status_code=429), FetchError("gone", transient=True)
    problems = RequestError([Problem("size", "is wrong", "16:9"), Problem("quality", "too")], hint="a hint")
    found = [read_error(write_error(each)) for each in (busy, file, problems)]
    assert [vars(found[0])[name] for name in ("retry_after", "status_code")] == [2.5, 429]
    assert vars(found[1])["transient"] is True
    assert str(found[2]) == str(problems)


def altered(**changes: Any) -> str:
    data = json.loads(write_report([CHANGE], [outcome(error=JobError("x"))]))
    for path, value in changes.items():
        *above, last = path.split("__")
        place = data
        for name in above:
            place = place[int(name) if name.isdigit() else name]
        place[int(last) if last.isdigit() else last] = value
    return json.dumps(data)


@pytest.mark.parametrize(
    "said",
    [
        pickle.dumps(([], [])),
        pickle.dumps(Runs()),
        pickle.dumps(Runs()).decode("latin-1"),
        None,
        7,
        [],
        "",
        "null",
        "[]",
        "{}",
        "[" * 200_000,
        '{"changes": ' + "[" * 50_000,
        "NaN",
        " " * (report.LARGEST + 1),
        altered(changes=[[]] * 10_001),
        altered(changes__0=["j1"] * 6),
        altered(changes__0__2="bought"),
        altered(changes__0__3="-5"),
        altered(changes__0__3="1E+999999"),
        altered(changes__0__3="NaN"),
        altered(changes__0__5=101),
        altered(changes__0__5=True),
        altered(changes__0__0="j" * 100_000),
        altered(outcomes__0="x"),
        altered(outcomes__0__record={"job_id": "j"}),
        altered(outcomes__0__record__extra=1),
        altered(outcomes__0__record__charge="Infinity"),
        altered(outcomes__0__record__state=None),
        altered(outcomes__0__result="{}"),
        altered(outcomes__0__result={"prompt": "x"}),
        altered(outcomes__0__result=record(digest="../../x").to_json()),
        altered(outcomes__0__notes="abc"),
        altered(outcomes__0__error__kind="SystemExit"),
        altered(outcomes__0__error__kind="Problem"),
        altered(outcomes__0__error__details={"__class__": "x"}),
        altered(outcomes__0__error__details={"status_code": True}),
        altered(outcomes__0__error={"kind": "VidgoError"}),
        altered(outcomes__0__error=7),
    ],
    ids=lambda said: ascii(said)[:40],
)
def test_anything_else_is_no_report_and_runs_nothing(said: object) -> None:
    with pytest.raises(ValueError):
        read_report(said)
    assert not Path("it-ran").exists()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
PLACES = ["changes", "outcomes", "changes__0", "outcomes__0"] + [
    f"outcomes__0__{name}" for name in ("planned", "record", "result", "error", "notes", "ends_all")
] + [f"outcomes__0__error__{name}" for name in ("kind", "message", "cost", "hint", "details", "problems")]  # fmt: skip


@given(st.sampled_from(PLACES), JSON)
def test_whatever_stands_in_a_report_is_read_or_refused(place: str, value: Any) -> None:
    try:
        changes, outcomes = read_report(altered(**{place: value}))
    except ValueError:
        return
    assert all(len(change) == 6 for change in changes)
    assert all(isinstance(each, Outcome) for each in outcomes)
