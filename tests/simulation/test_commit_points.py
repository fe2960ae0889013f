"""A worker is killed or stopped at each point of one submission's way, and another one finishes it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.base import Kind
from tests.simulation.crm import LAG_S
from tests.simulation.play import Mutate, Theatre
from tests.simulation.plot import Filling, Person, Plot, Telling, Trouble

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


def test_wherever_a_worker_is_stopped_there_is_one_of_each(theatre: Theatre) -> None:
    assert stopped_everywhere(theatre) == {}


def test_without_the_guard_before_each_request_there_would_be_two(theatre: Theatre) -> None:
    def no_guard(patch: pytest.MonkeyPatch) -> None:
        patch.setattr("engine.delivery.drain._Guard.__call__", lambda self: None)

    assert "doubled" in str(stopped_everywhere(theatre, no_guard))


TWICE = Filling("r7k2m9p4x1c8v5b3n1", Person(1), "Firm", (Telling(1.0, 100), Telling(600.0, 101)))


def test_whenever_a_later_post_comes_there_is_one_of_each_as_told_last(theatre: Theatre) -> None:
    """Before and after each transaction that the first one leads to, and during each request."""
    once = replace(ONCE, posts=(), fillings=(TWICE,))
    completed = set()
    for point in range(1, theatre.perform(ONCE).points + 1, 2):
        ending = theatre.perform(once, telling=point)
        assert ending.violations == [], "\n".join(ending.story)
        assert ending.counts | {Kind.NOTE: 1} == dict.fromkeys(Kind, 1), "\n".join(ending.story)
        completed.add(ending.counts[Kind.NOTE])
    assert completed == {1, 2}, "it completes what was not begun, and goes on with what was"


def stopped_everywhere(
    theatre: Theatre, mutate: Mutate = lambda patch: None
) -> dict[int, list[str]]:
    """Each point at which a stop leads to broken promises, and which. It is stopped before and after
    each transaction, so also between the intent of a request and the request."""
    found = {}
    for point in range(1, theatre.perform(ONCE).points + 1):
        ending = theatre.perform(ONCE, mutate=mutate, halting=point)
        if ending.violations or ending.counts != dict.fromkeys(Kind, 1):
            found[point] = ending.violations
    return found
