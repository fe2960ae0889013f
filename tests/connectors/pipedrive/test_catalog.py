import pytest

from connectors.base import Kind
from connectors.catalog import FieldType, Option
from connectors.errors import SettingsError
from connectors.pipedrive.catalog import Lists, Reach, catalog_of
from tests.connectors.pipedrive.account import (
    ACTIVITY_TYPES,
    CATALOG,
    FIELDS,
    LISTS,
    ME,
    PIPELINES,
    STAGES,
    USERS,
    key,
)

LAST = "a" * 39


@pytest.mark.parametrize(
    ("kind", "named", "id", "type"),
    [
        (Kind.CONTACT, "Phone", "phone", FieldType.PHONE),
        (Kind.CONTACT, "E-mail", "email", FieldType.EMAIL),
        (Kind.CONTACT, "Instant messenger", "im", FieldType.MESSENGER),
        (Kind.CONTACT, "Job title", "job_title", FieldType.TEXT),
        (Kind.CONTACT, "Birthday", "birthday", FieldType.DATE),
        (Kind.CONTACT, "Owner", "responsible", FieldType.USER),
        (Kind.CONTACT, "Position", key("a"), FieldType.TEXT),
        (Kind.COMPANY, "Phones", "phone", FieldType.PHONE),
        (Kind.COMPANY, "Mail", "email", FieldType.EMAIL),
        (Kind.COMPANY, key("b"), "phone", FieldType.PHONE),
        (Kind.COMPANY, "Address", "address", FieldType.TEXT),
        (Kind.COMPANY, "Industry", "industry", FieldType.CHOICE),
        (Kind.DEAL, "title", "name", FieldType.TEXT),
        (Kind.DEAL, "Value", "budget", FieldType.MONEY),
        (Kind.DEAL, "Expected close date", "expected_close_date", FieldType.DATE),
        (Kind.DEAL, "Topic", key("0"), FieldType.TEXT),
        (Kind.DEAL, "Code", key("1"), FieldType.TEXT),
        (Kind.DEAL, "Details", key("2"), FieldType.LONG_TEXT),
        (Kind.DEAL, "Hotline", key("3"), FieldType.PHONE),
        (Kind.DEAL, "Seats", key("4"), FieldType.NUMBER),
        (Kind.DEAL, "Delivery", key("5"), FieldType.MONEY),
        (Kind.DEAL, "Product", key("6"), FieldType.CHOICE),
        (Kind.DEAL, "Interests", key("7"), FieldType.CHOICES),
        (Kind.DEAL, "Wanted", key("8"), FieldType.DATE),
        (Kind.DEAL, "Trial: from", f"{key('9')}.value", FieldType.DATE),
        (Kind.DEAL, "Trial: until", f"{key('9')}.until", FieldType.DATE),
        (Kind.DEAL, "Call at", f"{key('d')}.value", FieldType.TEXT),
        (Kind.DEAL, "Call at: time zone", f"{key('d')}.timezone_name", FieldType.TEXT),
        (Kind.DEAL, "Reachable: until", f"{key('e')}.until", FieldType.TEXT),
        (Kind.DEAL, "Site", f"{key('f')}.value", FieldType.TEXT),
        (Kind.DEAL, "Engineer", f"{LAST}0", FieldType.USER),
        (Kind.DEAL, "Partner", f"{LAST}1", FieldType.NUMBER),
        (Kind.DEAL, "Sent by", f"{LAST}2", FieldType.NUMBER),
        (Kind.DEAL, "Something new", f"{LAST}3", FieldType.OPAQUE),
    ],
)
def test_every_kind_of_field_is_in_the_catalog(kind, named, id, type):
    field = CATALOG.field(kind, named)
    assert field is not None
    assert (field.id, field.type) == (id, type)
    assert field.read_only == (type is FieldType.OPAQUE)


def test_lists_take_many_values():
    assert {one.id for one in CATALOG.fields[Kind.CONTACT] if one.many} == {"phone", "email", "im"}
    assert {one.id for one in CATALOG.fields[Kind.COMPANY] if one.many} == {"phone", "email"}


def test_labels_are_shown_and_written_as_tags_only():
    labels = CATALOG.field(Kind.CONTACT, "Labels")
    assert labels is not None
    assert labels.read_only
    assert labels.options == (Option("5", "Customer"), Option("6", "VIP"))


def test_an_organization_has_no_phone_unless_a_field_is_named_for_it():
    catalog = catalog_of(LISTS, Reach())
    ids = {field.id for field in catalog.fields[Kind.COMPANY]}
    assert {key("b"), key("c")} <= ids
    assert not {"phone", "email"} & ids


@pytest.mark.parametrize(
    ("reach", "setting"),
    [
        (Reach(phone="Fax"), "company_phone_field"),
        (Reach(email="Industry"), "company_email_field"),
        (Reach(phone="Address"), "company_phone_field"),
    ],
)
def test_a_field_that_cannot_hold_phones_or_e_mails_is_a_mistake_in_the_settings(reach, setting):
    with pytest.raises(SettingsError, match=setting):
        catalog_of(LISTS, reach)


def test_pipelines_and_stages_stand_in_order_and_end_in_won_and_lost():
    sales, service = CATALOG.pipelines
    assert (sales.label, sales.main, service.main) == ("Sales", True, False)
    assert [(stage.id, stage.closed) for stage in sales.stages] == [
        ("11", False),
        ("12", False),
        ("won", True),
        ("lost", True),
    ]


def test_the_rest_of_the_account_is_in_the_catalog():
    assert [(user.id, user.active) for user in CATALOG.users] == [("10001", True), ("10002", False)]
    assert CATALOG.task_types == (Option("call", "Call"),)
    assert (CATALOG.currency, CATALOG.time_zone, CATALOG.merges) == ("EUR", "Europe/Kyiv", False)


def test_a_zone_this_host_does_not_know_counts_as_none():
    me = {**ME, "timezone_name": "Mars/Base"}
    lists = Lists(me, FIELDS, PIPELINES, STAGES, USERS, ACTIVITY_TYPES)
    assert catalog_of(lists, Reach()).time_zone is None
