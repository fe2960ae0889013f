"""The simulation sees: without any one of the safeguards it finds something lost or doubled."""

from __future__ import annotations

import pytest

from tests.simulation.mutations import MUTATIONS
from tests.simulation.play import Theatre

WITHIN = 60


@pytest.mark.parametrize("safeguard", MUTATIONS)
def test_without_a_safeguard_something_is_lost_or_doubled(theatre: Theatre, safeguard: str) -> None:
    mutate, first = MUTATIONS[safeguard]
    for seed in range(first, first + WITHIN):
        found = theatre.play(seed, mutate).violations
        if any(not one.startswith("error") for one in found):
            break
    else:
        pytest.fail(f"nobody misses {safeguard}")
    assert not theatre.play(seed).violations, f"seed {seed} breaks a promise with {safeguard}, too"
