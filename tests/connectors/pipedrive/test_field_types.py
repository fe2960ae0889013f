"""Every kind of field that Pipedrive has, written, read, changed and cleared in a simulated account."""

import httpx
import pytest

from connectors.base import Change, Draft, Kind, Query, Status
from connectors.catalog import FieldType
from connectors.http import new_client
from connectors.pipedrive.connector import PipedriveConnector
from connectors.pipedrive.simulator import DEMO_SETTINGS, create_simulator
from connectors.pipedrive.simulator.fields import field

ID = 9001
KEY = "0123456789" * 4
OPTIONS = ("One", "Two")
FIRST, SECOND = str(100 * ID + 1), str(100 * ID + 2)

# API v2, POST /dealFields: the types that custom fields have.
WRITTEN = {
    "varchar": (FieldType.TEXT, "Chairs", "Tables"),
    "varchar_auto": (FieldType.TEXT, "Chairs", "Tables"),
    "text": (FieldType.LONG_TEXT, "Chairs\nand tables", "None"),
    "phone": (FieldType.PHONE, "+14155550100", "8 906 123-45-67"),
    "double": (FieldType.NUMBER, "12.5", "0"),
    "monetary": (FieldType.MONEY, "1500.25", "3"),
    "enum": (FieldType.CHOICE, FIRST, SECOND),
    "set": (FieldType.CHOICES, [FIRST, SECOND], [SECOND]),
    "date": (FieldType.DATE, "2026-12-01", "1955-01-31"),
    "user": (FieldType.USER, "10002", "10003"),
}
PARTED = {
    "address": ({"value": "Main St 1"}, {"value": "Main St 2"}),
    "daterange": ({"value": "2026-12-01", "until": "2026-12-31"}, {"until": "2027-01-31"}),
    "time": ({"value": "09:30:00"}, {"value": "10:00:00"}),
    "timerange": (
        {"value": "09:00:00", "until": "17:00:00", "timezone_name": "Europe/Berlin"},
        {"until": "18:00:00"},
    ),
}
LINKED = {"org": Kind.COMPANY, "people": Kind.CONTACT}


@pytest.fixture(scope="module")
def simulator():
    return create_simulator(rate_limit=0)


@pytest.fixture
def account(simulator):
    """Open an account whose deals have one more field, of a type."""

    def account(type):
        simulator.reset()
        options = OPTIONS if type in ("enum", "set") else ()
        simulator.store.replace("dealFields", field(ID, KEY, "New field", type, options))
        settings = {**DEMO_SETTINGS, "base_url": "http://pipedrive.test"}
        return PipedriveConnector(
            settings, new_client(transport=httpx.WSGITransport(app=simulator))
        )

    return account


def read(crm, id):
    ((deal,),) = crm.find(Kind.DEAL, [Query("id", id)])
    return deal.fields


def put(crm, id, **fields):
    (outcome,) = crm.update(Kind.DEAL, [Change(id, fields)])
    assert outcome.status is Status.DONE, outcome.error
    return read(crm, id)


def make(crm, fields, kind=Kind.DEAL):
    (outcome,) = crm.create(kind, [Draft({"name": "Form", **fields})])
    assert outcome.status is Status.DONE, outcome.error
    return outcome.id


@pytest.mark.parametrize("type", WRITTEN)
def test_a_field_is_written_read_changed_and_cleared(account, type):
    crm = account(type)
    expected, value, other = WRITTEN[type]
    known = crm.catalog().field(Kind.DEAL, "New field")
    assert (known.id, known.type, known.read_only) == (KEY, expected, False)
    id = make(crm, {KEY: value})
    assert read(crm, id)[KEY] == value
    assert put(crm, id, **{KEY: other})[KEY] == other
    assert KEY not in put(crm, id, **{KEY: None})
    assert KEY not in read(crm, make(crm, {}))


@pytest.mark.parametrize("type", PARTED)
def test_a_field_made_of_parts_is_written_read_changed_and_cleared(account, type):
    crm = account(type)
    crm.catalog()
    values, other = ({f"{KEY}.{part}": one for part, one in each.items()} for each in PARTED[type])
    id = make(crm, values)
    assert values.items() <= read(crm, id).items()
    assert (values | other).items() <= put(crm, id, **other).items()
    cleared = put(crm, id, **dict.fromkeys([*values, f"{KEY}.value"]))
    assert not [one for one in cleared if one.startswith(KEY)]


@pytest.mark.parametrize("type", LINKED)
def test_a_field_that_names_another_record_holds_its_id(account, type):
    crm = account(type)
    other = make(crm, {}, LINKED[type])
    id = make(crm, {KEY: other})
    assert read(crm, id)[KEY] == other
    (outcome,) = crm.update(Kind.DEAL, [Change(id, {KEY: "424242"})])
    assert outcome.status is Status.REFUSED


@pytest.mark.parametrize(
    ("type", "given", "blamed"),
    [
        ("enum", {KEY: "7"}, KEY),
        ("set", {KEY: [FIRST, "7"]}, KEY),
        ("user", {KEY: "7"}, KEY),
        ("daterange", {f"{KEY}.value": "2026-12-01"}, f"{KEY}.value"),
        ("timerange", {f"{KEY}.value": "9:00", f"{KEY}.timezone_name": "Mars"}, f"{KEY}.value"),
    ],
)
def test_the_field_that_pipedrive_refuses_is_named(account, type, given, blamed):
    (outcome,) = account(type).create(Kind.DEAL, [Draft({"name": "Form", **given})])
    assert outcome.status is Status.REFUSED
    assert outcome.error.field == blamed


def test_a_field_that_is_gone_refuses_the_record_and_is_named(account, simulator):
    crm = account("varchar")
    crm.catalog()
    simulator.store.delete("dealFields", ID)
    (outcome,) = crm.create(Kind.DEAL, [Draft({"name": "Form", KEY: "Chairs"})])
    assert outcome.status is Status.REFUSED
    assert outcome.error.field == KEY


def test_a_field_of_a_kind_we_do_not_know_is_shown_and_refused(account):
    crm = account("hologram")
    known = crm.catalog().field(Kind.DEAL, "New field")
    assert (known.type, known.read_only) == (FieldType.OPAQUE, True)
    (outcome,) = crm.create(Kind.DEAL, [Draft({"name": "Form", known.id: "x"})])
    assert outcome.status is Status.REFUSED
    assert outcome.error.field == known.id
