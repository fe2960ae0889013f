from datetime import timedelta

import httpx
import pytest

from connectors.base import Draft, Kind, Query
from connectors.errors import RejectedError
from tests.connectors.bitrix24.wire import (
    ADA,
    DEAL,
    NOW,
    Bitrix,
    Problem,
    batch,
    connector,
    items,
)


def person(id, *phones, email=None, **more):
    values = [("PHONE", phone) for phone in phones] + ([("EMAIL", email)] if email else [])
    fm = [{"id": at, "typeId": type, "value": one} for at, (type, one) in enumerate(values)]
    return {"id": id, "fm": fm, **more}


def test_people_are_searched_with_one_call_and_read_with_another():
    bitrix = Bitrix(
        batch({"CONTACT": [4, 7]}, {"CONTACT": [4]}, []),
        batch(items(person(4, "8 (906) 123-45-67", email="Ada@example.org"), person(7, "+1906"))),
    )
    found = connector(bitrix).find(
        Kind.CONTACT,
        [
            Query("phone", "+79061234567"),
            Query("email", "ADA@example.org"),
            Query("email", "eve@example.org"),
        ],
    )
    assert [[one.id for one in some] for some in found] == [["4"], ["4"], []]
    phone, email, _ = bitrix.commands(0)
    assert phone.startswith("crm.duplicate.findbycomm?type=PHONE&values[0]=+79061234567&")
    assert phone.endswith("&entity_type=CONTACT")
    assert email == (
        "crm.duplicate.findbycomm?type=EMAIL&values[0]=ADA@example.org&values[1]=ada@example.org"
        "&entity_type=CONTACT"
    )
    assert bitrix.commands(1) == [
        "crm.item.list?entityTypeId=3&filter[@id][0]=4&filter[@id][1]=7&order[id]=ASC"
    ]


@pytest.mark.parametrize(
    ("kind", "query", "wanted"),
    [
        (
            Kind.CONTACT,
            Query("name", "Ada King Lovelace"),
            (
                "[0][logic]=OR&[0][0][=name]=&[0][0][=lastName]=Ada King Lovelace"
                "&[0][1][=name]=Ada&[0][1][=lastName]=King Lovelace"
                "&[0][2][=name]=Ada King&[0][2][=lastName]=Lovelace"
                "&[0][3][=name]=Ada King Lovelace&[0][3][=lastName]="
            ),
        ),
        (Kind.COMPANY, Query("name", "Acme"), "[=title]=Acme"),
        (Kind.DEAL, Query("budget", "1500"), "[=opportunity]=1500"),
        (Kind.DEAL, Query("ufCrm_3", "31"), "[=ufCrm_3]=31"),
        (Kind.DEAL, Query("ufCrm_11", "Y"), "[=ufCrm_11]=1"),
        (Kind.DEAL, Query("contact", "4"), "[contactIds]=4"),
        (Kind.DEAL, Query("company", "5"), "[companyId]=5"),
    ],
)
def test_what_is_filtered_by(kind, query, wanted):
    bitrix = Bitrix(batch(items()))
    assert connector(bitrix).find(kind, [query]) == [[]]
    filtered = "&".join(f"filter{part}" for part in wanted.split("&"))
    assert bitrix.commands()[0].partition("&")[2] == f"{filtered}&order[id]=ASC"


def test_messengers_are_searched_in_the_older_lists():
    bitrix = Bitrix(batch([{"ID": "4"}], []), batch(items(person(4))))
    connector(bitrix).find(Kind.CONTACT, [Query("messenger", "TELEGRAM:@Ada")])
    assert bitrix.commands(0) == [
        "crm.contact.list?filter[IM]=@Ada&select[0]=ID",
        "crm.contact.list?filter[IM]=@ada&select[0]=ID",
    ]


def test_equal_queries_are_asked_once():
    bitrix = Bitrix(batch(items()))
    connector(bitrix).find(Kind.CONTACT, [Query("post", "Analyst")] * 3)
    assert len(bitrix.commands()) == 1


def test_ids_are_asked_by_pages_of_one_call():
    bitrix = Bitrix(batch(items(), items(), items()))
    connector(bitrix).find(Kind.CONTACT, [Query("id", str(n)) for n in range(1, 121)])
    assert len(bitrix.commands()) == 3


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        (Kind.CONTACT, Query("id", "none")),
        (Kind.CONTACT, Query("name", " ")),
        (Kind.DEAL, Query("contact", "none")),
    ],
)
def test_what_is_nobodys_is_not_asked_for(kind, query):
    assert connector(Bitrix()).find(kind, [query]) == [[]]


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        (Kind.DEAL, Query("ufCrm_12", "2026-12-01")),
        (Kind.DEAL, Query("shoe size", "43")),
        (Kind.NOTE, Query("id", "1")),
        (Kind.TASK, Query("text", "Call")),
    ],
)
def test_what_bitrix24_cannot_look_up_is_refused(kind, query):
    with pytest.raises(RejectedError):
        connector(Bitrix()).find(kind, [query])


def test_a_filter_that_the_portal_does_not_know_is_no_empty_answer():
    bitrix = Bitrix(batch(Problem("INVALID_ARG_VALUE", "field 'contactIds' is not allowed")))
    with pytest.raises(RejectedError):
        connector(bitrix).find(Kind.DEAL, [Query("contact", "4")])


def test_a_todo_is_read_by_its_id():
    row = {
        "ID": "9",
        "DESCRIPTION": "Call",
        "DEADLINE": "2026-12-01T10:30:00+02:00",
        "RESPONSIBLE_ID": "1",
    }
    bitrix = Bitrix(batch([row]))
    ((todo,),) = connector(bitrix).find(Kind.TASK, [Query("id", "9")])
    assert todo.fields == {
        "text": "Call",
        "type": "todo",
        "due": "2026-12-01T10:30:00+02:00",
        "responsible": "1",
    }
    assert bitrix.commands() == [
        "crm.activity.list?filter[@ID][0]=9&filter[PROVIDER_ID]=CRM_TODO&order[ID]=ASC"
    ]


# --- what an earlier attempt may have created ---


def test_records_are_recognised_by_our_marker():
    ours = {"originatorId": "formwire", "originId": "step-1"}
    bitrix = Bitrix(
        batch(items({"id": 1, **ours}, {"id": 2, **ours, "originId": "STEP-1"}), items())
    )
    drafts = [Draft({"name": "Form"}, marker=marker) for marker in ("step-1", "step-2")]
    found = connector(bitrix).find_created(Kind.DEAL, drafts, NOW)
    assert [[one.id for one in some] for some in found] == [["1"], []]
    assert bitrix.commands()[0] == (
        "crm.item.list?entityTypeId=2&filter[=originatorId]=formwire&filter[=originId]=step-1"
        "&order[id]=ASC"
    )


@pytest.mark.parametrize(("age_s", "recognised"), [(0, True), (90, True), (600, False)])
@pytest.mark.parametrize("name", ["Form", "Other"])
def test_a_deal_without_marker_is_recognised_by_person_name_and_time(age_s, recognised, name):
    born = (NOW - timedelta(seconds=age_s)).isoformat()
    bitrix = Bitrix(batch(items({"id": 1, "title": name, "createdTime": born})))
    (found,) = connector(bitrix).find_created(
        Kind.DEAL, [Draft({"name": "Form"}, links=(ADA,))], NOW
    )
    assert bool(found) == (recognised and name == "Form")


@pytest.mark.parametrize(
    ("comment", "age_s", "recognised"),
    [
        ("Asked for <b>chairs</b>\nand tables", 0, True),
        ("Asked for &lt;b&gt;chairs&lt;/b&gt;\r\nand tables ", 0, True),
        ("Asked for chairs", 0, False),
        ("Asked for <b>chairs</b>\nand tables", 600, False),
    ],
)
def test_a_comment_is_recognised_by_its_text(comment, age_s, recognised):
    born = (NOW - timedelta(seconds=age_s)).isoformat()
    bitrix = Bitrix(batch([{"ID": "77", "COMMENT": comment, "CREATED": born}]))
    draft = Draft({"text": "Asked for <b>chairs</b>\nand tables"}, links=(DEAL,))
    (found,) = connector(bitrix).find_created(Kind.NOTE, [draft], NOW)
    assert bool(found) == recognised
    assert bitrix.commands() == [
        "crm.timeline.comment.list?filter[ENTITY_TYPE]=deal&filter[ENTITY_ID]=342&order[ID]=ASC"
    ]


@pytest.mark.parametrize(
    ("due", "recognised"),
    [("2026-12-01T08:30:00+00:00", True), ("2026-12-01T10:30:00+00:00", False)],
)
def test_todos_of_another_time_are_others(due, recognised):
    bitrix = Bitrix(batch([{"ID": "9", "DESCRIPTION": "Call", "DEADLINE": due}]))
    draft = Draft({"text": "Call", "due": "2026-12-01T10:30:00+02:00"}, links=(ADA,))
    (found,) = connector(bitrix).find_created(Kind.TASK, [draft], NOW)
    assert bool(found) == recognised


def test_what_has_no_marker_cannot_be_recognised():
    with pytest.raises(RejectedError):
        connector(Bitrix()).find_created(Kind.CONTACT, [Draft({"name": "Ada"})], NOW)


def test_a_look_up_that_fails_in_its_second_call_raises():
    bitrix = Bitrix(batch({"CONTACT": [4]}), httpx.ReadTimeout("slow"))
    with pytest.raises(Exception, match="did not answer in time"):
        connector(bitrix).find(Kind.CONTACT, [Query("phone", "+79061234567")])
