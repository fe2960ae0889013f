"""The simulated Odoo does what was seen on a real Odoo 19."""

import pytest

from tests.connectors.odoo.conftest import KEY, Caller

PARTNER = {"name": "Ada"}


@pytest.mark.parametrize(
    ("place", "named", "status", "name", "words"),
    [
        (
            "res.partner/create",
            {"vals_list": [{**PARTNER, "x": 1}]},
            500,
            "builtins.ValueError",
            "Invalid field 'x' in 'res.partner'",
        ),
        (
            "crm.lead/create",
            {"vals_list": [{"name": "A", "type": "x"}]},
            500,
            "builtins.ValueError",
            "Wrong value",
        ),
        (
            "crm.lead/create",
            {"vals_list": [{"name": "A", "expected_revenue": "much"}]},
            500,
            "builtins.ValueError",
            "float",
        ),
        (
            "crm.lead/create",
            {"vals_list": [{"name": "A", "date_deadline": "1.12.2026"}]},
            500,
            "builtins.ValueError",
            "format",
        ),
        (
            "crm.lead/create",
            {"vals_list": [{"name": "A", "x_meeting": "2026-12-01T08:30:00Z"}]},
            500,
            "builtins.ValueError",
            "format",
        ),
        (
            "res.partner/search_read",
            {"filter": []},
            422,
            "werkzeug.exceptions.UnprocessableEntity",
            "filter",
        ),
        (
            "res.partner/create",
            {"vals_list": [{"email": "a@b.test"}]},
            422,
            "odoo.exceptions.ValidationError",
            "Contacts require a name",
        ),
        (
            "crm.lead/create",
            {"vals_list": [{}]},
            422,
            "odoo.exceptions.ValidationError",
            "Missing required",
        ),
        (
            "crm.lead/create",
            {"vals_list": [{"name": "A", "partner_id": 999}]},
            422,
            "odoo.exceptions.ValidationError",
            "Another model is using the record",
        ),
        (
            "res.partner/_write",
            {"ids": [10], "vals": {}},
            403,
            "odoo.exceptions.AccessError",
            "Private methods",
        ),
        (
            "res.partner/write",
            {"ids": [999], "vals": PARTNER},
            404,
            "odoo.exceptions.MissingError",
            "does not exist",
        ),
        ("res.nobody/read", {"ids": [1]}, 404, "werkzeug.exceptions.NotFound", "res.nobody"),
        (
            "res.users.apikeys/generate",
            {},
            404,
            "werkzeug.exceptions.NotFound",
            "generate",
        ),
        (
            "mail.activity/create",
            {"vals_list": [{"res_model": "res.partner", "res_id": 10}]},
            422,
            "odoo.exceptions.ValidationError",
            "res_model_id",
        ),
    ],
)
def test_what_odoo_refuses(odoo, place, named, status, name, words):
    answer = odoo.answer(place, **named)
    assert (answer.status_code, answer.json()["name"]) == (status, name)
    assert words in answer.json()["message"]
    assert not odoo.simulator.store.truth


@pytest.mark.parametrize(
    ("headers", "status", "is_json"),
    [
        ({}, 401, True),
        ({"Authorization": "bearer other"}, 401, True),
        ({**KEY, "X-Odoo-Database": "other"}, 404, False),
        ({**KEY, "X-Odoo-Database": "demo"}, 200, True),
    ],
)
def test_who_is_let_in(odoo, headers, status, is_json):
    answer = odoo.answer("res.users/context_get", headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"] == "application/json") == (
        status,
        is_json,
    )


@pytest.mark.parametrize(
    ("content", "type", "status"), [("{", "application/json", 400), ("a=1", "text/plain", 415)]
)
def test_a_body_that_is_no_json_gets_a_page(odoo, content, type, status):
    headers = {**KEY, "Content-Type": type}
    answer = odoo.http.post("/json/2/res.users/context_get", content=content, headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (
        status,
        "text/html",
    )


def test_only_post_reaches_a_method(odoo):
    answer = odoo.http.get("/json/2/res.users/context_get", headers=KEY)
    assert (answer.status_code, answer.json()["name"]) == (404, "werkzeug.exceptions.NotFound")


def test_the_version_is_told_to_everybody(odoo):
    answer = odoo.http.get("/web/version").json()
    assert answer == {"version_info": [19, 0, 0, "final", 0, ""], "version": "19.0"}


def test_one_bad_row_rolls_a_create_back(odoo):
    answer = odoo.answer("res.partner/create", vals_list=[PARTNER, {"x": 1}])
    assert answer.status_code == 500
    assert odoo("res.partner/search_count", domain=[["name", "=", "Ada"]]) == 0


def test_ids_come_in_order_and_reads_of_what_is_gone_are_empty(odoo):
    ids = odoo("res.partner/create", vals_list=[PARTNER, PARTNER])
    assert ids == [41, 42]
    assert odoo("res.partner/read", ids=[999], fields=["name"]) == []


def test_references_are_read_with_their_names_or_as_ids(odoo):
    (id,) = odoo("res.partner/create", vals_list=[{**PARTNER, "country_id": "57"}])
    named = odoo("res.partner/search_read", domain=[["id", "=", id]], fields=["country_id"])
    assert named == [{"id": id, "country_id": [57, "Germany"]}]
    assert odoo.get("res.partner", id, "country_id")["country_id"] == 57


@pytest.mark.parametrize(
    ("values", "sanitized"),
    [
        ({"phone": "415 555 2672"}, False),
        ({"phone": "030 123456", "country_id": 57}, "+4930123456"),
        ({"phone": "+49 30 123456"}, "+4930123456"),
    ],
)
def test_a_phone_without_country_has_no_form_to_compare(odoo, values, sanitized):
    (id,) = odoo("res.partner/create", vals_list=[{**PARTNER, **values}])
    assert odoo.get("res.partner", id, "phone_sanitized")["phone_sanitized"] == sanitized


def test_an_e_mail_is_unique_to_nobody(odoo):
    ids = odoo("res.partner/create", vals_list=[{**PARTNER, "email": "Ada@B.test"}] * 2)
    assert len(set(ids)) == 2
    found = odoo("res.partner/search", domain=[["email_normalized", "=", "ada@b.test"]])
    assert found == ids
    assert odoo("res.partner/find_or_create", email='"A" <ADA@b.test>') == ids[:1]


@pytest.mark.parametrize("version", [19, 17])
def test_a_second_number_is_gone_with_odoo_19(version):
    known = Caller(version=version).execute("res.partner", "fields_get", [], allfields=["mobile"])
    assert bool(known) is (version < 19)


def test_formats_are_made_harmless(odoo):
    text = '<p onclick="x()">Hi</p><script>alert(1)</script>'
    (id,) = odoo("crm.lead/create", vals_list=[{"name": "A", "description": text}])
    assert odoo.get("crm.lead", id, "description")["description"] == "<p>Hi</p>"


def test_a_customer_fills_the_empty_fields_of_a_lead(odoo):
    (firm,) = odoo("res.partner/create", vals_list=[{"name": "Firm", "is_company": True}])
    ada = {**PARTNER, "email": "a@b.test", "phone": "+1415", "parent_id": firm}
    (id,) = odoo("res.partner/create", vals_list=[ada])
    (lead,) = odoo("crm.lead/create", vals_list=[{"name": "A", "partner_id": id, "phone": "7"}])
    record = odoo.get("crm.lead", lead, "email_from", "phone", "partner_name", "contact_name")
    assert record == {
        "id": lead,
        "email_from": "a@b.test",
        "phone": "7",
        "partner_name": "Firm",
        "contact_name": "Ada",
    }


def test_people_can_be_made_inside_their_company(odoo):
    values = {"name": "Beta", "is_company": True, "child_ids": [[0, 0, {"name": "Carl"}]]}
    (firm,) = odoo("res.partner/create", vals_list=[values])
    (carl,) = odoo("res.partner/search", domain=[["parent_id", "=", firm]])
    assert odoo.get("res.partner", firm, "child_ids")["child_ids"] == [carl]


@pytest.mark.parametrize(
    ("commands", "after"),
    [
        ([[4, 2]], [1, 2]),
        ([[3, 1]], []),
        ([[5]], []),
        ([[6, 0, [2]]], [2]),
        ([2], [2]),
        ([[0, 0, {"name": "new"}]], [1, 3]),
    ],
)
def test_lists_are_changed_by_commands(odoo, commands, after):
    odoo("crm.tag/create", vals_list=[{"name": "a"}, {"name": "b"}])
    (id,) = odoo("crm.lead/create", vals_list=[{"name": "A", "tag_ids": [1]}])
    odoo("crm.lead/write", ids=[id], vals={"tag_ids": commands})
    assert odoo.get("crm.lead", id, "tag_ids")["tag_ids"] == after


@pytest.mark.parametrize(
    ("context", "status"),
    [({}, 422), ({"mail_create_nosubscribe": True}, 200), ({"tracking_disable": True}, 422)],
)
def test_an_activity_inside_a_new_lead_needs_a_quiet_context(odoo, context, status):
    (described,) = odoo("ir.model/search", domain=[["model", "=", "crm.lead"]])
    activity = {"res_model_id": described, "activity_type_id": 2, "date_deadline": "2026-11-22"}
    values = {"name": "A", "activity_ids": [[0, 0, activity]]}
    assert odoo.answer("crm.lead/create", vals_list=[values], context=context).status_code == status


@pytest.mark.parametrize(
    ("named", "body"),
    [({}, "<p>&lt;b&gt;Hi&lt;/b&gt;</p>"), ({"body_is_html": True}, "<b>Hi</b>")],
)
def test_a_posted_text_is_escaped_unless_it_says_otherwise(odoo, named, body):
    id = odoo("res.partner/message_post", ids=[10], body="<b>Hi</b>", **named)
    assert odoo.get("mail.message", id, "body")["body"] == body


def test_an_activity_is_scheduled_by_the_external_id_of_its_type(odoo):
    named = {"act_type_xmlid": "mail.mail_activity_data_call", "summary": "Call"}
    id = odoo("res.partner/activity_schedule", ids=[10], date_deadline="2026-11-25", **named)
    record = odoo.get("mail.activity", id, "activity_type_id", "res_model", "res_id")
    assert record == {"id": id, "activity_type_id": 2, "res_model": "res.partner", "res_id": 10}


def test_a_lost_lead_is_archived_and_a_won_one_in_the_last_stage(odoo):
    ids = odoo("crm.lead/create", vals_list=[{"name": "A"}, {"name": "B"}])
    odoo("crm.lead/action_set_lost", ids=ids[:1])
    odoo("crm.lead/action_set_won", ids=ids[1:])
    assert odoo("crm.lead/search", domain=[]) == ids[1:]
    states = odoo(
        "crm.lead/search_read",
        domain=[["active", "in", [True, False]]],
        fields=["won_status", "stage_id"],
    )
    assert [one["won_status"] for one in states] == ["lost", "won"]
    assert states[1]["stage_id"] == [4, "Won"]


def test_a_name_that_is_taken_gets_a_number(odoo):
    assert odoo("utm.source/name_create", name="google")[1] == "google"
    assert odoo("utm.source/name_create", name="google")[1] == "google [2]"


# --- access ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends", "status"),
    [(None, 200), ("2027-01-01 00:00:00", 200), ("2026-11-21 08:59:59", 401)],
)
def test_a_key_lets_in_until_it_runs_out(ends, status):
    assert Caller(key_expires=ends).answer("res.users/context_get").status_code == status


def test_a_key_that_is_deleted_lets_nobody_in(odoo):
    odoo.simulator.store.delete("res.users.apikeys", 1)
    assert odoo.answer("res.users/context_get").status_code == 401


def test_json_rpc_wants_login_and_secret_and_answers_always_with_200(odoo):
    asked = ("common", "authenticate")
    assert odoo.rpc(*asked, "demo", "grace@acme.test", "demo-token", {})["result"] == 2
    assert odoo.rpc(*asked, "demo", "grace@acme.test", "other", {})["result"] is False
    nobody = odoo.rpc(*asked, "other", "grace@acme.test", "demo-token", {})
    assert nobody["error"]["data"]["name"] == "psycopg2.OperationalError"
    denied = odoo.rpc("object", "execute_kw", "demo", 2, "other", "res.users", "read", [[2]])
    assert denied["error"]["data"]["name"] == "odoo.exceptions.AccessDenied"
    assert odoo.execute("res.partner", "create", [[PARTNER]]) == [41]
    assert odoo.execute("res.partner", "read", [[41]], fields=["name"]) == [
        {"id": 41, "name": "Ada"}
    ]


def test_older_versions_know_only_json_rpc():
    older = Caller(version=17)
    assert older.answer("res.users/context_get").status_code == 404
    assert older.rpc("common", "version")["result"]["server_version"] == "17.0"


def test_people_see_the_pipeline_and_the_records(odoo):
    (ada,) = odoo("res.partner/create", vals_list=[{**PARTNER, "email": "ada@b.test"}])
    (deal,) = odoo("crm.lead/create", vals_list=[{"name": "Chairs", "partner_id": ada}])
    odoo("crm.lead/message_post", ids=[deal], body="Asked for blue ones")
    overview = odoo.http.get("/").text
    assert all(words in overview for words in ("Sales", "Negotiation", "Chairs", "Ada"))
    sheet = odoo.http.get(f"/odoo/crm.lead/{deal}").text
    assert "Asked for blue ones" in sheet
    assert odoo.http.get("/odoo/res.partner/999").status_code == 404
