"""The simulated Odoo's load does what was seen on a real Odoo 19, or stands in its source."""

import pytest

from tests.connectors.odoo.conftest import Caller


def test_a_second_load_changes_what_the_first_has_made(odoo):
    fields = ["id", "name", "phone"]
    first = odoo("res.partner/load", fields=fields, data=[["f.a", "Ada", "1"], ["f.b", "Eve", "2"]])
    assert first == {"ids": [41, 42], "messages": [], "nextrow": 0}
    second = odoo("res.partner/load", fields=fields, data=[["f.b", "Eva", ""]])
    assert second["ids"] == [42]
    record = odoo.get("res.partner", 42, "name", "phone")
    assert record == {"id": 42, "name": "Eva", "phone": False}
    assert odoo("res.partner/get_external_id", ids=[41, 10]) == {"41": "f.a", "10": ""}


def test_a_load_with_one_bad_row_saves_nothing(odoo):
    data = [["Deal", "1"], ["Bad", "much"]]
    answer = odoo("crm.lead/load", fields=["name", "expected_revenue"], data=data)
    assert answer["ids"] is False
    assert [(one["record"], one["field"]) for one in answer["messages"]] == [
        (1, "expected_revenue")
    ]
    assert odoo("crm.lead/search_count", domain=[]) == 0


def test_the_first_row_is_blamed_for_what_befalls_all(odoo):
    data = [["Ada"], [""], ["Eve"]]
    answer = odoo("res.partner/load", fields=["name"], data=data)
    assert [one["record"] for one in answer["messages"]] == [0, 1]
    assert not any("field" in one for one in answer["messages"])


def test_the_loser_of_two_loads_gets_a_success_that_is_none(odoo):
    odoo.simulator.extensions["odoo"].collisions = 1
    answer = odoo("res.partner/load", fields=["id", "name"], data=[["f.a", "Ada"]])
    assert answer["ids"] is False
    assert "could not serialize access" in answer["messages"][0]["message"]
    assert odoo("res.partner/load", fields=["id", "name"], data=[["f.a", "Ada"]])["ids"] == [41]


@pytest.mark.parametrize(
    ("column", "cell", "field"),
    [
        ("partner_id/.id", "999", "partner_id"),
        ("partner_id/id", "f.nobody", "partner_id"),
        ("source_id", "google", "source_id"),
        ("type", "deal", "type"),
        ("x_meeting", "2026-12-01T08:30", "x_meeting"),
        ("x_newsletter", "perhaps", "x_newsletter"),
        ("x_seats", "2.5", "x_seats"),
        (".id", "999", ".id"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(odoo, column, cell, field):
    answer = odoo("crm.lead/load", fields=["name", column], data=[["A", cell]])
    assert [one["field"] for one in answer["messages"]] == [field]


@pytest.mark.parametrize(
    ("column", "cell", "context", "name", "value"),
    [
        ("type", "Opportunity", {}, "type", "opportunity"),
        ("partner_id/.id", "10", {}, "partner_id", 10),
        ("x_meeting", "2026-12-01 10:30:00", {}, "x_meeting", "2026-12-01 08:30:00"),
        ("x_meeting", "2026-12-01 08:30:00", {"tz": "UTC"}, "x_meeting", "2026-12-01 08:30:00"),
        ("x_interest_ids/.id", "1,2", {}, "x_interest_ids", [1, 2]),
        (
            "source_id",
            "google",
            {"name_create_enabled_fields": {"source_id": True}},
            "source_id",
            1,
        ),
    ],
)
def test_a_cell_is_read_as_an_import_does(odoo, column, cell, context, name, value):
    rows = {"fields": ["name", column], "data": [["A", cell]], "context": context}
    (id,) = odoo("crm.lead/load", **rows)["ids"]
    assert odoo.get("crm.lead", id, name)[name] == value


@pytest.mark.parametrize(("context", "tags"), [({}, [2]), ({"update_many2many": True}, [1, 2])])
def test_tags_are_replaced_unless_they_are_to_be_added(odoo, context, tags):
    odoo("crm.tag/create", vals_list=[{"name": "a"}, {"name": "b"}])
    (id,) = odoo("crm.lead/create", vals_list=[{"name": "A", "tag_ids": [1]}])
    rows = {"fields": [".id", "tag_ids"], "data": [[str(id), "b"]]}
    odoo("crm.lead/load", **rows, context=context)
    assert odoo.get("crm.lead", id, "tag_ids")["tag_ids"] == tags


def test_an_external_id_is_unique_and_only_administrators_may_search_it(odoo):
    row = {"module": "f", "name": "a", "model": "res.partner", "res_id": 10}
    assert odoo.answer("ir.model.data/create", vals_list=[row]).status_code == 200
    again = odoo.answer("ir.model.data/create", vals_list=[row])
    assert (again.status_code, "duplicate key" in again.text) == (422, True)
    others = Caller().answer("ir.model.data/search_read", domain=[])
    assert (others.status_code, others.json()["name"]) == (403, "odoo.exceptions.AccessError")
