"""What connectors promise of creating, changing and linking records."""

from __future__ import annotations

import pytest

from connectors.base import (
    Change,
    Draft,
    Kind,
    Link,
    Outcome,
    Query,
    Ref,
    Status,
)
from connectors.errors import NotFoundError, RejectedError
from tests.conformance.cases import (
    KINDS,
    Case,
    created,
    make,
    read,
    statuses,
    task,
)


class Writing(Case):
    # --- create ---

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_record_is_stored_as_it_was_written(self, crm, names, kind):
        (ref,) = created(crm, kind, Draft(names.samples[kind], tags=("web", "ads")))
        record = read(crm, ref)
        assert names.samples[kind].items() <= record.fields.items()
        assert sorted(record.tags) == ["ads", "web"]
        assert not record.closed

    def test_many_records_are_created_in_order(self, crm):
        drafts = [Draft({"name": f"Ada {number}"}) for number in range(60)]
        refs = created(crm, Kind.CONTACT, *drafts)
        found = crm.find(Kind.CONTACT, [Query("id", ref.id) for ref in refs])
        assert [some[0].fields["name"] for some in found] == [d.fields["name"] for d in drafts]

    def test_empty_calls_do_nothing(self, crm):
        assert crm.find(Kind.CONTACT, []) == []
        assert crm.create(Kind.CONTACT, []) == []
        assert crm.update(Kind.CONTACT, []) == []
        assert crm.link([]) == []
        assert crm.create_bundles([]) == []

    @pytest.mark.parametrize("bad", [{0}, {1}, {3}, {0, 3}, {0, 1, 2, 3}], ids=str)
    def test_bad_records_never_fail_their_neighbours(self, crm, names, world, bad):
        choice = names.choice[Kind.DEAL]
        drafts = [
            Draft({"name": f"Deal {at}", **({choice: names.nowhere} if at in bad else {})})
            for at in range(4)
        ]
        outcomes = crm.create(Kind.DEAL, drafts)
        for at, outcome in enumerate(outcomes):
            assert outcome.status is (Status.REFUSED if at in bad else Status.DONE)
            assert world.stored(Kind.DEAL, f"Deal {at}") == (at not in bad)
            if at in bad:
                assert isinstance(outcome.error, RejectedError)
                assert outcome.error.field == choice

    def test_a_deal_is_linked_with_its_people(self, crm):
        ada, firm = make(crm, Kind.CONTACT, name="Ada"), make(crm, Kind.COMPANY, name="Firm")
        deal = make(crm, Kind.DEAL, [ada, firm], name="Site form")
        assert {ada, firm} <= set(read(crm, deal).links)

    def test_a_deal_about_nobody_known_is_refused(self, crm, world):
        draft = Draft({"name": "Site form"}, links=(Ref(Kind.CONTACT, "424242"),))
        (outcome,) = crm.create(Kind.DEAL, [draft])
        assert outcome.status is Status.REFUSED
        assert isinstance(outcome.error, NotFoundError)
        assert world.stored(Kind.DEAL, "Site form") == 0

    def test_a_deal_in_a_closing_stage_is_closed(self, crm, names):
        pipeline, stage = names.closed
        deal = make(crm, Kind.DEAL, name="Site form", pipeline=pipeline, stage=stage)
        assert read(crm, deal).closed

    @pytest.mark.parametrize("parent", KINDS)
    @pytest.mark.parametrize("kind", [Kind.TASK, Kind.NOTE])
    def test_tasks_and_notes_are_about_a_record(self, crm, names, world, kind, parent):
        about = make(crm, parent, name="Ada")
        fields = task(names, "Call") if kind is Kind.TASK else {"text": "Call"}
        created(crm, kind, Draft(fields, links=(about,)))
        assert world.stored(kind, "Call") == 1

    @pytest.mark.parametrize("kind", [Kind.TASK, Kind.NOTE])
    def test_tasks_and_notes_about_nothing_are_refused_alone(self, crm, names, world, kind):
        ada = make(crm, Kind.CONTACT, name="Ada")
        gone = Ref(Kind.CONTACT, "424242")
        drafts = [
            Draft(task(names, str(at)) if kind is Kind.TASK else {"text": str(at)}, links=links)
            for at, links in enumerate([(ada,), (), (gone,), (ada,)])
        ]
        outcomes = crm.create(kind, drafts)
        good, bad = Status.DONE, Status.REFUSED
        assert statuses(outcomes) == [good, bad, bad, good]
        assert [world.stored(kind, str(at)) for at in range(4)] == [1, 0, 0, 1]

    # --- update ---

    @pytest.mark.parametrize("kind", KINDS)
    def test_fields_not_named_stay(self, crm, names, kind):
        (ref,) = created(crm, kind, Draft(names.samples[kind], tags=("web",)))
        (outcome,) = crm.update(kind, [Change(ref.id, {"name": "Another name"})])
        assert outcome.status is Status.DONE
        assert outcome.id == ref.id
        record = read(crm, ref)
        own = ("name", "first_name", "last_name")
        kept = {id: value for id, value in names.samples[kind].items() if id not in own}
        assert kept.items() <= record.fields.items()
        assert record.fields["name"] == "Another name"
        assert record.tags == ("web",)

    def test_values_are_added_and_never_replaced(self, crm):
        ada = make(
            crm, Kind.CONTACT, name="Ada", phone=["8 906 123-45-67"], email=["ada@example.org"]
        )
        new = {
            "phone": ["+79061234567", "+14155550100"],
            "email": ["ADA@example.org", "ada@example.com"],
        }
        crm.update(Kind.CONTACT, [Change(ada.id, new)])
        fields = read(crm, ada).fields
        assert fields["phone"] == ["8 906 123-45-67", "+14155550100"]
        assert fields["email"] == ["ada@example.org", "ada@example.com"]

    def test_addresses_in_messengers_are_added_and_never_replaced(self, crm, names):
        field, messenger = names.messenger
        ada = make(crm, Kind.CONTACT, **{"name": "Ada", field: [f"{messenger}:ada"]})
        crm.update(Kind.CONTACT, [Change(ada.id, {field: [f"{messenger}:ADA", f"{messenger}:al"]})])
        assert read(crm, ada).fields[field] == [f"{messenger}:ada", f"{messenger}:al"]

    def test_an_unknown_messenger_is_refused(self, crm, names):
        field, _ = names.messenger
        (outcome,) = crm.create(Kind.CONTACT, [Draft({"name": "Ada", field: ["pigeon:ada"]})])
        assert outcome.status is Status.REFUSED
        assert outcome.error.field == field

    def test_tags_are_added_and_never_replaced(self, crm):
        (ada,) = created(crm, Kind.CONTACT, Draft({"name": "Ada"}, tags=("web", "ads")))
        crm.update(Kind.CONTACT, [Change(ada.id, tags=("vip", "web"))])
        assert sorted(read(crm, ada).tags) == ["ads", "vip", "web"]

    def test_none_clears_a_field(self, crm, names):
        text = names.text[Kind.CONTACT]
        ada = make(
            crm,
            Kind.CONTACT,
            **{"name": "Ada", text: "Analyst", "phone": ["+14155550100"], "email": ["a@b.test"]},
        )
        crm.update(Kind.CONTACT, [Change(ada.id, {text: None, "phone": None})])
        fields = read(crm, ada).fields
        assert text not in fields
        assert "phone" not in fields
        assert fields["email"] == ["a@b.test"]

    def test_changes_of_several_records_have_their_own_outcomes(self, crm, names):
        choice = names.choice[Kind.DEAL]
        deals = created(crm, Kind.DEAL, *(Draft({"name": f"Deal {n}"}) for n in range(3)))
        changes = [
            Change(deals[0].id, {"name": "New 0"}),
            Change("424242", {"name": "New"}),
            Change(deals[1].id, {"name": "New 1", choice: names.nowhere}),
            Change(deals[2].id, {"name": "New 2"}, tags=("web",)),
        ]
        outcomes = crm.update(Kind.DEAL, changes)
        good, bad = Status.DONE, Status.REFUSED
        assert statuses(outcomes) == [good, bad, bad, good]
        assert isinstance(outcomes[1].error, NotFoundError)
        assert isinstance(outcomes[2].error, RejectedError)
        assert outcomes[2].error.field == choice
        assert [read(crm, deal).fields["name"] for deal in deals] == ["New 0", "Deal 1", "New 2"]

    def test_adding_to_a_record_that_is_gone_is_refused(self, crm):
        (outcome,) = crm.update(Kind.CONTACT, [Change("424242", {"phone": ["+14155550100"]})])
        assert outcome.status is Status.REFUSED
        assert isinstance(outcome.error, NotFoundError)

    def test_a_deal_moves_to_another_stage(self, crm, names):
        pipeline, stage = names.closed
        deal = make(crm, Kind.DEAL, name="Site form")
        crm.update(Kind.DEAL, [Change(deal.id, {"pipeline": pipeline, "stage": stage})])
        record = read(crm, deal)
        assert record.closed
        assert record.fields["stage"] == stage

    # --- link ---

    def test_links_are_made_in_either_direction(self, crm):
        ada, firm = make(crm, Kind.CONTACT, name="Ada"), make(crm, Kind.COMPANY, name="Firm")
        deal = make(crm, Kind.DEAL, name="Site form")
        outcomes = crm.link([Link(ada, deal), Link(firm, ada), Link(deal, firm)])
        assert outcomes == [Outcome.done(deal.id), Outcome.done(ada.id), Outcome.done(firm.id)]
        assert {ada, firm} <= set(read(crm, deal).links)
        assert firm in read(crm, ada).links

    def test_linking_what_is_linked_already_is_no_error(self, crm):
        ada, firm = make(crm, Kind.CONTACT, name="Ada"), make(crm, Kind.COMPANY, name="Firm")
        deal = make(crm, Kind.DEAL, [ada], name="Site form")
        links = [Link(deal, ada), Link(deal, firm)]
        for _ in range(2):
            crm.link(links)
            assert statuses(crm.link([link])[0] for link in links) == [Status.DONE] * 2
        assert {ada, firm} <= set(read(crm, deal).links)

    def test_linking_to_nothing_is_refused_alone(self, crm):
        ada = make(crm, Kind.CONTACT, name="Ada")
        deal = make(crm, Kind.DEAL, name="Site form")
        gone, lost = Ref(Kind.CONTACT, "424242"), Ref(Kind.DEAL, "424242")
        outcomes = crm.link([Link(deal, gone), Link(deal, ada), Link(lost, ada)])
        assert statuses(outcomes) == [Status.REFUSED, Status.DONE, Status.REFUSED]
