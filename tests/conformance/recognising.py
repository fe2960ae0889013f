"""What connectors promise of bundles, and of recognising what was created."""

from __future__ import annotations

import pytest

from connectors.base import (
    Bundle,
    Draft,
    Kind,
    Query,
    Ref,
    Status,
)
from connectors.errors import NotFoundError, RejectedError
from tests.conformance.cases import (
    KINDS,
    PEOPLE,
    Case,
    created,
    draft_of,
    ids,
    make,
    read,
    statuses,
)


class Recognising(Case):
    # --- bundles ---

    def test_a_bundle_creates_everybody_and_links_them(self, crm, names):
        bundle = Bundle(*(Draft(names.samples[kind]) for kind in (Kind.DEAL, *PEOPLE)))
        (outcome,) = crm.create_bundles([bundle])
        deal = Ref(Kind.DEAL, outcome.deal.id)
        ada, firm = Ref(Kind.CONTACT, outcome.contact.id), Ref(Kind.COMPANY, outcome.company.id)
        for kind, ref in zip((Kind.DEAL, *PEOPLE), (deal, ada, firm), strict=True):
            assert names.samples[kind].items() <= read(crm, ref).fields.items()
        assert {ada, firm} <= set(read(crm, deal).links)
        assert firm in read(crm, ada).links
        assert outcome.unlinked == ()
        assert not outcome.merged

    @pytest.mark.parametrize("new_company", [True, False], ids=["new company", "existing company"])
    @pytest.mark.parametrize("new_contact", [True, False], ids=["new contact", "existing contact"])
    def test_a_bundle_takes_existing_people(self, crm, new_contact, new_company):
        contact, company = Draft({"name": "Ada"}), Draft({"name": "Firm"})
        ada = contact if new_contact else make(crm, Kind.CONTACT, name="Ada")
        firm = company if new_company else make(crm, Kind.COMPANY, name="Firm")
        (outcome,) = crm.create_bundles([Bundle(Draft({"name": "Site form"}), ada, firm)])
        assert (outcome.contact is not None) == new_contact
        assert (outcome.company is not None) == new_company
        ada = Ref(Kind.CONTACT, outcome.contact.id) if outcome.contact else ada
        firm = Ref(Kind.COMPANY, outcome.company.id) if outcome.company else firm
        deal = read(crm, Ref(Kind.DEAL, outcome.deal.id))
        assert {ada, firm} <= set(deal.links)
        assert firm in read(crm, ada).links

    def test_a_bundle_may_be_a_deal_alone(self, crm, world):
        (outcome,) = crm.create_bundles([Bundle(Draft({"name": "Site form"}))])
        assert outcome.deal.status is Status.DONE
        assert (outcome.contact, outcome.company) == (None, None)
        assert world.stored(Kind.DEAL, "Site form") == 1

    def test_many_bundles_keep_their_order(self, crm):
        bundles = [
            Bundle(Draft({"name": f"Deal {n}"}), Draft({"name": f"Ada {n}"})) for n in range(55)
        ]
        outcomes = crm.create_bundles(bundles)
        deals = crm.find(Kind.DEAL, [Query("id", outcome.deal.id) for outcome in outcomes])
        people = crm.find(Kind.CONTACT, [Query("id", outcome.contact.id) for outcome in outcomes])
        for n, ((deal,), (ada,)) in enumerate(zip(deals, people, strict=True)):
            assert deal.fields["name"] == f"Deal {n}"
            assert ada.fields["name"] == f"Ada {n}"
            assert ada.ref in deal.links

    @pytest.mark.parametrize("bad", [Kind.DEAL, Kind.COMPANY])
    def test_a_bad_bundle_is_refused_whole_and_alone(self, crm, names, world, bad):
        def draft(kind: Kind, at: int) -> Draft:
            wrong = {names.choice[kind]: names.nowhere} if (kind, at) == (bad, 1) else {}
            return Draft({"name": f"{kind} {at}", **wrong})

        bundles = [Bundle(*(draft(kind, at) for kind in (Kind.DEAL, *PEOPLE))) for at in range(3)]
        outcomes = crm.create_bundles(bundles)
        for at, outcome in enumerate(outcomes):
            status = Status.REFUSED if at == 1 else Status.DONE
            parts = (outcome.deal, outcome.contact, outcome.company)
            assert statuses(parts) == [status] * 3
            assert [world.stored(kind, f"{kind} {at}") for kind in KINDS] == [at != 1] * 3
        culprit = outcomes[1].deal if bad is Kind.DEAL else outcomes[1].company
        assert isinstance(culprit.error, RejectedError)
        assert culprit.error.field == names.choice[bad]

    def test_a_bundle_with_somebody_gone_is_refused(self, crm, world):
        gone = Ref(Kind.CONTACT, "424242")
        (outcome,) = crm.create_bundles([Bundle(Draft({"name": "Site form"}), gone)])
        assert outcome.deal.status is Status.REFUSED
        assert isinstance(outcome.deal.error, NotFoundError)
        assert world.stored(Kind.DEAL, "Site form") == 0

    # --- find_created ---

    @pytest.mark.parametrize("kind", Kind)
    def test_what_was_created_is_recognised(self, crm, names, world, kind):
        about = make(crm, Kind.CONTACT, name="Somebody")
        other = make(crm, Kind.CONTACT, name="Else")
        mine = draft_of(kind, names, "mine", about)
        created(crm, kind, draft_of(kind, names, "other", about))
        since = world.clock.now
        (ref,) = created(crm, kind, mine)
        absent = draft_of(kind, names, "absent", other)
        found = crm.find_created(kind, [mine, absent], since)
        assert [ids(some) for some in found] == [[ref.id], []]

    @pytest.mark.parametrize("kind", [*PEOPLE, Kind.TASK, Kind.NOTE])
    def test_what_was_there_before_is_not_taken_for_new(self, crm, names, world, kind):
        about = make(crm, Kind.CONTACT, name="Somebody")
        draft = draft_of(kind, names, "twin", about)
        created(crm, kind, draft)
        world.clock.advance(3600)
        assert crm.find_created(kind, [draft], world.clock.now) == [[]]

    def test_deals_of_one_name_are_told_apart_by_marker(self, crm, world):
        drafts = [Draft({"name": "Site form"}, marker=f"step-{n}") for n in range(3)]
        since = world.clock.now
        refs = created(crm, Kind.DEAL, *drafts)
        found = crm.find_created(Kind.DEAL, drafts, since)
        assert [ids(some) for some in found] == [[ref.id] for ref in refs]

    def test_a_deal_of_a_bundle_is_recognised(self, crm, world):
        bundle = Bundle(Draft({"name": "Site form"}, marker="step-1"), Draft({"name": "Ada"}))
        since = world.clock.now
        (outcome,) = crm.create_bundles([bundle])
        ((deal,),) = crm.find_created(Kind.DEAL, [bundle.deal], since)
        assert deal.id == outcome.deal.id
