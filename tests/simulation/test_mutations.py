"""The simulation sees: without any one of the safeguards it finds something lost or doubled."""

from __future__ import annotations

import pytest

from tests.simulation.mutations import MUTATIONS, OF_SEVERAL
from tests.simulation.play import Theatre

WITHIN = 60


@pytest.mark.parametrize("safeguard", [*MUTATIONS, *OF_SEVERAL])
def test_without_a_safeguard_something_is_lost_or_doubled(theatre: Theatre, safeguard: str) -> None:
    several = safeguard in OF_SEVERAL
    mutate, first = {**MUTATIONS, **OF_SEVERAL}[safeguard]
    for seed in range(first, first + WITHIN):
        found = theatre.play(seed, mutate, several=several).violations
        if any(not one.startswith("error") for one in found):
            break
    else:
        pytest.fail(f"nobody misses {safeguard}")
    with_it = theatre.play(seed, several=several).violations
    assert not with_it, f"seed {seed} breaks a promise with {safeguard}, too"
