from datetime import timedelta

import pytest

from connectors.base import Draft, Kind, Query
from connectors.errors import (
    RejectedError,
)
from connectors.kommo.api import IDS_PER_CALL
from tests.connectors.kommo.wire import ADA, NOW, Kommo, connector, contact, listing, phones


def test_a_phone_is_searched_by_the_digits_all_writings_share():
    kommo = Kommo(
        listing(
            "contacts",
            contact(901, custom_fields_values=phones("8 (906) 123-45-67")),
            contact(902, custom_fields_values=phones("+19061234567")),
            contact(903, custom_fields_values=phones("89061234567"), is_deleted=True),
        )
    )
    (found,) = connector(kommo).find(Kind.CONTACT, [Query("phone", "+79061234567")])
    assert ("query", "9061234567") in kommo.asked()
    assert [record.id for record in found] == ["901"]


def test_equal_queries_are_asked_once():
    kommo = Kommo()
    assert connector(kommo).find(Kind.CONTACT, [Query("name", "Ada")] * 3) == [[], [], []]
    assert kommo.calls == ["GET contacts"]


def test_ids_are_asked_together():
    kommo = Kommo()
    queries = [Query("id", str(number)) for number in range(1, IDS_PER_CALL + 2)]
    connector(kommo).find(Kind.CONTACT, queries)
    assert kommo.calls == ["GET contacts", "GET contacts"]


def test_all_deals_of_people_are_found_with_three_calls():
    kommo = Kommo(
        listing(
            "contacts",
            contact(901, _embedded={"leads": [{"id": 5001}, {"id": 5002}]}),
            contact(902, _embedded={"leads": []}),
        ),
        listing("companies", contact(77, _embedded={"leads": [{"id": 5002}]})),
        listing("leads", contact(5001), contact(5002)),
    )
    queries = [Query("contact", "901"), Query("contact", "902"), Query("company", "77")]
    found = connector(kommo).find(Kind.DEAL, queries)
    assert [[deal.id for deal in some] for some in found] == [["5002", "5001"], [], ["5002"]]
    assert kommo.calls == ["GET contacts", "GET companies", "GET leads"]


def test_a_filter_that_is_ignored_is_no_answer():
    kommo = Kommo(listing("contacts", contact(901), contact(902)))
    with pytest.raises(RejectedError):
        connector(kommo).find(Kind.CONTACT, [Query("id", "901")])


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        (Kind.DEAL, Query("47", "2026-12-01")),
        (Kind.DEAL, Query("shoe size", "43")),
        (Kind.NOTE, Query("id", "1")),
    ],
)
def test_what_kommo_cannot_look_up_is_refused(kind, query):
    with pytest.raises(RejectedError):
        connector(Kommo()).find(kind, [query])


@pytest.mark.parametrize(("age_s", "recognised"), [(0, True), (90, True), (600, False)])
def test_a_clock_that_differs_a_little_does_not_hide_a_record(age_s, recognised):
    born = int((NOW - timedelta(seconds=age_s)).timestamp())
    kommo = Kommo(listing("contacts", {"id": 901, "name": "Ada", "created_at": born}))
    (found,) = connector(kommo).find_created(Kind.CONTACT, [Draft({"name": "Ada"})], NOW)
    assert bool(found) == recognised


def lead(id, name):
    return {"id": id, "name": name, "created_at": int(NOW.timestamp())}


def test_without_a_marker_a_deal_is_recognised_by_person_and_name():
    kommo = Kommo(
        listing("contacts", contact(901, _embedded={"leads": [{"id": 1}, {"id": 2}]})),
        listing("leads", lead(1, "Site form"), lead(2, "Other form")),
    )
    draft = Draft({"name": "Site form"}, links=(ADA,), marker="step-1")
    (found,) = connector(kommo).find_created(Kind.DEAL, [draft], NOW)
    assert [deal.id for deal in found] == ["1"]


def test_tasks_of_another_time_are_others():
    tasks = [
        {
            "id": id,
            "text": "Call",
            "entity_id": entity,
            "complete_till": till,
            "created_at": int(NOW.timestamp()),
        }
        for id, entity, till in [(1, 901, 1796076000), (2, 901, 1796079600), (3, 902, 1796076000)]
    ]
    kommo = Kommo(listing("tasks", *tasks))
    draft = Draft({"text": "Call", "due": "2026-12-01T00:00:00+02:00"}, links=(ADA,))
    (found,) = connector(kommo).find_created(Kind.TASK, [draft], NOW)
    assert [task.id for task in found] == ["1"]
    assert ("filter[entity_type]", "contacts") in kommo.asked()
    assert ("filter[entity_id]", "901") in kommo.asked()


def test_what_has_no_identity_cannot_be_recognised():
    with pytest.raises(RejectedError):
        connector(Kommo()).find_created(Kind.CONTACT, [Draft({"24": "Analyst"})], NOW)
