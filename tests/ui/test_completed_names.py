"""Tab offers by name what a place takes: images, jobs, batches, clients and variables, with a word of what each is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.local_api import LocalApi
from tests.fixtures.terminal import Terminal
from vidgo_notebook.emulator import Fault

IMAGES = """
import numpy as np
from PIL import Image
from matplotlib.figure import Figure
photo, grid, plot, words = Image.new("RGB", (8, 8)), np.zeros((8, 8, 3)), Figure(), "no picture"
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the shell is, with images and other files."""
    folder = tmp_path / "desk"
    (folder / "scenes").mkdir(parents=True)
    monkeypatch.chdir(folder)
    for name in ("shelf.JPG", "my shelf.png", "notes.txt", ".hidden.png", "scenes/sky.webp", "scenes/readme.md"):
        (folder / name).touch()
    return folder


def test_after_image_come_what_has_pixels_the_latest_first_then_image_files(terminal: Terminal, files: Path) -> None:
    terminal.run("%%vidgo hero\nA red bicycle")
    terminal.run(IMAGES)
    offered = terminal.offers("%%vidgo --image ")
    assert offered == [
        ("plot", "figure"),
        ("grid", "array"),
        ("photo", "PIL image"),
        ("hero", "job · A red bicycle"),
        ('"my shelf.png"', "image file"),
        ("shelf.JPG", "image file"),
        ("scenes/", "folder"),
    ]


def test_a_variable_whose_attributes_raise_is_left_out_and_the_others_are_offered(
    terminal: Terminal, files: Path
) -> None:
    terminal.run(IMAGES)
    terminal.run(
        """
class Lazy:
    def __getattr__(self, name):
        raise RuntimeError(name)
class Proxy:
    __class__ = property(lambda self: 1 / 0)
lazy, proxy = Lazy(), Proxy()
import matplotlib.pyplot as plt
"""
    )
    assert terminal.completes("%%vidgo --image ")[:3] == ["plot", "grid", "photo"]
    assert {"photo", "words"} <= set(terminal.completes("%%vidgo\nA {{ "))
    assert "--all" in terminal.completes("%vidgo resolve ")


@pytest.mark.parametrize(
    ("line", "made"),
    [
        ("%%vidgo --image 'my s", "%%vidgo --image 'my shelf.png'"),
        ('%%vidgo --image "my s', '%%vidgo --image "my shelf.png"'),
        ("%%vidgo --image SHELF", "%%vidgo --image shelf.JPG"),
        ("%%vidgo --model FLUX-2-F", "%%vidgo --model flux-2-flex"),
        ("%%vidgo --model 'flux-2-f", "%%vidgo --model 'flux-2-flex'"),
        ("%vidgo MOD", "%vidgo models"),
        ("%%vidgo hero --quality low \\\n  --si", "%%vidgo hero --quality low \\\n  --size"),
        ("%%vidgo hero \\\n --model fl \\\n --image sh", "%%vidgo hero \\\n --model fl \\\n --image shelf.JPG"),
        ("%vidgo import sc", "%vidgo import scenes/"),
    ],
)
def test_quotes_capitals_and_a_second_line_are_completed_too(
    line: str, made: str, terminal: Terminal, files: Path
) -> None:
    assert terminal.completed(line)[0] == made


@pytest.mark.parametrize(
    "line",
    [
        *("%%vidgo he", "%%vidgo hero --takes ", "%%vidgo --model flux-2-pro --quality ", "%%vidgo --qualty h"),
        *("%%vidgo --image zz", "%%vidgo --cluster ", "%%vidgo\n{{ zz", "%vidgo show zz", "%vidgo nonsense "),
    ],
)
def test_where_nothing_of_ours_fits_no_word_of_python_is_offered(line: str, terminal: Terminal) -> None:
    assert set(terminal.completed(line)) == {line}


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("%%vidgo --takes ", "N independent pictures, at N prices"),
        ("%%vidgo --max-credits=", "refuse if this would cost more"),
        ("%%vidgo he", "the variable that receives the job"),
        ("%vidgo show zz", "nothing fits"),
    ],
)
def test_a_word_says_what_belongs_where_nothing_can_be_listed(line: str, hint: str, terminal: Terminal) -> None:
    ((_, said),) = terminal.offers(line)
    assert said == hint


@pytest.mark.parametrize("line", ["%%vidgo -i scenes/s", "%%vidgo --image=scenes/", "%vidgo quote -i scenes/sk"])
def test_the_files_of_a_folder_follow_its_name(line: str, terminal: Terminal, files: Path) -> None:
    assert terminal.completed(line) == [line[: line.index("scenes")] + "scenes/sky.webp"]


def test_jobs_come_by_their_variables_and_by_their_ids_with_the_prompt_beside(terminal: Terminal) -> None:
    terminal.run("%%vidgo one\nA red bicycle")
    job = terminal["one"]
    assert terminal.offers("%vidgo show ") == [("one", "job · A red bicycle"), (job.id, "A red bicycle")]
    assert terminal.completes(f"%vidgo panel {job.id[:4]}") == [job.id]
    assert "--all" in terminal.completes("%vidgo resolve ")  # no job of a name is uncertain
    terminal.run("%reload_ext vidgo_notebook")
    assert terminal.offers("%vidgo show j") == [(job.id, "A red bicycle")]


def test_wait_and_resolve_offer_the_jobs_that_they_do_something_with(local_api: LocalApi, terminal: Terminal) -> None:
    terminal.run("%%vidgo done\nA red bicycle")
    local_api.emulator.faults.add(Fault("submit", status=500, after_accepting=True))
    terminal.run("%%vidgo lost --no-wait\nA fox")
    terminal.run("%vidgo wait lost")
    assert terminal["lost"].status == "uncertain"
    assert terminal.completes("%vidgo resolve ") == ["lost", terminal["lost"].id]
    assert not {"done", terminal["done"].id} & set(terminal.completes("%vidgo wait "))


def test_batches_come_by_their_names_where_one_is_continued_or_stopped(terminal: Terminal) -> None:
    terminal.run("%%vidgo --sweep quality=low,medium --batch bikes\nA bicycle")
    for line in ("%vidgo continue ", "%vidgo stop b", "%%vidgo --batch b"):
        assert ("bikes", "batch") in terminal.offers(line)


@pytest.mark.parametrize(
    "before", ["%%vidgo hero\nA {{ ", "%%vidgo hero\nfirst\nA {{ x }} and {{pro", "%vidgo quote A {{ pro"]
)
def test_inside_braces_come_the_variables_of_the_notebook(before: str, terminal: Terminal) -> None:
    terminal.run("product, provide = 'a cup', len")
    offered = terminal.offers(before)
    assert offered[:2] == [("provide", "function"), ("product", "str")]
    assert not {"In", "Out", "get_ipython"} & {text for text, _ in offered}


def test_other_words_of_a_prompt_and_braces_of_other_cells_are_left_to_ipython(terminal: Terminal) -> None:
    terminal.run("product = 'a cup'")
    assert ("product", "str") not in terminal.offers("%%timeit\n'{{ pro")
    assert ("product", "str") not in terminal.offers("%%vidgo\nA pro")
    assert terminal.completes("%%vidgo\nA {{ product.upp") == ["upper"]


def test_a_client_of_a_cluster_is_known_by_its_class(terminal: Terminal) -> None:
    terminal.run(
        "from distributed import Client\nclient = Client(processes=False, n_workers=1, dashboard_address=None)"
    )
    try:
        assert terminal.offers("%%vidgo --cluster ") == [("client", "Dask client")]
    finally:
        terminal.run("client.close()")
