"""Which magics and programs run no Python of their own: in those, nothing can be bought unseen."""

from __future__ import annotations

import re
import shlex

_RUN_CODE = frozenset({
    *("run", "load", "loadpy", "macro", "rerun", "recall", "rep", "edit", "ed", "pastebin", "pylab", "store", "reset"),
    *("python", "python2", "python3", "pypy", "perl", "ruby", "notebook", "alias", "rehashx", "sc", "bookmark"),
})  # fmt: skip
_OF_TEXT = frozenset({"html", "HTML", "javascript", "js", "latex", "markdown", "svg", "SVG", "writefile", "file"})
_PROGRAMS = frozenset({
    *("ls", "cat", "echo", "head", "tail", "wc", "pwd", "mkdir", "cp", "mv", "rm", "du", "df", "date", "which", "tree"),
    *("wget", "curl", "unzip", "zip", "tar", "grep", "sort", "uniq", "nvidia-smi", "apt-get", "apt", "file", "touch"),
    *("pip", "pip3"),
})  # fmt: skip
_MAKE_FILES = frozenset({"cp", "mv", "touch", "unzip", "tar", "wget", "curl", "git"})
_OPEN_PROGRAMS = re.compile(r"\s--?[\w-]*(program|command|exec)\b|[<>]\(")
_MAGICS = frozenset({
    *("vidgo", "cd", "pushd", "popd", "env", "set_env", "config", "load_ext", "reload_ext", "aimport", "dotenv"),
    *("time", "timeit", "prun", "system", "sx"),
})  # fmt: skip
_CONDA_READS = ("install", "list", "create", "update", "remove", "env", "info", "search")
_GIT_READS = ("status", "log", "diff", "show", "clone", "branch", "rev-parse", "describe", "lfs", "ls-files", "remote")
_OURS_READS = ("check", "costs", "jobs", "batches", "models", "quote", "balance", "report", "export", "doctor", "show")
_PARTS = re.compile(r"&&|\|\||[|;&\n]")


def is_harmless_magic(name: str) -> bool:
    """Whether a magic, other than ours, runs nothing but what stands in the notebook.

    >>> is_harmless_magic("matplotlib"), is_harmless_magic("run")
    (True, False)
    """
    return name not in _RUN_CODE


def is_text_magic(name: str) -> bool:
    """Whether the body of a cell magic is shown or written, and not run."""
    return name in _OF_TEXT


def is_magic(name: str) -> bool:
    """Whether a word that begins a line may stand for a magic, of those that matter here."""
    return name in _MAGICS or name in _RUN_CODE


def makes_files(line: str) -> bool:
    """Whether programs, which buy nothing themselves, may put files there that are imported later."""
    return ">" in line or any(words[0] in _MAKE_FILES for part in _PARTS.split(line) if (words := part.split()))


def is_harmless_shell(line: str) -> bool:
    """Whether a line of a shell runs only programs that are known to buy nothing.

    >>> is_harmless_shell("pip install vidgo-notebook"), is_harmless_shell("python buy.py")
    (True, False)
    """
    if "$(" in line or "`" in line or _OPEN_PROGRAMS.search(line):
        return False
    return all(map(_is_harmless, _PARTS.split(line)))


def _is_harmless(command: str) -> bool:
    try:
        words = shlex.split(command, comments=True)
    except ValueError:
        return False
    while words and re.fullmatch(r"sudo|time|\w+=\S*", words[0]):
        words = words[1:]
    if not words:
        return True
    program, second = words[0], words[1] if len(words) > 1 else ""
    if program == "vidgo":
        return second in (*_OURS_READS, "-h", "--help", "--version")
    if program == "git":
        return second in _GIT_READS
    if program in ("conda", "mamba"):
        return second in _CONDA_READS
    if program == "uv":
        return second == "pip"
    return program in _PROGRAMS
