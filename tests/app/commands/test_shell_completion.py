"""Tab after ``vidgo`` in a real bash: commands, options and their values, models, jobs and batches."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.orders import OpenSession, ask
from tests.fixtures.own_models import BANANA

_BASH = r"""
eval "$(register-python-argcomplete vidgo)"
COMP_LINE="$1"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=63; COMP_KEY=9
read -ra COMP_WORDS <<< "$COMP_LINE"; [[ "$COMP_LINE" == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=()
_python_argcomplete vidgo "${COMP_WORDS[COMP_CWORD]}" "" 2> /dev/null
printf '%s\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def tab(folder: Path) -> object:
    """What bash offers after a line."""
    bin_folder = str(Path(sys.executable).parent)
    if shutil.which("bash") is None:
        pytest.skip("no bash on this machine")

    def offered(line: str, **environment: str) -> list[str]:
        places = {"PATH": f"{bin_folder}:{os.environ['PATH']}", "VIDGO_MODE": "emulator"}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-c", _BASH, "bash", line],
            cwd=folder, env={**os.environ, **places, **environment}, capture_output=True, text=True, timeout=120,
            check=True,
        )  # fmt: skip
        return [word.strip() for word in done.stdout.splitlines() if word.strip()]

    return offered


def test_commands_options_and_values_are_offered(tab: object) -> None:
    assert callable(tab)
    assert {"jobs", "generate", "check", "doctor"} <= set(tab("vidgo "))
    assert tab("vidgo gene") == ["generate"]
    assert {"--quality", "--set", "--json"} <= set(tab("vidgo generate --"))
    assert set(tab("vidgo generate --quality ")) == {"low", "medium", "high"}
    assert set(tab("vidgo generate --model flux-2-pro --resolution ")) == {"1K", "2K"}


def test_models_are_offered_those_of_the_users_own_too(tab: object, folder: Path) -> None:
    assert callable(tab)
    (folder / "models.toml").write_text(BANANA)
    found = tab("vidgo quote --model ", VIDGO_MODELS_FILE=str(folder / "models.toml"))
    assert {"gpt-image-2", "flux-2-flex-edit", "nano-banana"} <= set(found)


def test_jobs_are_offered_by_their_ids_with_the_prompt_beside_them(tab: object, open_session: OpenSession) -> None:
    assert callable(tab)
    job = ask(open_session())
    job.result(90)
    assert any(job.id in word for word in tab("vidgo show "))
    assert tab(f"vidgo show {job.id[:4]}") == [job.id]
