"""Many stories of what can go wrong at once; in none is anything lost, doubled or out of order.

A seed that fails is told by ``python -m tests.simulation --seed N``, with ``--harsh`` or ``--several``
where it says so.
"""

from __future__ import annotations

import pytest

from tests.simulation.play import Theatre

SEEDS = 40
HARSH_SEEDS = 10
SEVERAL_SEEDS = 12


@pytest.mark.parametrize("first", range(0, SEEDS, 20))
def test_whatever_happens_nothing_is_lost_doubled_or_out_of_order(
    theatre: Theatre, first: int
) -> None:
    for seed in range(first, first + 20):
        ending = theatre.play(seed)
        assert not ending.violations, f"--seed {seed}: {ending.violations}"


def test_runs_that_people_try_again_double_nothing(theatre: Theatre) -> None:
    for seed in range(HARSH_SEEDS):
        ending = theatre.play(seed, harsh=True)
        assert not ending.violations, f"--harsh --seed {seed}: {ending.violations}"


def test_several_posts_of_a_filling_in_are_one_lead_as_told_last(theatre: Theatre) -> None:
    for seed in range(SEVERAL_SEEDS):
        ending = theatre.play(seed, several=True)
        assert not ending.violations, f"--several --seed {seed}: {ending.violations}"


def test_a_seed_is_the_same_story_each_time(theatre: Theatre) -> None:
    assert theatre.play(31).story == theatre.play(31).story
