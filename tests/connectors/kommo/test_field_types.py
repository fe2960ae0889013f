"""Every kind of custom field that Kommo has, written and read through a simulated account."""

import httpx
import pytest

from connectors.base import Change, Draft, Kind, Query, Status
from connectors.catalog import FieldType
from connectors.http import new_client
from connectors.kommo.connector import KommoConnector
from connectors.kommo.simulator import create_simulator
from connectors.kommo.simulator.fields import field

ID = 9001
SETTINGS = {"subdomain": "demo", "token": "demo-token", "base_url": "http://kommo.test"}
OPTIONS = ("One", "Two")
FIRST, SECOND = str(100 * ID + 1), str(100 * ID + 2)

# developers.kommo.com/docs/custom-fields
WRITTEN = {
    "text": (FieldType.TEXT, "Chairs"),
    "textarea": (FieldType.LONG_TEXT, "Chairs\nand tables"),
    "streetaddress": (FieldType.LONG_TEXT, "Main St 1"),
    "url": (FieldType.URL, "https://example.org"),
    "numeric": (FieldType.NUMBER, "12.5"),
    "price": (FieldType.MONEY, "0.1"),
    "monetary": (FieldType.MONEY, "1500"),
    "checkbox": (FieldType.YES_NO, True),
    "date": (FieldType.DATE, "2026-12-01"),
    "birthday": (FieldType.DATE, "1955-12-10"),
    "date_time": (FieldType.DATETIME, "2026-12-01T10:30:00+02:00"),
    "select": (FieldType.CHOICE, FIRST),
    "radiobutton": (FieldType.CHOICE, SECOND),
    "category": (FieldType.CHOICE, FIRST),
    "multiselect": (FieldType.CHOICES, [FIRST, SECOND]),
    "multitext": (FieldType.TEXT, ["one", "two"]),
    "tracking_data": (FieldType.TEXT, "google"),
}
PAPERS = {"vat_id": "UA123", "egrpou": "00032129", "address": "Kyiv"}
PARTED = {
    "smart_address": {
        "address_line_1": "Main St 1",
        "address_line_2": "Flat 2",
        "city": "Lviv",
        "state": "Lviv region",
        "zip": "79000",
        "country": "UA",
    },
    "legal_entity": {"name": "Analytical", "entity_type": "2", **PAPERS},
    "linked_entity": {"entity_id": "901", "entity_type": "contacts", "name": "Ada"},
    "supplier": {"name": "Analytical", "entity_id": "77", "entity_type": "companies", **PAPERS},
    "payer": {"name": "Ada", "entity_id": "901", "entity_type": "contacts", **PAPERS},
    "items": {"description": "Engine", "unit_price": "1500.5", "quantity": "2", "sku": "E-1"},
    "file": {"file_uuid": "5f0a", "file_name": "offer.pdf", "file_size": "1024"},
    "chained_list": {"801": "8011", "802": "8021"},
}
"""Fields made of parts, with parts that Kommo demands first."""


@pytest.fixture(scope="module")
def simulator():
    return create_simulator(rate_limit=0)


@pytest.fixture
def account(simulator):
    """Open an account whose leads have one more field, of a type and code."""

    def account(type, code=None, options=OPTIONS):
        simulator.reset()
        lists = ((801, "Range"), (802, "Model")) if type == "chained_list" else ()
        made = field("leads", ID, "New field", type, code=code, options=options, lists=lists)
        simulator.store.replace("leads/custom_fields", made)
        http = new_client(transport=httpx.WSGITransport(app=simulator))
        return KommoConnector(SETTINGS, http)

    return account


def read(crm, id):
    ((deal,),) = crm.find(Kind.DEAL, [Query("id", id)])
    return deal.fields


@pytest.mark.parametrize("type", WRITTEN)
def test_a_field_is_written_read_changed_and_cleared(account, type):
    crm = account(type)
    expected, value = WRITTEN[type]
    known = crm.catalog().field(Kind.DEAL, "New field")
    assert (known.id, known.type, known.read_only) == (str(ID), expected, False)
    (made,) = crm.create(Kind.DEAL, [Draft({"name": "Form", known.id: value})])
    (bare,) = crm.create(Kind.DEAL, [Draft({"name": "Form"})])
    assert known.id not in read(crm, bare.id)
    (changed,) = crm.update(Kind.DEAL, [Change(bare.id, {known.id: value})])
    assert changed.status is Status.DONE
    assert read(crm, made.id)[known.id] == read(crm, bare.id)[known.id] == value
    (cleared,) = crm.update(Kind.DEAL, [Change(bare.id, {known.id: None})])
    assert cleared.status is Status.DONE
    assert known.id not in read(crm, bare.id)


def parted(account, type):
    options = tuple(PARTED[type]) if type == "smart_address" else ()
    return account(type, options=options), {f"{ID}.{part}": v for part, v in PARTED[type].items()}


@pytest.mark.parametrize("type", PARTED)
def test_a_field_made_of_parts_is_written_read_changed_and_cleared(account, type):
    crm, values = parted(account, type)
    known = {field.id: field for field in crm.catalog().fields[Kind.DEAL]}
    assert all(known[id].label.startswith("New field: ") for id in values)
    assert not any(known[id].read_only for id in values)
    (made,) = crm.create(Kind.DEAL, [Draft({"name": "Form", **values})])
    assert made.error is None
    assert values.items() <= read(crm, made.id).items()
    last = [*values][-1]
    other = {last: "42" if known[last].type is FieldType.NUMBER else "other"}
    (changed,) = crm.update(Kind.DEAL, [Change(made.id, other)])
    assert changed.error is None
    assert (values | other).items() <= read(crm, made.id).items()
    (cleared,) = crm.update(Kind.DEAL, [Change(made.id, dict.fromkeys(values))])
    assert cleared.error is None
    assert not read(crm, made.id).keys() & values.keys()


@pytest.mark.parametrize(
    ("type", "given", "blamed"),
    [
        ("legal_entity", {"vat_id": "1"}, "name"),
        ("legal_entity", {"name": "Analytical", "entity_type": "7"}, "entity_type"),
        ("linked_entity", {"entity_id": "901", "entity_type": "leads"}, "entity_type"),
        ("file", {"file_name": "offer.pdf"}, "file_uuid"),
        ("items", {"description": "Engine", "product_id": "1.5"}, "product_id"),
        ("items", {"description": "Engine", "quantity": "two"}, "quantity"),
        ("chained_list", {"801": "1.5"}, "801"),
    ],
)
def test_the_part_that_does_not_fit_is_named(account, type, given, blamed):
    crm, _ = parted(account, type)
    (outcome,) = crm.create(
        Kind.DEAL, [Draft({"name": "Form", **{f"{ID}.{part}": one for part, one in given.items()}})]
    )
    assert outcome.status is Status.REFUSED
    assert outcome.error.field == f"{ID}.{blamed}"


def test_further_values_and_what_kommo_computes_are_kept_out_of_the_way(account, simulator):
    crm, values = parted(account, "items")
    (made,) = crm.create(Kind.DEAL, [Draft({"name": "Form", **values})])
    deal = simulator.store.get("leads", int(made.id))
    (element,) = deal["custom_fields_values"]
    (item,) = element["values"]
    item["value"] |= {"total_sum": 3001.0, "discount": {"type": "amount", "value": 1}}
    element["values"].append({"value": {"description": "Loom", "total_sum": 5.0}})
    simulator.store.replace("leads", deal)
    (changed,) = crm.update(Kind.DEAL, [Change(made.id, {f"{ID}.quantity": "3"})])
    assert changed.error is None
    (element,) = simulator.store.get("leads", int(made.id))["custom_fields_values"]
    assert [value["value"] for value in element["values"]] == [
        {
            "description": "Engine",
            "unit_price": 1500.5,
            "quantity": 3,
            "sku": "E-1",
            "discount": {"type": "amount", "value": 1},
        },
        {"description": "Loom"},
    ]


@pytest.mark.parametrize(
    ("code", "type", "value"),
    [
        ("PHONE", FieldType.PHONE, ["+14155550100"]),
        ("EMAIL", FieldType.EMAIL, ["ada@example.org"]),
        ("IM", FieldType.MESSENGER, ["TELEGRAM:@ada", "WORK:ada"]),
    ],
)
def test_predefined_fields_of_several_values_have_types_of_their_own(account, code, type, value):
    crm = account("multitext", code, options=("WORK", "TELEGRAM"))
    known = crm.catalog().field(Kind.DEAL, code)
    assert (known.type, known.many) == (type, True)
    (made,) = crm.create(Kind.DEAL, [Draft({"name": "Form", known.id: value})])
    assert read(crm, made.id)[known.id] == value


def test_a_field_of_a_kind_we_do_not_know_is_shown_and_refused(account):
    crm = account("something_new")
    known = crm.catalog().field(Kind.DEAL, "New field")
    assert (known.type, known.read_only) == (FieldType.OPAQUE, True)
    (outcome,) = crm.create(Kind.DEAL, [Draft({"name": "Form", known.id: "x"})])
    assert outcome.status is Status.REFUSED
    assert outcome.error.field == known.id
