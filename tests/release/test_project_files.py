"""What lies beside the package for those who cite, build, check or report says the same as the package."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

from tests.release.conftest import PROJECT
from vidgo_notebook.version import __version__

_SCHEMAS = {
    "github-workflows": (".github/workflows/checks.yml", ".github/workflows/release.yml"),
    "github-issue-forms": (".github/ISSUE_TEMPLATE/bug.yml", ".github/ISSUE_TEMPLATE/idea.yml"),
    "github-issue-config": (".github/ISSUE_TEMPLATE/config.yml",),
    "dependabot": (".github/dependabot.yml",),
    "citation-file-format": ("CITATION.cff",),
}
_POSIX_ONLY = {"fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"}
_RECIPE = "packaging/conda-forge/recipe.yaml"


def read_yaml(name: str) -> Any:
    return yaml.safe_load((PROJECT / name).read_text(encoding="utf-8"))


def pyproject() -> Any:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize("schema", _SCHEMAS)
def test_whoever_reads_it_by_a_schema_finds_it_valid(schema: str) -> None:
    files = [str(PROJECT / name) for name in _SCHEMAS[schema]]
    done = CliRunner().invoke(check_jsonschema, ["--builtin-schema", f"vendor.{schema}", *files])
    assert done.exit_code == 0, done.output


def test_the_citation_names_the_version_and_the_licence_of_the_package() -> None:
    cited = read_yaml("CITATION.cff")
    assert (cited["version"], cited["license"]) == (__version__, pyproject()["license"])


def test_the_recipe_for_conda_needs_what_the_wheel_needs() -> None:
    recipe = read_yaml(_RECIPE)
    assert recipe["context"]["version"] == __version__
    assert [each.replace(" ", "") for each in recipe["requirements"]["run"][1:]] == pyproject()["dependencies"]
    scripts = [f"{name} = {target}" for name, target in pyproject()["scripts"].items()]
    assert recipe["build"]["python"]["entry_points"] == scripts


def test_every_link_to_the_project_goes_to_one_address() -> None:
    home, docs = pyproject()["urls"]["Source"], pyproject()["urls"]["Documentation"]
    pages = [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob(".github/**/*.yml"), PROJECT / _RECIPE]
    links = re.findall(r"https://(?:github\.com|[a-z-]+\.readthedocs\.io)/?[^\s)\"'>#]*", "\n".join(map(_text, pages)))
    ours = [link for link in links if "vidgo" in link]
    assert ours
    assert [link for link in ours if not link.startswith((home, docs))] == []


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_a_commit_meets_the_checks_of_ci() -> None:
    (repository,) = read_yaml(".pre-commit-config.yaml")["repos"]
    checks = _text(PROJECT / ".ci/run")
    names = {re.sub(r"^python -m | --fix$", "", hook["entry"]) for hook in repository["hooks"]}
    assert {"ruff check", "ruff format", "mypy", "lint-imports"} <= names
    assert all(name in checks for name in ("ruff check", "ruff format", "bin/mypy", "lint-imports"))


def test_a_release_and_every_change_are_checked_by_the_same_script_on_every_python() -> None:
    jobs = read_yaml(".github/workflows/checks.yml")["jobs"]
    runs = [step.get("run", "") for job in jobs.values() for step in job["steps"]]
    assert {"bash .ci/run", "bash .ci/run --quick"} <= set(runs)
    asked = {
        version for job in jobs.values() for version in job.get("strategy", {}).get("matrix", {}).get("python", [])
    }
    promised = {name.rpartition(" ")[2] for name in pyproject()["classifiers"] if ":: 3." in name}
    assert promised <= {*asked, jobs["everything"]["steps"][1]["with"]["python-version"]}


@pytest.mark.parametrize("folder", ["vidgo_notebook", "tests"])
def test_windows_can_import_every_module_since_none_begins_with_what_only_posix_has(folder: str) -> None:
    found = {
        f"{path.relative_to(PROJECT)}: {name}"
        for path in PROJECT.glob(f"{folder}/**/*.py")
        for node in ast.parse(path.read_bytes()).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
        if name in _POSIX_ONLY
    }
    assert not found


def test_a_release_is_published_without_a_token() -> None:
    publish = read_yaml(".github/workflows/release.yml")["jobs"]["publish"]
    assert publish["permissions"] == {"id-token": "write"}
    assert "secrets." not in _text(PROJECT / ".github/workflows/release.yml")


def test_a_checkout_by_git_for_windows_has_the_bytes_of_the_repository(tmp_path: Path) -> None:
    """It would write CRLF, and digests, records and expected outputs would differ."""
    git = ["git", "-c", "core.autocrlf=true", "-c", "core.safecrlf=false", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / ".gitattributes").write_bytes((PROJECT / ".gitattributes").read_bytes())
    (tmp_path / "record.json").write_bytes(b"{}\n")
    subprocess.run([*git, "add", "."], check=True)
    (tmp_path / "record.json").unlink()
    subprocess.run([*git, "checkout", "-q", "."], check=True)
    assert (tmp_path / "record.json").read_bytes() == b"{}\n"
