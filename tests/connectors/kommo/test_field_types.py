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
ONLY_KOMMO_WRITES = (
    *("file", "legal_entity", "linked_entity", "chained_list"),
    *("items", "supplier", "payer", "something_new"),
)


@pytest.fixture(scope="module")
def simulator():
    return create_simulator(rate_limit=0)


@pytest.fixture
def account(simulator):
    """Open an account whose leads have one more field, of a type and code."""

    def account(type, code=None, options=OPTIONS):
        simulator.reset()
        made = field("leads", ID, "New field", type, code=code, options=options)
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


def test_the_parts_of_an_address_are_fields(account):
    parts = ("address_line_1", "address_line_2", "city", "state", "zip", "country")
    crm = account("smart_address", options=parts)
    values = {f"{ID}.{part}": f"the {part}" for part in parts}
    (made,) = crm.create(Kind.DEAL, [Draft({"name": "Form", **values})])
    assert values.items() <= read(crm, made.id).items()


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


@pytest.mark.parametrize("type", ONLY_KOMMO_WRITES)
def test_a_field_that_only_kommo_writes_is_shown_and_refused(account, type):
    crm = account(type)
    known = crm.catalog().field(Kind.DEAL, "New field")
    assert (known.type, known.read_only) == (FieldType.OPAQUE, True)
    (outcome,) = crm.create(Kind.DEAL, [Draft({"name": "Form", known.id: "x"})])
    assert outcome.status is Status.REFUSED
    assert outcome.error.field == known.id
