"""What connectors promise of bundles, and of recognising what was created."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.base import (
    Bundle,
    Draft,
    Effect,
    Kind,
    Query,
    Ref,
    Status,
)
from connectors.errors import RejectedError
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
        made = {kind: Ref(kind, part.id) for kind, part in outcome.items()}
        assert made.keys() == set(KINDS)
        for kind, ref in made.items():
            assert names.samples[kind].items() <= read(crm, ref).fields.items()
        assert {made[kind] for kind in PEOPLE} <= set(read(crm, made[Kind.DEAL]).links)
        assert made[Kind.COMPANY] in read(crm, made[Kind.CONTACT]).links

    @pytest.mark.parametrize("present", [(), (Kind.CONTACT,), (Kind.COMPANY,)], ids=str)
    def test_people_may_be_absent_from_a_bundle(self, crm, present):
        people = {kind.value: Draft({"name": "Somebody"}) for kind in present}
        (outcome,) = crm.create_bundles([Bundle(Draft({"name": "Site form"}), **people)])
        assert outcome.keys() == {Kind.DEAL, *present}
        links = read(crm, Ref(Kind.DEAL, outcome[Kind.DEAL].id)).links
        assert links == tuple(Ref(kind, outcome[kind].id) for kind in present)

    def test_many_bundles_keep_their_order(self, crm):
        bundles = [
            Bundle(Draft({"name": f"Deal {n}"}), Draft({"name": f"Ada {n}"})) for n in range(55)
        ]
        outcomes = crm.create_bundles(bundles)
        deals, people = (
            crm.find(kind, [Query("id", outcome[kind].id) for outcome in outcomes])
            for kind in (Kind.DEAL, Kind.CONTACT)
        )
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
            assert statuses(outcome[kind] for kind in KINDS) == [status] * 3
            assert [world.stored(kind, f"{kind} {at}") for kind in KINDS] == [at != 1] * 3
        assert all(isinstance(part.error, RejectedError) for part in outcomes[1].values())
        told = {kind: part.error.field for kind, part in outcomes[1].items()}
        assert told == {**dict.fromkeys(KINDS), bad: names.choice[bad]}

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
        again = replace(draft, marker="another step")
        assert crm.find_created(kind, [again], world.clock.now) == [[]]

    def test_deals_of_one_name_are_told_apart_by_marker(self, crm, world):
        drafts = [Draft({"name": "Site form"}, marker=f"step-{n}") for n in range(3)]
        since = world.clock.now
        refs = created(crm, Kind.DEAL, *drafts)
        found = crm.find_created(Kind.DEAL, drafts, since)
        assert [ids(some) for some in found] == [[ref.id] for ref in refs]

    @pytest.mark.parametrize("kind", KINDS)
    def test_who_has_a_key_of_ours_or_of_their_own_is_recognised_for_sure(self, crm, names, kind):
        draft = Draft(names.samples[kind], marker="step-1")
        assert crm.effect(kind, draft) in (Effect.KEYED, Effect.MARKED)

    def test_a_deal_of_a_bundle_is_recognised(self, crm, world):
        bundle = Bundle(Draft({"name": "Site form"}, marker="step-1"), Draft({"name": "Ada"}))
        since = world.clock.now
        (outcome,) = crm.create_bundles([bundle])
        ((deal,),) = crm.find_created(Kind.DEAL, [bundle.deal], since)
        assert deal.id == outcome[Kind.DEAL].id
