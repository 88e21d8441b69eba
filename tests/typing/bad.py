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


def handles(job: vidgo.Job, batch: vidgo.Batch, result: vidgo.Result) -> None:
    job.result(timeout="x")  # bad
    job.result(timeuot=3)  # bad
    job.quote.totl  # noqa: B018  # bad
    job.status = "x"  # bad
    job.set_exception(None)  # bad
    job.mirror(None)  # bad
    job.fail(None)  # bad
    job.watch(None)  # bad
    batch.sheet(page="x")  # bad
    batch.to_frame(backend="x")  # bad
    batch[0].promt  # noqa: B018  # bad
    batch["x"]  # bad
    batch.wait(timeuot=3)  # bad
    result.save("x", anotate=True)  # bad
    result.save(5)  # bad
    result.imge  # noqa: B018  # bad


def jobs(job: vidgo.Job) -> None:
    vidgo.resolve(job, "again")  # bad
    vidgo.resolve(job, how="resubmitt")  # bad
    vidgo.resolve(5, "forget")  # bad
    vidgo.wait(timeout="x")  # bad
    vidgo.wait(timeuot=3)  # bad
    vidgo.wait(5)  # bad
    vidgo.stop(5)  # bad
    vidgo.receiver(5)  # bad
    vidgo.receiver("https://x.example", prt=5)  # bad
    vidgo.export(5)  # bad
    vidgo.export("x", everythin=True)  # bad
    vidgo.report(everythin=True)  # bad
    vidgo.report(everything="yes")  # bad
    vidgo.balance(5)  # bad
    vidgo.panel(subjct=job)  # bad
    vidgo.gallery(5)  # bad
    vidgo.rate(5)  # bad
    vidgo.rate([job], kind="stars")  # bad
    vidgo.rate([job], seed="x")  # bad
    vidgo.rate([job], ratr="ada")  # bad
    vidgo.ratings(5)  # bad
    vidgo.ratings("study").agrement  # noqa: B018  # bad
    vidgo.models()[0].nme  # noqa: B018  # bad
    vidgo.jobs()[0].stats  # noqa: B018  # bad
    vidgo.balance().credit  # noqa: B018  # bad
    vidgo.costs()[0].x  # noqa: B018  # bad
    vidgo.generat("x")  # bad


def settings_and_tables() -> None:
    vidgo.configure(timeout="x")  # bad
    vidgo.configure(prices={"x": []})  # bad
    vidgo.configure(preview="x")  # bad
    vidgo.configure(base_url=5)  # bad
    vidgo.configure(attended="x")  # bad
    vidgo.configure(model="x")  # bad
    vidgo.plan("x", quality=5)  # bad
    vidgo.plan("x", yes="no")  # bad
    vidgo.plan("x").buy(yes="no")  # bad
    vidgo.plan("x").by()  # bad
    vidgo.map("x", save=5)  # bad
    vidgo.map("x", seed="x")  # bad
    vidgo.map("x", columns={"size": 5})  # bad
    vidgo.map("x", max_credits=[])  # bad
    vidgo.sweep(prompt="x", model=["x"])  # bad
    vidgo.sweep(prompt="x", resolution="8K")  # bad
    vidgo.sweep(prompt="x", seed="a")  # bad
    vidgo.sweep(prompt=5)  # bad
    vidgo.sweep(prompt="x", skip_invalid="no")  # bad
    vidgo.batch("x", max_credit=5)  # bad
    vidgo.batch("x", yes=1)  # bad
    vidgo.generate("x", callback_url=5)  # bad
    vidgo.generate("x", take="2")  # bad
    vidgo.generate("x", fersh=True)  # bad
    vidgo.generate("x", takes=2).result()  # bad
    vidgo.generate("x").sheet()  # bad
