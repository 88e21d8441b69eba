"""Where a picture comes from: parents, the whole graph and its cost, wherever its records came from."""

from __future__ import annotations

import base64
import dataclasses
import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from tests.fixtures.live_session import LiveSession, OpenLiveSession
from tests.fixtures.pil_images import decoded
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.domain.request import fingerprint
from vidgo_notebook.emulator import Emulator
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.store.results.verification import request_of


def prompts(results: object) -> list[str]:
    return [result.record.prompt for result in results]  # type: ignore[attr-defined]


def chain(live: LiveSession, length: int) -> Result:
    """A picture and its edits, one of the other: ``length`` pictures."""
    result = live.made("step 1")
    for step in range(2, length + 1):
        result = live.made(f"step {step}", result)
    return result


def test_a_picture_made_from_its_prompt_has_no_parents_and_a_lineage_of_itself(live: LiveSession) -> None:
    cup = live.made("A cup")
    assert cup.parents == ()
    assert (list(cup.lineage), cup.lineage.edges, cup.lineage.depths) == ([cup.lineage[0]], (), (0,))
    assert cup.lineage.cost == 2


def test_a_chain_of_five_is_listed_from_its_beginning_with_its_total_cost(live: LiveSession) -> None:
    lineage = chain(live, 5).lineage
    assert prompts(lineage) == [f"step {step}" for step in range(1, 6)]
    assert lineage.edges == ((0, 1), (1, 2), (2, 3), (3, 4))
    assert lineage.depths == (0, 1, 2, 3, 4)
    assert lineage.cost == Decimal(10)


def test_in_a_diamond_nothing_is_listed_or_counted_twice(live: LiveSession) -> None:
    root = live.made("root", quality="medium")  # 3 credits; the others 2 each
    left, right = live.made("left", root), live.made("right", root)
    lineage = live.made("both", [left, right, root]).lineage
    assert prompts(lineage) == ["root", "left", "right", "both"]
    assert lineage.edges == ((0, 1), (0, 2), (0, 3), (1, 3), (2, 3))
    assert lineage.depths == (0, 1, 1, 2)
    assert lineage.cost == Decimal(9)


def test_the_longest_way_decides_how_deep_an_edit_lies(live: LiveSession) -> None:
    long, short = chain(live, 2), live.made("short")
    lineage = live.made("both", [long, short]).lineage
    assert prompts(lineage) == ["step 1", "step 2", "short", "both"]
    assert lineage.depths == (0, 1, 0, 2)


def test_one_parent_used_twice_is_one_parent_in_the_drawing(live: LiveSession) -> None:
    root = live.made("root")
    edit = live.made("twice", [root, root])
    assert prompts(edit.parents) == ["root", "root"]
    assert (prompts(edit.lineage), edit.lineage.edges) == (["root", "twice"], ((0, 1),))


def test_an_earlier_picture_is_a_parent_however_it_is_given(live: LiveSession, folder: Path) -> None:
    """Saved beside the notebook and named as a file: the bytes are what was made."""
    root = live.made("root")
    saved = root.save(folder / "hero.png")
    for image in (saved, "hero.png", root.path, root.bytes):
        edit = live.made(f"edit of {type(image).__name__} {image!r:.40}", image)
        assert prompts(edit.lineage) == ["root", edit.record.prompt]
    assert prompts(live.made("edit of its pixels", root.image).parents) == [], "its pixels may be from anywhere"


def test_images_of_the_users_own_are_no_parents(live: LiveSession) -> None:
    root = live.made("root")
    edit = live.made("mixed", [PNG, root, "https://example.com/a.png"])
    assert prompts(edit.parents) == ["root"]
    assert edit.record.parents == ("", root.record.fingerprint, "")


def test_images_from_elsewhere_are_shown_with_what_was_made_from_them(live: LiveSession) -> None:
    Path("shelf.png").write_bytes(PNG)
    live.session.settings.keep_references = False
    lost = live.made("lost", Image.new("RGB", (30, 20), "red"))
    live.session.settings.keep_references = True
    edit = live.made("mixed", ["shelf.png", lost, "https://example.com/a.png?signature=secret", PNG])
    (own, url), lineage = edit.inputs, edit.lineage
    assert own.path and own.path.read_bytes() == PNG and (own.name, url.path) == ("shelf.png", None)
    assert lineage.inputs == {lost.inputs[0]: (0,), own: (1,), url: (1,)}
    text = live.session._bundle_of(lineage)["text/plain"]
    assert text.splitlines()[:2] == [
        "1: made from the image 'a PIL image' (not kept): lost",
        "2: made from picture 1 and the image 'shelf.png' and the image at 'https://example.com/a.png' (not included): "
        "mixed",
    ]


def test_a_drawn_lineage_begins_with_the_images_from_elsewhere(live: LiveSession) -> None:
    plain, own = live.made("root").lineage, live.made("edit", PNG).lineage
    narrow, wide = (decoded(base64.b64decode(live.session._bundle_of(each)["image/jpeg"])) for each in (plain, own))
    assert wide.width > narrow.width, "the image has a column of its own"
    picture = live.session.store.references.find(*own[0].record.reference_files.values())
    assert picture
    picture.write_bytes(b"damaged")
    assert "(not kept)" in live.session._bundle_of(own)["text/plain"]


def test_an_unpublished_price_is_counted_separately(live: LiveSession) -> None:
    root = live.made("root", model="flux-2-pro", size="1:1", resolution="1K")
    lineage = live.made("edit", root).lineage
    assert (lineage.cost, lineage.unpriced) == (Decimal(2), 1)
    assert repr(lineage) == "<Lineage of 2 pictures: 2 credits and 1 unpublished>"


def test_a_parent_whose_record_is_gone_leaves_the_rest(live: LiveSession) -> None:
    last = chain(live, 3)
    middle = last.parents[0]
    (live.session.store.folder / "results" / f"{middle.record.fingerprint}.json").unlink()
    assert last.parents == ()
    assert prompts(last.lineage) == ["step 3"]
    assert prompts(chain(live, 1).lineage) == ["step 1"]


def test_an_edit_remembers_the_picture_it_was_made_from_though_that_was_bought_afresh(live: LiveSession) -> None:
    first = live.made("root")
    edit = live.made("edit", first)
    second = live.made("root", fresh=True)
    assert second.digest != first.digest
    assert [parent.digest for parent in edit.parents] == [first.digest]
    both = live.made("both", [edit, second])
    assert [result.digest for result in both.lineage] == [first.digest, edit.digest, second.digest, both.digest]


def test_the_lineage_is_whole_in_replay_without_a_journal(open_live: OpenLiveSession, emulator: Emulator) -> None:
    chain(open_live(), 3)
    asked = emulator.count()
    for journal in Path().absolute().glob("journal.sqlite3*"):
        journal.unlink()
    reader = open_live(mode="replay")
    lineage = chain(reader, 3).lineage
    assert prompts(lineage) == ["step 1", "step 2", "step 3"]
    assert lineage.cost == 6
    assert emulator.count() == asked


def in_store(folder: Path) -> list[str]:
    """The prompts of a store's records whose pictures are there and whole."""
    store = ResultStore(folder)
    return sorted(record.prompt for record in store.contents().current if store.picture(record))


def test_ancestors_from_another_folder_are_brought_along_with_their_pictures(
    open_live: OpenLiveSession, folder: Path
) -> None:
    parent = chain(open_live(store="theirs"), 3)
    edit = open_live(store="ours").made("edit", parent)
    assert in_store(folder / "ours") == ["edit", "step 1", "step 2", "step 3"]
    shutil.rmtree(folder / "theirs")
    assert prompts(edit.lineage) == ["step 1", "step 2", "step 3", "edit"]


def test_an_edit_found_in_another_folder_comes_with_its_ancestors(
    open_live: OpenLiveSession, folder: Path, emulator: Emulator
) -> None:
    root = open_live(store="theirs").made("root")
    root_bytes = root.bytes
    open_live(store="theirs").made("edit", root)
    asked = emulator.count()
    found = open_live(store="ours").made("edit", root_bytes)
    assert emulator.count() == asked
    shutil.rmtree(folder / "theirs")
    assert in_store(folder / "ours") == ["edit", "root"]
    assert prompts(found.lineage) == ["root", "edit"]


def test_records_in_a_circle_do_not_hang_the_lineage(live: LiveSession) -> None:
    last = chain(live, 2)
    root = last.parents[0]
    ring = dataclasses.replace(root.record, parents=(last.record.fingerprint,), references=(f"bytes:{last.digest}",))
    own = fingerprint(request_of(ring), ring.provider, fields=ring.effective_fields)
    tied = dataclasses.replace(last.record, parents=(own,))
    for record in (dataclasses.replace(ring, fingerprint=own), tied):
        (live.session.store.folder / "results" / f"{record.fingerprint}.json").write_text(record.to_json())
    last = Result(tied, None, live.session.store)
    assert prompts(last.lineage) == ["step 1", "step 2"]
    assert prompts(live.made("step 3", last).lineage) == ["step 1", "step 2", "step 3"]


def test_a_damaged_record_in_a_lineage_is_an_error(live: LiveSession) -> None:
    last = chain(live, 2)
    path = live.session.store.folder / "results" / f"{last.record.parents[0]}.json"
    path.write_text(json.dumps({"format": 1}))
    with pytest.raises(StoreError, match="can't be used"):
        _ = last.lineage
