"""With a person there: cells come back at once, pictures come later and to their own place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fixtures import status_bodies
from tests.fixtures.clocks import StillTime
from tests.fixtures.minimal_frontend import Cell, Output, Page, open_page
from tests.fixtures.notebook_folder import NotebookFolder
from vidgo_notebook.emulator import Emulator, Fault, serve
from vidgo_notebook.emulator.faults import Faults


class PausedService:
    """A page, and the service's clock: while it stands still, no job ends."""

    def __init__(self, page: Page, clock: StillTime, faults: Faults) -> None:
        self.page = page
        self.faults = faults
        self._clock = clock

    def ask(self, prompt: str, name: str = "") -> Cell:
        """Run a cell for ``prompt`` and see its job arrive at the service."""
        cell = self.page.run(f"%%vidgo {name} --size 1:1 --resolution 1K\n{prompt}")
        self.watch(cell, "queued at the service")
        return cell

    def watch(self, cell: Cell, words: str) -> None:
        """Wait until the cell's progress says ``words``."""
        self.page.watch_until(lambda: words in cell.outputs[0].data.get("text/html", ""))

    def watch_html(self, output: Output, words: str) -> None:
        """Wait until an output says ``words``."""
        self.page.watch_until(lambda: words in output.data.get("text/html", ""))

    def pass_time(self, seconds: float) -> None:
        self._clock.now += seconds


@pytest.fixture(scope="module")
def service(shared_folder: NotebookFolder) -> Iterator[PausedService]:
    clock = StillTime()
    served = Emulator(clock=clock)
    with serve(served) as url, open_page(shared_folder, attended=True, VIDGO_BASE_URL=url) as page:
        yield PausedService(page, clock, served.faults)


def test_a_cell_returns_while_its_job_is_under_way_and_its_picture_arrives_there(service: PausedService) -> None:
    page = service.page
    cell = service.ask("A fox in the snow", name="fox")
    assert page.value("fox.done()") == "False"
    place, card = cell.outputs
    assert "<progress" in place.data["text/html"]
    assert "2 credits" in card.data["text/html"]

    service.pass_time(10)
    later = page.run("result = fox.wait(); print('another cell')")
    page.watch_until(lambda: place.has_picture)
    assert "text/html" not in place.data
    assert place.words == {"text/plain": "<vidgo picture: gpt-image-2, low, 1:1, 1K>"}
    assert (later.outputs, later.printed) == ([], "another cell\n")
    assert cell.outputs == [place, card]


def test_progress_moves_on_while_the_kernel_is_idle(service: PausedService) -> None:
    cell = service.ask("An owl at dusk")
    service.pass_time(1)
    service.watch(cell, "being made")
    assert not cell.outputs[0].has_picture
    service.pass_time(10)
    service.page.watch_until(lambda: cell.outputs[0].has_picture)


def test_a_file_that_no_decoder_can_draw_takes_the_place_of_the_progress_bar_in_words(service: PausedService) -> None:
    service.faults.add(Fault("file", status=200, body=status_bodies.png_of_size(64, 48)))  # its checksums are right
    cell = service.ask("A moth", name="moth")
    service.pass_time(10)
    service.page.watch_until(lambda: "no decoder can draw it" in cell.outputs[0].data.get("text/plain", ""))
    assert "<progress" not in cell.outputs[0].data["text/html"]
    assert service.page.value("moth.status") == "'finished'"


def test_the_same_cell_twice_is_one_job(service: PausedService) -> None:
    first, second = service.ask("A heron", name="one"), service.ask("A heron", name="two")
    assert service.page.value("one is two") == "True"
    service.pass_time(10)
    service.page.watch_until(lambda: bool(first.pictures and second.pictures))


def test_what_python_code_generates_is_shown_by_naming_it(service: PausedService) -> None:
    service.page.run("import vidgo_notebook as vidgo\njob = vidgo.generate('A crane', size='1:1', resolution='1K')")
    cell = service.page.run("job")
    service.watch(cell, "queued at the service")
    service.pass_time(10)
    service.page.watch_until(lambda: bool(cell.pictures))
    assert "A crane" in cell.text


def test_a_picture_that_is_there_already_is_shown_at_once(service: PausedService) -> None:
    cell = service.ask("A kite")
    service.pass_time(10)
    service.page.watch_until(lambda: bool(cell.pictures))
    again = service.page.run("%%vidgo --size 1:1 --resolution 1K\nA kite")
    assert again.pictures
    assert [output.words for output in again.outputs] == [output.words for output in cell.outputs]


def test_a_stored_picture_that_has_no_preview_yet_comes_to_its_cell_while_the_next_ones_run(
    service: PausedService,
) -> None:
    """As in a clone: the preview is made beside the cells."""
    page = service.page
    cell = service.ask("A lapwing", name="lapwing")
    service.pass_time(10)
    page.watch_until(lambda: cell.outputs[0].has_picture)
    page.run(
        "from vidgo_notebook.store.results.cache import previews\npreviews().forget(lapwing.result().digest)\n"
        "from vidgo_notebook.ui.output.live import painter\nimport threading\nsoon = threading.Event()\n"
        "painter.draw(soon.wait), painter.draw(soon.wait)"
    )
    again = page.run("%%vidgo lapwing --size 1:1 --resolution 1K\nA lapwing")
    assert not again.pictures
    assert again.outputs[0].data == {"text/plain": "<vidgo picture: gpt-image-2, low, 1:1, 1K>"}
    page.run("soon.set()")
    page.watch_until(lambda: again.outputs[0].has_picture)
    assert [output.words for output in again.outputs] == [output.words for output in cell.outputs]


def test_an_output_that_is_drawn_late_follows_a_job_that_was_settled_twice_meanwhile(service: PausedService) -> None:
    """The first purchase that settles it is uncertain too, and the second is under way when its end is drawn."""
    page = service.page
    service.faults.add(Fault("submit", status=500, times=2))
    cell = page.run("%%vidgo egret --size 1:1 --resolution 1K\nAn egret")
    page.watch_until(lambda: cell.outputs[0].data["text/plain"].startswith("<no picture: uncertain"))
    page.run(
        "from vidgo_notebook.ui.output.live import painter\nimport threading\ngo = threading.Event()\n"
        "painter.paint(go.wait)"
    )
    page.run("%vidgo resolve egret --resubmit")
    page.run("error = egret.exception()")
    page.run("%vidgo resolve egret --resubmit")
    page.run("go.set()")
    service.watch(cell, "queued at the service")
    service.pass_time(10)
    page.watch_until(lambda: cell.outputs[0].has_picture)


@pytest.mark.parametrize("way", ["--resubmit", "--forget"])
def test_the_output_of_an_uncertain_job_follows_once_it_is_settled(way: str, service: PausedService) -> None:
    page, name = service.page, f"heron_{way.strip('-')}"
    service.faults.add(Fault("submit", status=500))
    cell = page.run(f"%%vidgo {name}\nA heron to {way}")
    page.watch_until(lambda: cell.outputs[0].data["text/plain"].startswith("<no picture: uncertain"))
    page.run(f"%vidgo resolve {name} {way}")
    if way == "--forget":
        page.watch_until(lambda: cell.outputs[0].data["text/plain"].startswith("<no picture: forgotten"))
        assert page.value(f"{name}.status") == "'forgotten'"
        return
    service.watch(cell, "queued at the service")
    service.pass_time(10)
    page.watch_until(lambda: cell.outputs[0].has_picture)
    assert page.value(f"{name}.status") == "'finished'"


def test_unloading_leaves_no_bar_that_stands_for_ever(service: PausedService) -> None:
    cell = service.ask("A fox that is left behind")
    service.page.run("%unload_ext vidgo_notebook")
    place, card = cell.outputs[:2]
    service.page.watch_until(lambda: "<progress" not in place.data["text/html"])
    assert "no longer watched" in card.data["text/html"]
    service.page.run("%load_ext vidgo_notebook")


LOOP = "import vidgo_notebook as vidgo\nfor number in range(3): vidgo.generate(f'A {} {{number}}', size='1:1')"


def test_the_jobs_of_a_loop_are_one_line_that_is_gone_when_they_have_ended_well(service: PausedService) -> None:
    [line] = service.page.run(LOOP.format("loop")).outputs
    assert "3 jobs under way" in line.data["text/html"]
    service.watch_html(line, "3 running")
    service.pass_time(10)
    service.page.watch_until(lambda: line.words == {"text/plain": ""})


def test_those_without_a_picture_stay_in_the_line(service: PausedService) -> None:
    service.faults.add(Fault("submit", fails="Unsafe content"))
    [line] = service.page.run(LOOP.format("bad loop")).outputs
    service.watch_html(line, "3 running")
    service.pass_time(10)
    service.watch_html(line, "1 of 3 jobs ended without a picture")
    assert "failed · 0 credits. The service could not make the picture: Unsafe content" in line.data["text/plain"]
    assert "vidgo.jobs()" in line.data["text/html"]


def test_long_work_shows_how_far_it_is_and_leaves_nothing(service: PausedService) -> None:
    seen = service.page.run(
        "from vidgo_notebook.app import process, steps\n"
        "steps._AFTER, drawn = -1.0, []\n"
        "from vidgo_notebook.ui.output import live\n"
        "update, live.update = live.update, lambda handle, bundle: (drawn.append(bundle), update(handle, bundle))\n"
        "for _ in process.current_session().steps.over(range(3), 'Exporting'): pass\n"
        "live.update = update; print(*('Exporting: 1 of 3' in str(bundle) for bundle in drawn))"
    )
    assert "True" in seen.printed
    assert [output.words for output in seen.outputs] == [{"text/plain": ""}]
