"""What every connector promises when something goes wrong: outcomes that are true.

Each case lets an accident happen to one call of an operation, for every call that the operation
makes; then it does what the engine does about the outcome, and looks at what there really is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime

import pytest

from connectors.base import (
    Bundle,
    Change,
    Connector,
    Draft,
    Kind,
    Link,
    Outcome,
    Query,
    Ref,
    Status,
)
from connectors.errors import ConnectorError
from tests.conformance.cases import ENQUIRY, KINDS, PEOPLE, Case, draft_of, ids, make, read
from tests.conformance.world import World

OLD, NEW = "+14155550100", "+14155550199"
LONG_AGO = datetime.fromisoformat("2026-01-01T00:00:00+00:00")


class People:
    """Who is there before the accident: Ada, who has a deal and a note, and a firm."""

    def __init__(self, crm: Connector) -> None:
        self.ada = make(crm, Kind.CONTACT, name="Ada", phone=[OLD])
        self.firm = make(crm, Kind.COMPANY, name="Firm")
        make(crm, Kind.DEAL, [self.ada], name="Deal")
        make(crm, Kind.NOTE, [self.ada], text="Note")


READS: dict[str, tuple[str, Callable[[Connector, Ref, datetime], object]]] = {
    "check": ("check", lambda crm, ada, since: crm.check().id),
    "catalog": ("catalog", lambda crm, ada, since: crm.catalog()),
    "find a person": (
        "find",
        lambda crm, ada, since: [
            ids(found)
            for found in crm.find(
                Kind.CONTACT, [Query("phone", OLD), Query("name", "Ada"), Query("id", ada.id)]
            )
        ],
    ),
    "find a person's deals": (
        "find",
        lambda crm, ada, since: ids(crm.find(Kind.DEAL, [Query("contact", ada.id)])[0]),
    ),
    "find a created deal": (
        "find_created",
        lambda crm, ada, since: ids(
            crm.find_created(Kind.DEAL, [Draft({"name": "Deal"}, links=(ada,))], since)[0]
        ),
    ),
    "find a created note": (
        "find_created",
        lambda crm, ada, since: ids(
            crm.find_created(Kind.NOTE, [Draft({"text": "Note"}, links=(ada,))], since)[0]
        ),
    ),
}


class Accidents(Case):
    accidents: tuple[str, ...]
    before: tuple[People, object]
    happened: bool

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "accident" in metafunc.fixturenames:
            metafunc.parametrize("accident", [str(accident) for accident in self.accidents])

    def worlds(self, accident: str, operation: str) -> Iterator[tuple[World, People]]:
        """A fresh world for every call of the operation, at which the accident happens."""
        for position in range(20):
            world, people = self.peopled()
            world.clock.advance(600)
            world.befall(accident, operation, position)
            yield world, people
            if not self.happened:
                assert position, "the operation made no call"
                return
        pytest.fail("the operation makes calls without end")

    def peopled(self) -> tuple[World, People]:
        """A world in which people are: made by the connector once, and remembered for all cases."""
        if "before" not in vars(type(self)):
            world = self.new_world(lagging=True)
            type(self).before = People(world.connector), world.remember()
        people, memory = self.before
        world = self.new_world(lagging=True)
        world.recall(memory)
        return world, people

    @pytest.mark.parametrize("name", READS)
    def test_a_look_up_is_right_or_raises(self, name, accident):
        operation, look = READS[name]
        world, people = self.peopled()
        world.clock.advance(600)
        right = look(world.connector, people.ada, LONG_AGO)
        assert right
        for world, people in self.worlds(accident, operation):
            answer = None
            with suppress(ConnectorError):
                answer = look(world.connector, people.ada, LONG_AGO)
            self.happened = world.calm()
            assert answer in (None, right)
            if operation != "catalog":  # so many calls, and none of them leaves anything behind
                assert look(world.connector, people.ada, LONG_AGO) == right

    @pytest.mark.parametrize("kind", Kind)
    def test_a_creation_ends_with_one_record(self, kind, accident):
        for world, people in self.worlds(accident, "create"):
            crm, since = world.connector, world.clock.now
            drafts = [draft_of(kind, world.names, key, people.ada) for key in ("first", "second")]
            outcomes = crm.create(kind, drafts)
            self.happened = world.calm()
            for draft, outcome in zip(drafts, outcomes, strict=True):
                assert_true(outcome, world.stored(kind, draft.marker))
                if lost(world, kind, draft, outcome, since):
                    (again,) = crm.create(kind, [draft])
                    assert again.status is Status.DONE
            assert [world.stored(kind, draft.marker) for draft in drafts] == [1, 1]

    def test_a_bundle_ends_with_one_of_each(self, accident):
        for world, people in self.worlds(accident, "create_bundles"):
            crm, since = world.connector, world.clock.now
            drafts = {kind: draft_of(kind, world.names, "ours", people.ada) for kind in PEOPLE}
            deal = Draft({"name": "ours"}, marker="step-1")
            bundle = Bundle(deal, drafts[Kind.CONTACT], drafts[Kind.COMPANY])
            (outcome,) = crm.create_bundles([bundle])
            self.happened = world.calm()
            for kind, part in outcome.items():
                assert_true(part, world.stored(kind, "ours"))
            if lost(world, Kind.DEAL, deal, outcome[Kind.DEAL], since):
                (outcome,) = crm.create_bundles([bundle])
                assert outcome[Kind.DEAL].status is Status.DONE
            assert [world.stored(kind, "ours") for kind in KINDS] == [1, 1, 1]
            world.clock.advance(crm.spec.settle_s)
            made = [
                crm.find_created(kind, [draft], since)[0] for kind, draft in bundle.parts.items()
            ]
            (ours,), (ada,), (firm,) = made
            assert {ada.ref, firm.ref} <= set(ours.links)
            assert firm.ref in ada.links

    @pytest.mark.parametrize("phone", [OLD, NEW], ids=["known", "new"])
    def test_an_enquiry_ends_with_one_deal_and_one_person(self, accident, phone):
        for world, _ in self.worlds(accident, "create_bundles"):
            world.merge_enquiries()
            crm, since = world.connector, world.clock.now
            deal = Draft({"name": "ours"}, marker="step-1")
            ada = Draft({"name": "ours", "phone": [phone]})
            bundle = Bundle(deal, ada, enquiry=ENQUIRY)
            (outcome,) = crm.create_bundles([bundle])
            self.happened = world.calm()
            for kind, part in outcome.items():
                assert_true(part, world.stored(kind, "ours"))
            if lost(world, Kind.DEAL, deal, outcome[Kind.DEAL], since):
                (outcome,) = crm.create_bundles([bundle])
                assert outcome[Kind.DEAL].status is Status.DONE
            world.clock.advance(crm.spec.settle_s)
            assert [world.stored(kind, "ours") for kind in bundle.parts] == [1, 1]
            (found,) = crm.find(Kind.CONTACT, [Query("phone", phone)])
            ((ours,),) = crm.find_created(Kind.DEAL, [deal], since)
            assert [one.ref for one in found] == list(ours.links)
            assert world.stored(Kind.CONTACT, "Ada") == (phone == NEW)

    def test_an_addition_is_made_once(self, accident):
        for world, people in self.worlds(accident, "update"):
            crm, ada = world.connector, people.ada
            change = Change(ada.id, {"phone": [NEW]}, tags=("vip",))
            (outcome,) = crm.update(Kind.CONTACT, [change])
            self.happened = world.calm()
            assert_true(outcome, NEW in read(crm, ada).fields["phone"])
            assert_true(outcome, "vip" in read(crm, ada).tags)
            if outcome.status is not Status.DONE:
                assert crm.update(Kind.CONTACT, [change])[0].status is Status.DONE
            assert read(crm, ada).fields["phone"] == [OLD, NEW]
            assert read(crm, ada).tags == ("vip",)

    def test_a_link_is_made(self, accident):
        for world, people in self.worlds(accident, "link"):
            crm, link = world.connector, Link(people.ada, people.firm)
            (outcome,) = crm.link([link])
            self.happened = world.calm()
            assert_true(outcome, people.firm in read(crm, people.ada).links)
            if outcome.status is not Status.DONE:
                assert crm.link([link])[0].status is Status.DONE
            assert people.firm in read(crm, people.ada).links

    def test_a_limit_is_told_with_its_wait(self, world):
        world.befall("rate limit", "create", 0)
        (outcome,) = world.connector.create(Kind.CONTACT, [Draft({"name": "Ada"})])
        assert outcome.status is Status.NOT_APPLIED
        assert outcome.error.retry_after_s


def assert_true(outcome: Outcome, stored: int) -> None:
    """What the outcome says is so; only an unknown outcome may be either."""
    assert stored in (0, 1)
    if outcome.status is Status.DONE:
        assert stored
    if outcome.status in (Status.REFUSED, Status.NOT_APPLIED):
        assert not stored
    assert (outcome.error is None) == (outcome.status is Status.DONE)


def lost(world: World, kind: Kind, draft: Draft, outcome: Outcome, since: datetime) -> bool:
    """Whether the record has to be created again, found out as the engine does."""
    if outcome.status is not Status.UNKNOWN:
        return outcome.status is not Status.DONE
    for _ in range(2):
        world.clock.advance(world.connector.spec.settle_s)
        (found,) = world.connector.find_created(kind, [draft], since)
        if found:
            assert len(found) == 1
            return False
    return True
