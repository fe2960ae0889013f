"""Play many seeds, or tell one story."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.simulation.play import Theatre


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many seeds to play")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--seed", type=int, help="play this one alone and tell its story")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        theatre = Theatre(Path(folder))
        try:
            if arguments.seed is not None:
                return _tell(theatre, arguments.seed)
            return _look(theatre, range(arguments.first, arguments.first + arguments.seeds))
        finally:
            theatre.close()


def _tell(theatre: Theatre, seed: int) -> int:
    ending = theatre.play(seed)
    print("\n".join([*ending.story, *(f"BROKEN  {one}" for one in ending.violations)]))
    return bool(ending.violations)


def _look(theatre: Theatre, seeds: range) -> int:
    began, bad = time.perf_counter(), 0
    for seed in seeds:
        ending = theatre.play(seed)
        if ending.violations:
            bad += 1
            print(f"--seed {seed}: " + "; ".join(ending.violations), flush=True)
    took = time.perf_counter() - began
    print(f"{len(seeds)} seeds, {bad} of them broke a promise; {len(seeds) / took:.0f} seeds/s")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
