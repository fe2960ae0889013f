from datetime import UTC, datetime

import pytest

from connectors.base import Draft, Kind, Ref
from connectors.errors import RejectedError
from connectors.kommo.mapping import (
    blamed_field,
    changed_entity,
    new_entity,
    new_note,
    new_task,
    record,
)
from tests.connectors.kommo.account import (
    CATALOG,
)

# 2026-12-01 00:00 in Kyiv, where the account is, is two hours earlier in UTC.
KYIV_MIDNIGHT = 1796076000


# --- values, there and back ---


@pytest.mark.parametrize(
    ("kind", "id", "value", "element"),
    [
        (Kind.DEAL, "41", "Chairs", {"field_id": 41, "values": [{"value": "Chairs"}]}),
        (Kind.DEAL, "42", "A\nB", {"field_id": 42, "values": [{"value": "A\nB"}]}),
        (
            Kind.DEAL,
            "43",
            "https://a.test",
            {"field_id": 43, "values": [{"value": "https://a.test"}]},
        ),
        (Kind.DEAL, "44", "12.5", {"field_id": 44, "values": [{"value": "12.5"}]}),
        (Kind.DEAL, "45", "100", {"field_id": 45, "values": [{"value": "100"}]}),
        (Kind.DEAL, "46", True, {"field_id": 46, "values": [{"value": True}]}),
        (Kind.DEAL, "46", False, {"field_id": 46, "values": [{"value": False}]}),
        (Kind.DEAL, "47", "2026-12-01", {"field_id": 47, "values": [{"value": KYIV_MIDNIGHT}]}),
        (
            Kind.DEAL,
            "48",
            "2026-12-01T10:30:00+02:00",
            {"field_id": 48, "values": [{"value": KYIV_MIDNIGHT + 37_800}]},
        ),
        (Kind.DEAL, "49", "492", {"field_id": 49, "values": [{"enum_id": 492}]}),
        (Kind.DEAL, "50", "501", {"field_id": 50, "values": [{"enum_id": 501}]}),
        (
            Kind.DEAL,
            "51",
            ["511", "512"],
            {"field_id": 51, "values": [{"enum_id": 511}, {"enum_id": 512}]},
        ),
        (Kind.DEAL, "52", "google", {"field_id": 52, "values": [{"value": "google"}]}),
        (Kind.DEAL, "53", "0.1", {"field_id": 53, "values": [{"value": "0.1"}]}),
        (
            Kind.CONTACT,
            "phone",
            ["+14155550100"],
            {"field_code": "PHONE", "values": [{"value": "+14155550100", "enum_code": "WORK"}]},
        ),
        (
            Kind.CONTACT,
            "email",
            ["ada@example.org", "a@example.org"],
            {
                "field_code": "EMAIL",
                "values": [
                    {"value": "ada@example.org", "enum_code": "WORK"},
                    {"value": "a@example.org", "enum_code": "WORK"},
                ],
            },
        ),
        (
            Kind.CONTACT,
            "23",
            ["SKYPE:live:ada", "ICQ:100200"],
            {
                "field_id": 23,
                "values": [
                    {"value": "live:ada", "enum_code": "SKYPE"},
                    {"value": "100200", "enum_code": "ICQ"},
                ],
            },
        ),
        (Kind.CONTACT, "25", "2026-12-01", {"field_id": 25, "values": [{"value": KYIV_MIDNIGHT}]}),
        (
            Kind.CONTACT,
            "26.city",
            "Lviv",
            {"field_id": 26, "values": [{"value": "Lviv", "enum_code": "city"}]},
        ),
    ],
)
def test_a_custom_field_is_written_and_read_in_its_own_form(kind, id, value, element):
    body = changed_entity(kind, {id: value}, CATALOG)
    assert body == {"custom_fields_values": [element]}
    assert record(kind, {"id": 1, **body}, CATALOG).fields == {id: value}


@pytest.mark.parametrize(
    ("id", "element", "value"),
    [
        ("44", {"field_id": 44, "values": [{"value": 12.50}]}, "12.5"),
        ("44", {"field_id": 44, "values": [{"value": "1e3"}]}, "1000"),
        ("45", {"field_id": 45, "values": [{"value": "100.00"}]}, "100"),
        ("46", {"field_id": 46, "values": [{"value": "1"}]}, True),
        ("46", {"field_id": 46, "values": [{"value": 0}]}, False),
        ("47", {"field_id": 47, "values": [{"value": "2026-12-01T00:00:00+02:00"}]}, "2026-12-01"),
        ("49", {"field_id": 49, "values": [{"value": "Hardware"}]}, "492"),
        ("49", {"field_id": 49, "values": [{"value": "Removed"}]}, "Removed"),
        ("41", {"field_id": 41, "values": [{"value": 12}]}, "12"),
    ],
)
def test_other_forms_of_a_value_are_read_too(id, element, value):
    item = {"id": 1, "custom_fields_values": [element]}
    assert record(Kind.DEAL, item, CATALOG).fields == {id: value}


def test_address_parts_are_known_by_number_too():
    values = [{"value": "Main St 1", "enum_id": 1}, {"value": "Lviv", "enum_id": 3}]
    item = {"id": 1, "custom_fields_values": [{"field_id": 26, "values": values}]}
    fields = record(Kind.CONTACT, item, CATALOG).fields
    assert fields == {"26.address_line_1": "Main St 1", "26.city": "Lviv"}


def test_unknown_and_unmapped_fields_are_not_read():
    elements = [
        {"field_id": 999, "values": [{"value": "new"}]},
        {"field_id": 54, "values": [{"value": {"catalog_id": 1}}]},
        {"field_id": 41, "values": []},
    ]
    item = {"id": 1, "custom_fields_values": elements}
    assert record(Kind.DEAL, item, CATALOG).fields == {}


# --- records ---


def test_a_deal_is_read_whole():
    item = {
        "id": 5001,
        "name": "Site form",
        "price": 1500,
        "responsible_user_id": 10001,
        "pipeline_id": 7,
        "status_id": 143,
        "created_at": 1796076000,
        "updated_at": 1796076060,
        "custom_fields_values": None,
        "_embedded": {
            "tags": [{"id": 1, "name": "web"}],
            "companies": [{"id": 77}],
            "contacts": [{"id": 902, "is_main": False}, {"id": 901, "is_main": True}],
        },
    }
    deal = record(Kind.DEAL, item, CATALOG)
    assert deal.ref == Ref(Kind.DEAL, "5001")
    assert deal.fields == {
        "name": "Site form",
        "budget": "1500",
        "responsible": "10001",
        "pipeline": "7",
        "stage": "143",
    }
    assert deal.tags == ("web",)
    assert deal.links == (
        Ref(Kind.CONTACT, "901"),
        Ref(Kind.CONTACT, "902"),
        Ref(Kind.COMPANY, "77"),
    )
    assert deal.closed
    assert deal.created_at == datetime(2026, 11, 30, 22, tzinfo=UTC)
    assert deal.updated_at == datetime(2026, 11, 30, 22, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("item", "budget"),
    [
        ({"price": 0}, None),
        ({"price": None}, None),
        ({"price": 1500}, "1500"),
        ({"price": 1500, "price_with_minor_units": 1500.5}, "1500.5"),
    ],
)
def test_a_price_of_nothing_is_no_budget(item, budget):
    assert record(Kind.DEAL, {"id": 1, **item}, CATALOG).fields.get("budget") == budget


def test_empty_values_are_left_out():
    item = {"id": 1, "name": "", "first_name": None, "responsible_user_id": 0, "_embedded": []}
    contact = record(Kind.CONTACT, item, CATALOG)
    assert contact.fields == {}
    assert contact.links == ()


def test_a_new_deal_carries_its_links_and_tags():
    draft = Draft(
        {"name": "Site form", "budget": "1500", "pipeline": "7", "stage": "71", "41": None},
        tags=("web", "ads"),
        links=(Ref(Kind.COMPANY, "77"), Ref(Kind.CONTACT, "901"), Ref(Kind.CONTACT, "902")),
    )
    assert new_entity(Kind.DEAL, draft, CATALOG) == {
        "name": "Site form",
        "price": 1500,
        "pipeline_id": 7,
        "status_id": 71,
        "_embedded": {
            "tags": [{"name": "web"}, {"name": "ads"}],
            "contacts": [{"id": 901, "is_main": True}, {"id": 902, "is_main": False}],
            "companies": [{"id": 77}],
        },
    }


@pytest.mark.parametrize(
    ("text", "price"), [("1500", 1500), ("1500.00", 1500), ("1500.55", 1500.55), ("0", 0)]
)
def test_a_budget_is_sent_as_a_number(text, price):
    assert changed_entity(Kind.DEAL, {"budget": text}, CATALOG) == {"price": price}


def test_a_task_is_about_one_record():
    due = "2026-12-01T00:00:00+02:00"
    draft = Draft({"text": "Call", "type": "1", "due": due}, links=(Ref(Kind.DEAL, "5001"),))
    assert new_task(draft) == {
        "text": "Call",
        "task_type_id": 1,
        "complete_till": KYIV_MIDNIGHT,
        "entity_type": "leads",
        "entity_id": 5001,
    }


def test_a_note_is_about_one_record():
    draft = Draft({"text": "Asked"}, links=(Ref(Kind.CONTACT, "901"),))
    assert new_note(draft) == {
        "entity_id": 901,
        "note_type": "common",
        "params": {"text": "Asked"},
    }


@pytest.mark.parametrize("make", [new_task, new_note])
def test_a_task_or_note_about_nothing_is_refused(make):
    with pytest.raises(RejectedError):
        make(Draft({"text": "Call"}))


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Kind.DEAL, {"999": "x"}),
        (Kind.DEAL, {"54": "x"}),
        (Kind.DEAL, {"budget": "a lot"}),
        (Kind.DEAL, {"stage": None}),
        (Kind.DEAL, {"responsible": "Grace"}),
        (Kind.DEAL, {"47": "tomorrow"}),
        (Kind.DEAL, {"44": "many"}),
        (Kind.DEAL, {"49": "Software"}),
        (Kind.DEAL, {"51": 5}),
        (Kind.CONTACT, {"phone": 5}),
        (Kind.CONTACT, {"23": ["@ada"]}),
        (Kind.CONTACT, {"23": ["pigeon:ada"]}),
        (Kind.CONTACT, {"23": ["SKYPE: "]}),
        (Kind.CONTACT, {"23": [5]}),
    ],
)
def test_a_value_that_cannot_be_sent_is_refused_by_field(kind, fields):
    with pytest.raises(RejectedError) as caught:
        changed_entity(kind, fields, CATALOG)
    assert [caught.value.field] == list(fields)


# --- changes ---

PRESENT = {
    "id": 901,
    "custom_fields_values": [
        {
            "field_id": 21,
            "field_code": "PHONE",
            "field_type": "multitext",
            "values": [{"value": "(415) 555-0100", "enum_id": 2, "enum_code": "MOB"}],
        },
        {
            "field_id": 23,
            "field_code": "IM",
            "field_type": "multitext",
            "values": [{"value": "ada", "enum_id": 5, "enum_code": "SKYPE"}],
        },
        {
            "field_id": 26,
            "field_type": "smart_address",
            "values": [
                {"value": "Main St 1", "enum_id": 1, "enum_code": "address_line_1"},
                {"value": "Kyiv", "enum_id": 3, "enum_code": "city"},
            ],
        },
    ],
}


@pytest.mark.parametrize(
    ("fields", "elements"),
    [
        (
            {"phone": ["+14155550199"]},
            [
                {
                    "field_code": "PHONE",
                    "values": [
                        {"value": "(415) 555-0100", "enum_id": 2},
                        {"value": "+14155550199", "enum_code": "WORK"},
                    ],
                }
            ],
        ),
        ({"phone": ["+14155550100"]}, None),
        ({"23": ["Skype:ADA"]}, None),
        (
            {"23": ["ICQ:ada"]},
            [
                {
                    "field_id": 23,
                    "values": [
                        {"value": "ada", "enum_code": "SKYPE"},
                        {"value": "ada", "enum_code": "ICQ"},
                    ],
                }
            ],
        ),
        ({"phone": []}, None),
        ({"phone": None}, [{"field_code": "PHONE", "values": None}]),
        ({"email": None}, None),
        ({"24": None}, [{"field_id": 24, "values": None}]),
        (
            {"26.city": "Lviv", "26.zip": "79000"},
            [
                {
                    "field_id": 26,
                    "values": [
                        {"value": "Main St 1", "enum_code": "address_line_1"},
                        {"value": "Lviv", "enum_code": "city"},
                        {"value": "79000", "enum_code": "zip"},
                    ],
                }
            ],
        ),
        (
            {"26.city": None},
            [
                {
                    "field_id": 26,
                    "values": [{"value": "Main St 1", "enum_code": "address_line_1"}],
                }
            ],
        ),
    ],
)
def test_a_change_keeps_what_a_field_of_several_values_holds(fields, elements):
    body = changed_entity(Kind.CONTACT, fields, CATALOG, PRESENT)
    assert body.get("custom_fields_values") == elements


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({"name": None}, {"name": ""}),
        ({"budget": None}, {"price": 0}),
    ],
)
def test_none_clears_a_field_of_kommos_own(fields, body):
    assert changed_entity(Kind.DEAL, fields, CATALOG) == body


# --- whose fault it is ---


@pytest.mark.parametrize(
    ("path", "blamed"),
    [
        ("price", (Kind.DEAL, "budget")),
        ("status_id", (Kind.DEAL, "stage")),
        ("custom_fields_values.0.values.0.value", (Kind.DEAL, "41")),
        ("custom_fields_values.0.field_id", (Kind.DEAL, "41")),
        ("custom_fields_values.7.field_id", (Kind.DEAL, None)),
        ("custom_fields_values", (Kind.DEAL, None)),
        ("_embedded.contacts.0.first_name", (Kind.CONTACT, "first_name")),
        ("_embedded.contacts.0.custom_fields_values.0.values.0.value", (Kind.CONTACT, "email")),
        ("_embedded.contacts.0.custom_fields_values.1.values.0.value", (Kind.CONTACT, "26.city")),
        ("_embedded.companies.0.name", (Kind.COMPANY, "name")),
        ("_embedded.companies.7.name", (Kind.DEAL, None)),
        ("_embedded.tags.0.name", (Kind.DEAL, None)),
        ("", (Kind.DEAL, None)),
        ("something_new", (Kind.DEAL, None)),
    ],
)
def test_the_path_of_an_error_leads_to_our_field(path, blamed):
    body = {
        **changed_entity(Kind.DEAL, {"budget": "1", "41": "x"}, CATALOG),
        "_embedded": {
            "contacts": [
                changed_entity(
                    Kind.CONTACT, {"email": ["a@example.org"], "26.city": "Lviv"}, CATALOG
                )
            ],
            "companies": [changed_entity(Kind.COMPANY, {"name": "Firm"}, CATALOG)],
        },
    }
    assert blamed_field(Kind.DEAL, body, path) == blamed
