"""Misspelt and misused calls. Only type checkers read this: they must refuse every line that is marked ``# bad``."""

from __future__ import annotations

import vidgo_notebook as vidgo


def pictures(job: vidgo.Job) -> None:
    vidgo.generate("x", quality="hihg")  # bad
    vidgo.generate("x", qualty="high")  # bad
    vidgo.generate("x", size=3)  # bad
    vidgo.generate("x", model="gpt-image-3")  # bad
    vidgo.generate("x", resolution="8K")  # bad
    vidgo.generate("x", yes="no")  # bad
    vidgo.generate("x", takes="2")  # bad
    vidgo.generate(5)  # bad
    vidgo.quote("x", resolutoin="4K")  # bad
    vidgo.quote("x", yes=True)  # bad
    job.set_result(job.result())  # bad
    job.apply(None)  # bad
    job.reslt()  # bad


def batches() -> None:
    vidgo.sweep(["a", "b"])  # bad
    vidgo.sweep(prompt=["a"], quality=["low", "hihg"])  # bad
    vidgo.sweep(prompt=["a"], takes=[1, 2])  # bad
    vidgo.map(5)  # bad
    vidgo.map([{}], prompt=5)  # bad
    vidgo.batch(5)  # bad
    vidgo.batch("mugs", fresh=True)  # bad
    vidgo.batch("mugs").resolve("again")  # bad
    vidgo.batch("mugs").resolve()  # bad


def money() -> None:
    vidgo.configure(mode="on")  # bad
    vidgo.configure(bugdet=200)  # bad
    vidgo.costs()[0].chraged  # noqa: B018  # bad
    vidgo.report()[0].promt  # noqa: B018  # bad
    vidgo.read(5)  # bad
