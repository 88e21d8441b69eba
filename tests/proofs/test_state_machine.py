"""Whatever happens in whatever order: never paid twice, nothing paid for is lost, the books agree."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.fixtures.killable_kernel import DIES, Death
from tests.proofs.kernel_pair import BAD_LUCK, KernelPair

SLOTS = st.sampled_from("ab")
PROMPTS = st.sampled_from(("a red kettle", "a blue kettle"))
LUCK = st.sampled_from(list(BAD_LUCK))
DEATHS = st.sampled_from(
    [None, None, *(Death(call, when) for call in ("submit", "status", "file") for when in ("before", "after"))]
)


class TwoKernels(RuleBasedStateMachine):
    """Two kernels and a service, and all that can happen to them."""

    pair: KernelPair
    deaths_at_the_post = 0

    @initialize(one_store=st.booleans())
    def begin(self, one_store: bool) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="vidgo-proof-"))
        self.pair = KernelPair(self.folder, one_store=one_store)

    @rule(slot=SLOTS, prompt=PROMPTS, fresh=st.booleans(), luck=LUCK, death=DEATHS)
    def run_cell(self, slot: str, prompt: str, fresh: bool, luck: str, death: Death | None) -> None:
        self.bring(luck)
        self.pair.wait(self.pair.ask(slot, prompt, fresh=fresh, death=death))

    @rule(slot=SLOTS, prompt=PROMPTS, luck=LUCK)
    def begin_cell(self, slot: str, prompt: str, luck: str) -> None:
        self.bring(luck)
        self.pair.wait_until_accepted(self.pair.ask(slot, prompt))

    @rule(prompt=PROMPTS, luck=LUCK, death=DEATHS)
    def run_in_both(self, prompt: str, luck: str, death: Death | None) -> None:
        self.bring(luck)
        asked = [self.pair.ask("a", prompt, death=death), self.pair.ask("b", prompt)]
        for each in asked:
            self.pair.wait(each)

    @rule(slot=SLOTS, prompt=PROMPTS)
    def die_at_the_post(self, slot: str, prompt: str) -> None:
        """The worst moment: accepted, and the answer was not read. Left to chance, it seldom came."""
        self.bring("none")
        asked = self.pair.ask(slot, prompt, fresh=True, death=Death("submit", "after"))
        self.pair.wait(asked)
        if asked and asked[0].dead.is_set():
            TwoKernels.deaths_at_the_post += 1

    @rule(slot=SLOTS)
    def kill(self, slot: str) -> None:
        self.pair.kernel(slot).kill()

    @rule(slot=SLOTS, luck=LUCK)
    def resume(self, slot: str, luck: str) -> None:
        self.bring(luck)
        self.pair.resume(slot)

    @rule(slot=SLOTS)
    def damage_a_store(self, slot: str) -> None:
        self.pair.damage(slot)

    @rule(slot=SLOTS, prompt=PROMPTS)
    def settle_by_hand(self, slot: str, prompt: str) -> None:
        self.pair.forget(slot, prompt)

    @rule()
    def time_passes(self) -> None:
        self.pair.clock.advance(1.0)

    @invariant()
    def nothing_is_bought_twice(self) -> None:
        if hasattr(self, "pair"):
            self.pair.check_purchases()

    def bring(self, luck: str) -> None:
        self.pair.emulator.faults.clear()
        for fault in BAD_LUCK[luck]:
            self.pair.emulator.faults.add(fault)

    def teardown(self) -> None:
        if not hasattr(self, "pair"):
            return
        try:
            self.settle_everything()
        finally:
            self.pair.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def settle_everything(self) -> None:
        """Kill both, start anew, resume, repair: then everything that was paid for must be there."""
        self.bring("none")
        for slot in "ab":
            self.pair.kernel(slot).kill()
        for slot in "ab":
            self.pair.resume(slot)
        for slot in "ab":
            for prompt in ("a red kettle", "a blue kettle"):
                self.pair.wait(self.pair.ask(slot, prompt))
        self.pair.check_purchases()
        self.pair.check_settled()


def prove(examples: int, steps: int) -> int:
    """Let chance act; how many kernels died with the answer to their submit unread."""
    TwoKernels.deaths_at_the_post = 0
    run_state_machine_as_test(
        TwoKernels,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate,),  # the first example says enough; shrinking would take minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
    return TwoKernels.deaths_at_the_post


@pytest.mark.filterwarnings(DIES)
def test_whatever_happens_nothing_is_paid_twice_or_lost() -> None:
    assert prove(examples=15, steps=10) > 0


@pytest.mark.full
@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings(DIES)
def test_whatever_happens_for_a_long_time() -> None:
    assert prove(examples=300, steps=20) > 0
