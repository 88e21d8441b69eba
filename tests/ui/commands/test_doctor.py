"""``%vidgo doctor --store`` looks at every record and every picture, and fails a run where one is damaged."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.fixtures.terminal import Terminal


def test_an_intact_store_is_reported_as_intact(terminal: Terminal) -> None:
    terminal.run("%%vidgo --takes 2\nA red bicycle")
    assert "2 of 2 results intact, every digest and fingerprint checked" in terminal.run("%vidgo doctor --store")


def test_each_damage_is_named_and_the_cell_fails(terminal: Terminal) -> None:
    terminal.run("%%vidgo a\nA red bicycle")
    terminal.run("%%vidgo b\nA blue bicycle")
    terminal.run("%%vidgo c\nA green bicycle")
    terminal["a"].result().path.write_bytes(b"x")
    results = terminal["b"].result().path.parents[2] / "results"
    (results / f"{terminal['b'].fingerprint}.json").write_text("{")
    text = terminal.fails("%vidgo doctor --store")
    assert "1 of 3 results intact" in text
    assert "the picture of 'A red bicycle' by gpt-image-2 is missing or damaged: it has 1 bytes instead of" in text
    assert f"The record {terminal['b'].fingerprint}.json can't be used: it is not JSON" in text
    assert "2 files in the store are missing or damaged" in text


def test_a_file_that_cannot_be_read_as_a_picture_is_counted_and_pruned_only_when_asked(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.run("%%vidgo a\nA red bicycle")
    store = terminal["a"].result().store
    download = tmp_path / "download"
    download.write_bytes(b"\0\1 no picture")
    digest = hashlib.sha256(b"\0\1 no picture").hexdigest()
    kept = store.unreadable.keep(download, digest)
    assert "paid for, kept as sent, and can't be read as a picture" in terminal.run("%vidgo doctor --store")
    terminal.run("%vidgo prune --yes")
    assert kept.exists()
    assert digest in terminal.run("%vidgo prune --unreadable")
    assert kept.exists()
    assert "1 file deleted" in terminal.run("%vidgo prune --unreadable --yes")
    assert not kept.exists()
    assert terminal["a"].result().intact
    assert "Nothing to prune" in terminal.run("%vidgo prune --unreadable --yes")
