"""The page that compares the connectors, made of their specs.

    python -m tests.docs.connectors > docs/connectors/README.md

writes it anew. The calls are those that ``python -m bench.calls`` has counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import httpx

from bench.calls import SITUATIONS, kept
from connectors.base import Connector, ConnectorSpec, Draft, Effect, Kind, Rate, Ref, Setting
from connectors.http import new_client
from connectors.registry import CONNECTORS, open_connector
from connectors.simulators import simulation_of

ADA = Ref(Kind.CONTACT, "1")
USUAL: Mapping[Kind, Draft] = {
    Kind.CONTACT: Draft({"name": "Ada", "email": ["ada@example.org"]}, marker="step-1"),
    Kind.COMPANY: Draft({"name": "Engines"}, marker="step-1"),
    Kind.DEAL: Draft({"name": "Site form"}, links=(ADA,), marker="step-1"),
    Kind.TASK: Draft({"text": "Call"}, links=(ADA,), marker="step-1"),
    Kind.NOTE: Draft({"text": "Asked"}, links=(ADA,), marker="step-1"),
}
"""A record of each kind as forms make it."""

INTRODUCTION = """\
# Connectors

What each connector can do, by what its specification says. A page for each tells how to connect an account, and what may surprise.
[Writing one](writing-one.md) tells how another is made.

This page is made by `python -m tests.docs.connectors > docs/connectors/README.md`.
"""
EFFECTS = """
## When an answer is lost

If the connection breaks after a record was sent, Formwire looks whether it is there before it sends it again. **A**: the CRM itself keeps
one record for each key of ours. **B**: our key, or what identifies the record, finds it. **C**: nothing tells it for sure, so a
person is asked. The classes are those of the simulated account's settings, for records as forms usually make them.
"""
COSTS = """
## Calls for a submission

Counted against the simulators with the demo's module (contact by phone and e-mail, company by name, deal, task, note), and in brackets
the least that the vendor's API allows for the same records. *Known*: delivered before, and the deal is still open. *Fifty* wait at once.
"""


def page() -> str:
    """The whole page, by label."""
    specs = sorted(
        (spec for spec, _ in CONNECTORS.values()), key=lambda spec: spec.label.casefold()
    )
    return "\n".join(_lines(specs)) + "\n"


def _lines(specs: list[ConnectorSpec]) -> Iterator[str]:
    yield INTRODUCTION
    titles = "CRM|ways in|calls allowed|look-ups a call|records a call|deals with people a call|own duplicate control"
    yield from table(titles.split("|"), map(_at_a_glance, specs))
    yield EFFECTS
    yield from table(["CRM", *Kind, "deals bear our key"], map(_effects, specs))
    yield COSTS
    yield from table(["CRM", *SITUATIONS], map(_costs, specs))
    for why in filter(None, dict.fromkeys(kept(spec.key).why for spec in specs)):
        theirs = ", ".join(spec.label for spec in specs if kept(spec.key).why == why)
        yield f"\n{theirs}: {' '.join(why.split())}"
    yield "\n## What a CRM cannot do"
    for spec in specs:
        yield f"\n### {spec.label}\n"
        yield from [f"- {why}" for why in dict.fromkeys(spec.gaps.values())] or [
            "Nothing is missing."
        ]


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    heads = list(titles)
    for cells in (heads, ["---"] * len(heads), *rows):
        yield f"| {' | '.join(cells)} |".replace("| --- ", "|---").replace("|--- ", "|---")


def _at_a_glance(spec: ConnectorSpec) -> Iterator[str]:
    yield f"[{spec.label}]({spec.key}.md)"
    yield " or ".join([*(["consent"] if spec.oauth else []), *map(_entered, _tokens(spec))]) or "—"
    yield f"{', '.join(map(_rate, spec.rates)) or 'any'}; {spec.parallel} at a time"
    yield str(spec.find_bulk)
    yield str(spec.write_bulk)
    yield str(spec.bundle_bulk or "—")
    yield "yes" if spec.merge_help else "—"


def _tokens(spec: ConnectorSpec) -> list[Setting]:
    """What lets us in without a consent; a consent's own secret does not."""
    return [
        setting for setting in spec.settings if setting.secret and setting.key != "client_secret"
    ]


def _entered(setting: Setting) -> str:
    return setting.label.lower() if setting.label[1:].islower() else setting.label


def _rate(rate: Rate) -> str:
    return f"{rate.calls} in {rate.seconds:g} s"


def _effects(spec: ConnectorSpec) -> Iterator[str]:
    settings = {**simulation_of(spec.key).DEMO_SETTINGS, "base_url": "http://crm.test"}
    simulator = simulation_of(spec.key).create_simulator(rate_limit=0)
    with new_client(transport=httpx.WSGITransport(app=simulator)) as http:
        connector = open_connector(spec.key, settings, http)
        yield spec.label
        for kind, draft in USUAL.items():
            yield connector.effect(kind, draft).value
        yield _bears_key(connector)


def _bears_key(connector: Connector) -> str:
    """Where our key stands that alone finds a deal which is linked with nobody."""
    nobodys = Draft({"name": "Site form"}, marker="step-1")
    if connector.effect(Kind.DEAL, nobodys) is Effect.UNMARKED:
        return "—"
    named = [setting.label for setting in connector.spec.settings if "marker" in setting.key]
    return f"in the connection's *{named[0]}*" if named else "yes"


def _costs(spec: ConnectorSpec) -> Iterator[str]:
    found = kept(spec.key)
    yield spec.label
    for name, (size, _) in SITUATIONS.items():
        made, least = found.counted.get(name), found.least.get(name)
        each = f", {made / size:.2g} each" if made and size > 1 else ""
        yield "not counted yet" if made is None else f"{made}{each} ({least or '?'})"


if __name__ == "__main__":
    print(page(), end="")
