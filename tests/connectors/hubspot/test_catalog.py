"""HubSpot's own lists, as a catalog."""

import pytest

from connectors.base import Kind
from connectors.catalog import FieldType, Option
from connectors.hubspot.catalog import catalog_of, places
from tests.connectors.hubspot.account import CATALOG, DETAILS, OWNERS, PIPELINES, PROPERTIES, prop


@pytest.mark.parametrize(
    ("id", "type"),
    [
        ("name", FieldType.TEXT),
        ("budget", FieldType.MONEY),
        ("responsible", FieldType.USER),
        ("pipeline", FieldType.PIPELINE),
        ("stage", FieldType.STAGE),
        ("topic", FieldType.TEXT),
        ("details", FieldType.LONG_TEXT),
        ("offer.html", FieldType.LONG_TEXT),
        ("hotline", FieldType.PHONE),
        ("fax_number", FieldType.PHONE),
        ("seats", FieldType.NUMBER),
        ("cost", FieldType.MONEY),
        ("newsletter", FieldType.YES_NO),
        ("agreed", FieldType.YES_NO),
        ("colour", FieldType.CHOICE),
        ("size", FieldType.CHOICE),
        ("colours", FieldType.CHOICES),
        ("wanted", FieldType.DATE),
        ("meeting", FieldType.DATETIME),
        ("second", FieldType.USER),
        ("team", FieldType.OPAQUE),
        ("files", FieldType.OPAQUE),
        ("place", FieldType.OPAQUE),
        ("list", FieldType.OPAQUE),
    ],
)
def test_every_kind_of_property_has_its_type(id, type):
    field = CATALOG.field(Kind.DEAL, id)
    assert (field.id, field.type) == (id, type)
    assert field.read_only == (type is FieldType.OPAQUE)


def test_what_only_hubspot_writes_or_hides_is_not_offered():
    codes = {field.code for field in CATALOG.fields[Kind.CONTACT]}
    assert not codes & {"hs_score", "hs_seen", "secret"}


def test_what_means_the_same_in_every_crm_comes_first_under_its_own_id():
    ids = [field.id for field in CATALOG.fields[Kind.CONTACT]]
    assert ids[:6] == ["name", "first_name", "last_name", "phone", "email", "responsible"]
    assert all(CATALOG.field(Kind.CONTACT, id).many for id in ("phone", "email"))


def test_a_property_whose_name_means_something_else_gets_an_id_of_its_own():
    field = CATALOG.field(Kind.CONTACT, "Stage of life")
    assert (field.id, field.code) == ("stage_property", "stage")


def test_options_keep_their_order_and_hidden_ones_are_left_out():
    options = [
        {"value": "b", "label": "B", "displayOrder": 1},
        {"value": "last", "label": "Last", "displayOrder": -1},
        {"value": "a", "label": "A", "displayOrder": 0},
        {"value": "c", "label": "C", "displayOrder": 2, "hidden": True},
    ]
    field = {**prop("x", "X", "enumeration", "select"), "options": options}
    catalog = catalog_of(DETAILS, [], [], {Kind.CONTACT: [field]})
    expected = (Option("a", "A"), Option("b", "B"), Option("last", "Last"))
    assert catalog.field(Kind.CONTACT, "x").options == expected


def test_pipelines_and_stages_come_in_order_without_archived_ones():
    assert [(one.id, one.main) for one in CATALOG.pipelines] == [("default", True), ("77", False)]
    stages = CATALOG.pipelines[0].stages
    assert [(one.id, one.closed) for one in stages] == [
        ("new", False),
        ("closedlost", True),
        ("won", True),
    ]


def test_owners_are_told_by_the_id_that_records_take():
    assert [(user.id, user.label, user.active) for user in CATALOG.users] == [
        ("11", "Grace Hopper", True),
        ("12", "boris@acme.test", False),
        ("13", "13", True),
    ]


def test_the_account_tells_its_zone_and_currency():
    assert (CATALOG.time_zone, CATALOG.currency) == ("Europe/Kyiv", "UAH")
    assert CATALOG.field(Kind.DEAL, "budget").currency == "UAH"
    odd = catalog_of({**DETAILS, "timeZone": "Moon/Tycho"}, PIPELINES, OWNERS, PROPERTIES)
    assert odd.time_zone is None


@pytest.mark.parametrize(
    ("kind", "id", "expected"),
    [
        (Kind.CONTACT, "phone", ["phone", "mobilephone"]),
        (Kind.CONTACT, "email", ["email"]),
        (Kind.COMPANY, "phone", ["phone"]),
        (Kind.COMPANY, "email", []),
    ],
)
def test_values_go_to_the_properties_that_there_are(kind, id, expected):
    assert places(kind, id, CATALOG) == expected
