"""Calls as users write them. Only type checkers read this: every line must pass."""

from __future__ import annotations

import concurrent.futures
from decimal import Decimal
from pathlib import Path
from typing import assert_type

import vidgo_notebook as vidgo
from vidgo_notebook.domain.catalogue import MODELS


def pictures() -> None:
    job = vidgo.generate("A bicycle", model="flux-2-pro", size="16:9", resolution="2K")
    assert_type(job, vidgo.Job)
    assert_type(job.result(timeout=60), vidgo.Result)
    assert_type(job.charge, Decimal | None)
    vidgo.generate("A bicycle", size="2304x1536", max_credits="0.5", image=[job, "shelf.jpg"])
    vidgo.generate("A bicycle", model=MODELS["flux-2-pro"], quality=None, take=2, fresh=True, yes=True)
    assert_type(vidgo.generate("A bicycle", takes=2), vidgo.Batch)
    assert_type(vidgo.quote("A bicycle", quality="high", takes=3), vidgo.Quote)
    future: concurrent.futures.Future[vidgo.Result] = job
    concurrent.futures.wait([future])


async def awaited(job: vidgo.Job) -> Path | None:
    result = await job
    assert_type(result, vidgo.Result)
    return result.path


def batches() -> None:
    batch = vidgo.sweep(prompt=["a", "b"], quality=["low", "high"], size=("1:1", "640x1024"), takes=2)
    assert_type(batch, vidgo.Batch)
    assert_type(batch[0], vidgo.Job)
    assert_type(batch[:2], vidgo.Batch)
    vidgo.sweep(prompt="A {{ color }} mug", color=["red", "blue"], model=MODELS.values())
    vidgo.map([{"shape": "1:1"}], prompt="A {{ color }} mug", size="shape", quality="high", color="red")
    vidgo.map(Path("table.csv"), name="mugs", max_credits=200)
    assert_type(vidgo.batch("mugs", yes=True), vidgo.Batch)
    assert_type(batch.to_rows()[0]["quality"], object)
    assert_type(batch.resolve("forget").resolve("resubmit", yes=True), vidgo.Batch)


def judged(batch: vidgo.Batch) -> None:
    vidgo.rate(batch, name="study", by="quality", question="Which?", kind="scale", rater="ada", seed=3)
    vidgo.rate([batch[0], batch[1]])
    found = vidgo.ratings("study")
    assert_type(found.agreement.alpha, float | None)
    assert_type(found.preferences[0].estimate, float | None)
    assert_type(found[0].choice, str)
    assert_type(found.to_rows()[0]["rater"], object)
    found.plot().savefig("figure.pdf")


def failures(job: vidgo.Job) -> str:
    try:
        job.result()
    except vidgo.errors.JobError as error:
        return error.job.id if error.job else ""
    return ""


def money() -> None:
    assert_type(vidgo.costs()[0].charged, Decimal)
    assert_type(vidgo.report()[0].prompt, str)
    assert_type(vidgo.read("fox.png").provenance["prompt"], object)
    vidgo.configure(mode="replay", budget=200, credit_price="0.005 USD", size="16:9")
