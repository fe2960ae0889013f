"""What connectors promise whose CRM takes events and cannot be asked what it holds.

Their spec says that it does not read. These cases stand in for those of `contract` and `accidents`
that look into the CRM through the connector; here the world says what the receiver made of it all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from connectors.base import (
    Bundle,
    Change,
    Connector,
    Draft,
    Effect,
    Kind,
    Link,
    Outcome,
    Query,
    Ref,
    Status,
)
from connectors.errors import ConnectorError, NotFoundError, RejectedError
from tests.conformance.accidents import NEW, OLD, assert_true
from tests.conformance.cases import KINDS, PEOPLE, Case, created, draft_of, make, statuses, task
from tests.conformance.world import Names, ReceivingWorld

GONE = "424242"


class ReceivingCase(Case):
    @pytest.fixture(autouse=True)
    def is_told_and_never_asked(self, crm: Connector) -> None:
        assert not crm.spec.reads, "a CRM that can be asked keeps the whole contract"


def bundle_of(names: Names, key: str) -> Bundle:
    nobody = Ref(Kind.CONTACT, "")
    people = [
        replace(draft_of(kind, names, key, nobody), marker=f"{key}.{kind}") for kind in PEOPLE
    ]
    return Bundle(Draft({"name": key}, marker=f"{key}.deal"), *people)


class Receiving(ReceivingCase):
    # --- the account ---

    def test_an_account_says_whose_it_is(self, crm):
        account = crm.check()
        assert account.id
        assert account.label

    def test_the_catalog_offers_what_a_module_needs(self, crm):
        catalog = crm.catalog()
        assert all(catalog.field(kind, "name") for kind in KINDS)
        assert all(catalog.field(kind, "phone").many for kind in PEOPLE)
        assert any(stage.closed for line in catalog.pipelines for stage in line.stages)
        assert catalog.users
        assert catalog.task_types
        assert not catalog.merges

    def test_field_ids_are_unique_within_a_kind(self, crm):
        for fields in crm.catalog().fields.values():
            assert len({field.id for field in fields}) == len(fields)

    @pytest.mark.parametrize("kind", Kind)
    def test_no_record_has_a_page_that_anybody_knows(self, crm, kind):
        assert crm.record_url(Ref(kind, "1")) is None

    # --- looking ---

    @pytest.mark.parametrize("kind", Kind)
    def test_a_look_up_finds_nothing_and_asks_nobody(self, crm, names, world, kind):
        ada = make(crm, Kind.CONTACT, name="Ada", email=["ada@example.org"])
        draft = draft_of(kind, names, "ours", ada)
        (ref,) = created(crm, kind, draft)
        world.befall(self.loss, "find", 0)
        queries = [Query("id", ref.id), Query("name", "ours"), Query("contact", ada.id)]
        assert crm.find(kind, queries) == [[], [], []]
        assert crm.find_created(kind, [draft, draft], world.clock.now) == [[], []]
        assert not world.calm()

    # --- writing ---

    def test_empty_calls_do_nothing(self, crm):
        assert crm.find(Kind.CONTACT, []) == []
        assert crm.find_created(Kind.CONTACT, [], self.start) == []
        assert crm.create(Kind.CONTACT, []) == []
        assert crm.update(Kind.CONTACT, []) == []
        assert crm.link([]) == []
        assert crm.create_bundles([]) == []

    @pytest.mark.parametrize("kind", Kind)
    def test_a_creation_with_a_marker_is_recognised_by_the_crm(self, crm, names, world, kind):
        about = make(crm, Kind.CONTACT, name="Somebody")
        draft = draft_of(kind, names, "ours", about)
        assert crm.effect(kind, draft) is Effect.KEYED
        first, second = (crm.create(kind, [draft])[0] for _ in range(2))
        assert first == second
        assert first.status is Status.DONE
        assert world.stored(kind, "ours") == 1

    def test_without_a_marker_nothing_tells_creations_apart(self, crm, world):
        draft = Draft({"name": "Ada"})
        assert crm.effect(Kind.CONTACT, draft) is Effect.UNMARKED
        created(crm, Kind.CONTACT, draft, draft)
        assert world.stored(Kind.CONTACT, "Ada") == 2

    def test_many_records_are_created_in_order(self, crm, world):
        drafts = [Draft({"name": f"Ada {at}"}, marker=str(at)) for at in range(60)]
        refs = created(crm, Kind.CONTACT, *drafts)
        assert len({ref.id for ref in refs}) == 60
        assert created(crm, Kind.CONTACT, *reversed(drafts)) == refs[::-1]

    def test_bad_records_never_fail_their_neighbours(self, crm, names, world):
        choice = names.choice[Kind.DEAL]
        drafts = [
            Draft({"name": str(at), **({choice: names.nowhere} if at % 2 else {})})
            for at in range(4)
        ]
        outcomes = crm.create(Kind.DEAL, drafts)
        assert statuses(outcomes) == [Status.DONE, Status.REFUSED] * 2
        assert [world.stored(Kind.DEAL, str(at)) for at in range(4)] == [1, 0, 1, 0]
        assert isinstance(outcomes[1].error, RejectedError)

    @pytest.mark.parametrize("parent", KINDS)
    @pytest.mark.parametrize("kind", [Kind.TASK, Kind.NOTE])
    def test_tasks_and_notes_are_about_a_record(self, crm, names, world, kind, parent):
        about = make(crm, parent, name="Ada")
        fields = task(names, "Call") if kind is Kind.TASK else {"text": "Call"}
        (ref,) = created(crm, kind, Draft(fields, links=(about,)))
        assert world.linked(ref) == {about}

    def test_a_record_that_is_gone_is_told_as_gone(self, crm):
        gone = Ref(Kind.CONTACT, GONE)
        outcomes = [
            *crm.create(Kind.NOTE, [Draft({"text": "Hello"}, links=(gone,))]),
            *crm.update(Kind.CONTACT, [Change(GONE, {"name": "Ada"})]),
            *crm.link([Link(gone, make(crm, Kind.DEAL, name="Deal"))]),
        ]
        assert statuses(outcomes) == [Status.REFUSED] * 3
        assert all(isinstance(outcome.error, NotFoundError) for outcome in outcomes)

    # --- bundles ---

    def test_a_bundle_is_told_once_and_links_everybody(self, crm, names, world):
        bundle = bundle_of(names, "ours")
        first, second = (crm.create_bundles([bundle])[0] for _ in range(2))
        assert first == second
        made = {kind: Ref(kind, part.id) for kind, part in first.items()}
        assert [world.stored(kind, "ours") for kind in KINDS] == [1, 1, 1]
        assert world.linked(made[Kind.DEAL]) == {made[kind] for kind in PEOPLE}
        assert made[Kind.COMPANY] in world.linked(made[Kind.CONTACT])

    def test_the_deal_of_a_bundle_alone_is_no_second_one(self, crm, names, world):
        bundle = bundle_of(names, "ours")
        (outcome,) = crm.create_bundles([bundle])
        contact = Ref(Kind.CONTACT, outcome[Kind.CONTACT].id)
        (again,) = crm.create(Kind.DEAL, [replace(bundle.deal, links=(contact,))])
        assert again == outcome[Kind.DEAL]
        assert world.stored(Kind.DEAL, "ours") == 1

    @pytest.mark.parametrize("present", [(), (Kind.CONTACT,), (Kind.COMPANY,)], ids=str)
    def test_people_may_be_absent_from_a_bundle(self, crm, world, present):
        people = {kind.value: Draft({"name": "Somebody"}) for kind in present}
        (outcome,) = crm.create_bundles([Bundle(Draft({"name": "Site form"}), **people)])
        assert outcome.keys() == {Kind.DEAL, *present}
        linked = world.linked(Ref(Kind.DEAL, outcome[Kind.DEAL].id))
        assert linked == {Ref(kind, outcome[kind].id) for kind in present}

    def test_a_bad_bundle_is_refused_whole_and_alone(self, crm, names, world):
        bundles = [bundle_of(names, str(at)) for at in range(3)]
        wrong = {"name": "1", names.choice[Kind.DEAL]: names.nowhere}
        bundles[1] = replace(bundles[1], deal=replace(bundles[1].deal, fields=wrong))
        outcomes = crm.create_bundles(bundles)
        for at, outcome in enumerate(outcomes):
            assert set(statuses(outcome.values())) == {Status.REFUSED if at == 1 else Status.DONE}
            assert [world.stored(kind, str(at)) for kind in KINDS] == [at != 1] * 3

    # --- update, link ---

    def test_fields_not_named_stay_and_values_are_added(self, crm, names, world):
        text = names.text[Kind.CONTACT]
        fields = {"name": "Ada", "phone": [OLD], text: "Analyst"}
        (ada,) = created(crm, Kind.CONTACT, Draft(fields, tags=("web",)))
        change = Change(ada.id, {"name": "Ada L.", "phone": [OLD, NEW]}, tags=("vip", "web"))
        for _ in range(2):
            assert crm.update(Kind.CONTACT, [change]) == [Outcome.done(ada.id)]
        assert world.held(ada) == {
            "name": "Ada L.",
            "phone": [OLD, NEW],
            text: "Analyst",
            "tags": ["web", "vip"],
        }

    def test_none_clears_a_field(self, crm, names, world):
        text = names.text[Kind.CONTACT]
        ada = make(crm, Kind.CONTACT, **{"name": "Ada", "phone": [OLD], text: "Analyst"})
        crm.update(Kind.CONTACT, [Change(ada.id, {text: None, "phone": None})])
        assert world.held(ada) == {"name": "Ada"}

    def test_the_same_change_may_be_wanted_again_later(self, crm, world):
        ada = make(crm, Kind.CONTACT, name="Ada")
        for name in ("Eve", "Ada", "Eve"):
            crm.update(Kind.CONTACT, [Change(ada.id, {"name": name})])
        assert world.held(ada) == {"name": "Eve"}

    def test_links_are_made_in_either_direction_and_twice_is_no_error(self, crm, world):
        ada, firm = make(crm, Kind.CONTACT, name="Ada"), make(crm, Kind.COMPANY, name="Firm")
        outcomes = crm.link([Link(ada, firm), Link(firm, ada), Link(ada, firm)])
        assert outcomes == [Outcome.done(ref.id) for ref in (firm, ada, firm)]
        assert world.linked(ada) == {firm}


class ReceivingAccidents(ReceivingCase):
    accidents: tuple[str, ...]
    happened: bool

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "accident" in metafunc.fixturenames:
            metafunc.parametrize("accident", [str(accident) for accident in self.accidents])

    def worlds(self, accident: str, operation: str) -> Iterator[ReceivingWorld]:
        """A fresh world for every call of the operation, at which the accident happens."""
        for position in range(20):
            world = self.new_world()
            self.ada = make(world.connector, Kind.CONTACT, name="Ada", phone=[OLD])
            self.firm = make(world.connector, Kind.COMPANY, name="Firm")
            world.clock.advance(600)
            world.befall(accident, operation, position)
            yield world
            if not self.happened:
                assert position, "the operation made no call"
                return
        pytest.fail("the operation makes calls without end")

    def test_a_check_is_right_or_raises(self, accident):
        for world in self.worlds(accident, "check"):
            answer = None
            with suppress(ConnectorError):
                answer = world.connector.check()
            self.happened = world.calm()
            assert answer in (None, world.connector.check())

    @pytest.mark.parametrize("kind", Kind)
    def test_a_creation_ends_with_one_record(self, kind, accident):
        for world in self.worlds(accident, "create"):
            crm = world.connector
            drafts = [draft_of(kind, world.names, key, self.ada) for key in ("first", "second")]
            outcomes = crm.create(kind, drafts)
            self.happened = world.calm()
            for draft, outcome in zip(drafts, outcomes, strict=True):
                assert_true(outcome, world.stored(kind, draft.marker))
                if outcome.status is not Status.DONE:
                    assert crm.create(kind, [draft])[0].status is Status.DONE
            assert [world.stored(kind, draft.marker) for draft in drafts] == [1, 1]

    def test_a_bundle_ends_with_one_of_each(self, accident):
        for world in self.worlds(accident, "create_bundles"):
            crm, bundle = world.connector, bundle_of(world.names, "ours")
            (outcome,) = crm.create_bundles([bundle])
            self.happened = world.calm()
            for kind, part in outcome.items():
                assert_true(part, world.stored(kind, "ours"))
            if outcome[Kind.DEAL].status is not Status.DONE:
                (outcome,) = crm.create_bundles([bundle])
                assert set(statuses(outcome.values())) == {Status.DONE}
            assert [world.stored(kind, "ours") for kind in KINDS] == [1, 1, 1]
            deal = Ref(Kind.DEAL, outcome[Kind.DEAL].id)
            assert {ref.kind for ref in world.linked(deal)} == set(PEOPLE)

    def test_an_addition_is_made_once(self, accident):
        for world in self.worlds(accident, "update"):
            crm, change = world.connector, Change(self.ada.id, {"phone": [NEW]}, tags=("vip",))
            (outcome,) = crm.update(Kind.CONTACT, [change])
            self.happened = world.calm()
            assert_true(outcome, NEW in world.held(self.ada)["phone"])
            if outcome.status is not Status.DONE:
                assert crm.update(Kind.CONTACT, [change])[0].status is Status.DONE
            assert world.held(self.ada) == {"name": "Ada", "phone": [OLD, NEW], "tags": ["vip"]}

    def test_a_link_is_made(self, accident):
        for world in self.worlds(accident, "link"):
            crm, link = world.connector, Link(self.ada, self.firm)
            (outcome,) = crm.link([link])
            self.happened = world.calm()
            assert_true(outcome, self.firm in world.linked(self.ada))
            if outcome.status is not Status.DONE:
                assert crm.link([link])[0].status is Status.DONE
            assert world.linked(self.ada) == {self.firm}

    def test_a_limit_is_told_with_its_wait(self, world):
        world.befall("rate limit", "create", 0)
        (outcome,) = world.connector.create(Kind.CONTACT, [Draft({"name": "Ada"})])
        assert outcome.status is Status.NOT_APPLIED
        assert outcome.error.retry_after_s
