"""Count the calls that a submission costs at each CRM, against its simulator in this process.

    python -m bench.calls                  every CRM
    python -m bench.calls kommo            one, with its calls by kind
    python -m bench.calls kommo --write    and keep the figures in bench/counted/kommo.yaml

The form and the module are the demo's: contact by phone and e-mail, company by name, a deal with a
task and a note. Reading the account's fields and users is not counted: it is done now and then.
"""

from __future__ import annotations

import argparse
import logging
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlencode

import httpx
import yaml
from sqlalchemy import func, select

from connectors.registry import CONNECTORS
from connectors.simulation import Simulator
from connectors.simulators import folder_of, simulation_of
from engine.delivery.drain import drain
from engine.delivery.intake import Posted, accept
from engine.instance import Instance
from engine.settings import Settings
from engine.storage.connections import connection_by_key
from engine.storage.database import upgrade
from engine.storage.forms import form_by_key
from engine.storage.models import UNFINISHED, Run, RunState
from web.demo import documents
from web.documents import apply, read_documents

KEPT = Path(__file__).parent / "counted"
WAVE = 50
SITUATIONS: Mapping[str, tuple[int, bool]] = {
    "one new": (1, False),
    "one known": (1, True),
    "fifty new": (WAVE, False),
    "fifty known": (WAVE, True),
}
"""How many submissions wait at once, and whether their people were delivered before."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What is kept of one CRM: calls by situation.

    ``least``: what the vendor's API allows at best for the same records; ``why`` says how.
    """

    counted: Mapping[str, int] = field(default_factory=dict)
    least: Mapping[str, int] = field(default_factory=dict)
    why: str = ""


def _file(crm: str) -> Path:
    """One for CRMs with the same connector, and for one that is not in the table yet."""
    folder = folder_of(crm).rpartition(".")[2] if crm in CONNECTORS else crm
    return KEPT / f"{folder}.yaml"


def kept(crm: str) -> Counted:
    """What was counted of this CRM last, which may be nothing yet."""
    file = _file(crm)
    if not file.exists():
        return Counted()
    return Counted(**yaml.safe_load(file.read_text(encoding="utf-8")))


def keep(crm: str, counted: Mapping[str, int]) -> None:
    """Put the figures in place of those that were kept; what people wrote beside them stays."""
    file = _file(crm)
    line = f"counted: {{{', '.join(f'{name}: {number}' for name, number in counted.items())}}}\n"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    rest = re.sub(r"(?m)^counted: .*\n", "", text)
    file.write_text(line + rest, encoding="utf-8")


def count(crm: str, situations: Sequence[str] = tuple(SITUATIONS)) -> dict[str, Counter[str]]:
    """The calls of each situation, by method and path. Raises AssertionError when not all arrives."""
    with tempfile.TemporaryDirectory(prefix="formwire-calls-") as folder, _bench(folder, crm) as it:
        it.post([_answers(9_999)])  # the first one reads the catalog
        calls = {}
        for number, name in enumerate(situations):
            size, known = SITUATIONS[name]
            people = [_answers(1_000 * number + one) for one in range(size)]
            if known:
                it.post(people)
            calls[name] = it.post([{**answers, "message": "Today"} for answers in people])
        return calls


@dataclass(frozen=True, slots=True)
class _Bench:
    instance: Instance
    simulator: Simulator
    connection: str

    def post(self, people: Sequence[Mapping[str, str]]) -> Counter[str]:
        """The calls by which these submissions, which wait together, are delivered."""
        self.simulator.calls.clear()
        with self.instance.database.read() as session:
            form = form_by_key(session, "demo")
            connection = connection_by_key(session, self.connection)
        assert form is not None
        assert connection is not None
        for answers in people:
            body = urlencode(answers).encode()
            accept(self.instance, form, Posted(body, "application/x-www-form-urlencoded"))
        while self._runs(*UNFINISHED):
            drain(self.instance, connection.id)
        left = self._runs(*(state for state in RunState if state is not RunState.DELIVERED))
        assert not left, f"{self.connection}: {left} were not delivered"
        return Counter(self.simulator.calls)

    def _runs(self, *states: RunState) -> int:
        with self.instance.database.read() as session:
            return session.scalars(select(func.count()).where(Run.state.in_(states))).one()


@contextmanager
def _bench(folder: str, crm: str) -> Iterator[_Bench]:
    """The demo with this CRM, whose simulator limits nothing and is called without a network."""
    simulator = simulation_of(crm).create_simulator(rate_limit=0)
    database = f"sqlite:///{folder}/formwire.db"
    upgrade(database)
    instance = Instance.open(
        Settings(
            data_dir=Path(folder), database_url=database, secret_key="only counts " * 4, settle_s=0
        )
    )
    connection, *others = documents(crm, "http://crm.test")
    connection["settings"]["calls_per_s"] = "9999"
    try:
        with instance.database.write() as session:
            text = yaml.safe_dump_all([connection, *others], allow_unicode=True)
            apply(session, instance.vault, read_documents(text, {}), author="bench")
        wire = "engine.delivery.catalogs.GuardedTransport"
        with patch(wire, lambda *_: httpx.WSGITransport(app=simulator)):
            yield _Bench(instance, simulator, connection["connection"])
    finally:
        instance.database.close()


def _answers(number: int) -> dict[str, str]:
    return {
        "first_name": f"Ada{number:05}",
        "last_name": "Lovelace",
        "email": f"ada{number:05}@example.org",
        "phone": f"+38067{number:07}",
        "company": f"Analytical {number:05}",
        "budget": "1500",
        "topic": "Prices",
    }


def main() -> None:
    """Print a table, and of a CRM that was asked for by name the calls."""
    options = _options()
    logging.disable(logging.WARNING)  # there is no queue to ring for, and none is missed
    print(f"{'calls':<12}" + "".join(f"{name:>20}" for name in SITUATIONS))
    print(f"{'':12}" + f"{'made  least':>20}" * len(SITUATIONS))
    for crm in options.crm or CONNECTORS:
        calls = count(crm)
        totals = {name: found.total() for name, found in calls.items()}
        if options.write:
            keep(crm, totals)
        least = kept(crm).least
        cells = (f"{totals[name]:>13}{least.get(name, '?'):>7}" for name in SITUATIONS)
        print(f"{crm:<12}" + "".join(cells))
        for name in SITUATIONS if options.crm else ():
            print(f"\n{name}")
            for call, times in calls[name].most_common():
                print(f"  {times:5} {call}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.calls", description=__doc__)
    parser.add_argument("crm", nargs="*", help=f"one of {', '.join(CONNECTORS)}; all if left out")
    parser.add_argument("--write", action="store_true", help="keep the figures")
    options = parser.parse_args()
    if unknown := [crm for crm in options.crm if crm not in CONNECTORS]:
        parser.error(f"there is no connector called {', '.join(unknown)}")
    return options


if __name__ == "__main__":
    main()
