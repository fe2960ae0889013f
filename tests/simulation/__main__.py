"""Play many seeds, or tell one story."""

from __future__ import annotations

import argparse
import atexit
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from functools import cache, partial
from multiprocessing import Pool
from pathlib import Path

import pytest

from tests.simulation.mutations import MUTATIONS, OF_SEVERAL
from tests.simulation.play import Ending, Mutate, Theatre

_SAFEGUARDS = {**MUTATIONS, **OF_SEVERAL}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many seeds to play")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--seed", type=int, help="play this one alone and tell its story")
    parser.add_argument(
        "--harsh", action="store_true", help="workers break so often that runs fail"
    )
    parser.add_argument("--several", action="store_true", help="filling-ins come in several posts")
    parser.add_argument("--without", choices=_SAFEGUARDS, help="take a safeguard out of the engine")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many processes play")
    arguments = parser.parse_args()
    logging.disable()
    mutate = _SAFEGUARDS[arguments.without][0] if arguments.without else _as_it_is
    several = arguments.several or arguments.without in OF_SEVERAL
    play = partial(_play, mutate, arguments.harsh, several)
    if arguments.seed is not None:
        return _tell(play(arguments.seed))
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    with Pool(arguments.jobs) as pool:
        return _look(seeds, pool.imap_unordered(play, seeds, chunksize=10))


def _play(mutate: Mutate, harsh: bool, several: bool, seed: int) -> tuple[int, Ending]:
    return seed, _theatre().play(seed, mutate, harsh=harsh, several=several)


@cache
def _theatre() -> Theatre:
    """This process's own. Its folder goes when the process ends."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return Theatre(Path(folder.name))


def _as_it_is(patch: pytest.MonkeyPatch) -> None:
    """The engine with all its safeguards."""


def _tell(played: tuple[int, Ending]) -> int:
    _, ending = played
    broken = [f"BROKEN  {one}" for one in ending.violations]
    print("\n".join([*ending.story, *broken]))
    return bool(broken)


def _look(seeds: range, endings: Iterable[tuple[int, Ending]]) -> int:
    began, bad = time.perf_counter(), 0
    for seed, ending in endings:
        if ending.violations:
            bad += 1
            print(f"--seed {seed}: " + "; ".join(ending.violations), flush=True)
    speed = len(seeds) / (time.perf_counter() - began)
    print(f"{len(seeds)} seeds: {bad} broke a promise; {speed:.0f} seeds/s")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
