"""A CRM that is away for hours while submissions go on coming, and what happens when it is back."""

from __future__ import annotations

import os
from bisect import bisect_left

from connectors.base import Kind, Rate
from tests.simulation.crm import Fate
from tests.simulation.oracle import violations
from tests.simulation.play import WORKERS, Theatre
from tests.simulation.plot import Person, Plot, Trouble
from tests.simulation.stage import Stage
from tests.simulation.world import World

SUBMISSIONS = int(os.environ.get("OUTAGE_SUBMISSIONS", "120"))
OUTAGE_S = 4 * 3600.0
LIMIT = Rate(calls=7, seconds=1.0)
EACH = 2  # submissions of each person
QUIET = Plot((), search_lag_s=30.0, bundles=True, partial=False, trouble=Trouble(), odds={})


def test_an_outage_of_hours_ends_with_all_delivered_in_order_and_without_a_storm(
    theatre: Theatre,
) -> None:
    stage = Stage(1)
    with theatre.world(stage, QUIET, LIMIT) as world:
        world.weather.odds = {Fate.AWAY: 1.0}
        world.to_come = SUBMISSIONS
        for number in range(SUBMISSIONS):
            person = Person(number % (SUBMISSIONS // EACH))
            at_s = OUTAGE_S * number / SUBMISSIONS
            stage.after(at_s, lambda at=(number, person): world.post(*at, f"Firm {at[1].number}"))
        for _ in range(WORKERS):
            world.hire()
        stage.play(OUTAGE_S)
        probes = len(world.crm.arrived)
        assert probes < 50, "a CRM that does not answer is asked now and then"
        world.weather.odds = {}
        stage.play(OUTAGE_S + 24 * 3600)
        assert violations(world) == []
        assert_in_order(world)
        assert world.crm.refused == 0
        arrived = world.crm.arrived
        for at, second in enumerate(arrived):
            assert bisect_left(arrived, second + LIMIT.seconds) - at <= LIMIT.calls
        assert arrived[-1] - OUTAGE_S < 3600, "within the hour after it is back"
        assert len(arrived) - probes < SUBMISSIONS


def assert_in_order(world: World) -> None:
    """The deals of each person came in the order of their submissions."""
    numbers: dict[str, list[int]] = {}
    for deal in world.crm.records(Kind.DEAL):
        (person,) = [link.id for link in deal.links if link.kind is Kind.CONTACT]
        numbers.setdefault(person, []).append(int(deal.fields["name"]))
    assert len(numbers) == SUBMISSIONS // EACH
    assert all(theirs == sorted(theirs) for theirs in numbers.values())
