"""One module, told to nobody but by names, at every CRM there is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from bench.stack import Formwire, SimulatedCrm, free_port
from connectors.base import Kind, Query
from connectors.http import new_client
from connectors.registry import CONNECTORS, open_connector
from connectors.simulators import simulation_of
from tests.acceptance.conftest import Runs
from tests.acceptance.people import Person, Truth, assert_each_has_one_of_each, new_people, post_all
from tests.databases import Databases


@pytest.fixture
def crms(tmp_path: Path) -> Iterator[list[SimulatedCrm]]:
    with ExitStack() as stack:
        simulated = [SimulatedCrm(tmp_path, port=free_port(), crm=key) for key in CONNECTORS]
        for crm in simulated:
            stack.callback(crm.end)
        for crm in simulated:
            crm.wait_until_ready()
        yield simulated


@pytest.fixture
def formwire(crms: list[SimulatedCrm], databases: Databases, tmp_path: Path) -> Iterator[Formwire]:
    running = Formwire(tmp_path, database_url=databases.fresh(tmp_path), settle_s=1)
    for crm in crms:
        running.prepare(crm)
    try:
        running.start()
        yield running
    finally:
        running.end()


def test_one_module_delivers_the_same_leads_to_every_crm(
    crms: list[SimulatedCrm], formwire: Formwire
) -> None:
    truths, people, runs = [Truth(crm) for crm in crms], new_people(3), Runs(formwire)
    bodies = [person.answers(topic="Prices", utm_source="google") for person in people]
    post_all(f"{formwire.url}/f/demo", bodies)
    runs.await_ends()
    runs.database.close()
    for crm, truth in zip(crms, truths, strict=True):
        assert_each_has_one_of_each(truth, people)
        if not CONNECTORS[crm.crm][0].reads:
            continue  # its ledger is all there is: nobody can ask it what it was told
        for person in people:
            assert _seen(crm, person) == {
                "deal": person.deal,
                "budget": True,
                "place": ("Sales", "New request"),
                "responsible": "Anna",
                "Topic": "Prices",
                "UTM_SOURCE": "google",
                "tags": ("website",),
                "phone": [f"+38067{person.number:07}"],
            }, crm.crm


def _seen(crm: SimulatedCrm, person: Person) -> dict[str, object]:
    """What the CRM tells of the person's deal and contact, in words."""
    settings = {**simulation_of(crm.crm).DEMO_SETTINGS, "base_url": crm.url}
    with new_client(transport=httpx.HTTPTransport()) as http:
        connector = open_connector(crm.crm, settings, http)
        catalog = connector.catalog()
        ((contact,),) = connector.find(Kind.CONTACT, [Query("email", person.email)])
        ((deal,),) = connector.find(Kind.DEAL, [Query("contact", contact.id)])
    pipeline = catalog.pipeline(deal.fields["pipeline"])
    stage = pipeline.stage(deal.fields["stage"]) if pipeline else None
    user = catalog.user(deal.fields["responsible"])
    named = {
        name: deal.fields.get(field.id)
        for name in ("Topic", "UTM_SOURCE")
        if (field := catalog.field(Kind.DEAL, name))
    }
    return {
        "deal": deal.fields["name"],
        "budget": abs(Decimal(deal.fields["budget"]) - Decimal("1500.5")) <= Decimal("0.5"),
        "place": (pipeline.label, stage.label) if pipeline and stage else None,
        "responsible": user.label.partition(" ")[0] if user else None,
        "tags": deal.tags,
        "phone": contact.fields["phone"],
        **named,
    }
