from datetime import timedelta

import pytest

from connectors.base import Draft, Effect, Kind, Query
from connectors.errors import RejectedError
from connectors.pipedrive.api import IDS_PER_CALL, MOST_NEWEST_PAGES
from connectors.pipedrive.recognising import effect
from tests.connectors.pipedrive.account import key
from tests.connectors.pipedrive.wire import (
    ADA,
    DEAL,
    NOW,
    Pipedrive,
    a_deal,
    connector,
    hits,
    missing,
    one,
    page,
    page_v1,
    person,
)


def ids(found):
    return [record.id for record in found]


def test_an_e_mail_is_searched_exactly_and_compared_in_the_record_itself():
    pipedrive = Pipedrive(
        hits({"id": 901}, {"id": 902}),
        page(person(901, emails=["myada@example.org"]), person(902, emails=["ADA@example.org"])),
    )
    (found,) = connector(pipedrive).find(Kind.CONTACT, [Query("email", "ada@example.org")])
    assert pipedrive.calls == ["GET v2/persons/search", "GET v2/persons"]
    assert pipedrive.asked(0) == {
        "term": "ada@example.org",
        "fields": "email",
        "exact_match": "true",
        "limit": "500",
    }
    assert pipedrive.asked(1)["ids"] == "901,902"
    assert ids(found) == ["902"]


def test_a_single_hit_is_read_alone_for_a_tenth_of_the_tokens():
    pipedrive = Pipedrive(hits({"id": 901}), one(**person(901, emails=["a@b.test"])))
    (found,) = connector(pipedrive).find(Kind.CONTACT, [Query("email", "a@b.test")])
    assert pipedrive.calls == ["GET v2/persons/search", "GET v2/persons/901"]
    assert ids(found) == ["901"]


def test_a_phone_is_searched_as_we_write_it_and_then_by_the_digits_all_writings_share():
    pipedrive = Pipedrive(
        hits({"id": 901}),
        one(**person(901, phones=["+19061234567"])),
        hits({"id": 902}, {"id": 903}),
        page(person(902, phones=["89061234567"]), person(903, phones=["+19061234567"])),
    )
    (found,) = connector(pipedrive).find(Kind.CONTACT, [Query("phone", "+79061234567")])
    assert [pipedrive.asked(at)["term"] for at in (0, 2)] == ["+79061234567", "9061234567"]
    assert [pipedrive.asked(at).get("exact_match") for at in (0, 2)] == ["true", None]
    assert ids(found) == ["902"]


def test_who_is_found_by_the_first_search_is_not_searched_again():
    pipedrive = Pipedrive(hits({"id": 901}), one(**person(901, phones=["+79061234567"])))
    connector(pipedrive).find(Kind.CONTACT, [Query("phone", "+79061234567")])
    assert len(pipedrive.requests) == 2


def test_a_company_is_searched_by_the_field_that_holds_its_phones():
    firm = {"id": 77, "name": "Firm", "custom_fields": {key("b"): "+14155550100, 415 555 0199"}}
    pipedrive = Pipedrive(hits({"id": 77}), one(**firm))
    (found,) = connector(pipedrive).find(Kind.COMPANY, [Query("phone", "+14155550100")])
    asked = {"term": "4155550100", "fields": "custom_fields", "limit": "500"}
    assert pipedrive.asked(0) == asked
    assert ids(found) == ["77"]


def test_equal_queries_are_asked_once():
    pipedrive = Pipedrive(hits())
    assert connector(pipedrive).find(Kind.CONTACT, [Query("name", "Ada")] * 3) == [[], [], []]
    assert pipedrive.calls == ["GET v2/persons/search"]


def test_ids_are_asked_together():
    pipedrive = Pipedrive()
    queries = [Query("id", str(number)) for number in range(1, IDS_PER_CALL + 2)]
    connector(pipedrive).find(Kind.CONTACT, queries)
    assert pipedrive.calls == ["GET v2/persons", "GET v2/persons"]


@pytest.mark.parametrize("answer", [missing(), one(**person(901, is_deleted=True))])
def test_what_is_deleted_is_not_found(answer):
    assert connector(Pipedrive(answer)).find(Kind.CONTACT, [Query("id", "901")]) == [[]]


def test_a_persons_deals_are_listed_open_or_not():
    pipedrive = Pipedrive(page(a_deal(1), a_deal(2, status="lost"), a_deal(3, is_deleted=True)))
    queries = [Query("contact", "901"), Query("company", "ada")]
    mine, nobodys = connector(pipedrive).find(Kind.DEAL, queries)
    assert pipedrive.calls == ["GET v2/deals"]
    assert pipedrive.asked() == {"person_id": "901", "limit": "500"}
    assert [(deal.id, deal.closed) for deal in mine] == [("1", False), ("2", True)]
    assert nobodys == []


def test_a_label_that_the_catalog_does_not_know_is_asked_for_once():
    labels = {"options": [{"id": 5, "label": "Customer"}, {"id": 8, "label": "ads"}]}
    pipedrive = Pipedrive(
        page(person(901, label_ids=[5, 8]), person(902, label_ids=[9])),
        one(field_code="label_ids", **labels),
    )
    queries = [Query("id", "901"), Query("id", "902")]
    (ada,), (eve,) = connector(pipedrive).find(Kind.CONTACT, queries)
    assert pipedrive.calls == ["GET v2/persons", "GET v2/personFields/label_ids"]
    assert (ada.tags, eve.tags) == (("Customer", "ads"), ())


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        (Kind.DEAL, Query(key("8"), "2026-12-01")),
        (Kind.DEAL, Query(key("6"), "61")),
        (Kind.DEAL, Query(f"{key('f')}.value", "Main St 1")),
        (Kind.DEAL, Query("shoe size", "43")),
        (Kind.CONTACT, Query("im", "skype:ada")),
        (Kind.NOTE, Query("id", "1")),
        (Kind.TASK, Query("text", "Call")),
    ],
)
def test_what_pipedrive_cannot_look_up_is_refused(kind, query):
    pipedrive = Pipedrive()
    with pytest.raises(RejectedError):
        connector(pipedrive).find(kind, [query])
    assert pipedrive.requests == []


# --- what an earlier attempt may have created ---


@pytest.mark.parametrize(
    ("kind", "fields", "links", "marked", "expected"),
    [
        (Kind.DEAL, {"name": "Site form"}, (), True, Effect.MARKED),
        (Kind.DEAL, {"name": "Site form"}, (ADA,), False, Effect.MARKED),
        (Kind.DEAL, {"name": "Site form"}, (), False, Effect.UNMARKED),
        (Kind.CONTACT, {"phone": ["+14155550100"]}, (), False, Effect.MARKED),
        (Kind.CONTACT, {"last_name": "Lovelace"}, (), False, Effect.MARKED),
        (Kind.COMPANY, {"name": "Engines"}, (), False, Effect.MARKED),
        (Kind.CONTACT, {key("a"): "Analyst"}, (), True, Effect.UNMARKED),
        (Kind.NOTE, {"text": "Asked"}, (ADA,), False, Effect.MARKED),
        (Kind.TASK, {"text": "Call"}, (ADA,), True, Effect.MARKED),
        (Kind.TASK, {"text": "Call"}, (ADA,), False, Effect.UNMARKED),
    ],
)
def test_what_tells_a_record_from_others(kind, fields, links, marked, expected):
    assert effect(kind, Draft(fields, links=links, marker="step-1"), marked=marked) is expected


def at(seconds_ago):
    return f"{NOW - timedelta(seconds=seconds_ago):%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize(("age_s", "recognised"), [(0, True), (90, True), (600, False)])
def test_a_clock_that_differs_a_little_does_not_hide_a_record(age_s, recognised):
    pipedrive = Pipedrive(page(person(901, add_time=at(age_s))))
    (found,) = connector(pipedrive).find_created(Kind.CONTACT, [Draft({"name": "Ada"})], NOW)
    assert bool(found) == recognised
    assert pipedrive.asked() == {"sort_by": "add_time", "sort_direction": "desc", "limit": "100"}


def test_the_newest_are_read_until_they_are_too_old():
    pages = [
        page(person(904, emails=["eve@example.org"]), cursor="2"),
        page(person(903, emails=["ada@example.org"]), person(902, add_time=at(500)), cursor="3"),
    ]
    pipedrive = Pipedrive(*pages)
    drafts = [Draft({"name": "x", "email": [f"{name}@example.org"]}) for name in ("ada", "bob")]
    found = connector(pipedrive).find_created(Kind.CONTACT, drafts, NOW)
    assert [ids(some) for some in found] == [["903"], []]
    assert len(pipedrive.requests) == 2


def test_too_many_new_records_are_no_answer():
    pipedrive = Pipedrive(*(page(person(n), cursor="more") for n in range(MOST_NEWEST_PAGES)))
    with pytest.raises(RejectedError):
        connector(pipedrive).find_created(Kind.CONTACT, [Draft({"name": "Ada"})], NOW)


def test_a_marked_deal_is_recognised_wherever_it_was_moved():
    marked = a_deal(2, title="Renamed", custom_fields={key("0"): "step-1"})
    pipedrive = Pipedrive(page(a_deal(1), marked))
    draft = Draft({"name": "Site form"}, links=(ADA,), marker="step-1")
    (found,) = connector(pipedrive, marker_field="Topic").find_created(Kind.DEAL, [draft], NOW)
    assert ids(found) == ["2"]
    assert "person_id" not in pipedrive.asked()


def test_without_a_marker_a_deal_is_recognised_by_person_and_name():
    pipedrive = Pipedrive(page(a_deal(1), a_deal(2, title="Other")))
    draft = Draft({"name": "Site  form"}, links=(ADA,), marker="step-1")
    (found,) = connector(pipedrive).find_created(Kind.DEAL, [draft], NOW)
    assert pipedrive.asked()["person_id"] == "901"
    assert ids(found) == ["1"]


def test_a_name_that_pipedrive_cut_is_recognised():
    pipedrive = Pipedrive(page(person(901, name="A" * 255)))
    (found,) = connector(pipedrive).find_created(Kind.CONTACT, [Draft({"name": "A" * 300})], NOW)
    assert ids(found) == ["901"]


def activity(id, **more):
    about = {"deal_id": 5001, "person_id": None, "org_id": None}
    told = {"subject": "Call", "due_date": "2026-11-30", "due_time": "22:00:00", "note": None}
    return {"id": id, "add_time": at(0), "is_deleted": False, **about, **told, **more}


def test_a_marked_task_is_recognised_though_it_was_reworded_and_moved():
    note = "<p>Ask first</p>Formwire ID: step-1<br />and then call"
    pipedrive = Pipedrive(page(activity(1), activity(2, subject="Ring", deal_id=6, note=note)))
    draft = Draft({"text": "Call"}, links=(DEAL,), marker="step-1")
    (found,) = connector(pipedrive, marker_field="Topic").find_created(Kind.TASK, [draft], NOW)
    assert ids(found) == ["2"]


def test_unmarked_tasks_of_another_time_or_text_are_others():
    tasks = [activity(1), activity(2, due_time="23:00:00"), activity(3, subject="Write")]
    pipedrive = Pipedrive(page(*tasks))
    draft = Draft({"text": "Call", "due": "2026-12-01T00:00:00+02:00"}, links=(DEAL,))
    (found,) = connector(pipedrive).find_created(Kind.TASK, [draft], NOW)
    assert pipedrive.asked()["deal_id"] == "5001"
    assert ids(found) == ["1"]


def test_a_note_is_recognised_by_its_words():
    def note(id, content, **more):
        told = {"add_time": "2026-11-21 09:00:00", "active_flag": True, "person_id": 901}
        return {"id": id, "content": content, **told, **more}

    pipedrive = Pipedrive(
        page_v1(
            note(1, "<p>a &lt; b</p><p>c&nbsp;d</p>"),
            note(2, "a &lt; b"),
            note(3, "a &lt; b<br />c d", active_flag=False),
            note(4, "a &lt; b<br />c d", person_id=902),
            more=True,
        ),
        page_v1(note(5, "a &lt; b<br>c d", add_time="2026-11-20 09:00:00")),
    )
    (found,) = connector(pipedrive).find_created(
        Kind.NOTE, [Draft({"text": "a < b\nc d"}, links=(ADA,))], NOW
    )
    assert ids(found) == ["1"]
    assert pipedrive.asked(1)["start"] == "100"
    assert pipedrive.asked(1)["sort"] == "add_time DESC"


def test_what_has_no_identity_cannot_be_recognised():
    with pytest.raises(RejectedError):
        connector(Pipedrive()).find_created(Kind.CONTACT, [Draft({key("a"): "Analyst"})], NOW)
