"""What becomes of a run whose new deal and people go to the CRM in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from connectors.base import Bundle, BundleOutcome, Draft, Kind, Outcome
from connectors.catalog import Catalog
from connectors.errors import OutcomeUnknownError
from connectors.memory import CATALOG, MEMORY, MemoryConnector
from engine.instance import Instance
from engine.storage.models import RunState, StepState
from tests.engine.delivery.world import World, make_world

EACH = dict.fromkeys(Kind, 1)


@pytest.fixture
def world(wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch) -> World:
    return make_world(wiped_instance, monkeypatch)


def without(kind: Kind, id: str) -> Catalog:
    """The account after somebody has removed a field from it."""
    left = tuple(field for field in CATALOG.fields[kind] if field.id != id)
    return replace(CATALOG, fields={**CATALOG.fields, kind: left})


@pytest.mark.parametrize(
    ("kind", "label"),
    [(Kind.DEAL, "Topic"), (Kind.CONTACT, "Position"), (Kind.COMPANY, "Web")],
)
def test_a_refused_bundle_names_the_record_and_field_at_fault(
    world: World, kind: Kind, label: str
) -> None:
    world.save(**{f"{kind}__fields__{label}": "https://example.org"})
    world.post()
    world.drain()  # reads the catalog, in which the field still is
    world.crm.catalog = without(kind, label.lower())

    world.post(email="grace@example.org", phone="", company="Navy")
    world.drain()
    run = world.runs()[-1]
    assert run.state == RunState.FAILED
    assert run.reason.startswith(f"the CRM refused the {kind}'s “{label}”: ")
    failed = {step.key: step.error for step in world.steps() if step.state == StepState.FAILED}
    assert failed.keys() == {"deal", "contact", "company", "contact-company"}
    assert "another record" not in failed[kind]
    assert all("another record" in failed[key] for key in {"deal", "contact", "company"} - {kind})
    assert world.counts() == EACH, "only what the first submission made"

    world.crm.catalog = CATALOG
    world.retry()
    world.drain_all()
    assert world.states() == {RunState.DELIVERED}
    assert world.counts() == dict.fromkeys(Kind, 2)


@pytest.mark.parametrize("lost", [Kind.DEAL, Kind.CONTACT, Kind.COMPANY])
def test_a_part_that_the_answer_lacks_is_looked_for_and_nothing_is_doubled(
    world: World, monkeypatch: pytest.MonkeyPatch, lost: Kind
) -> None:
    create = MemoryConnector.create_bundles

    def answer_in_part(self: MemoryConnector, bundles: Sequence[Bundle]) -> list[BundleOutcome]:
        unknown = Outcome.failed(OutcomeUnknownError("the answer says nothing about it"))
        return [{**outcome, lost: unknown} for outcome in create(self, bundles)]

    monkeypatch.setattr(MemoryConnector, "create_bundles", answer_in_part)
    world.post()
    world.drain_all()
    assert world.run().state == RunState.DELIVERED
    assert world.counts() == EACH
    assert [step.key for step in world.steps() if step.adopted] == [lost]
    links = [call for call in world.crm.calls if call.operation == "link"]
    assert len(links) == (lost is not Kind.DEAL), "whether they are linked is unknown, too"


def test_no_more_is_intended_than_can_go_at_once(
    wiped_instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = replace(MEMORY, write_bulk=1, bundle_bulk=0, parallel=2)
    world = make_world(wiped_instance, monkeypatch, spec)
    create, under_way = MemoryConnector.create, []

    def watched(crm: MemoryConnector, kind: Kind, drafts: Sequence[Draft]) -> list[Outcome]:
        states = [step.state for step in world.steps()]
        under_way.append(states.count(StepState.SENDING))
        return create(crm, kind, drafts)

    monkeypatch.setattr(MemoryConnector, "create", watched)
    for number in range(5):
        world.post(email=f"{number}@example.org", phone="", company=f"Firm {number}")
    world.drain()
    assert world.states() == {RunState.DELIVERED}
    assert world.counts() == dict.fromkeys(Kind, 5)
    assert max(under_way) == 2
