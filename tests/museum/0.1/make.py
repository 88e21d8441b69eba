"""Made the exhibits of release 0.1.0 that lie beside it; it ran once, with that release, and is kept as it ran.

    PYTHONPATH=. python tests/museum/0.1/make.py

It is a record of how they came about, not a tool: it works with release 0.1.0 and with no later code. All is
done as users do it, in cells, calls and commands, and by killing kernels. Two things were changed afterwards:

- Where a file says on which machine it was made (the owners of jobs, the folder of the store), it has neutral values.
- Some records were given the form of format 1, which came before the release and which the release reads.

A job that waits for another's picture is not in a journal of 0.1, whose tables know it all the same: the one
here was written through the journal's own ``claim``.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

from tests.museum.copies import Study
from tests.museum.service import Answer, Service, json_answer, served
from tests.stage import postgres
from vidgo_notebook import __version__
from vidgo_notebook.app.requests import from_json, to_json
from vidgo_notebook.domain.job import JobState
from vidgo_notebook.domain.request import Reference, fingerprint
from vidgo_notebook.store.journal import Journal

HERE = Path(__file__).parent
A_DAY = 86_400
STORE_OF_A_USER = "/home/jovyan/study/.vidgo"
OWNER_OF_A_USER = "00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|"
SIGNED = "https://images.example.com/cup.png?X-Amz-Date=20260427T103000Z&X-Amz-Signature=00000000ffffffff"

NOTEBOOK_WITH_A_KEY = [
    "%load_ext vidgo_notebook\nimport vidgo_notebook as vidgo",
    "%%vidgo harbour --size 1:1 --resolution 1K --save harbour.png --annotate\nA harbour at dawn",
    'colour = "red"',
    "%%vidgo lighthouse --quality high --size 16:9 --resolution 2K --save lighthouse.jpg --annotate\n"
    "A photo of a {{ colour }} lighthouse",
    "%%vidgo desk --model gpt-image-2-edit --image harbour --image lamp.png\nPut the lamp of image 2 into image 1",
    f'%%vidgo cup --image "{SIGNED}"\nGive the cup a blue glaze',
    "%%vidgo foxes --takes 2\nA fox in the snow",
    "%%vidgo grid --sweep quality=low,medium --size 1:1 --resolution 1K\nAn owl in a barn",
    'crane = vidgo.generate("A paper crane", size="3:2", resolution="1K")\ncrane',
    "%%vidgo garden --model flux-2-pro --size 4:3 --resolution 1K --yes\nA garden of moss",
]
NOTEBOOK_WITHOUT_ONE = [
    "%%vidgo boat --size 16:9 --resolution 1K\nA paper boat on a pond",
    "%%vidgo swan --image boat --size 16:9 --resolution 1K\nAdd a swan",
]
SCRIPT = f"""
from PIL import Image
for fresh in (False, True, True):
    vidgo.generate("A lantern in a window", quality="medium", fresh=fresh).result()
vidgo.generate("Stand the lamp on a table", image="lamp.png").result()
vidgo.generate("Give the cup a red glaze", image="{SIGNED}").result()
vidgo.generate("Move the lantern to the left", image=vidgo.generate("A lantern in a window", quality="medium")).result()
vidgo.generate("Frame the mirror in oak", image=Image.open("mirror.png")).result()
vidgo.generate("A sketch of a mill").result().save("mill.webp", annotate=True)
vidgo.map([{{"glaze": "blue"}}, {{"glaze": "green"}}], prompt="A {{{{ glaze }}}} plate", name="plates").wait()
vidgo.sweep(prompt=["Draw the lamp in ink", "Draw the lamp in chalk"], image="lamp.png", name="lamps").wait()
"""
OF_FORMAT_1 = ("Stand the lamp on a table", "Give the cup a red glaze", "A fox in the snow", "A paper crane")

LEFT_BY_A_KILLED_KERNEL = """
vidgo.sweep(prompt="A {{ colour }} bicycle", colour=["red", "green", "blue", "white"], quality="medium", size="1:1",
            resolution="2K", name="bicycles", yes=True)
for prompt in ("A ferry in the fog", "A tram in the rain", "A balloon over hills", "A train in a tunnel",
               "A truck on a bridge", "A rocket at night", "A kite in a storm", "A canoe on rapids"):
    vidgo.generate(prompt, quality="high", size="1:1", resolution="1K", yes=True)
vidgo.generate("Hang the mirror on a wall", image="mirror.png", yes=True)
"""
CAMEL = 'vidgo.generate("A camel in the dunes", size="16:9", resolution="4K", yes=True)'
STATES_IT_LEFT = {
    "A red bicycle": "finished",
    "A green bicycle": "finished",
    "A blue bicycle": "running",
    "A white bicycle": "refused",
    "A ferry in the fog": "not_started",
    "A tram in the rain": "running",
    "A balloon over hills": "fetching",
    "A train in a tunnel": "submitting",
    "A truck on a bridge": "uncertain",
    "A rocket at night": "uncertain",
    "A kite in a storm": "failed",
    "A canoe on rapids": "refused",
    "Hang the mirror on a wall": "uploading",
}


class Vendor(Service):
    """A service with which things go wrong, by the prompt; an upload never ends while ``busy``."""

    busy = False

    def submit(self, prompt: str) -> Answer | None:
        if prompt in ("A canoe on rapids", "A white bicycle"):
            return _refusal(400, "invalid_request_error", "The request was not understood.")
        if prompt == "A camel in the dunes":
            return 429, {"Retry-After": "3600"}, b"{}"
        answer = super().submit(prompt)
        if prompt == "A train in a tunnel":
            time.sleep(A_DAY)
        return None if prompt in ("A truck on a bridge", "A rocket at night") else answer

    def status(self, task_id: str) -> Answer | None:
        if "ferry" in task_id:
            return json_answer({"task_id": task_id, "status": "not_started"})
        if "tram" in task_id or "blue-bicycle" in task_id:
            return json_answer({"task_id": task_id, "status": "running", "progress": 40})
        if "kite" in task_id:
            return json_answer({"task_id": task_id, "status": "failed", "files": [], "error_message": "Unsafe content"})
        return super().status(task_id)

    def file(self, task_id: str) -> Answer | None:
        if "balloon" in task_id:
            time.sleep(A_DAY)
        return super().file(task_id)

    def upload(self, name: str) -> Answer | None:
        if self.busy:
            time.sleep(A_DAY)
        return super().upload(name)


def _refusal(code: int, kind: str, message: str) -> Answer:
    body = {"code": code, "error": {"message": message, "type": kind}}
    return code, {"Content-Type": "application/json"}, json.dumps(body).encode()


def main() -> None:
    """Make everything in a scratch folder, then put it in its place."""
    assert __version__ == "0.1.0"
    with tempfile.TemporaryDirectory() as scratch, served(Vendor()) as vendor:
        folder = Path(scratch) / "study"
        folder.mkdir()
        study = Study(folder, str(Path(scratch) / "journal.sqlite3"), vendor.environment)
        Image.linear_gradient("L").resize((48, 64)).save(folder / "lamp.png")
        Image.radial_gradient("L").resize((48, 64)).save(folder / "mirror.png")
        execute(study)
        print(study.visit(["%vidgo balance", SCRIPT]).said)
        give_format_1(folder / ".vidgo")
        leave_jobs(study, vendor)
        print(study.visit(["%vidgo export crate.zip --all --annotate", "%vidgo jobs"]).said)
        make_neutral(study.journal)
        dump(study, HERE / "journal.sql")
        put_in_place(study)


def execute(study: Study) -> None:
    """A notebook that its author ran with a key, and a reader without one, who added two cells."""
    cells = [nbformat.v4.new_code_cell(source) for source in NOTEBOOK_WITH_A_KEY]
    title = nbformat.v4.new_markdown_cell("# A study of light")
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=[title, *cells], metadata={"kernelspec": kernel})
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{number}"
    run_cells(notebook, study, "live")
    added = [nbformat.v4.new_code_cell(source) for source in NOTEBOOK_WITHOUT_ONE]
    for number, cell in enumerate(added, len(notebook.cells) + 1):
        cell.id = f"cell-{number}"
    notebook.cells.extend(added)
    run_cells(notebook, study, "auto")
    nbformat.write(notebook, study.folder / "study.ipynb")


def run_cells(notebook: nbformat.NotebookNode, study: Study, mode: str) -> None:
    """Execute the notebook as nbconvert does."""
    env = {**study.environment(mode, key=mode == "live"), "JPY_SESSION_NAME": "study.ipynb"}
    client = NotebookClient(notebook, resources={"metadata": {"path": str(study.folder)}}, record_timing=False)
    client.execute(env=env)
    notebook.metadata.language_info = {"name": "python"}


def give_format_1(store: Path) -> None:
    """Write some records as the code before the release did: without the API, the template and its values, and of
    the effective fields only the resolution."""
    for path in (store / "results").glob("*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["prompt"] in OF_FORMAT_1:
            del record["api"], record["template"], record["values"]
            record["effective_resolution"] = record.pop("effective_fields")["resolution"]
            record["format"] = 1
            path.write_text(json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def leave_jobs(study: Study, vendor: Vendor) -> None:
    """Jobs in every state, left by kernels that were killed."""
    vendor.busy = True
    kill_when(study, LEFT_BY_A_KILLED_KERNEL, STATES_IT_LEFT)
    vendor.busy = False
    kill_when(study, CAMEL, {"A camel": "planned"})
    kill_when(study, 'vidgo.generate("A paper plane", size="16:9")', {"A paper plane": "running"}, "emulator")
    rocket = next(job_id for job_id, request, _ in jobs_of(study.journal) if "A rocket" in request)
    study.command("resolve", rocket, "--forget").check_returncode()
    leave_waiting(study.journal)


def kill_when(study: Study, cell: str, states: dict[str, str], mode: str = "live") -> None:
    """Run a cell, and kill its kernel once the journal has these states, by prompt."""
    process = study.begin([f"{cell}\nimport time; time.sleep({A_DAY})"], mode)
    wanted, end = dict(states), time.monotonic() + 60
    while wanted:
        assert time.monotonic() < end, wanted
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
        for _, request, state in jobs_of(study.journal):
            wanted = {prompt: left for prompt, left in wanted.items() if prompt not in request or left != state}
    if "A camel" in states:  # planned before it is sent and after it was put back: the second is wanted
        time.sleep(3)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def jobs_of(journal: str) -> list[tuple[str, str, str]]:
    """Id, request and state of each job."""
    if not Path(journal).exists():
        return []
    connection = sqlite3.connect(journal)
    try:
        return connection.execute("SELECT job_id, request, state FROM jobs").fetchall()
    finally:
        connection.close()


def leave_waiting(path: str) -> None:
    """An edit of the picture of the tram, which is under way."""
    journal = Journal(Path(path))
    (tram,) = [entry for entry in journal.all_under_way() if "A tram" in entry.request]
    image = Reference("job", tram.record.job_id, name="tram")
    request = replace(from_json(tram.request), prompt="Paint the tram blue", model="gpt-image-2-edit")
    request = replace(request, references=(image,))
    wanted = fingerprint(request, tram.provider)
    record = replace(tram.record, job_id="jwaits4tram", fingerprint=wanted, state=JobState.WAITING, task_id=None)
    kind = tram.kind.replace(tram.model, request.model)
    entry = replace(tram, record=record, model=request.model, kind=kind, request=to_json(request), submitted_at=None)
    journal.claim(replace(entry, created_at=tram.created_at + 1))
    journal.close()


def make_neutral(path: str) -> None:
    """Nothing of this machine stays in the journal."""
    connection = sqlite3.connect(path)
    connection.execute("UPDATE jobs SET store = ?", (STORE_OF_A_USER,))
    connection.execute("UPDATE jobs SET owner = ? || substr(owner, -12) WHERE owner <> ''", (OWNER_OF_A_USER,))
    connection.commit()
    connection.execute("VACUUM")
    connection.close()


def dump(study: Study, target: Path) -> None:
    """The same jobs in a PostgreSQL database, as pg_dump writes them down."""
    programs = postgres.find_programs()
    assert programs
    with postgres.served() as server:
        url = server.new_database()
        replace(study, journal=url).visit(["%vidgo jobs"])  # which makes the tables
        copy_rows(study.journal, url)
        command = [programs / "pg_dump", "--no-owner", "--no-privileges", "--restrict-key=museum", f"--dbname={url}"]
        written = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    target.write_text(written, encoding="utf-8")


def copy_rows(path: str, url: str) -> None:
    """Fill the tables."""
    import psycopg
    from psycopg import sql

    source = sqlite3.connect(path)
    with psycopg.connect(url) as target:
        target.execute("SET search_path = vidgo")
        for table in ("jobs", "events", "charges", "balances", "uploads", "batches", "allowances", "pauses"):
            rows = source.execute(f"SELECT * FROM {table}")
            names = [sql.Identifier(column[0]) for column in rows.description]
            insert = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                sql.Identifier(table), sql.SQL(", ").join(names), sql.SQL(", ").join(sql.Placeholder() * len(names))
            )
            target.cursor().executemany(insert, rows.fetchall())
    source.close()


def put_in_place(study: Study) -> None:
    """The exhibits, in place of those of an earlier run."""
    shutil.rmtree(HERE / "study", ignore_errors=True)
    leave_out = shutil.ignore_patterns("previews", "tmp", ".ipynb_checkpoints")
    shutil.copytree(study.folder, HERE / "study", ignore=leave_out)
    shutil.copyfile(study.journal, HERE / "journal.sqlite3")
    total = sum(path.stat().st_size for path in HERE.rglob("*") if path.is_file())
    print(f"{total:,} bytes")


if __name__ == "__main__":
    os.umask(0o022)
    main()
