"""What connectors promise of enquiries, which the CRM's own duplicate control may merge."""

from __future__ import annotations

import pytest

from connectors.base import Bundle, Draft, Kind, Query, Ref, Status
from tests.conformance.cases import (
    ENQUIRY,
    KINDS,
    PEOPLE,
    Case,
    ids,
    make,
    read,
    statuses,
)

PHONE = "+14155550100"


def enquiry(number: int = 1, phone: str = PHONE, **deal: object) -> Bundle:
    return Bundle(
        Draft({"name": f"Form {number}", **deal}, tags=("web",), marker=f"step-{number}"),
        Draft({"name": "Ada Lovelace", "phone": [phone], "email": [f"{phone}@example.org"]}),
        enquiry=ENQUIRY,
    )


class Enquiring(Case):
    def test_the_catalog_says_that_enquiries_can_be_left_to_the_crm(self, crm):
        assert crm.catalog().merges

    def test_an_enquiry_becomes_an_incoming_lead_with_its_people(self, crm, names):
        drafts = {kind: Draft(names.samples[kind]) for kind in KINDS}
        bundle = Bundle(
            drafts[Kind.DEAL], drafts[Kind.CONTACT], drafts[Kind.COMPANY], enquiry=ENQUIRY
        )
        (outcome,) = crm.create_bundles([bundle])
        made = {kind: Ref(kind, part.id) for kind, part in outcome.items()}
        deal = read(crm, made[Kind.DEAL])
        assert (deal.fields["pipeline"], deal.fields["stage"]) == names.incoming
        assert {made[kind] for kind in PEOPLE} <= set(deal.links)
        for kind, ref in made.items():
            written = {id: v for id, v in names.samples[kind].items() if id != "stage"}
            assert written.items() <= read(crm, ref).fields.items()

    def test_an_enquiry_of_somebody_unknown_is_not_merged(self, crm, world):
        world.merge_enquiries()
        outcomes = [
            crm.create_bundles([enquiry(number, phone)])[0]
            for number, phone in enumerate([PHONE, "+14155550199"])
        ]
        assert len({outcome[Kind.DEAL].id for outcome in outcomes}) == 2
        assert len({outcome[Kind.CONTACT].id for outcome in outcomes}) == 2

    def test_an_enquiry_with_a_duplicate_is_merged_into_it(self, crm, names, world):
        world.merge_enquiries()
        ada = make(crm, Kind.CONTACT, name="Ada", phone=[PHONE], email=["ada@example.org"])
        pipeline, _ = names.incoming
        stage = names.samples[Kind.DEAL]["stage"]
        deal = make(crm, Kind.DEAL, [ada], name="Old", pipeline=pipeline, stage=stage)
        world.clock.advance(3600)
        text = names.text[Kind.DEAL]
        (outcome,) = crm.create_bundles([enquiry(**{text: "Chairs"})])
        assert {kind: part.id for kind, part in outcome.items()} == {
            Kind.DEAL: deal.id,
            Kind.CONTACT: ada.id,
        }
        merged = read(crm, deal)
        assert (merged.fields["name"], merged.fields[text]) == ("Form 1", "Chairs")
        assert merged.fields["stage"] == stage
        assert merged.tags == ("web",)
        assert read(crm, ada).fields["email"] == ["ada@example.org", f"{PHONE}@example.org"]
        assert world.stored(Kind.DEAL, "Old") == 0
        assert world.stored(Kind.CONTACT, "Ada") == 0

    def test_a_closed_deal_is_no_duplicate(self, crm, names, world):
        world.merge_enquiries()
        ada = make(crm, Kind.CONTACT, name="Ada", phone=[PHONE])
        pipeline, stage = names.closed
        deal = make(crm, Kind.DEAL, [ada], name="Old", pipeline=pipeline, stage=stage)
        (outcome,) = crm.create_bundles([enquiry()])
        assert outcome[Kind.DEAL].id != deal.id

    def test_a_second_enquiry_is_merged_into_the_first(self, crm, world):
        world.merge_enquiries()
        first, second = (crm.create_bundles([enquiry(number)])[0] for number in (1, 2))
        assert first == second
        assert world.stored(Kind.DEAL, "Form 2") == 1
        assert world.stored(Kind.DEAL, "Form 1") == 0

    def test_only_enquiries_are_merged(self, crm, world):
        world.merge_enquiries()
        plain = Bundle(enquiry(1).deal, enquiry(1).contact)
        outcomes = crm.create_bundles([plain, enquiry(2, "+14155550199"), plain])
        assert len({outcome[Kind.DEAL].id for outcome in outcomes}) == 3

    @pytest.mark.parametrize("bad", [0, 1, 2])
    def test_a_bad_enquiry_is_refused_alone(self, crm, names, world, bad):
        choice = names.choice[Kind.DEAL]
        bundles = [
            enquiry(n, f"+1415555010{n}", **({choice: names.nowhere} if n == bad else {}))
            for n in range(3)
        ]
        outcomes = crm.create_bundles(bundles)
        for n, outcome in enumerate(outcomes):
            status = Status.REFUSED if n == bad else Status.DONE
            assert statuses(outcome.values()) == [status] * 2
            assert world.stored(Kind.DEAL, f"Form {n}") == (n != bad)
        assert outcomes[bad][Kind.DEAL].error.field == choice

    def test_the_deal_that_an_enquiry_was_merged_into_is_recognised(self, crm, world):
        world.merge_enquiries()
        ada = make(crm, Kind.CONTACT, name="Ada", phone=[PHONE])
        deal = make(crm, Kind.DEAL, [ada], name="Old")
        world.clock.advance(3600)
        bundle, since = enquiry(), world.clock.now
        crm.create_bundles([bundle])
        (found,) = crm.find_created(Kind.DEAL, [bundle.deal], since)
        assert ids(found) == [deal.id]
        assert ada in found[0].links
        world.clock.advance(3600)
        (later,) = crm.find_created(Kind.DEAL, [bundle.deal], world.clock.now)
        assert ids(later) == [deal.id], "our marker tells it, whatever a clock says"

    def test_an_enquiry_without_a_person_is_a_lead_all_the_same(self, crm, names):
        (outcome,) = crm.create_bundles([Bundle(Draft({"name": "Form"}), enquiry=ENQUIRY)])
        ((deal,),) = crm.find(Kind.DEAL, [Query("id", outcome[Kind.DEAL].id)])
        assert deal.fields["stage"] == names.incoming[1]
