"""Measure planning: how many plans a second one processor makes, beside a bare json.loads.

    python -m bench.plan
    python -m bench.plan --plans 500 --profile

A plan is everything between a stored submission and what is to be written: rules, macros,
conversions, matching, policies. The CRM's answers are given, and one module is loaded and made ready
for all plans, as a drain does it: what making it ready costs stands in a line of its own. Every plan is
for another person, and times are of the processor.
"""

from __future__ import annotations

import argparse
import cProfile
import itertools
import json
import pstats
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import yaml

from connectors.base import Fields, Kind, Record, Ref
from connectors.catalog import Catalog
from connectors.http import new_client
from connectors.kommo.connector import KommoConnector
from connectors.kommo.simulator import create_simulator
from engine.deciding.activity import activity
from engine.deciding.compiling import CompiledModule
from engine.deciding.form import FormConfig
from engine.deciding.module import ModuleConfig
from engine.deciding.plan import Plan
from engine.deciding.planning import deal_queries, decide, match_people, people_queries
from engine.garbage import WORKING, collect_rarely
from web.demo import documents
from web.documents import read_documents

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
FIELDS: dict[str, Any] = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "company": "Analytical",
    "budget": "1 500,50 ₴",
    "topic": "Demo",
    "message": "Please call me back about the engine.\nBest in the morning.",
}
AROUND: dict[str, Any] = {
    "utm": {"source": "google", "medium": "cpc", "campaign": "engines"},
    "page": {"url": "https://example.org/engines"},
    "visitor": {"ip": "192.0.2.7"},
    "form": {"key": "demo", "name": "Demo request"},
    "submission": {"id": "abc", "number": "7", "date": AT.isoformat()},
}
COMPANY = {"name": "Analytical"}
DEAL = {"name": "Old", "pipeline": "3177727", "stage": "32392159", "1102": "looms"}


def main() -> None:
    options = _options()
    form, module = _demo()
    catalog, numbers = _catalog(), itertools.count()
    ready = CompiledModule(module, form, catalog)
    document = json.dumps(module.model_dump(mode="json", exclude_defaults=True))
    works: dict[str, Callable[[], Any]] = {
        "bare json.loads": lambda: json.loads(document),
        "making the module ready": lambda: CompiledModule(module, form, catalog),
        "plan for somebody new": lambda: _plan(ready, next(numbers), False),
        "plan for somebody known": lambda: _plan(ready, next(numbers), True),
    }
    collect_rarely(WORKING)  # as a worker does
    if options.profile:
        _profile(works["plan for somebody known"], options.plans)
    _report(len(document), _times_us(list(works.values()), options.plans), list(works))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--plans", type=int, default=2000, help="how many of each (%(default)s)")
    parser.add_argument("--profile", action="store_true", help="show where the time goes, too")
    return parser.parse_args()


def _demo() -> tuple[FormConfig, ModuleConfig]:
    text = yaml.safe_dump_all(documents("kommo", "http://kommo.test"), allow_unicode=True)
    configs = [document.config for document in read_documents(text, {})]
    (form,) = [config for config in configs if isinstance(config, FormConfig)]
    (module,) = [config for config in configs if isinstance(config, ModuleConfig)]
    return form, module


def _catalog() -> Catalog:
    simulator = create_simulator(rate_limit=0)
    http = new_client(transport=httpx.WSGITransport(app=simulator))
    settings = {"subdomain": "demo", "token": "demo-token", "base_url": "http://kommo.test"}
    return KommoConnector(settings, http).catalog()


def _plan(module: CompiledModule, number: int, known: bool) -> Plan:
    email, phone = f"ada{number}@example.org", f"067{number:07}"
    answers = {"field": {**FIELDS, "email": email, "phone": phone}, **AROUND}
    assert activity(module.module, answers).active
    there = _bearers({"name": "Ada", "email": [email], "phone": [f"+38{phone}"]}) if known else {}
    intent = module.want(answers, AT)
    found = {(kind, query): there.get(kind, []) for kind, query in people_queries(intent)}
    people = match_people(intent, found)
    found |= {(kind, query): there[kind] for kind, query in deal_queries(intent, people)}
    return decide(intent, people, found, module.catalog)


def _bearers(contact: Fields) -> dict[Kind, list[Record]]:
    """What look-ups bring for somebody known."""
    links = (Ref(Kind.CONTACT, "1"), Ref(Kind.COMPANY, "1"))
    kinds = {Kind.CONTACT: contact, Kind.COMPANY: COMPANY, Kind.DEAL: DEAL}
    return {
        kind: [Record(kind, "1", fields, links=links, updated_at=AT)]
        for kind, fields in kinds.items()
    }


def _times_us(works: Sequence[Callable[[], Any]], times: int) -> list[list[float]]:
    """How long each of ``works`` took each time. They take turns, so that noise meets all alike."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(times):
        for place, work in enumerate(works):
            started = time.process_time_ns()
            work()
            taken[place].append((time.process_time_ns() - started) / 1000)
    return taken


def _report(size: int, taken: Sequence[Sequence[float]], names: Sequence[str]) -> None:
    print(f"a module of {size} characters, {len(taken[0])} times each, processor time\n")
    print(f"{'':<26}{'median':>10}{'p99':>10}{'a second':>12}{'x json.loads':>14}")
    bare_us = statistics.median(taken[0])
    for name, times_us in zip(names, taken, strict=True):
        median, slow = statistics.median(times_us), statistics.quantiles(times_us, n=100)[-1]
        print(
            f"{name:<26}{median:7.1f} µs{slow:7.1f} µs{1e6 / median:12,.0f}{median / bare_us:14.0f}"
        )


def _profile(work: Callable[[], Any], times: int) -> None:
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(times):
        work()
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
