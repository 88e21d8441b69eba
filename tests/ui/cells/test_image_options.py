"""Images in cells of a real IPython shell: variables, files, and what is said when neither is there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from tests.fixtures.clocks import wait_until
from tests.fixtures.live_session import PATIENCE, dot, sent_urls, uploaded
from tests.fixtures.pil_images import encoded, noise
from tests.fixtures.sample_pictures import PNG, picture
from vidgo_notebook.emulator import Emulator, serve
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.errors import RequestError

CELL = "--size 1:1 --resolution 1K"


@pytest.fixture
def emulator() -> Emulator:
    return Emulator(latency=0, draw=dot)


@pytest.fixture
def shell(
    shell: InteractiveShell, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> Iterator[InteractiveShell]:
    """The shell with the extension, at a served emulator."""
    before = set(shell.user_ns)
    with serve(emulator) as url:
        monkeypatch.setenv("VIDGO_MODE", "emulator")
        monkeypatch.setenv("VIDGO_BASE_URL", url)
        monkeypatch.setenv("VIDGO_JOURNAL", str(folder / "journal.sqlite3"))
        shell.extension_manager.load_extension("vidgo_notebook")
        yield shell
        shell.extension_manager.unload_extension("vidgo_notebook")
    for name in set(shell.user_ns) - before:
        del shell.user_ns[name]


def run(shell: InteractiveShell, line: str, prompt: str = "Put it on a shelf") -> str:
    """Run a %%vidgo cell until the service has its request; what it printed and showed."""
    with capture_output() as printed:
        shell.run_cell_magic("vidgo", f"job {line} {CELL} --no-wait", prompt)
    job = shell.user_ns["job"]
    wait_until(lambda: job.task_id or job.done())
    assert moving.state(job).accepted
    return "\n".join([printed.stdout, *(output.data["text/plain"] for output in printed.outputs)])


def refused(shell: InteractiveShell, line: str) -> str:
    with pytest.raises(RequestError) as error:
        shell.run_cell_magic("vidgo", f"{line} {CELL}", "Put it on a shelf")
    return str(error.value)


@pytest.mark.parametrize("image", ["cup", "{{ cup }}", "'{{ cups[0] }}'", "cups", "{{ cups[:1] }}"])
def test_a_variable_is_named_with_or_without_braces(image: str, shell: InteractiveShell, emulator: Emulator) -> None:
    shell.user_ns.update(cup=PNG, cups=[PNG])
    run(shell, f"--image {image}")
    assert uploaded(emulator) == [PNG]


def test_a_variable_of_any_kind_of_image_will_do(shell: InteractiveShell, emulator: Emulator) -> None:
    held: dict[str, Any] = {
        "a": noise("RGB", seed=1),
        "b": np.asarray(noise("RGB", seed=2)),
        "c": Path("shelf.png"),
        "d": "shelf.png",
        "e": "https://example.com/shelf.png",
    }
    Path("shelf.png").write_bytes(PNG)
    shell.user_ns.update(held)
    run(shell, " ".join(f"-i {name}" for name in held))
    (urls,) = sent_urls(emulator)
    assert len(urls) == 5
    assert urls[2] == urls[3]
    assert urls[4] == "https://example.com/shelf.png"
    assert emulator.count("upload") == 3


def test_an_earlier_cells_name_is_its_picture_and_the_model_may_be_left_out(
    shell: InteractiveShell, emulator: Emulator
) -> None:
    run(shell, "", "A cup")
    cup = shell.user_ns["cup"] = shell.user_ns["job"]
    cup.result(PATIENCE)
    run(shell, "--image cup")
    assert shell.user_ns["job"].request.model == "gpt-image-2-edit"
    assert uploaded(emulator) == [cup.result().bytes]


def test_a_variable_wins_over_a_file_of_its_name_and_that_is_said(shell: InteractiveShell, emulator: Emulator) -> None:
    Path("cup").write_bytes(picture(shade=9))
    shell.user_ns["cup"] = PNG
    said = run(shell, "--image cup")
    assert "--image cup: the variable is used, not the file of that name; ./cup is the file." in said
    assert uploaded(emulator) == [PNG]
    assert "is used, not the file" not in run(shell, "--image ./cup", "The file")
    assert uploaded(emulator) == [PNG, picture(shade=9)]


@pytest.mark.parametrize(
    ("image", "near"), [("bicicle", "(did you mean the variable bicycle?)"), ("{{ bicicle }}", "Write {{ bicycle }}")]
)
def test_a_missing_variable_is_named_with_the_nearest_one(
    image: str, near: str, shell: InteractiveShell, emulator: Emulator
) -> None:
    shell.user_ns["bicycle"] = PNG
    assert near in refused(shell, f"--image {image}")
    assert emulator.count() == 0


def test_a_variable_that_is_no_image_is_named(shell: InteractiveShell, emulator: Emulator) -> None:
    shell.user_ns.update(count=7, texts=[PNG, "no file"], empty=b"")
    said = refused(shell, "-i count -i texts -i empty")
    assert "image 1 (count): a value of type int is not an image" in said
    assert "image 3 (texts[1]): its text 'no file' is not a URL or a file" in said
    assert "image 4 (empty): it is empty" in said
    assert emulator.count() == 0


def test_what_an_image_loses_is_said_in_the_cell(shell: InteractiveShell) -> None:
    shell.user_ns["deep"] = encoded(noise("CMYK"), "TIFF")
    assert "Note: image 1 (deep): it is CMYK, and is converted to RGB." in run(shell, "--image deep")


@pytest.mark.parametrize("image", ["cup", "{{ cup }}"])
def test_a_quote_of_an_edit_looks_variables_up_as_a_cell_does(
    image: str, shell: InteractiveShell, emulator: Emulator
) -> None:
    shell.user_ns["cup"] = PNG
    with capture_output() as shown:
        shell.run_line_magic("vidgo", f"quote --image {image} {CELL} Put it on a shelf")
    assert "2 credits for gpt-image-2-edit; nothing was sent." in str(shown.outputs[0].data["text/plain"])
    assert emulator.count() == 0


def test_a_receiver_set_up_in_a_cell_gives_the_next_cells_job_its_address(
    shell: InteractiveShell, emulator: Emulator
) -> None:
    done = shell.run_cell("import vidgo_notebook as vidgo\nreceiver = vidgo.receiver()")
    assert done.success
    run(shell, "", "A cup")
    (submit,) = [call for call in emulator.log if call.kind == "submit"]
    assert submit.body["callback_url"].startswith(shell.user_ns["receiver"].url)
    wait_until(lambda: [delivery.status for delivery in emulator.webhooks.deliveries] == [200])
    shell.user_ns["receiver"].close()
    assert shell.user_ns["job"].result(PATIENCE).path


def shown_for(shell: InteractiveShell, line: str) -> list[dict[str, Any]]:
    """What a %vidgo line puts on the page."""
    with capture_output() as shown:
        shell.run_line_magic("vidgo", line)
    return [output.data for output in shown.outputs]


@pytest.fixture
def edited(shell: InteractiveShell) -> InteractiveShell:
    """The shell with a picture ``cup`` and an edit of it, ``job``, whose prompt is long."""
    run(shell, "", "A cup")
    shell.user_ns["cup"] = shell.user_ns["job"].wait(PATIENCE)
    run(shell, "--image cup", "Now in red " + "and redder still " * 20)
    shell.user_ns["job"].wait(PATIENCE)
    return shell


@pytest.mark.parametrize("name", ["job", "{{ job.id }}", "{id}"])
def test_a_lineage_is_shown_as_a_picture_and_in_words(edited: InteractiveShell, name: str) -> None:
    """A job is named by its variable, since its id differs at every run, or by its id."""
    name = name.replace("{id}", edited.user_ns["job"].id)
    drawing, words = shown_for(edited, f"show {name} --lineage")
    assert set(drawing) == {"image/jpeg", "text/plain"}
    assert [line[:38] for line in words["text/plain"].splitlines()] == [
        "1: made from its prompt alone: A cup",
        "2: made from picture 1: Now in red and",
        "Whole chain: 4 credits emulated, free",
    ]
    folded = words["text/html"].partition("<details")
    assert "A cup" in folded[0], "one long prompt must not hide the others"
    assert "Whole chain: 4 credits" in folded[2].partition("</details>")[2], "nor the cost"


def test_a_lineage_at_the_end_of_a_cell_is_drawn(edited: InteractiveShell) -> None:
    with capture_output() as shown:
        assert edited.run_cell("from IPython.display import display\ndisplay(job.result().lineage)").success
    assert [set(output.data) for output in shown.outputs] == [{"image/jpeg", "text/html", "text/plain"}]


def test_a_batch_is_named_by_its_variable_too(shell: InteractiveShell) -> None:
    with capture_output():
        shell.run_cell_magic("vidgo", f"cups --takes 2 {CELL} --no-wait", "A cup")
        shell.run_line_magic("vidgo", "wait cups")
    assert [job.done() for job in shell.user_ns["cups"]] == [True, True]


def test_a_name_that_is_neither_a_job_nor_its_id_is_reported(shell: InteractiveShell) -> None:
    shell.user_ns["cup"] = "no job"
    with pytest.raises(RequestError, match="'cup' is not a job"):
        shell.run_line_magic("vidgo", "show cup")


def test_a_dry_run_says_which_images_would_be_uploaded(shell: InteractiveShell, emulator: Emulator) -> None:
    shell.user_ns["cup"] = PNG
    with capture_output() as shown:
        shell.run_cell_magic("vidgo", f"--dry-run --image cup --image https://pics.example/a.png {CELL}", "In red")
    urls = json.loads(shown.outputs[0].data["text/plain"].partition("\n")[2].partition("\nquality")[0])["input"]
    assert urls["image_urls"] == ["(the upload of cup)", "https://pics.example/a.png"]
    assert emulator.count() == 0
