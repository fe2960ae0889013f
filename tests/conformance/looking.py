"""What connectors promise of the account and of looking records up."""

from __future__ import annotations

import pytest

from connectors.base import (
    Change,
    Draft,
    Kind,
    Query,
    Ref,
)
from connectors.errors import ConnectorError
from tests.conformance.cases import (
    KINDS,
    PEOPLE,
    Case,
    created,
    ids,
    make,
    read,
)

by_identity = pytest.mark.parametrize(
    "query",
    [
        Query("phone", "+14155550100"),
        Query("email", "ada@example.org"),
        Query("name", "Ada Lovelace"),
    ],
    ids=lambda query: query.field,
)


class Looking(Case):
    # --- the account ---

    def test_an_account_says_whose_it_is(self, crm):
        account = crm.check()
        assert account.id
        assert account.label

    def test_the_catalog_offers_fields_stages_users_and_task_types(self, crm):
        catalog = crm.catalog()
        assert all(catalog.field(kind, "name") for kind in KINDS)
        assert all(catalog.field(kind, "phone").many for kind in PEOPLE)
        assert any(stage.closed for line in catalog.pipelines for stage in line.stages)
        assert catalog.users
        assert catalog.task_types

    def test_field_ids_are_unique_within_a_kind(self, crm):
        for fields in crm.catalog().fields.values():
            assert len({field.id for field in fields}) == len(fields)

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_person_can_be_led_to_a_record(self, crm, kind):
        assert crm.record_url(Ref(kind, "1")).startswith("http")

    @pytest.mark.parametrize("kind", [Kind.TASK, Kind.NOTE])
    def test_tasks_and_notes_have_no_page(self, crm, kind):
        assert crm.record_url(Ref(kind, "1")) is None

    # --- find ---

    @pytest.mark.parametrize("kind", PEOPLE)
    @by_identity
    def test_a_person_is_found_by(self, crm, kind, query):
        ada = make(
            crm,
            kind,
            name="Ada Lovelace",
            phone=["+14155550199", "+14155550100"],
            email=["ada@example.org"],
        )
        make(crm, kind, name="Grace", phone=["+14155550123"], email=["grace@example.org"])
        assert [ids(found) for found in crm.find(kind, [query])] == [[ada.id]]

    def test_what_is_absent_is_not_found(self, crm):
        queries = [
            Query("phone", "+14155550100"),
            Query("email", "ada@example.org"),
            Query("name", "Ada"),
            Query("id", "424242"),
        ]
        assert crm.find(Kind.CONTACT, queries) == [[], [], [], []]

    def test_an_empty_value_finds_nothing(self, crm):
        make(crm, Kind.CONTACT, name="Ada")
        queries = [Query("phone", ""), Query("email", ""), Query("name", " "), Query("id", "")]
        assert crm.find(Kind.CONTACT, queries) == [[], [], [], []]

    @by_identity
    def test_a_similar_record_is_no_match(self, crm, names, query):
        text = names.text[Kind.CONTACT]
        make(crm, Kind.CONTACT, name="Ada Lovelace King", email=["ada@example.organic"])
        make(crm, Kind.CONTACT, name="4155550100", email=["granada@example.org"])
        make(crm, Kind.CONTACT, name="Ada", phone=["+441415555010", "+914155550100"])
        make(
            crm,
            Kind.CONTACT,
            **{"name": "Eve", text: "ask Ada Lovelace, +14155550100 or ada@example.org"},
        )
        assert crm.find(Kind.CONTACT, [query]) == [[]]

    @pytest.mark.parametrize("typed", ["+79061234567", "89061234567", "79061234567", "9061234567"])
    def test_a_phone_is_found_whatever_its_prefix(self, crm, typed):
        ada = make(crm, Kind.CONTACT, name="Ada", phone=[typed])
        (found,) = crm.find(Kind.CONTACT, [Query("phone", "+79061234567")])
        assert ids(found) == [ada.id]

    @pytest.mark.parametrize("typed", ["8 (906) 123-45-67", "+7 906 123 45 67", "8-906-123-4567"])
    def test_a_phone_is_found_whatever_its_punctuation(self, crm, typed):
        ada = make(crm, Kind.CONTACT, name="Ada", phone=[typed])
        (found,) = crm.find(Kind.CONTACT, [Query("phone", "+79061234567")])
        assert ids(found) == [ada.id]

    @pytest.mark.parametrize("typed", ["80671234567", "+80671234567"])
    def test_what_is_no_number_is_found_by_its_last_digits_only_when_asked(self, crm, typed):
        ada = make(crm, Kind.CONTACT, name="Ada", phone=[typed])
        make(crm, Kind.CONTACT, name="Eve", phone=["+79671234567"])
        queries = [
            Query("phone", "+380671234567", last_digits=loosely) for loosely in (False, True)
        ]
        assert [ids(found) for found in crm.find(Kind.CONTACT, queries)] == [[], [ada.id]]

    @pytest.mark.parametrize("asked", ["ada@example.org", "ADA@EXAMPLE.ORG"])
    def test_an_e_mail_is_found_whatever_its_case(self, crm, asked):
        ada = make(crm, Kind.CONTACT, name="Ada", email=["Ada@Example.org"])
        (found,) = crm.find(Kind.CONTACT, [Query("email", asked)])
        assert ids(found) == [ada.id]

    def test_a_person_is_found_by_messenger(self, crm, names):
        field, messenger = names.messenger
        ada = make(crm, Kind.CONTACT, **{"name": "Ada", field: [f"{messenger}:ada"]})
        make(crm, Kind.CONTACT, **{"name": "ada", field: [f"{messenger}:ada.king"]})
        found = crm.find(Kind.CONTACT, [Query(field, f"{messenger}:Ada"), Query(field, "")])
        assert [ids(some) for some in found] == [[ada.id], []]

    def test_a_deal_is_found_by_a_text_field(self, crm, names):
        text = names.text[Kind.DEAL]
        deal = make(crm, Kind.DEAL, **{"name": "Site form", text: "Chairs"})
        make(crm, Kind.DEAL, **{"name": "Chairs", text: "Chairs and tables"})
        (found,) = crm.find(Kind.DEAL, [Query(text, "Chairs")])
        assert ids(found) == [deal.id]

    def test_a_deal_is_found_by_a_choice(self, crm, names):
        choice = names.choice[Kind.DEAL]
        option = names.samples[Kind.DEAL][choice]
        make(crm, Kind.DEAL, name="Other")
        deal = make(crm, Kind.DEAL, **{"name": "Site form", choice: option})
        (found,) = crm.find(Kind.DEAL, [Query(choice, option)])
        assert ids(found) == [deal.id]

    def test_several_matches_come_newest_change_first(self, crm, world):
        made = []
        for _ in range(3):
            made.append(make(crm, Kind.CONTACT, name="Ada", email=["ada@example.org"]).id)
            world.clock.advance(60)
        crm.update(Kind.CONTACT, [Change(made[0], {"name": "Ada L."})])
        (found,) = crm.find(Kind.CONTACT, [Query("email", "ada@example.org")])
        assert ids(found) == [made[0], made[2], made[1]]

    def test_deals_are_found_by_their_people(self, crm):
        ada, eve = make(crm, Kind.CONTACT, name="Ada"), make(crm, Kind.CONTACT, name="Eve")
        firm = make(crm, Kind.COMPANY, name="Firm")
        first = make(crm, Kind.DEAL, [ada, firm], name="First")
        second = make(crm, Kind.DEAL, [ada], name="Second")
        queries = [
            Query("contact", ada.id),
            Query("company", firm.id),
            Query("contact", eve.id),
            Query("contact", "424242"),
        ]
        found = crm.find(Kind.DEAL, queries)
        assert [sorted(ids(some)) for some in found] == [[first.id, second.id], [first.id], [], []]

    def test_answers_come_in_the_order_of_the_queries(self, crm):
        refs = created(
            crm, Kind.CONTACT, *(Draft({"name": f"Ada {number}"}) for number in range(5))
        )
        queries = [Query("id", ref.id) for ref in reversed(refs)]
        queries += [Query("name", "Ada 3"), Query("name", "nobody"), Query("name", "Ada 3")]
        found = [ids(some) for some in crm.find(Kind.CONTACT, queries)]
        three = [refs[3].id]
        assert found == [*([ref.id] for ref in reversed(refs)), three, [], three]

    def test_many_records_are_read_by_id(self, crm):
        drafts = [Draft({"name": f"Ada {number}"}) for number in range(120)]
        refs = created(crm, Kind.CONTACT, *drafts)
        found = crm.find(Kind.CONTACT, [Query("id", ref.id) for ref in refs])
        assert [ids(some) for some in found] == [[ref.id] for ref in refs]

    def test_deleted_records_are_not_found(self, crm, world):
        ada = make(crm, Kind.CONTACT, name="Ada", email=["ada@example.org"])
        world.delete(ada)
        queries = [Query("id", ada.id), Query("email", "ada@example.org")]
        assert crm.find(Kind.CONTACT, queries) == [[], []]

    def test_own_writes_are_seen_at_once(self):
        crm = self.new_world(lagging=True).connector
        make(crm, Kind.CONTACT, name="Ada", email=["ada@example.org"])
        (found,) = crm.find(Kind.CONTACT, [Query("email", "ada@example.org")])
        assert len(found) == 1

    def test_own_writes_are_seen_by_id_at_once(self):
        crm = self.new_world(lagging=True).connector
        read(crm, make(crm, Kind.CONTACT, name="Ada"))

    def test_an_unknown_field_cannot_be_looked_in(self, crm):
        make(crm, Kind.CONTACT, name="Ada")
        with pytest.raises(ConnectorError):
            crm.find(Kind.CONTACT, [Query("shoe size", "43")])
