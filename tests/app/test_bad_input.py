"""Whatever is given to a public function, what comes out is an error of this package, and nothing is sent."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy
import pytest

import vidgo_notebook as vidgo
from vidgo_notebook.app.plan.plan import Plan
from vidgo_notebook.app.process import current_session, provide
from vidgo_notebook.app.session import Session
from vidgo_notebook.errors import RequestError, VidgoError

BAD = [
    *(None, 5, True, "", "no", [], {}, object(), -1, 1.5, math.nan, math.inf, b"x", "\0", "\ud800", "~nobody/x"),
    *(numpy.array([1, 2]), numpy.array(["low", "high"])),
    *([None], [object()], {"a": object()}, ("x", 5), {1, "x"}, int, 10**400),
]

VALID: dict[str, dict[str, Any]] = {
    "generate": {"prompt": "A fox"},
    "quote": {"prompt": "A fox"},
    "sweep": {"prompt": ["A fox", "A hen"]},
    "map": {"table": [{"color": "red"}], "prompt": "A {{ color }} fox"},
    "batch": {"name": "foxes"},
    "read": {"path": "fox.png"},
    "export": {"path": "foxes.zip"},
}
"""What each function needs besides the value that is tried."""

FUNCTIONS = [name for name in vidgo.__all__ if inspect.isfunction(getattr(vidgo, name)) and "ipython" not in name]
CALLS = [(name, each) for name in FUNCTIONS for each in inspect.signature(getattr(vidgo, name)).parameters]
HANDLES = (vidgo.Job, vidgo.Batch, vidgo.Result, Plan)
"""What public functions return and users then call; what Python's own Future and Sequence do is theirs."""
METHODS = [
    (handle, name, parameter)
    for handle in HANDLES
    for name, method in vars(handle).items()
    if inspect.isfunction(method) and not name.startswith("_")
    if name not in ("check", "saved_as")  # which are for the front ends
    for parameter in list(inspect.signature(method).parameters)[1:]
]
TIMES = ("Job.result", "Job.exception", "Job.wait", "Batch.wait", "Batch.as_completed")


@pytest.fixture(autouse=True)
def replaying(open_session: Callable[..., Session]) -> Any:
    """The process's session, which can send nothing."""
    provide(lambda: open_session(mode="replay"))
    yield
    provide(None)


class Unreadable:
    def __getattribute__(self, name: str) -> Any:
        raise ValueError(name)


class Unprintable:
    def __repr__(self) -> str:
        raise ValueError("repr")

    __str__ = __fspath__ = __repr__


class Uncountable:
    def __len__(self) -> int:
        raise KeyError("len")

    __iter__ = __bool__ = __float__ = __index__ = __eq__ = __len__  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


BROKEN = [Unreadable(), Unprintable(), Uncountable(), [Unprintable()], (Unreadable(),)]
"""Objects whose own methods raise."""


def escaped(call: Callable[[Any], object], values: Sequence[object] = BAD) -> list[str]:
    """What came out that is no error of this package."""
    found = []
    for value in values:
        try:
            call(value)
        except VidgoError:
            continue
        except Exception as error:  # noqa: BLE001  which one it is is the question
            found.append(f"{type(value).__name__}: {type(error).__name__}: {error!a}")
    return found


@pytest.mark.parametrize(("name", "parameter"), CALLS)
def test_a_public_function_refuses_or_understands_every_value(name: str, parameter: str) -> None:
    if inspect.signature(getattr(vidgo, name)).parameters[parameter].kind is inspect.Parameter.VAR_KEYWORD:
        parameter = "colour"
    function, valid = getattr(vidgo, name), VALID.get(name, {})
    first = next(iter(inspect.signature(function).parameters.values()), None)
    positional = first is not None and first.name == parameter and first.kind is not first.KEYWORD_ONLY

    def call(value: object) -> object:
        others = {key: each for key, each in valid.items() if key != parameter}
        return function(value, **others) if positional else function(**others, **{parameter: value})

    assert escaped(call, [*BAD, *BROKEN]) == []
    assert current_session().jobs == {}


def test_a_value_whose_own_methods_raise_is_named_with_what_it_raises() -> None:
    with pytest.raises(RequestError, match="size: a value of type Unreadable can't be read: it raises ValueError"):
        vidgo.generate("A fox", size=Unreadable())  # type: ignore[call-overload]
    with pytest.raises(RequestError, match="image: a value of type Unprintable can't be read"):
        vidgo.generate("A fox", image=[Unprintable()])


@pytest.mark.parametrize(
    ("handle", "method", "parameter"), METHODS, ids=[f"{kind.__name__}.{name}-{each}" for kind, name, each in METHODS]
)
def test_a_method_of_a_handle_refuses_or_understands_every_value(
    handle: type, method: str, parameter: str, open_session: Callable[..., Session]
) -> None:
    provide(lambda: open_session(mode="emulator"))
    batch = vidgo.generate("A fox", takes=2).wait()
    plan = vidgo.plan([{"prompt": "A hen"}])
    found: Any = {vidgo.Job: batch[0], vidgo.Batch: batch, vidgo.Result: batch[0].result(), Plan: plan}[handle]
    valid = {"save": {"path": "fox.png"}, "resolve": {"how": "forget"}}.get(method, {})

    def call(value: object) -> None:
        answer = getattr(found, method)(**{**valid, parameter: value})
        list(answer) if method == "as_completed" else None

    assert escaped(call, [*BAD, *BROKEN]) == []


@pytest.mark.parametrize("name", TIMES)
def test_a_time_to_wait_is_a_number_of_seconds_or_none(name: str, open_session: Callable[..., Session]) -> None:
    provide(lambda: open_session(mode="emulator"))
    job = vidgo.generate("A fox").wait()
    batch = vidgo.sweep(prompt=["A fox", "A hen"]).wait()
    kind, method = name.split(".")
    assert escaped(getattr(job if kind == "Job" else batch, method)) == []
    for wrong in ("x", True, math.nan, [], object()):
        with pytest.raises(RequestError, match="is not a number of seconds"):
            list(batch.as_completed(wrong)) if method == "as_completed" else getattr(job, "result")(wrong)  # type: ignore[arg-type]  # noqa: B009
    assert job.result(math.inf) is job.result(10**10)


@pytest.mark.parametrize("parameter", ["path", "annotate"])
def test_a_result_is_saved_to_a_path_only(parameter: str, open_session: Callable[..., Session]) -> None:
    provide(lambda: open_session(mode="emulator"))
    result = vidgo.generate("A fox").result()
    valid = {"path": "fox.png"}
    assert escaped(lambda value: result.save(**{**valid, parameter: value})) == []


@pytest.mark.parametrize("flag", ["yes", "fresh"])
@pytest.mark.parametrize("wrong", ["no", "yes", 1, 0, None])
def test_what_is_neither_true_nor_false_is_refused_and_says_what_to_write(flag: str, wrong: object) -> None:
    with pytest.raises(RequestError, match=f"{flag}=True or {flag}=False"):
        vidgo.generate("A fox", **{flag: wrong})  # type: ignore[call-overload]


MISFITS: dict[str, tuple[Callable[[], object], str]] = {
    "a field without its name": (lambda: vidgo.sweep(["A fox"]), "Write vidgo.sweep(prompt=…)"),  # type: ignore[misc]
    "no prompt": (lambda: vidgo.generate(size="1:1"), "Write vidgo.generate(prompt)"),  # type: ignore[call-overload]
    "no table": (lambda: vidgo.map(prompt="A fox"), "Write vidgo.map(table)"),  # type: ignore[call-arg]
    "a value too many": (lambda: vidgo.balance(5), "Write vidgo.balance()"),  # type: ignore[call-arg]
    "a misspelt option": (lambda: vidgo.report(everythin=True), "Write everything="),  # type: ignore[call-arg]
    "a misspelt option of a method": (lambda: vidgo.Batch([]).wait(timeuot=5), "Write timeout="),  # type: ignore[call-arg]
    "no path": (lambda: vidgo.Result(None, None, None).save(), "Write result.save(path)"),  # type: ignore[call-arg,arg-type]
    "an option of another function": (lambda: vidgo.stop(yes=True), "yes is not an option: the function takes none."),  # type: ignore[call-arg]
}


@pytest.mark.parametrize(("call", "said"), MISFITS.values(), ids=MISFITS)
def test_a_call_that_does_not_fit_says_what_to_write(call: Callable[[], object], said: str) -> None:
    with pytest.raises(RequestError, match=re.escape(said)):
        call()


def test_an_object_is_named_by_its_type_and_not_written_out() -> None:
    for value, named in ((object(), "an object must be"), ([0] * 10_000, "a list must be"), ("x" * 10_000, "'xxxx")):
        with pytest.raises(RequestError) as caught:
            vidgo.quote("A fox", takes=value)  # type: ignore[arg-type]
        assert named in str(caught.value) and len(str(caught.value)) < 250


@pytest.mark.parametrize("name", ["store", "journal"])
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_path_is_not_the_working_directory(name: str, empty: str) -> None:
    with pytest.raises(RequestError, match=f"{name}: it is empty"):
        vidgo.configure(**{name: empty})  # type: ignore[arg-type]


def test_a_value_of_a_wrong_type_is_named_by_its_type() -> None:
    with pytest.raises(RequestError, match="model: a list is not a model"):
        vidgo.generate("A fox", model=["gpt-image-2"])  # type: ignore[call-overload]
    with pytest.raises(RequestError, match="not an object"):
        vidgo.panel(object())


def test_a_count_is_the_same_everywhere() -> None:
    for call in (vidgo.generate, vidgo.quote):
        for wrong in (True, 0, 1.0, "2"):
            with pytest.raises(RequestError, match=r"takes: .* must be a whole number, 1 or more"):
                call("A fox", takes=wrong)  # type: ignore[operator]
    with pytest.raises(RequestError, match="takes: True must be a whole number, 1 or more"):
        vidgo.sweep(prompt=["A fox"], takes=True)


def test_no_image_is_written_as_none_too() -> None:
    assert vidgo.quote("A fox", image=None) == vidgo.quote("A fox") == vidgo.quote("A fox", image=[])


def test_numbers_and_truth_values_of_numpy_are_understood() -> None:
    assert vidgo.quote("A fox", takes=numpy.int64(3)).total == 6  # type: ignore[arg-type]
    with pytest.raises(vidgo.errors.ReplayError):
        vidgo.generate("A fox", yes=numpy.bool_(True), max_credits=numpy.float64(3))  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "wrong", [{"fresh": True}, {"max_credit": 5}, {"frsh": True}, {"takes": 2}], ids=lambda wrong: next(iter(wrong))
)
def test_an_option_that_continuing_a_batch_does_not_have_buys_nothing(
    wrong: dict[str, object], open_session: Callable[..., Session]
) -> None:
    """A limit that is misspelt would limit nothing, and ``fresh`` would buy all of it again."""
    provide(lambda: open_session(mode="emulator"))
    vidgo.sweep(prompt=["A fox", "A hen"], name="animals").wait()
    known = set(current_session().jobs)
    with pytest.raises(RequestError, match=f"{next(iter(wrong))} is not an option"):
        vidgo.batch("animals", **wrong)  # type: ignore[arg-type]
    assert set(current_session().jobs) == known


def test_every_problem_of_a_call_is_in_one_message() -> None:
    with pytest.raises(RequestError) as caught:
        vidgo.generate("", quality="hihg", yes="no", max_credits="much", fersh=True)  # type: ignore[call-overload]
    assert {each.field for each in caught.value.problems} == {"prompt", "quality", "yes", "max_credits", "fersh"}
    assert "fresh=" in {each.suggestion for each in caught.value.problems}
