"""Payloads as Pipedrive's reference shows them, written out by hand."""

import pytest

from connectors.base import Change, Draft, Kind, Ref, Status
from connectors.errors import RejectedError
from connectors.pipedrive.mapping import changed_entity, new_entity, record
from tests.connectors.pipedrive.account import CATALOG, key
from tests.connectors.pipedrive.wire import (
    ADA,
    DEAL,
    FIRM,
    Pipedrive,
    a_deal,
    connector,
    entries,
    one,
    person,
)

LAST = "a" * 39


@pytest.mark.parametrize(
    ("kind", "fields", "body"),
    [
        (
            Kind.CONTACT,
            {"name": "Ada", "email": ["ada@example.org", "a@b.test"], "responsible": "10002"},
            {
                "name": "Ada",
                "owner_id": 10002,
                "emails": [
                    {"value": "ada@example.org", "primary": True, "label": "work"},
                    {"value": "a@b.test", "primary": False, "label": "work"},
                ],
            },
        ),
        (
            Kind.CONTACT,
            {"first_name": "Ada", "last_name": "Lovelace", "im": ["skype:ada"]},
            {
                "name": "Ada Lovelace",
                "im": [{"value": "ada", "primary": True, "label": "skype"}],
            },
        ),
        (
            Kind.CONTACT,
            {"phone": ["+14155550100"], "birthday": "1990-12-10"},
            {
                "name": "+14155550100",
                "phones": [{"value": "+14155550100", "primary": True, "label": "work"}],
                "birthday": "1990-12-10",
            },
        ),
        (
            Kind.COMPANY,
            {
                "name": "Engines",
                "address": "Main St 1",
                "industry": "2",
                "phone": ["+14155550100", "+14155550199"],
            },
            {
                "name": "Engines",
                "address": {"value": "Main St 1"},
                "industry": 2,
                "custom_fields": {key("b"): "+14155550100, +14155550199"},
            },
        ),
        (
            Kind.DEAL,
            {"name": "Form", "budget": "1500.5", "stage": "21"},
            {
                "title": "Form",
                "value": 1500.5,
                "pipeline_id": 2,
                "stage_id": 21,
                "status": "open",
            },
        ),
        (
            Kind.DEAL,
            {"pipeline": "2"},
            {"title": "New deal", "pipeline_id": 2, "stage_id": 21},
        ),
        (
            Kind.DEAL,
            {"name": "Form", "pipeline": "1", "stage": "won"},
            {"title": "Form", "pipeline_id": 1, "stage_id": 11, "status": "won"},
        ),
        (Kind.DEAL, {"name": "Form", key("0"): ""}, {"title": "Form"}),
    ],
)
def test_a_new_record_in_pipedrives_form(kind, fields, body):
    assert new_entity(kind, fields, CATALOG) == body


CUSTOM = [
    ({key("0"): "Chairs"}, {key("0"): "Chairs"}),
    ({key("1"): "Chairs"}, {key("1"): "Chairs"}),
    ({key("2"): "Chairs\nand tables"}, {key("2"): "Chairs\nand tables"}),
    ({key("3"): "+14155550100"}, {key("3"): "+14155550100"}),
    ({key("4"): "12.5"}, {key("4"): 12.5}),
    ({key("5"): "500"}, {key("5"): {"value": 500, "currency": "EUR"}}),
    ({key("6"): "62"}, {key("6"): 62}),
    ({key("7"): ["71", "72"]}, {key("7"): [71, 72]}),
    ({key("8"): "2026-12-31"}, {key("8"): "2026-12-31"}),
    (
        {f"{key('9')}.value": "2026-12-01", f"{key('9')}.until": "2026-12-31"},
        {key("9"): {"value": "2026-12-01", "until": "2026-12-31"}},
    ),
    (
        {f"{key('d')}.value": "09:00:00", f"{key('d')}.timezone_name": "Europe/Berlin"},
        {key("d"): {"value": "09:00:00", "timezone_name": "Europe/Berlin"}},
    ),
    (
        {
            f"{key('e')}.value": "09:00:00",
            f"{key('e')}.until": "17:30:00",
            f"{key('e')}.timezone_name": "Europe/Kyiv",
        },
        {key("e"): {"value": "09:00:00", "until": "17:30:00", "timezone_name": "Europe/Kyiv"}},
    ),
    ({f"{key('f')}.value": "Main St 1"}, {key("f"): {"value": "Main St 1"}}),
    ({f"{LAST}0": "10002"}, {f"{LAST}0": 10002}),
    ({f"{LAST}1": "77"}, {f"{LAST}1": 77}),
    ({f"{LAST}2": "901"}, {f"{LAST}2": 901}),
]


@pytest.mark.parametrize(("ours", "theirs"), CUSTOM)
def test_custom_fields_are_written_and_read(ours, theirs):
    assert changed_entity(Kind.DEAL, ours, CATALOG, {}) == {"custom_fields": theirs}
    read = record(Kind.DEAL, a_deal(1, custom_fields=theirs), CATALOG, ())
    assert ours.items() <= read.fields.items()


@pytest.mark.parametrize(("ours", "theirs"), CUSTOM)
def test_custom_fields_are_cleared_by_null(ours, theirs):
    current = a_deal(1, custom_fields=theirs)
    body = changed_entity(Kind.DEAL, dict.fromkeys(ours), CATALOG, current)
    assert body == {"custom_fields": dict.fromkeys(theirs)}
    empty = a_deal(1, custom_fields=dict.fromkeys(theirs))
    assert not ours.keys() & record(Kind.DEAL, empty, CATALOG, ()).fields.keys()


@pytest.mark.parametrize(("given", "written"), [("9", "09:00:00"), ("9:30", "09:30:00")])
def test_a_time_is_of_the_account_unless_told_otherwise(given, written):
    body = changed_entity(Kind.DEAL, {f"{key('d')}.value": given}, CATALOG, {})
    assert body["custom_fields"][key("d")] == {"value": written, "timezone_name": "Europe/Kyiv"}


def test_a_part_is_written_beside_the_others():
    current = a_deal(1, custom_fields={key("9"): {"value": "2026-12-01", "until": "2026-12-31"}})
    body = changed_entity(Kind.DEAL, {f"{key('9')}.until": "2027-01-31"}, CATALOG, current)
    assert body["custom_fields"] == {key("9"): {"value": "2026-12-01", "until": "2027-01-31"}}


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (Kind.DEAL, "budget", "much"),
        (Kind.DEAL, "stage", "new"),
        (Kind.DEAL, "pipeline", "Sales"),
        (Kind.DEAL, key("4"), "many"),
        (Kind.DEAL, key("5"), "NaN euros"),
        (Kind.DEAL, key("6"), "Software"),
        (Kind.DEAL, key("7"), ["Demo"]),
        (Kind.DEAL, key("8"), "tomorrow"),
        (Kind.DEAL, f"{key('9')}.until", "31.12."),
        (Kind.DEAL, f"{key('d')}.value", "noon"),
        (Kind.DEAL, f"{LAST}3", "x"),
        (Kind.DEAL, "label_ids", ["7"]),
        (Kind.DEAL, "shoe size", "43"),
        (Kind.CONTACT, "responsible", "Anna"),
        (Kind.CONTACT, "im", ["pigeon:ada"]),
        (Kind.CONTACT, "name", None),
    ],
)
def test_what_does_not_fit_is_refused_by_name(kind, field, value):
    with pytest.raises(RejectedError) as caught:
        changed_entity(kind, {field: value}, CATALOG, {})
    assert caught.value.field == field


def test_a_company_that_nothing_names_is_refused():
    with pytest.raises(RejectedError) as caught:
        new_entity(Kind.COMPANY, {"address": "Main St 1"}, CATALOG)
    assert caught.value.field == "name"


@pytest.mark.parametrize(
    ("current", "fields", "body"),
    [
        # A closing stage is a status; the pipeline is left only for another one.
        ({"pipeline_id": 1}, {"pipeline": "1", "stage": "lost"}, {"status": "lost"}),
        (
            {"pipeline_id": 1},
            {"pipeline": "2", "stage": "lost"},
            {"status": "lost", "pipeline_id": 2, "stage_id": 21},
        ),
        ({"pipeline_id": 1}, {"pipeline": "1"}, {}),
        ({"pipeline_id": 1}, {"pipeline": "2"}, {"pipeline_id": 2, "stage_id": 21}),
        ({}, {"stage": "12"}, {"stage_id": 12, "status": "open", "pipeline_id": 1}),
        ({}, {"budget": None}, {"value": 0}),
        ({}, {"expected_close_date": None}, {"expected_close_date": None}),
    ],
)
def test_a_changed_deal_in_pipedrives_form(current, fields, body):
    assert changed_entity(Kind.DEAL, fields, CATALOG, current) == body


def test_a_person_as_it_is_read():
    item = person(
        901,
        emails=["ada@example.org"],
        phones=["8 906 123-45-67"],
        name="Ada Lovelace",
        last_name="Lovelace",
        owner_id=10002,
        org_id=77,
        im=[{"value": "ada", "primary": True, "label": "skype"}],
        job_title="",
        custom_fields={key("a"): "Analyst", "f" * 40: "of another account"},
    )
    read = record(Kind.CONTACT, item, CATALOG, ("VIP",))
    assert read.fields == {
        "name": "Ada Lovelace",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "responsible": "10002",
        "email": ["ada@example.org"],
        "phone": ["8 906 123-45-67"],
        "im": ["skype:ada"],
        key("a"): "Analyst",
    }
    assert (read.links, read.tags) == ((FIRM,), ("VIP",))
    assert read.created_at is not None
    assert read.created_at.isoformat() == "2026-11-21T09:00:00+00:00"


def test_a_won_deal_stands_in_the_stage_won():
    read = record(Kind.DEAL, a_deal(5001, status="won", person_id=901, value=10.5), CATALOG, ())
    assert (read.closed, read.fields["stage"], read.fields["pipeline"]) == (True, "won", "1")
    assert (read.fields["budget"], read.links) == ("10.5", (ADA,))


def test_a_company_keeps_several_phones_in_one_text():
    item = {"id": 77, "name": "Firm", "custom_fields": {key("b"): "+14155550100; 415 555 0199"}}
    read = record(Kind.COMPANY, item, CATALOG, ())
    assert read.fields["phone"] == ["+14155550100", "415 555 0199"]


@pytest.mark.parametrize(
    ("about", "where"),
    [
        (DEAL, {"deal_id": 5001}),
        (FIRM, {"org_id": 77}),
        (ADA, {"participants": [{"person_id": 901, "primary": True}]}),
    ],
)
def test_a_task_is_an_activity_in_utc(about, where):
    pipedrive = Pipedrive(one(id=301))
    fields = {"text": "Call", "type": "call", "due": "2026-12-01T00:30:00+02:00"}
    draft = Draft({**fields, "responsible": "10002"}, links=(about,), marker="step-1")
    (outcome,) = connector(pipedrive).create(Kind.TASK, [draft])
    assert outcome.id == "301"
    assert pipedrive.calls == ["POST v2/activities"]
    assert pipedrive.sent() == {
        "subject": "Call",
        "type": "call",
        "owner_id": 10002,
        "due_date": "2026-11-30",
        "due_time": "22:30",
        **where,
    }


def test_a_long_task_stands_in_the_note_and_our_marker_is_its_last_line():
    pipedrive = Pipedrive(one(id=301))
    draft = Draft({"text": "Call <Ada>\nat noon"}, links=(DEAL,), marker="step-1")
    connector(pipedrive, marker_field="Topic").create(Kind.TASK, [draft])
    assert pipedrive.sent() == {
        "subject": "Call <Ada>",
        "note": "Call &lt;Ada&gt;<br>at noon<br>Formwire ID: step-1",
        "deal_id": 5001,
    }


@pytest.mark.parametrize(
    ("about", "where"),
    [(DEAL, {"deal_id": 5001}), (ADA, {"person_id": 901}), (FIRM, {"org_id": 77})],
)
def test_a_note_is_html_and_of_the_first_version(about, where):
    pipedrive = Pipedrive(one(id=601))
    connector(pipedrive).create(Kind.NOTE, [Draft({"text": "a < b\nc"}, links=(about,))])
    assert pipedrive.calls == ["POST v1/notes"]
    assert pipedrive.sent() == {"content": "a &lt; b<br>c", **where}


@pytest.mark.parametrize("kind", [Kind.TASK, Kind.NOTE])
def test_what_is_about_no_record_is_refused_without_a_call(kind):
    pipedrive = Pipedrive()
    drafts = [Draft({"text": "x"}), Draft({"text": "x"}, links=(Ref(Kind.CONTACT, "ada"),))]
    outcomes = connector(pipedrive).create(kind, drafts)
    assert [outcome.status for outcome in outcomes] == [Status.REFUSED] * 2
    assert pipedrive.requests == []


def test_a_deal_names_its_people_its_labels_and_our_marker():
    pipedrive = Pipedrive(one(id=5001))
    draft = Draft({"name": "Form"}, tags=("hot",), links=(ADA, FIRM), marker="step-1")
    connector(pipedrive, marker_field="Topic").create(Kind.DEAL, [draft])
    assert pipedrive.sent() == {
        "title": "Form",
        "person_id": 901,
        "org_id": 77,
        "custom_fields": {key("0"): "step-1"},
        "label_ids": [7],
    }


def test_a_change_keeps_what_a_list_holds():
    there = person(901, phones=["8 906 123-45-67"], label_ids=[5])
    pipedrive = Pipedrive(one(**there), one(id=901))
    change = Change("901", {"phone": ["+79061234567", "+14155550199"]}, tags=("vip",))
    (outcome,) = connector(pipedrive).update(Kind.CONTACT, [change])
    assert outcome.status is Status.DONE
    assert pipedrive.calls == ["GET v2/persons/901", "PATCH v2/persons/901"]
    assert pipedrive.sent() == {
        "phones": [
            *entries("8 906 123-45-67"),
            {"value": "+14155550199", "primary": False, "label": "work"},
        ],
        "label_ids": [5, 6],
    }


def test_one_half_of_a_name_is_changed_beside_the_other():
    pipedrive = Pipedrive(one(**person(901, last_name="King")), one(id=901))
    connector(pipedrive).update(Kind.CONTACT, [Change("901", {"last_name": "Lovelace"})])
    assert pipedrive.sent() == {"name": "Ada Lovelace"}
