"""A loop in live mode meets the question, not the invoice. Low pictures at 1K cost 2 credits each."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.fixtures.counting_emulator import CountingEmulator
from tests.fixtures.jupyter_kernels import environment, notebook_of, run_notebook
from tests.fixtures.orders import new_request
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import BudgetError

CELLS = 200
BEFORE_THE_QUESTION = 50  # 50 × 2 = 100 credits are not above 100; the 51st would be


class Answers:
    """Gives its answers one after the other, and keeps the questions."""

    def __init__(self, *answers: bool) -> None:
        self._answers = list(answers)
        self.questions: list[str] = []

    def __call__(self, question: str) -> bool:
        self.questions.append(question)
        return self._answers.pop(0)


def loop(session: Session) -> list[Job]:
    """Run the cells until one is refused; the jobs that were asked for."""
    jobs: list[Job] = []
    for number in range(CELLS):
        request = new_request(session, f"picture {number}", quality="low", size="1:1", resolution="1K")
        try:
            jobs += order_jobs(session, [request])
        except BudgetError:
            break
    for job in jobs:
        job.result(60)
    session.close()
    return jobs


def test_a_no_stops_the_loop_at_the_cell_that_would_cross_the_line(live: CountingEmulator) -> None:
    answers = Answers(False)
    jobs = loop(Session(Vidgo(), lambda: True, answers))
    assert len(jobs) == live.count("submit") == BEFORE_THE_QUESTION
    (question,) = answers.questions
    assert question.startswith("The account holds ")
    assert question.endswith(" This costs 2 credits, after 100 credits without a confirmation. Continue?")
    assert live.charged == 100


def test_without_a_person_the_answer_is_no_and_no_question_is_asked(live: CountingEmulator) -> None:
    answers = Answers()
    jobs = loop(Session(Vidgo(), lambda: False, answers))
    assert (len(jobs), live.count("submit"), answers.questions) == (BEFORE_THE_QUESTION, BEFORE_THE_QUESTION, [])


def test_a_yes_lasts_for_another_hundred_credits(live: CountingEmulator) -> None:
    answers = Answers(True, True, False)
    jobs = loop(Session(Vidgo(), lambda: True, answers))
    # The first yes comes with cell 51 and begins anew at 0; cells 52 to 101 ask for 100; cell 102 asks again.
    assert len(jobs) == live.count("submit") == 50 + 51 + 51
    assert len(answers.questions) == 3
    assert live.charged == Decimal(2 * 152)


def test_an_unattended_notebook_with_such_a_loop_fails_at_that_cell(live: CountingEmulator, tmp_path: Path) -> None:
    code = (
        "import vidgo_notebook as vidgo\nasked = 0\n"
        f"for number in range({CELLS}):\n"
        "    vidgo.generate(f'picture {number}', quality='low', size='1:1', resolution='1K')\n"
        "    asked += 1\n"
    )
    env = environment(tmp_path, Vidgo().base_url) | {"VIDGO_CONFIRM_ABOVE": "9"}
    with pytest.raises(Exception, match="not confirmed"):
        run_notebook(notebook_of("%load_ext vidgo_notebook", code), tmp_path, env)
    assert live.count("submit") == 4  # 4 × 2 = 8; the fifth would make it 10, above 9
