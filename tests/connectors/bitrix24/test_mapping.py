"""Records on the wire, written out by hand from Bitrix24's reference."""

import pytest

from connectors.base import Change, Draft, Kind, Link, Query, Ref, Status
from connectors.errors import NotFoundError, RejectedError
from tests.connectors.bitrix24.wire import (
    ADA,
    DEAL,
    FIRM,
    Bitrix,
    Problem,
    batch,
    connector,
    item,
    items,
)


def created(kind, draft, *answers, **settings):
    """The command that creates a draft."""
    bitrix = Bitrix(*answers, batch(item(1)))
    (outcome,) = connector(bitrix, **settings).create(kind, [draft])
    assert outcome.id == "1"
    (command,) = bitrix.commands()
    return command


def test_a_contact_is_created_with_its_values_and_our_marker():
    fields = {
        "name": "Ada King Lovelace",
        "post": "Analyst",
        "phone": ["+14155550100"],
        "email": ["ada@example.org"],
        "messenger": ["TELEGRAM:@ada"],
        "responsible": "1",
    }
    assert created(Kind.CONTACT, Draft(fields, marker="step-1")) == (
        "crm.item.add?entityTypeId=3&fields[name]=Ada&fields[lastName]=King Lovelace"
        "&fields[post]=Analyst&fields[assignedById]=1"
        "&fields[fm][n0][typeId]=PHONE&fields[fm][n0][valueType]=WORK&fields[fm][n0][value]=+14155550100"
        "&fields[fm][n1][typeId]=EMAIL&fields[fm][n1][valueType]=WORK&fields[fm][n1][value]=ada@example.org"
        "&fields[fm][n2][typeId]=IM&fields[fm][n2][valueType]=TELEGRAM&fields[fm][n2][value]=@ada"
        "&fields[originatorId]=formwire&fields[originId]=step-1"
    )


def test_a_deal_is_created_with_its_people():
    fields = {
        "name": "Site form #7",
        "budget": "1500.50",
        "pipeline": "9",
        "stage": "C9:NEW",
        "utmSource": "google",
        "ufCrm_3": "31",
        "ufCrm_4": ["41", "42"],
        "ufCrm_5": "99.5",
        "ufCrm_6": "3",
        "ufCrm_11": True,
        "ufCrm_12": "2026-12-01",
        "ufCrm_13": "2026-12-01T10:30:00+02:00",
    }
    draft = Draft(fields, links=(ADA, FIRM), marker="step-7")
    known = (batch(items({"id": 4})), batch(items({"id": 5})))
    assert created(Kind.DEAL, draft, *known) == (
        "crm.item.add?entityTypeId=2&fields[title]=Site form #7&fields[opportunity]=1500.5"
        "&fields[categoryId]=9&fields[stageId]=C9:NEW&fields[utmSource]=google"
        "&fields[ufCrm_3]=31&fields[ufCrm_4][0]=41&fields[ufCrm_4][1]=42"
        "&fields[ufCrm_5]=99.5|EUR&fields[ufCrm_6]=3&fields[ufCrm_11]=Y&fields[ufCrm_12]=2026-12-01"
        "&fields[ufCrm_13]=2026-12-01T10:30:00+02:00"
        "&fields[originatorId]=formwire&fields[originId]=step-7"
        "&fields[contactIds][0]=4&fields[companyId]=5"
    )


def test_a_stage_without_its_pipeline_brings_it_along():
    command = created(Kind.DEAL, Draft({"stage": "C9:LOSE"}))
    assert command.endswith("fields[stageId]=C9:LOSE&fields[categoryId]=9")


def test_a_lead_stands_for_a_deal_where_the_portal_works_so():
    draft = Draft({"name": "Site form", "pipeline": "0", "stage": "NEW"}, links=(ADA,))
    known = batch(items({"id": 4}))
    assert created(Kind.DEAL, draft, known, deals_as="leads") == (
        "crm.item.add?entityTypeId=1&fields[title]=Site form&fields[stageId]=NEW&fields[contactIds][0]=4"
    )


def test_a_task_is_a_todo_in_the_history_of_its_record():
    fields = {
        "text": "Call",
        "type": "todo",
        "due": "2026-02-03T15:00:00+02:00",
        "responsible": "1",
    }
    bitrix = Bitrix(batch({"id": 999}))
    (outcome,) = connector(bitrix).create(Kind.TASK, [Draft(fields, links=(DEAL,))])
    assert outcome.id == "999"
    assert bitrix.commands() == [
        (
            "crm.activity.todo.add?ownerTypeId=2&ownerId=342&deadline=2026-02-03T15:00:00+02:00"
            "&description=Call&responsibleId=1"
        )
    ]


def test_a_note_is_a_comment_in_the_history_of_its_record():
    bitrix = Bitrix(batch(items({"id": 342})), batch(77))
    (outcome,) = connector(bitrix).create(Kind.NOTE, [Draft({"text": "Hello"}, links=(DEAL,))])
    assert outcome.id == "77"
    assert bitrix.commands() == [
        "crm.timeline.comment.add?fields[ENTITY_ID]=342&fields[ENTITY_TYPE]=deal&fields[COMMENT]=Hello"
    ]


ITEM = {
    "id": 342,
    "title": "Site form #7",
    "categoryId": 0,
    "stageId": "WON",
    "stageSemanticId": "S",
    "opportunity": 1500.5,
    "assignedById": 6,
    "utmSource": "google",
    "contactId": 4,
    "contactIds": [4, 7],
    "companyId": 5,
    "ufCrm_1": "",
    "ufCrm_3": 31,
    "ufCrm_4": [41],
    "ufCrm_5": "99.50|EUR",
    "ufCrm_6": 3,
    "ufCrm_7": ["vip", "web"],
    "ufCrm_11": "Y",
    "ufCrm_12": "2026-12-01T00:00:00+02:00",
    "ufCrm_13": "2026-12-01T10:30:00+02:00",
    "createdTime": "2026-01-10T12:00:00+02:00",
    "updatedTime": "2026-01-11T12:00:00+02:00",
}


def test_a_deal_is_read():
    crm = connector(Bitrix(batch(items(ITEM))), tags_field="Tags")
    ((deal,),) = crm.find(Kind.DEAL, [Query("id", "342")])
    assert deal.fields == {
        "name": "Site form #7",
        "budget": "1500.5",
        "responsible": "6",
        "pipeline": "0",
        "stage": "WON",
        "utmSource": "google",
        "ufCrm_3": "31",
        "ufCrm_4": ["41"],
        "ufCrm_5": "99.5",
        "ufCrm_6": "3",
        "ufCrm_7": ["vip", "web"],
        "ufCrm_11": True,
        "ufCrm_12": "2026-12-01",
        "ufCrm_13": "2026-12-01T10:30:00+02:00",
    }
    assert deal.tags == ("vip", "web")
    assert deal.links == (ADA, Ref(Kind.CONTACT, "7"), FIRM)
    assert deal.closed
    assert deal.created_at.isoformat() == "2026-01-10T12:00:00+02:00"


EMPTY = {
    "opportunity": 0,
    "ufCrm_3": 0,
    "ufCrm_4": [],
    "ufCrm_5": "|EUR",
    "ufCrm_8": {"id": 5, "url": "/bitrix/file"},
    "ufCrm_7": False,
    "contactIds": [],
}


def test_what_is_empty_is_left_out():
    item = {"id": 1, "title": None, "assignedById": 0, "stageSemanticId": "P", "fm": [], **EMPTY}
    ((deal,),) = connector(Bitrix(batch(items(item)))).find(Kind.DEAL, [Query("id", "1")])
    assert {id: one for id, one in deal.fields.items() if id != "pipeline"} == {}
    assert (deal.links, deal.closed) == ((), False)


VALUES = [
    {"id": 17, "typeId": "PHONE", "valueType": "MOBILE", "value": "8 (906) 123-45-67"},
    {"id": 18, "typeId": "EMAIL", "valueType": "WORK", "value": "ada@example.org"},
    {"id": 19, "typeId": "IM", "valueType": "TELEGRAM", "value": "@ada"},
    {"id": 20, "typeId": "LINK", "valueType": "USER", "value": "1"},
]
PERSON = {
    "id": 4,
    "name": "Ada",
    "lastName": "Lovelace",
    "companyId": 5,
    "companyIds": [5],
    "fm": VALUES,
}


@pytest.mark.parametrize(
    "values", [VALUES, {str(one["id"]): one for one in VALUES}], ids=["list", "map"]
)
def test_a_contact_is_read(values):
    bitrix = Bitrix(batch(items({**PERSON, "fm": values})))
    ((ada,),) = connector(bitrix).find(Kind.CONTACT, [Query("id", "4")])
    assert ada.fields == {
        "name": "Ada Lovelace",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "phone": ["8 (906) 123-45-67"],
        "email": ["ada@example.org"],
        "messenger": ["TELEGRAM:@ada"],
    }
    assert ada.links == (FIRM,)


# --- changes ---


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ({"phone": ["+79061234567", "+14155550100"]}, "[fm][n0][typeId]=PHONE&[fm][n0][valueType]=WORK&[fm][n0][value]=+14155550100"),
        ({"email": ["ADA@example.org"]}, ""),
        ({"phone": None}, "[fm][17][typeId]=PHONE&[fm][17][value]="),
        ({"phone": None, "email": ["a@b.test"]}, "[fm][17][typeId]=PHONE&[fm][17][value]=&[fm][n1][typeId]=EMAIL&[fm][n1][valueType]=WORK&[fm][n1][value]=a@b.test"),
        ({"messenger": ["OTHER:@ada"]}, "[fm][n0][typeId]=IM&[fm][n0][valueType]=OTHER&[fm][n0][value]=@ada"),
        ({"ufCrm_21": ["web", "vip"]}, "[ufCrm_21][0]=vip&[ufCrm_21][1]=web"),
        ({"ufCrm_21": None}, "[ufCrm_21][0]="),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_there_is_read_first_and_added_to(fields, sent):
    there = batch(items({**PERSON, "ufCrm_21": ["vip"]}))
    bitrix = Bitrix(there, batch(item(4)))
    (outcome,) = connector(bitrix).update(Kind.CONTACT, [Change("4", fields)])
    assert outcome.id == "4"
    assert bitrix.commands(0) == ["crm.item.list?entityTypeId=3&filter[@id][0]=4&order[id]=ASC"]
    assert len(bitrix.requests) == (2 if sent else 1)
    if sent:
        wanted = "&".join(f"fields{part}" for part in sent.split("&"))
        assert bitrix.commands() == [f"crm.item.update?entityTypeId=3&id=4&{wanted}"]


@pytest.mark.parametrize(
    ("kind", "fields", "sent"),
    [
        (Kind.CONTACT, {"name": "Ada King"}, "[name]=Ada&[lastName]=King"),
        (Kind.CONTACT, {"name": "Ada", "last_name": "King"}, "[name]=Ada&[lastName]=King"),
        (Kind.CONTACT, {"post": None}, "[post]="),
        (Kind.DEAL, {"pipeline": "9", "stage": "C9:NEW"}, "[categoryId]=9&[stageId]=C9:NEW"),
        (Kind.DEAL, {"ufCrm_4": None}, "[ufCrm_4][0]="),
        (Kind.DEAL, {"ufCrm_4": ["42"]}, "[ufCrm_4][0]=42"),
        (Kind.DEAL, {"ufCrm_11": False}, "[ufCrm_11]=N"),
    ],
    ids=str,
)
def test_other_fields_are_written_without_a_look(kind, fields, sent):
    bitrix = Bitrix(batch(item(4)))
    (outcome,) = connector(bitrix).update(kind, [Change("4", fields)])
    assert outcome.status is Status.DONE
    wanted = "&".join(f"fields{part}" for part in sent.split("&"))
    assert bitrix.commands()[0].partition("id=4&")[2] == wanted


def test_tags_are_kept_in_the_field_that_is_named_for_them():
    bitrix = Bitrix(batch(items({"id": 342, "ufCrm_7": ["vip"]})), batch(item(342)))
    crm = connector(bitrix, tags_field="UF_CRM_7")
    crm.update(Kind.DEAL, [Change("342", tags=("web", "vip"))])
    assert bitrix.commands()[0].endswith("&fields[ufCrm_7][0]=vip&fields[ufCrm_7][1]=web")


def test_tags_stand_beside_what_a_module_writes_into_their_field():
    draft = Draft({"ufCrm_7": ["vip"]}, tags=("web",))
    command = created(Kind.DEAL, draft, tags_field="Tags")
    assert command.endswith("fields[ufCrm_7][0]=vip&fields[ufCrm_7][1]=web")


@pytest.mark.parametrize("named", ["", "Topic", "Nothing like it"])
def test_without_a_place_for_them_tags_are_refused_with_a_remedy(named):
    bitrix = Bitrix()
    crm = connector(bitrix, tags_field=named)
    (outcome,) = crm.create(Kind.DEAL, [Draft({"name": "Form"}, tags=("web",))])
    assert outcome.status is Status.REFUSED
    assert "name a text field of several values" in str(outcome.error)
    assert bitrix.requests == []


@pytest.mark.parametrize(
    ("fields", "blamed"),
    [
        ({"ufCrm_99": "x"}, "ufCrm_99"),
        ({"ufCrm_8": "x"}, "ufCrm_8"),
        ({"ufCrm_3": "99"}, "ufCrm_3"),
        ({"ufCrm_4": ["41", "99"]}, "ufCrm_4"),
        ({"ufCrm_6": "many"}, "ufCrm_6"),
        ({"ufCrm_12": "tomorrow"}, "ufCrm_12"),
        ({"ufCrm_13": "soon"}, "ufCrm_13"),
        ({"responsible": "Anna"}, "responsible"),
    ],
)
def test_what_bitrix24_would_overlook_or_refuse_is_refused_without_a_call(fields, blamed):
    bitrix = Bitrix()
    (outcome,) = connector(bitrix).create(Kind.DEAL, [Draft(fields)])
    assert outcome.status is Status.REFUSED
    assert outcome.error.field == blamed
    assert bitrix.requests == []


@pytest.mark.parametrize(
    ("description", "blamed"),
    [
        ('Invalid value of the field "Topic"', "ufCrm_1"),
        ("Field UF_CRM_1 is wrong", "ufCrm_1"),
        ("opportunity is not a number", "budget"),
        ('Field "Seats" is required', None),
        ("Something is wrong", None),
    ],
)
def test_the_field_that_bitrix24_names_is_blamed_if_it_was_sent(description, blamed):
    bitrix = Bitrix(batch(Problem("CRM_FIELD_ERROR_VALUE_NOT_VALID", description)))
    draft = Draft({"budget": "1", "ufCrm_1": "Chairs"})
    (outcome,) = connector(bitrix).create(Kind.DEAL, [draft])
    assert outcome.error.field == blamed


@pytest.mark.parametrize("kind", [Kind.TASK, Kind.NOTE])
def test_tasks_and_notes_are_not_changed(kind):
    (outcome,) = connector(Bitrix()).update(kind, [Change("1", {"text": "x"})])
    assert outcome.status is Status.REFUSED


def test_a_todo_needs_a_moment():
    (outcome,) = connector(Bitrix()).create(Kind.TASK, [Draft({"text": "Call"}, links=(ADA,))])
    assert outcome.status is Status.REFUSED
    assert outcome.error.field == "due"


# --- links ---


@pytest.mark.parametrize(
    ("link", "command"),
    [
        (Link(DEAL, ADA), "crm.deal.contact.add?id=342&fields[CONTACT_ID]=4"),
        (Link(ADA, DEAL), "crm.deal.contact.add?id=342&fields[CONTACT_ID]=4"),
        (Link(FIRM, ADA), "crm.contact.company.add?id=4&fields[COMPANY_ID]=5"),
        (Link(DEAL, FIRM), "crm.item.update?entityTypeId=2&id=342&fields[companyId]=5"),
    ],
)
@pytest.mark.parametrize("reply", [True, False])
def test_records_are_linked(link, command, reply):
    seen = {ADA: {"id": 4}, FIRM: {"id": 5}, DEAL: {"id": 342}}
    order = (Kind.DEAL, Kind.CONTACT, Kind.COMPANY)
    ends = sorted((link.source, link.target), key=lambda ref: order.index(ref.kind))
    bitrix = Bitrix(*(batch(items(seen[ref])) for ref in ends), batch(reply))
    (outcome,) = connector(bitrix).link([link])
    assert (outcome.status, outcome.id) == (Status.DONE, link.target.id)
    assert bitrix.commands() == [command]


def test_who_was_just_found_or_made_is_not_looked_up_again():
    bitrix = Bitrix(batch(item(4)), batch(items({"id": 342})), batch(True))
    crm = connector(bitrix)
    crm.create(Kind.CONTACT, [Draft({"name": "Ada"})])
    crm.find(Kind.DEAL, [Query("id", "342")])
    assert crm.link([Link(DEAL, ADA)])[0].status is Status.DONE
    assert len(bitrix.requests) == 3


@pytest.mark.parametrize(
    ("answer", "error"),
    [(items(), NotFoundError), (Problem("ACCESS_DENIED"), RejectedError)],
)
def test_a_deal_of_somebody_who_is_gone_is_not_sent(answer, error):
    bitrix = Bitrix(batch(answer))
    (outcome,) = connector(bitrix).create(Kind.DEAL, [Draft({"name": "Form"}, links=(ADA,))])
    assert isinstance(outcome.error, error)
    assert len(bitrix.requests) == 1
