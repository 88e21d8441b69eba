"""Random prompts: drawn by a seed that is given or kept, the same at every run, and recorded with the picture."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import vidgo_notebook as vidgo
from tests.fixtures.local_api import LocalApi
from tests.fixtures.orders import OpenSession
from vidgo_notebook.app.commands.doctor import check_store
from vidgo_notebook.app.library.export import METADATA, export_results
from vidgo_notebook.app.library.import_ import import_results
from vidgo_notebook.app.plan.planning import plan_cell
from vidgo_notebook.app.plan.table_plan import plan_map
from vidgo_notebook.app.process import provide
from vidgo_notebook.app.purchase.order_plan import order
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.cell_options import read_cell_line
from vidgo_notebook.errors import ReplayError, RequestError, StoreError

KITE = "A {{ choice(['red', 'blue', 'green', 'grey', 'pink']) }} kite"


def prompts_of(session: Session, line: str, cell: str = KITE, **variables: object) -> list[str]:
    """What a cell would send."""
    plan = plan_cell(session, read_cell_line(line, variables), cell, variables, lambda image: image)
    plan.check()
    return [place.request.prompt for place in plan.places]


def test_each_take_draws_its_own_and_the_same_seed_draws_the_same(session: Session) -> None:
    drawn = prompts_of(session, "--takes 40 --seed 7")
    assert {prompt.split()[1] for prompt in drawn} == {"red", "blue", "green", "grey", "pink"}
    assert prompts_of(session, "--take 3 --seed 7") == [drawn[2]]
    assert prompts_of(session, "--takes 40 --seed 8") != drawn


def test_a_process_elsewhere_draws_the_same(session: Session) -> None:
    code = (
        "from vidgo_notebook.domain.draws import Draws;"
        "print([Draws(7, take, 2).choice(['a', 'b', 'c', 'd']) for take in range(1, 9)])"
    )
    there = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": hash_seed},
            cwd=Path(vidgo.__file__).parents[1],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for hash_seed in ("1", "2")
    }
    assert there == {DRAWN}


# From the definition: int(sha256(f"7/{take}/2/1").hexdigest()[:16], 16) % 4
DRAWN = "['a', 'c', 'a', 'b', 'b', 'b', 'c', 'c']"


def test_without_a_seed_one_is_drawn_once_and_kept_so_that_a_run_all_buys_nothing(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    bought = _swept(open_session(), takes=8)
    assert local_api.submits == 8
    kept = kept_seeds()
    assert len(kept) == 1
    assert _swept(open_session(), takes=8) == bought
    assert _swept(open_session(mode="replay"), takes=8) == bought
    assert (local_api.submits, kept_seeds()) == (8, kept)


def test_a_replay_without_the_seed_names_the_prompt_and_not_what_was_drawn_by_chance(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    with pytest.raises(ReplayError, match=r'no seed for the random prompt "A ') as refused:
        _swept(open_session(mode="replay"), takes=8)
    assert "seed=N" in str(refused.value)
    assert not kept_seeds()


def kept_seeds(folder: str = ".vidgo") -> dict[str, str]:
    return {path.name: path.read_text() for path in Path(folder, "seeds").glob("*")}


def test_of_two_kernels_that_draw_at_once_the_first_to_keep_its_seed_draws_for_both(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    first, second = open_session(), open_session()
    line, table = read_cell_line("--takes 6", {}), {"n": list(range(6))}
    cells = [plan_cell(session, line, KITE, {}, lambda image: image) for session in (first, second)]
    rows = [plan_map(session, table, {"prompt": f"{{{{ n }}}} {KITE}"}, {}) for session in (first, second)]
    for plans in (cells, rows):
        bought = [order(plan.session, plan).wait(60) for plan in plans]
        assert len({tuple(job.request.prompt for job in batch) for batch in bought}) == 1
        assert len({job.request.seed for batch in bought for job in batch}) == 1
    assert local_api.submits == len({job.fingerprint for job in bought[0]}) + 6
    assert len(kept_seeds()) == 2


def test_prompts_that_are_drawn_at_once_are_all_kept(open_session: OpenSession, local_api: LocalApi) -> None:
    """Each has a file of its own: one that is written last takes none of the others with it."""
    sessions = [open_session() for _ in range(4)]
    plans = [
        plan_cell(session, read_cell_line("--takes 2", {}), f"{number} {KITE}", {}, lambda image: image)
        for number, session in enumerate(sessions)
    ]
    with ThreadPoolExecutor(4) as pool:
        batches = list(pool.map(lambda plan: order(plan.session, plan), plans))
    seen = [[job.request.prompt for job in batch.wait(60)] for batch in batches]
    again = open_session()
    assert [prompts_of(again, "--takes 2", f"{number} {KITE}") for number in range(4)] == seen


def test_a_second_folder_draws_what_the_first_drew(open_session: OpenSession, local_api: LocalApi) -> None:
    bought = _swept(open_session(), takes=8)
    paid = local_api.submits
    assert _swept(open_session(store="elsewhere"), takes=8) == bought
    assert local_api.submits == paid
    assert kept_seeds("elsewhere") == kept_seeds()


def test_the_reader_of_an_export_draws_what_its_author_drew(
    open_session: OpenSession, local_api: LocalApi, tmp_path: Path
) -> None:
    author = open_session()
    bought = _swept(author, takes=8)
    _swept(open_session(), takes=2, prompt="Another {{ choice([1, 2, 3]) }}")
    export_results(author, tmp_path / "crate.zip")
    reader = open_session(mode="replay", store="reader", journal=str(tmp_path / "reader.sqlite3"))
    assert str(import_results(tmp_path / "crate.zip", reader.store)).startswith("8 results imported")
    assert (len(kept_seeds()), len(kept_seeds("reader"))) == (2, 1)
    assert _swept(reader, takes=8) == bought


def test_an_import_leaves_the_seed_by_which_the_store_draws(open_session: OpenSession, tmp_path: Path) -> None:
    author = open_session()
    _swept(author, takes=2)
    export_results(author, tmp_path / "crate")
    reader = open_session(store="reader", journal=str(tmp_path / "reader.sqlite3"))
    _swept(reader, takes=2)
    kept = kept_seeds("reader")
    said = str(import_results(tmp_path / "crate", reader.store))
    assert said.endswith(", 1 seed left out: the store draws by another.")
    assert kept_seeds("reader") == kept


def test_seeds_of_an_export_that_are_no_seeds_are_refused(open_session: OpenSession, tmp_path: Path) -> None:
    author, crate = open_session(), tmp_path / "crate"
    _swept(author, takes=2)
    export_results(author, crate)
    listed = json.loads((crate / METADATA).read_text())
    for text, why in [("{}", "edited after the export"), ('{"../../x": 1}', "something else than the seeds")]:
        (crate / "seeds.json").write_text(text)
        if "x" in text:
            digest = hashlib.sha256(text.encode()).hexdigest()
            (entry,) = [each for each in listed["@graph"] if each["@id"] == "seeds.json"]
            entry["sha256"] = digest
            (crate / METADATA).write_text(json.dumps(listed))
        with pytest.raises(StoreError, match=why):
            import_results(crate, open_session(store="reader").store)
    assert not Path("reader/results").exists()


def _swept(session: Session, prompt: str = KITE, **more: Any) -> list[str]:
    provide(lambda: session)
    try:
        return [job.request.prompt for job in vidgo.sweep(prompt=prompt, **more).wait(60)]
    finally:
        provide(None)


def test_a_dry_run_shows_what_is_then_bought_and_writes_nothing(session: Session, local_api: LocalApi) -> None:
    seen = prompts_of(session, "--takes 9")
    assert not kept_seeds()
    assert prompts_of(session, "--takes 9") == seen
    options = read_cell_line("--takes 9", {})
    batch = order(session, plan_cell(session, options, KITE, {}, lambda image: image))
    assert [job.request.prompt for job in batch] == seen
    assert kept_seeds()


def test_the_record_has_the_seed_and_what_was_drawn(session: Session, local_api: LocalApi) -> None:
    (job,) = vidgo.sweep(prompt="{{ n }} {{ choice(['red', 'red']) }} kites", n=[3], seed=7).wait(60)
    record = job.result().record
    assert (record.prompt, record.seed) == ("3 red kites", 7)
    assert record.template == "{{ n }} {{ choice(['red', 'red']) }} kites"
    assert record.values == (("n", "3"), ("choice(['red', 'red'])", "red"))
    assert record.draws == (("choice(['red', 'red'])", "red"),)
    assert session.store.find(record.fingerprint) == record


def test_the_rows_of_a_table_draw_their_own(session: Session, local_api: LocalApi) -> None:
    table = {"animal": ["cat"] * 30}
    plan = vidgo.plan(table, prompt="A {{ choice(colors) }} {{ animal }}", colors=("red", "blue"), seed=7)
    prompts = [place.request.prompt for place in plan.places]
    assert {*prompts} == {"A red cat", "A blue cat"}
    again = vidgo.plan(table, prompt="A {{ choice(colors) }} {{ animal }}", colors=("red", "blue"), seed=7)
    assert [place.request.prompt for place in again.places] == prompts


def test_combinations_differ_in_what_varies_and_not_in_what_is_drawn(session: Session, local_api: LocalApi) -> None:
    plan = prompts_of(session, "--sweep quality=low,medium,high --takes 2 --seed 7")
    assert plan[0::2] == [plan[0]] * 3
    assert plan[1::2] == [plan[1]] * 3


def test_a_function_of_the_users_own_named_choice_does_not_take_its_place(session: Session) -> None:
    import random

    assert prompts_of(session, "--seed 7", choice=random.choice) == prompts_of(session, "--seed 7")
    assert prompts_of(session, "", "A {{ choice }} kite", choice="red") == ["A red kite"]


REFUSED = [
    ("", "A {{ ['red', 'blue']|random }} kite", "every run would buy another picture", "{{ choice([…, …]) }}"),
    ("", "{{ lipsum() }}", "every run would buy another picture", "{{ choice([…, …]) }}"),
    ("", "A {{ choice([]) }} kite", "choice draws from a list, not from an empty list", "choice([…, …])"),
    ("", "A {{ choice('red', 'blue') }} kite", "not from 2 values", "choice([…, …])"),
    ("", "A {{ choice('red') }} kite", "not from 'red'", "choice([…, …])"),
    ("--seed 7", "A red kite", "this prompt draws nothing", "the API has no seeds"),
    ("--seed x", KITE, "'x' is not a whole number from 0", "seed"),
]


@pytest.mark.parametrize(("line", "cell", "expected", "cure"), REFUSED)
def test_what_can_not_be_drawn_again_is_refused_with_the_cure(
    line: str, cell: str, expected: str, cure: str, session: Session, local_api: LocalApi
) -> None:
    with pytest.raises(RequestError) as refused:
        prompts_of(session, line, cell)
    assert expected in str(refused.value)
    assert cure in str(refused.value)
    assert local_api.emulator.count() == 0


@pytest.mark.parametrize("seed", [-1, 1.5, "7", True])
def test_a_seed_is_a_whole_number(seed: object, session: Session) -> None:
    with pytest.raises(RequestError, match=r"seed: .* is not a whole number from 0"):
        vidgo.sweep(prompt=KITE, takes=2, seed=seed)  # type: ignore[arg-type]


def test_damaged_seeds_buy_nothing_by_chance(session: Session, local_api: LocalApi) -> None:
    first = vidgo.sweep(prompt=KITE, takes=2).wait(60)
    paid = local_api.submits
    (kept,) = Path(".vidgo/seeds").glob("*")
    kept.write_text("<<<<<<< ours")
    with pytest.raises(StoreError, match=rf"seeds/{kept.name} is damaged"):
        vidgo.sweep(prompt=KITE, takes=2)
    assert local_api.submits == paid
    (fault,) = check_store(session)
    assert (fault.file, fault.serious) == (f"seeds/{kept.name}", True)
    assert [job.request.prompt for job in vidgo.sweep(prompt=KITE, takes=2, seed=first[0].request.seed)]
    assert vidgo.sweep(prompt=KITE, takes=2, seed=7).wait(60).done()


def test_a_batch_with_draws_is_continued_as_it_was(session: Session, local_api: LocalApi) -> None:
    first = vidgo.sweep(prompt=KITE, takes=4, seed=7, name="kites").wait(60)
    again = vidgo.batch("kites").wait(60)
    assert [job.request.draws for job in again] == [job.request.draws for job in first]
    assert again[0].request.seed == 7
