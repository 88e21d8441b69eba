"""A file of further models: read and checked as a whole, known everywhere, and its prices are no way round a limit."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from tests.fixtures.clocks import wait_until
from tests.fixtures.live_session import PATIENCE, LiveSession, OpenLiveSession
from tests.fixtures.own_models import BANANA, catalogue
from vidgo_notebook.app.commands.models import model_table
from vidgo_notebook.app.purchase.resume import resume
from vidgo_notebook.app.settings import origins
from vidgo_notebook.app.settings.models_file import read_models
from vidgo_notebook.app.settings.origins import Outside
from vidgo_notebook.app.settings.traits import Vidgo, configure
from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.own_models import ModelsFileError
from vidgo_notebook.door import Door, in_words_of
from vidgo_notebook.emulator import Emulator
from vidgo_notebook.emulator.__main__ import main as serve_command
from vidgo_notebook.errors import BudgetError, RequestError

__all__ = ["catalogue"]


@pytest.fixture
def banana(folder: Path) -> Path:
    """The file."""
    path = folder / "models.toml"
    path.write_text(BANANA)
    return path


def sent(emulator: Emulator) -> list[dict[str, Any]]:
    """The body of every submit that arrived."""
    return [call.body for call in emulator.log if call.kind == "submit"]


def test_a_model_of_the_file_is_asked_for_priced_and_listed_like_any_other(
    live: LiveSession, emulator: Emulator, banana: Path
) -> None:
    configure(live.session.settings, models_file=banana)
    request = live.request(model="nano-banana", resolution=None, size="16:9")
    assert live.session.quote(request).total == Decimal(4)
    [row] = [row for row in model_table() if row.model == "nano-banana"]
    assert (row.images, row.qualities, row.sizes, row.resolutions) == ("0 to 4", (), ("auto", "1:1", "16:9"), ())
    assert row.prices == {"any": {"any": 4}}
    live.made(model="nano-banana", resolution=None, size="16:9")
    assert sent(emulator) == [{"model": "nano-banana", "input": {"prompt": "A red bicycle", "size": "16:9"}}]


def test_settings_that_come_with_the_file_may_name_its_models(live: LiveSession, banana: Path) -> None:
    configure(live.session.settings, model="nano-banana", models_file=banana)
    assert live.session.settings.model == "nano-banana"


def test_a_field_that_it_does_not_take_is_a_problem(live: LiveSession, banana: Path) -> None:
    configure(live.session.settings, models_file=banana)
    with pytest.raises(RequestError, match="nano-banana takes no resolution"):
        live.request(model="nano-banana")


def test_with_further_fields_its_own_price_holds(live: LiveSession, banana: Path) -> None:
    configure(live.session.settings, models_file=banana)
    request = live.request(model="nano-banana", resolution=None, extra={"output_format": "png"})
    assert live.session.quote(request).total == Decimal(4)


@pytest.mark.parametrize("file_is_kept", [True, False], ids=["kept", "taken back"])
def test_a_price_that_the_notebook_brings_is_asked_about_once(
    live: LiveSession, banana: Path, file_is_kept: bool
) -> None:
    configure(live.session.settings, models_file=banana)
    if not file_is_kept:  # taken back: the model stays known, and its price is the notebook's all the same
        configure(live.session.settings, models_file=None)
    for prompt in ("A fox", "A hare"):
        live.made(prompt, model="nano-banana", resolution=None)
    assert live.questions == ["The notebook sets the price of nano-banana to 4 credits a picture. Is that right?"]


def test_without_a_yes_nothing_is_sent(open_live: OpenLiveSession, emulator: Emulator, banana: Path) -> None:
    live = open_live(agrees=False)
    configure(live.session.settings, models_file=banana)
    with pytest.raises(BudgetError, match="was not confirmed"):
        live.ask(model="nano-banana", resolution=None)
    assert sent(emulator) == []


def test_a_price_from_outside_is_not_asked_about(
    open_live: OpenLiveSession, banana: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {"VIDGO_MODELS_FILE": str(banana)}
    monkeypatch.setattr(origins, "outside", Outside(environment, environment))
    monkeypatch.setenv("VIDGO_MODELS_FILE", str(banana))
    live = open_live()
    live.made(model="nano-banana", resolution=None)
    assert live.questions == []


def test_a_cell_that_changes_the_environment_before_the_import_is_not_outside(
    open_live: OpenLiveSession, banana: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(origins, "outside", Outside({"VIDGO_MODELS_FILE": str(banana)}, {}))
    monkeypatch.setenv("VIDGO_MODELS_FILE", str(banana))
    live = open_live()
    live.made(model="nano-banana", resolution=None)
    assert len(live.questions) == 1


def test_a_later_kernel_without_the_file_fetches_what_was_paid_for_and_knows_no_price(
    open_live: OpenLiveSession, emulator: Emulator, banana: Path
) -> None:
    emulator.latency = 100_000.0
    first = open_live()
    configure(first.session.settings, models_file=banana)
    asked = first.ask(model="nano-banana", resolution=None)
    wait_until(lambda: asked.task_id)  # accepted, and known to be
    first.session.engine.write(lambda _: None).result(PATIENCE)
    first.close()
    del MODELS["nano-banana"]
    emulator.latency = 0.0
    later = open_live()
    [job] = resume(later.session)
    assert job.result(PATIENCE).path
    assert later.session.quote(job.request).total is None
    assert len(sent(emulator)) == 1


def test_a_model_that_is_defined_anew_may_change_its_price_and_nothing_that_makes_another_request(
    live: LiveSession, banana: Path
) -> None:
    configure(live.session.settings, models_file=banana)
    banana.write_text(BANANA.replace("base = 4", "base = 5"))
    configure(live.session.settings, models_file=banana)
    assert live.session.quote(live.request(model="nano-banana", resolution=None)).total == Decimal(5)
    banana.write_text(BANANA.replace('default = "1:1"', 'default = "16:9"'))
    with pytest.raises(RequestError, match="restart the kernel"):
        configure(live.session.settings, models_file=banana)


HEAD = '[nano-banana]\nsource = "a page"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it has no model"),
        ("[nano-banana", "a model begins with a line such as [nano-banana]"),
        (HEAD + HEAD, "[nano-banana] begins a second time (at line 3"),
        (HEAD + 'source = "x"', "a field is given twice"),
        (HEAD + "size 1:1", "a field of it is a line such as"),
        ("[[nano-banana]]\n", "write [nano-banana]"),
        ("source = 5", "stands outside a model"),
        ("[nano-banana]", "source is missing"),
        (HEAD, "size is missing"),
        (HEAD + "size = 5", "size must be a table such as"),
        (HEAD + 'size = { values = "1:1" }', "must be a list of 1 to 200 texts"),
        (HEAD + 'size = { values = ["1:1"], default = "2:1" }', "default '2:1' is not one of its values"),
        (HEAD + 'size = { values = ["1:1"], sauce = "x" }', "write source"),
        (HEAD + 'size = { values = ["1:1"] }\nprize = 4', "write prices"),
        (HEAD + 'size = { values = ["1:1"] }\nprises = { base = 4 }', "write prices"),
        (HEAD + 'size = { values = ["1:1", 3] }', "3 in it is not a text"),
        (HEAD + "size = { values = [] }", "must be a list of 1 to 200 texts"),
        (HEAD + 'size = { values = ["1:1"] }\nprices = { base = "four" }', "is not a number of credits"),
        (HEAD + 'size = { values = ["1:1"] }\nprices = { base = -4 }', "is not a number of credits"),
        (HEAD + 'size = { values = ["1:1"] }\nprices = { base = { low = 4 } }', "which has no quality: base = 4"),
        (HEAD + 'size = { values = ["1:1"] }\nprices = { base = 4, multiplier = { 2K = 2 } }', "of which the model"),
        (HEAD + 'size = { values = ["1:1"] }\nprompt_limit = true', "prompt_limit must be a whole number from 1"),
        (HEAD + 'size = { values = ["1:1"] }\nsibling = "nano"', "sibling 'nano' is not a model"),
        (HEAD + 'size = { values = ["1:1"] }\nreferences = { minimum = 3, maximum = 2 }', "less than minimum 3"),
        ('[gpt-image-2]\nsource = "x"\nsize = { values = ["1:1"] }', "is a model of this package"),
        ('[seedream-5.0-lite]\nsource = "x"', '["seedream-5.0-lite"]'),
        (b"\xff\xfe[\0", "save it in that encoding"),
        ('["a b"]\nsource = "x"\nsize = { values = ["1:1"] }', "is not a name that the service could have"),
    ],
)
def test_each_mistake_in_the_file_is_named_with_what_to_write(folder: Path, text: str | bytes, words: str) -> None:
    (folder / "models.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ModelsFileError) as caught:
        read_models(str(folder / "models.toml"))
    assert words in str(caught.value)
    assert "nano-banana" not in MODELS


def test_all_mistakes_are_named_at_once(folder: Path) -> None:
    (folder / "models.toml").write_text("[one]\ntitle = 5\n[two]\nsize = 5")
    with pytest.raises(ModelsFileError) as caught:
        read_models(str(folder / "models.toml"))
    assert [name in str(caught.value) for name in ("one: title", "one: source", "two: size")] == [True, True, True]


def test_a_model_that_names_one_with_a_mistake_is_not_wrong_itself(folder: Path) -> None:
    (folder / "models.toml").write_text(HEAD + 'size = { values = ["1:1"] }\nsibling = "two"\n[two]\ntitle = 5')
    with pytest.raises(ModelsFileError) as caught:
        read_models(str(folder / "models.toml"))
    assert "two: title" in str(caught.value)
    assert "sibling" not in str(caught.value)


def test_a_file_that_notepad_saved_is_read(folder: Path) -> None:
    (folder / "models.toml").write_bytes(b"\xef\xbb\xbf" + BANANA.strip().replace("\n", "\r\n").encode())
    assert [model.name for model in read_models(str(folder / "models.toml"))] == ["nano-banana"]


@pytest.mark.parametrize("name", ["missing.toml", "folder", "large.toml"])
def test_a_file_that_can_not_be_read_changes_nothing(live: LiveSession, folder: Path, name: str) -> None:
    (folder / "folder").mkdir()
    (folder / "large.toml").write_text("#" * 1_000_001)
    with pytest.raises(RequestError, match="write the path of a TOML file of models"):
        configure(live.session.settings, models_file=name)
    assert live.session.settings.models_file is None


def test_a_shell_knows_the_models_of_the_variable(folder: Path, banana: Path) -> None:
    environment = {**os.environ, "VIDGO_MODELS_FILE": str(banana), "VIDGO_MODE": "emulator"}
    words = ["generate", "A red bicycle", "--model", "nano-banana", "--set", "output_format=png", "--dry-run"]
    done = subprocess.run(
        [sys.executable, "-m", "vidgo_notebook", *words],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert '"output_format": "png"' in done.stdout
    assert "4 credits" in done.stdout


def test_a_variable_that_names_a_broken_file_is_reported_with_its_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "models.toml").write_text("[one]")
    monkeypatch.setenv("VIDGO_MODELS_FILE", str(folder / "models.toml"))
    with pytest.raises(RequestError, match="VIDGO_MODELS_FILE") as caught:
        Vidgo().check()
    assert in_words_of(Door.SHELL, caught.value.hint) == "Correct it."


@pytest.mark.parametrize("by", ["option", "variable"])
def test_an_emulator_that_is_served_by_the_command_knows_the_models_of_the_file(
    folder: Path, banana: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    monkeypatch.setenv("VIDGO_MODE", "emulator")
    command = [sys.executable, "-m", "vidgo_notebook.emulator", "--port", "0", "--latency", "0"]
    if by == "option":
        command += ["--models-file", banana.name]
    else:
        monkeypatch.setenv("VIDGO_MODELS_FILE", str(banana))
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout
        url = served.stdout.readline().rsplit("VIDGO_BASE_URL=", 1)[1].strip()
        body = {"model": "nano-banana", "input": {"prompt": "A red fox", "size": "16:9"}}
        answer = httpx.post(f"{url}/api/generate/submit", json=body, headers={"Authorization": "Bearer k"})
        served.terminate()
    assert answer.status_code == 200, answer.text


def test_a_served_emulator_names_the_mistakes_of_its_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "models.toml").write_text(HEAD)
    for name, words in ("models.toml", "size is missing"), ("missing.toml", "No such file or directory"):
        with pytest.raises(SystemExit, match="2"):
            serve_command(["--models-file", name])
        assert words in capsys.readouterr().err


def test_the_how_to_works_as_it_is_written(folder: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "add-a-model.md").read_text()
    [models] = re.findall(r"%%writefile models.toml\n(.*?)```", page, re.DOTALL)
    (folder / "models.toml").write_text(models)
    [script] = re.findall(r"%%bash\n(.*?)```", page, re.DOTALL)
    [serving] = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    assert serving.split() == ["python", "-m", "vidgo_notebook.emulator", "--models-file", "models.toml"]  # tried below
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "VIDGO_MODE": "emulator", "PATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("4 credits for nano-banana; nothing was sent.")
    assert '"output_format": "png"' in done.stdout
