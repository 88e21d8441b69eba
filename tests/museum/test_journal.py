"""The journal that release 0.1 left, in a file and in a database: what was sent is fetched, and never sent again."""

from __future__ import annotations

from tests.museum.project_copy import ProjectCopy
from tests.museum.service import Service

LEFT = {
    "A blue bicycle": "running",
    "A white bicycle": "refused",
    "A ferry in the fog": "not_started",
    "A tram in the rain": "running",
    "A balloon over hills": "fetching",
    "A train in a tunnel": "submitting",
    "A truck on a bridge": "uncertain",
    "A rocket at night": "refused",
    "A kite in a storm": "failed",
    "A canoe on rapids": "refused",
    "Hang the mirror on a wall": "uploading",
    "Paint the tram blue": "waiting",
    "A camel in the dunes": "planned",
    "A paper plane": "running",
}
AT_THE_SERVICE = {"task-a-blue-bicycle-1", "task-a-ferry-in-the-fog-1", "task-a-tram-in-the-rain-1"}
TO_FETCH = {*AT_THE_SERVICE, "task-a-balloon-over-hills-1"}
HIGH = 'quality="high", size="1:1", resolution="1K", yes=True'


def after(**changes: str) -> dict[str, str]:
    """What is left, with these prompts (``_`` for a space) in other states; those that finished are not in it.

    What a person gave up was refused in 0.1; opening the journal calls it forgotten.
    """
    named = {name.replace("_", " "): state for name, state in {"A_rocket_at_night": "forgotten", **changes}.items()}
    return {prompt: state for prompt, state in {**LEFT, **named}.items() if state != "finished"}


def asked(number: int, prompt: str, keywords: str) -> str:
    """A cell that asks for a picture."""
    return f"job_{number} = vidgo.generate({prompt!r}, {keywords})"


def ended(number: int) -> str:
    """A cell that prints how its job ended, or raises why it did not end well."""
    return f"job_{number}.result(90)\nprint(job_{number}.status)"


def test_replay_lists_every_job_with_its_state_adds_up_what_was_paid_and_changes_nothing(
    team: ProjectCopy, service: Service
) -> None:
    assert team.unfinished() == LEFT
    visit = team.run(
        ["%vidgo jobs", "%vidgo resume", "%vidgo wait", "costs = vidgo.costs()"],
        "replay",
        charged="str(costs.charged)",
        saved="str(costs.saved)",
    )
    lines = visit.said[0].splitlines()
    for prompt, state in after().items():
        assert [state in line for line in lines if prompt in line] == [True], prompt
    assert (visit.values["charged"], visit.values["saved"]) == ("92", "44")
    assert team.unfinished() == after()
    assert (service.posts, service.asked, service.fetched) == ([], set(), set())


def test_what_the_service_holds_is_resumed_and_nothing_is_sent(team: ProjectCopy, service: Service) -> None:
    """A job that was never sent stays as it is; of one whose answer never came only a person can tell."""
    costs = team.run(["%vidgo resume", "%vidgo wait"], charged="str(vidgo.costs().charged)")
    assert (service.posts, service.uploads) == ([], 0)
    assert (service.asked, service.fetched) == (AT_THE_SERVICE, TO_FETCH)
    assert team.unfinished() == after(
        A_blue_bicycle="finished",
        A_ferry_in_the_fog="finished",
        A_tram_in_the_rain="finished",
        A_balloon_over_hills="finished",
        A_train_in_a_tunnel="uncertain",
    )
    assert costs.values["charged"] == "122"  # 92, and 6 + 12 + 12 for what has finished; the balloon was charged before


def test_typing_the_cells_again_joins_what_was_sent_and_sends_what_was_not(team: ProjectCopy, service: Service) -> None:
    wanted = [
        ("A ferry in the fog", HIGH, "finished"),
        ("A tram in the rain", HIGH, "finished"),
        ("A balloon over hills", HIGH, "finished"),
        ("A train in a tunnel", HIGH, "uncertain"),
        ("A truck on a bridge", HIGH, "uncertain"),
        ("A camel in the dunes", 'size="16:9", resolution="4K"', "finished"),
        ("Hang the mirror on a wall", 'image="mirror.png"', "finished"),
    ]
    asks = [asked(number, prompt, keywords) for number, (prompt, keywords, _) in enumerate(wanted)]
    visit = team.run([*asks, *map(ended, range(7))])
    assert [end in said.lower() for (*_, end), said in zip(wanted, visit.said[7:], strict=True)] == [True] * 7
    assert (sorted(service.posts), service.uploads) == (["A camel in the dunes", "Hang the mirror on a wall"], 1)
    assert team.unfinished() == after(
        A_ferry_in_the_fog="finished",
        A_tram_in_the_rain="finished",
        A_balloon_over_hills="finished",
        A_train_in_a_tunnel="uncertain",
        A_camel_in_the_dunes="finished",
        Hang_the_mirror_on_a_wall="finished",
    )


def test_a_batch_goes_on_by_its_name_and_buys_only_what_is_missing(team: ProjectCopy, service: Service) -> None:
    visit = team.run(
        [f"{name} = vidgo.batch({name!r}, yes=True)\n{name}.wait()" for name in ("bicycles", "plates", "lamps")],
        digests="[[job.result().digest[:12] for job in batch] for batch in (bicycles, plates, lamps)]",
    )
    red, green, *_ = visit.values["digests"][0]
    assert (red, green) == ("76a32f52e4ee", "8e7056b18969")
    assert visit.values["digests"][1:] == [["e8a87d77531f", "5969a7dff886"], ["d22a9c59571f", "393245e4ab82"]]
    assert (service.posts, service.uploads) == (["A white bicycle"], 0)
    assert service.fetched == {"task-a-blue-bicycle-1", "task-a-white-bicycle-1"}


def test_an_uncertain_job_shows_what_is_at_stake_and_waits_for_a_person(project: ProjectCopy, service: Service) -> None:
    truck = project.job("A truck on a bridge")
    shown = project.command("resolve", truck)
    assert shown.returncode == 0, shown.stderr
    assert "12 credits" in shown.stdout
    assert project.unfinished() == after()
    assert service.posts == []
    assert project.command("resolve", truck, "--forget").returncode == 0
    assert project.unfinished() == after(A_truck_on_a_bridge="forgotten")
    assert service.posts == []


def test_an_emulator_leaves_real_jobs_alone_and_makes_its_own_anew_for_nothing(
    project: ProjectCopy, service: Service
) -> None:
    visit = project.run(
        ["%vidgo resume", asked(0, "A paper plane", 'size="16:9"'), ended(0)],
        "emulator",
        charged="str(vidgo.costs().charged)",
    )
    assert "finished" in visit.said[2]
    assert visit.values["charged"] == "92"
    assert project.unfinished() == after(A_paper_plane="refused")
    assert (service.posts, service.asked, service.fetched) == ([], set(), set())
