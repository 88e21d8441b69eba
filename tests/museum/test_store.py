"""The store, crate, copies and notebook that release 0.1 left: every picture is found, and none is bought again."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterable, Sequence

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.notebooknode import NotebookNode
from PIL import Image, ImageChops

from tests.museum.conftest import EXHIBITS, digests
from tests.museum.pictures import ALL, BOUGHT_BEFORE_0_1, EMULATED, LANTERNS, PAID, SIGNED, Typed
from tests.museum.project_copy import ProjectCopy
from tests.museum.service import Service

UNVERIFIABLE = 2
"""Records whose URL lost its query, which is why an import leaves them out; in the store they are shown."""
STORE = {name: digest for name, digest in digests(EXHIBITS / "study" / ".vidgo").items() if "/" in name}


def found(project: ProjectCopy, typed: Sequence[Typed], mode: str, before: Sequence[str] = ()) -> list[tuple[str, str]]:
    """How the digest of each picture begins, typed as a cell and as a call after the cells ``before``."""
    names = [(f"cell_{number}", f"call_{number}") for number in range(len(typed))]
    cells = [each.as_cell(name) + each.as_call(other) for (name, other), each in zip(names, typed, strict=True)]
    shown = f"[[job.result(90).digest[:12] for job in pair] for pair in [{', '.join(map(_pair, names))}]]"
    visit = project.run([*before, *(cell for some in cells for cell in some)], mode, digests=shown)
    return [(first, second) for first, second in visit.values["digests"]]


def _pair(names: tuple[str, str]) -> str:
    return f"[{', '.join(names)}]"


def twice(typed: Iterable[Typed]) -> list[tuple[str, str]]:
    return [(each.digest, each.digest) for each in typed]


def assert_nothing_was_sent(service: Service) -> None:
    assert (service.posts, service.uploads, service.asked, service.fetched) == ([], 0, set(), set())


def assert_nothing_was_lost_or_added(project: ProjectCopy) -> None:
    """Pictures and records are as they were."""
    after = digests(project.folder / ".vidgo")
    assert {name: digest for name, digest in after.items() if name.startswith(("objects/", "results/"))} == STORE


@pytest.mark.parametrize(
    ("mode", "typed"),
    [
        pytest.param("replay", ALL, id="replay"),
        pytest.param("auto", ALL, id="auto, without a key"),
        pytest.param("live", PAID, id="live"),
        pytest.param("emulator", EMULATED, id="emulator"),
    ],
)
def test_what_is_typed_again_is_shown_from_the_store(
    mode: str, typed: tuple[Typed, ...], project: ProjectCopy, service: Service
) -> None:
    assert found(project, typed, mode) == twice(typed)
    assert_nothing_was_sent(service)
    assert_nothing_was_lost_or_added(project)


def test_a_record_from_before_the_release_says_the_same_as_then(project: ProjectCopy) -> None:
    lamp, cup, *_ = BOUGHT_BEFORE_0_1
    visit = project.run(
        [*lamp.as_call("lamp"), *cup.as_call("cup")],
        "replay",
        found="[[job.result().provenance[name] for name in ('model', 'quoted', 'charged', 'task_id', 'references')]"
        " for job in (lamp, cup)]",
    )
    digest = "34e47926bde8c0720dce5c794143958292ba65417dde26aa5cf98857dfe82edd"
    assert visit.values["found"] == [
        ["gpt-image-2-edit", "2", "2", "task-stand-the-lamp-on-a-table-1", [f"bytes:{digest}"]],
        ["gpt-image-2-edit", "2", "2", "task-give-the-cup-a-red-glaze-1", ["url:https://images.example.com/cup.png"]],
    ]


def test_what_a_fresh_purchase_superseded_is_kept_and_a_further_one_supersedes_the_last(
    project: ProjectCopy, service: Service
) -> None:
    files = {path.name[:12]: path for path in (project.folder / ".vidgo" / "objects").rglob("*.png")}
    paths = [str(files[digest]) for digest in LANTERNS.values()]
    tasks = f"[vidgo.read(path).provenance['task_id'] for path in {paths}]"
    visit = project.run(
        [f"before = {tasks}", 'job = vidgo.generate("A lantern in a window", quality="medium", fresh=True)'],
        digest="job.result(90).digest[:12]",
        before="before",
        after=tasks,
    )
    assert service.posts == ["A lantern in a window"]
    assert visit.values["before"] == visit.values["after"] == list(LANTERNS)
    assert visit.values["digest"] not in LANTERNS.values()
    after = digests(project.folder / ".vidgo")
    assert {name: after.get(name) for name in STORE if name.startswith("objects/")}.items() <= STORE.items()


@pytest.mark.parametrize("kind", ["archive", "folder"])
def test_the_crate_fills_an_empty_store_that_replays(kind: str, empty: ProjectCopy, service: Service) -> None:
    crate = EXHIBITS / "study" / "crate.zip"
    if kind == "folder":
        zipfile.ZipFile(crate).extractall(empty.folder / "crate")
        crate = empty.folder / "crate"
    for name in ("lamp.png", "mirror.png"):
        (empty.folder / name).write_bytes((EXHIBITS / "study" / name).read_bytes())
    verifiable = [each for each in ALL if SIGNED not in each.keywords]
    assert len(ALL) - len(verifiable) == UNVERIFIABLE
    assert found(empty, verifiable, "replay", [f"%vidgo import {crate}"]) == twice(verifiable)
    assert_nothing_was_sent(service)


def test_an_annotated_copy_says_how_it_was_made_without_a_store(empty: ProjectCopy) -> None:
    names = ("harbour.png", "lighthouse.jpg", "mill.webp")
    read = [f"vidgo.read({str(EXHIBITS / 'study' / name)!r})" for name in names]
    found = empty.run(
        ["import hashlib", f"read = [{', '.join(read)}]"],
        "replay",
        prompts="[each.provenance['prompt'] for each in read]",
        intact="[each.intact for each in read]",
        bytes="[hashlib.sha256(each.bytes).hexdigest()[:12] for each in read]",
    ).values
    assert found["prompts"] == ["A harbour at dawn", "A photo of a red lighthouse", "A sketch of a mill"]
    assert found["intact"] == [True, True, True]
    assert found["bytes"] == ["007e4a2121dc", "c01dd7bc4b0b", "3dc501629e41"]


# The notebook

DIGESTS = """
import json
jobs = [harbour, lighthouse, desk, cup, *foxes, *grid, crane, garden, boat, swan]
print(json.dumps([job.result().digest[:12] for job in jobs]))
"""
SHOWN = [
    *("007e4a2121dc", "c01dd7bc4b0b", "0e1be95f8e7e", "5036004e2bbf", "9bd2db2e696e", "80f73fcdb342"),
    *("340c2f5d7e44", "c41321e03067", "09a14511a8e3", "c1ade175b11f", "226e3f475d93", "ae18e8d09c29"),
]


def test_the_notebook_runs_again_without_a_key_and_shows_the_same_pictures(
    project: ProjectCopy, service: Service
) -> None:
    notebook = nbformat.read(project.folder / "study.ipynb", as_version=4)
    before = [pictures(cell) for cell in notebook.cells]
    assert [len(some) for some in before] == [0, 0, 1, 0, 1, 1, 1, 2, 1, 1, 1, 1, 1]
    notebook.cells.append(nbformat.v4.new_code_cell(DIGESTS))
    client = NotebookClient(
        notebook, timeout=200, startup_timeout=200, resources={"metadata": {"path": str(project.folder)}}
    )
    client.execute(env=project.environment("replay", key=False))
    assert json.loads(notebook.cells[-1].outputs[0].text) == SHOWN
    for cell, shown in zip(notebook.cells, before, strict=False):
        assert bool(pictures(cell)) == bool(shown)
        if len(shown) == 1 and "--sweep" not in cell.source:  # a sheet may be laid out anew
            assert look_alike(shown[0], pictures(cell)[0])
    assert_nothing_was_sent(service)
    assert_nothing_was_lost_or_added(project)


def test_the_verifier_finds_every_picture_of_the_notebook_unless_one_is_missing(
    project: ProjectCopy, service: Service
) -> None:
    done = project.command("check", "study.ipynb", mode="replay")
    assert done.returncode == 0, done.stdout + done.stderr
    for path in (project.folder / ".vidgo" / "objects").rglob("0e1be95f8e7e*"):
        path.unlink()
    assert project.command("check", "study.ipynb", mode="replay").returncode == 1
    assert_nothing_was_sent(service)


def pictures(cell: NotebookNode) -> list[Image.Image]:
    """The pictures in the outputs of a cell."""
    data = [output.get("data", {}) for output in cell.get("outputs", [])]
    encoded = [value for each in data for kind, value in each.items() if kind.startswith("image/")]
    return [_decoded(text) for text in encoded]


def _decoded(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB")


def look_alike(one: Image.Image, other: Image.Image) -> bool:
    """Whether two previews are of one picture, however each was made small."""
    small = [image.resize((64, 64)) for image in (one, other)]
    return max(high for _, high in ImageChops.difference(*small).getextrema()) < 40
