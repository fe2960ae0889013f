"""Every kind of custom field that Bitrix24 has, written and read through a simulated portal."""

import httpx
import pytest

from connectors.base import Change, Draft, Kind, Query, Status
from connectors.bitrix24.connector import Bitrix24Connector
from connectors.bitrix24.simulator import DEMO_SETTINGS, create_simulator
from connectors.bitrix24.simulator.fields import field
from connectors.catalog import FieldType
from connectors.http import new_client

OPTIONS = {11: "One", 12: "Two"}
SETTINGS = {**DEMO_SETTINGS, "base_url": "http://bitrix24.test"}

# apidocs.bitrix24.com, Custom fields: types
WRITTEN = {
    "string": (FieldType.TEXT, "Chairs & tables = 2"),
    "text": (FieldType.LONG_TEXT, "Chairs\nand tables"),
    "url": (FieldType.URL, "https://example.org/?a=1&b=2"),
    "address": (FieldType.LONG_TEXT, "Main St 1"),
    "integer": (FieldType.NUMBER, "12"),
    "double": (FieldType.NUMBER, "12.5"),
    "money": (FieldType.MONEY, "99.5"),
    "boolean": (FieldType.YES_NO, True),
    "date": (FieldType.DATE, "2026-12-01"),
    "datetime": (FieldType.DATETIME, "2026-12-01T10:30:00+02:00"),
    "enumeration": (FieldType.CHOICE, "12"),
    "crm_status": (FieldType.CHOICE, "WEB"),
    "employee": (FieldType.USER, "3"),
    "crm": (FieldType.TEXT, "C_901"),
}
SEVERAL = {
    "string": (FieldType.TEXT, ["one", "two"]),
    "url": (FieldType.URL, ["https://a.test", "https://b.test"]),
    "integer": (FieldType.NUMBER, ["1", "2"]),
    "double": (FieldType.NUMBER, ["1.5", "2"]),
    "date": (FieldType.DATE, ["2026-12-01", "2026-12-02"]),
    "enumeration": (FieldType.CHOICES, ["11", "12"]),
    "employee": (FieldType.USER, ["2", "3"]),
    "crm": (FieldType.TEXT, ["C_901", "CO_77"]),
}


@pytest.fixture(scope="module")
def simulator():
    return create_simulator(rate_limit=0)


@pytest.fixture
def portal(simulator):
    """Open a portal whose deals have one more field, of a type."""

    def portal(type, *, multiple=False):
        simulator.reset()
        choice = OPTIONS if type == "enumeration" else None
        status = "SOURCE" if type == "crm_status" else ""
        name, shape = field(
            "UF_CRM_99", "New field", type, multiple=multiple, options=choice, status=status
        )
        simulator.store.add("deal/fields", {"name": name, **shape})
        http = new_client(transport=httpx.WSGITransport(app=simulator))
        return Bitrix24Connector(SETTINGS, http)

    return portal


def read(crm, id):
    ((deal,),) = crm.find(Kind.DEAL, [Query("id", id)])
    return deal.fields


@pytest.mark.parametrize(
    ("type", "multiple", "expected", "value"),
    [
        *((type, False, *one) for type, one in WRITTEN.items()),
        *((type, True, *one) for type, one in SEVERAL.items()),
    ],
)
def test_a_field_is_written_read_changed_and_cleared(portal, type, multiple, expected, value):
    crm = portal(type, multiple=multiple)
    known = crm.catalog().field(Kind.DEAL, "New field")
    assert (known.id, known.type, known.read_only) == ("ufCrm_99", expected, False)
    assert known.many == (multiple and type != "enumeration")
    (made,) = crm.create(Kind.DEAL, [Draft({"name": "Form", known.id: value})])
    (bare,) = crm.create(Kind.DEAL, [Draft({"name": "Form"})])
    assert not read(crm, bare.id).get(known.id)
    (changed,) = crm.update(Kind.DEAL, [Change(bare.id, {known.id: value})])
    assert changed.error is None
    assert read(crm, made.id)[known.id] == read(crm, bare.id)[known.id] == value
    (cleared,) = crm.update(Kind.DEAL, [Change(bare.id, {known.id: None})])
    assert cleared.error is None
    assert not read(crm, bare.id).get(known.id)


@pytest.mark.parametrize("type", ["string", "url", "integer"])
def test_several_values_are_added_to(portal, type):
    crm = portal(type, multiple=True)
    first, second = SEVERAL[type][1]
    (made,) = crm.create(Kind.DEAL, [Draft({"name": "Form", "ufCrm_99": [first]})])
    crm.update(Kind.DEAL, [Change(made.id, {"ufCrm_99": [second, first]})])
    assert read(crm, made.id)["ufCrm_99"] == [first, second]


@pytest.mark.parametrize("type", ["file", "iblock_element", "something_new"])
def test_a_field_that_no_form_can_fill_is_shown_and_refused(portal, type):
    crm = portal(type)
    known = crm.catalog().field(Kind.DEAL, "New field")
    assert (known.type, known.read_only) == (FieldType.OPAQUE, True)
    (outcome,) = crm.create(Kind.DEAL, [Draft({"name": "Form", known.id: "x"})])
    assert outcome.status is Status.REFUSED
    assert outcome.error.field == known.id


def test_what_the_portal_itself_refuses_names_the_field(portal, simulator):
    crm = portal("employee")
    crm.catalog()
    simulator.store.delete("users", 3)
    (outcome,) = crm.create(Kind.DEAL, [Draft({"name": "Form", "ufCrm_99": "3"})])
    assert outcome.status is Status.REFUSED
    assert outcome.error.field == "ufCrm_99"


def test_a_visitors_text_stays_as_it_was_typed(portal):
    crm = portal("string")
    typed = "$result[c0][item][title] & $100 + 5% [x]=1; \"quoted\" 'so' ☎"
    outcomes = crm.create(
        Kind.DEAL, [Draft({"name": "secret"}), Draft({"name": "Form", "ufCrm_99": typed})]
    )
    assert read(crm, outcomes[1].id)["ufCrm_99"] == typed
