"""A worker is killed at each point of one submission's way, and another one finishes it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.base import Kind
from tests.simulation.crm import LAG_S
from tests.simulation.play import Theatre
from tests.simulation.plot import Person, Plot, Trouble

ONCE = Plot(
    posts=((1.0, Person(1), "Firm"),),
    search_lag_s=LAG_S,
    bundles=False,
    partial=False,
    trouble=Trouble(),
    odds={},
)


@pytest.mark.parametrize("bundles", [True, False], ids=["with bundles", "one kind a call"])
def test_wherever_a_worker_is_killed_there_is_one_of_each(theatre: Theatre, bundles: bool) -> None:
    """Before and after each commit, before and after each request is applied."""
    plot = replace(ONCE, bundles=bundles)
    undisturbed = theatre.perform(plot)
    assert undisturbed.points > 30
    for point in range(1, undisturbed.points + 1):
        ending = theatre.perform(plot, fatal=point)
        assert ending.violations == [], "\n".join(ending.story)
        assert ending.counts == dict.fromkeys(Kind, 1), "\n".join(ending.story)
        assert any("is killed" in line for line in ending.story)
