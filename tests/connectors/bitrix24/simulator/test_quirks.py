"""The simulator is as odd as Bitrix24 is said to be, and stricter where nobody says."""

from __future__ import annotations

import pytest

from connectors.simulation import Fault, FaultKind

LEAD, DEAL, CONTACT, COMPANY = 1, 2, 3, 4
PHONE = {"typeId": "PHONE", "valueType": "WORK", "value": "+14155550100"}
EMAIL = {"typeId": "EMAIL", "valueType": "WORK", "value": "Ada@example.org"}


def test_empty_maps_are_lists(rest):
    body = rest.call("batch", halt=0, cmd={}).json()
    assert body["result"] == {
        "result": [],
        "result_error": [],
        "result_total": [],
        "result_next": [],
        "result_time": [],
    }
    assert rest.result("crm.duplicate.findbycomm", type="PHONE", values=["+1"]) == []


def test_a_batch_goes_on_after_an_error_unless_told_to_halt(rest):
    commands = ["profile", "crm.item.get?entityTypeId=2&id=1", "profile"]
    on, off = rest.batch(*commands), rest.batch(*commands, halt=1)
    assert [set(one["result"]) for one in (on, off)] == [{"c0", "c2"}, {"c0"}]
    assert on["result_error"]["c1"] == {"error": "NOT_FOUND", "error_description": "Item not found"}


def test_a_batch_takes_fifty_commands_and_no_other_batch(rest):
    answer = rest.batch(*["profile"] * 51)
    assert len(answer["result"]) == 50
    assert answer["result_error"]["c50"]["error"] == "ERROR_BATCH_LENGTH_EXCEEDED"
    nested = rest.batch("batch?cmd[a]=profile")
    assert nested["result_error"]["c0"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("%24result%5Bc0%5D%5BNAME%5D", "Grace"),
        ("I am %24RESULT%5Bc0%5D%5BNAME%5D", "I am Grace"),
        ("%24result", "$result"),
        ("%24100", "$100"),
    ],
)
def test_references_are_followed_wherever_they_stand(rest, typed, kept):
    answer = rest.batch("profile", f"crm.item.add?entityTypeId=4&fields[title]={typed}")
    assert answer["result"]["c1"]["item"]["title"] == kept


def test_a_body_counts_with_post_only(rest):
    path = "/rest/1/demo-token/crm.item.fields"
    answer = rest.http.request("GET", path, json={"entityTypeId": 2})
    assert answer.json()["error"] == "100"
    assert "title" in rest.http.get(f"{path}.json?entityTypeId=2").json()["result"]["fields"]


@pytest.mark.parametrize("webhook", ["1/wrong", "2/demo-token", "1"])
def test_who_has_no_webhook_has_no_access(rest, webhook):
    rest.webhook = webhook
    assert rest.error("profile") == (401, "NO_AUTH_FOUND")


@pytest.mark.parametrize(
    ("method", "params", "status", "code"),
    [
        ("nothing.like.it", {}, 404, "ERROR_METHOD_NOT_FOUND"),
        ("crm.item.add", {"entityTypeId": 2}, 400, "100"),
        ("crm.item.add", {"entityTypeId": 99, "fields": {"a": 1}}, 400, "NOT_FOUND"),
        ("crm.item.update", {"entityTypeId": 2, "id": 1, "fields": {"a": 1}}, 400, "NOT_FOUND"),
        ("crm.item.delete", {"entityTypeId": 2, "id": 1}, 400, "NOT_FOUND"),
        ("crm.item.list", {"entityTypeId": 2, "filter": {"shoe": 1}}, 400, "INVALID_ARG_VALUE"),
        ("crm.item.list", {"entityTypeId": 3, "filter": {"fm": 1}}, 400, "INVALID_ARG_VALUE"),
        ("crm.duplicate.findbycomm", {"type": "FAX", "values": ["1"]}, 400, ""),
        ("crm.duplicate.findbycomm", {"type": "PHONE", "values": "1"}, 400, ""),
        ("crm.activity.todo.add", {"ownerTypeId": 2, "ownerId": 1}, 400, "100"),
        (
            "crm.activity.todo.add",
            {"ownerTypeId": 2, "ownerId": 1, "deadline": "2026-12-01"},
            400,
            "OWNER_NOT_FOUND",
        ),
        ("crm.timeline.comment.list", {"filter": {"ENTITY_ID": 1}}, 400, ""),
        ("crm.category.list", {"entityTypeId": 3}, 400, "NOT_FOUND"),
    ],
)  # fmt: skip
def test_a_call_is_refused_with(rest, method, params, status, code):
    assert rest.error(method, **params) == (status, code)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ufCrm_1101": "99"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"ufCrm_1101": "Software"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"ufCrm_1103": "110301"}, "100"),
        ({"ufCrm_1104": "tomorrow"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"ufCrm_1105": "soon"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"ufCrm_1106": "maybe"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"ufCrm_1107": "99.5"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"ufCrm_1108": "1.5"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"ufCrm_1102": ["a"]}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"opportunity": "much"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"assignedById": 99}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"sourceId": "PIGEON"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"categoryId": 7}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"stageId": "C9:NEW"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ({"categoryId": 9, "stageId": "NEW"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
    ],
    ids=str,
)
def test_a_value_that_does_not_fit_is_refused(rest, fields, code):
    assert rest.error("crm.item.add", entityTypeId=DEAL, fields=fields) == (400, code)
    assert rest.simulator.store.count("deal") == 0


def test_a_required_field_of_ones_own_must_be_there(rest):
    fields = rest.simulator.store.all("deal/fields")
    topic = next(one for one in fields if one["name"] == "ufCrm_1102")
    rest.simulator.store.replace("deal/fields", {**topic, "isRequired": True})
    asked = {"entityTypeId": DEAL, "fields": {"title": "Form"}}
    assert rest.error("crm.item.add", **asked) == (400, "CRM_FIELD_ERROR_REQUIRED")


def test_unknown_fields_and_people_are_passed_over_in_silence(rest):
    id = rest.add(DEAL, title="Form", shoeSize=43, id=7, contactIds=[424242])
    deal = rest.get(DEAL, id)
    assert "shoeSize" not in deal
    assert (deal["id"], deal["contactIds"]) == (id, [])


def test_defaults_are_filled_in(rest):
    deal = rest.get(DEAL, rest.add(DEAL, opportunity=10))
    assert deal["title"] == f"Deal #{deal['id']}"
    assert (deal["categoryId"], deal["stageId"], deal["closed"]) == (0, "NEW", "N")
    assert (deal["assignedById"], deal["opened"], deal["currencyId"]) == (1, "Y", "UAH")


def test_a_stage_says_whether_a_deal_is_closed(rest):
    id = rest.add(DEAL, categoryId=9, stageId="C9:LOSE")
    deal = rest.get(DEAL, id)
    assert (deal["stageSemanticId"], deal["closed"]) == ("F", "Y")


def test_moments_are_told_in_the_zone_of_the_portal(rest):
    id = rest.add(DEAL, ufCrm_1105="2026-12-01T08:30:00+00:00", ufCrm_1104="2026-12-01")
    deal = rest.get(DEAL, id)
    assert deal["ufCrm_1105"] == "2026-12-01T10:30:00+02:00"
    assert deal["ufCrm_1104"] == "2026-12-01T00:00:00+02:00"


# --- multifields ---


@pytest.mark.parametrize(
    ("sent", "values"),
    [
        ([PHONE], ["+14155550100", "+14155550100"]),  # there twice
        ({"n0": EMAIL}, ["+14155550100", "Ada@example.org"]),
        ({"11": {"typeId": "PHONE", "value": "+1"}}, ["+1"]),
        ({"11": {"typeId": "PHONE", "value": ""}}, []),
        ({"99": PHONE}, ["+14155550100", "+14155550100"]),  # an id nobody has makes a new one
        ([{"value": "+1"}], ["+14155550100"]),
        ("+1", ["+14155550100"]),
    ],
    ids=str,
)
def test_multifields_are_appended_changed_and_dropped(rest, sent, values):
    id = rest.add(CONTACT, name="Ada", fm=[PHONE])
    rest.result("crm.item.update", entityTypeId=CONTACT, id=id, fields={"fm": sent})
    assert [one["value"] for one in rest.get(CONTACT, id)["fm"]] == values


def test_multifields_come_with_everything_only(rest):
    rest.add(CONTACT, name="Ada", fm=[PHONE])
    (row,) = rest.result("crm.item.list", entityTypeId=CONTACT, select=["id", "name", "fm"])[
        "items"
    ]
    assert row == {"id": 901, "name": "Ada"}
    (row,) = rest.result("crm.item.list", entityTypeId=CONTACT)["items"]
    assert row["fm"][0]["value"] == "+14155550100"


# --- finding ---


@pytest.mark.parametrize(
    ("typed", "asked", "found"),
    [
        ("+14155550100", "+14155550100", True),
        ("+14155550100", "14155550100", False),
        ("(415) 555-0100", "+14155550100", False),
        ("+14155550100 ext. 12", "+14155550100", True),
    ],
)
def test_phones_are_compared_whole_but_for_an_extension(rest, typed, asked, found):
    id = rest.add(CONTACT, fm=[{**PHONE, "value": typed}])
    answer = rest.result("crm.duplicate.findbycomm", type="PHONE", values=[asked])
    assert answer == ({"CONTACT": [id]} if found else [])


def test_e_mails_are_compared_without_regard_to_case(rest):
    id = rest.add(CONTACT, fm=[EMAIL])
    asked = {"type": "EMAIL", "values": ["ADA@example.org"]}
    assert rest.result("crm.duplicate.findbycomm", **asked) == {"CONTACT": [id]}


def test_no_more_than_twenty_are_told_and_they_hide_the_other_kinds(rest):
    for _ in range(21):
        rest.add(CONTACT, fm=[PHONE])
    company = rest.add(COMPANY, title="Acme", fm=[PHONE])
    asked = {"type": "PHONE", "values": [PHONE["value"]]}
    every = rest.result("crm.duplicate.findbycomm", **asked)
    assert {kind: len(ids) for kind, ids in every.items()} == {"CONTACT": 20}
    one = rest.result("crm.duplicate.findbycomm", **asked, entity_type="COMPANY")
    assert one == {"COMPANY": [company]}


def test_the_search_overlooks_what_is_new_and_lists_do_not(start):
    rest, clock = start(search_lag_s=30)
    rest.add(CONTACT, name="Ada", fm=[PHONE])
    asked = {"type": "PHONE", "values": [PHONE["value"]]}
    assert rest.result("crm.duplicate.findbycomm", **asked) == []
    wanted = {"entityTypeId": CONTACT, "filter": {"=name": "Ada"}}
    assert len(rest.result("crm.item.list", **wanted)["items"]) == 1
    clock.sleep(30)
    assert rest.result("crm.duplicate.findbycomm", **asked) == {"CONTACT": [901]}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"title": "B"}, ["B"]),
        ({"=title": "b"}, []),
        ({"@title": ["A", "C"]}, ["A", "C"]),
        ({"!=title": "B"}, ["A", "C"]),
        ({"%title": "a"}, ["A"]),
        ({">opportunity": 10}, ["B", "C"]),
        ({">=opportunity": "10", "<opportunity": 30}, ["A", "B"]),
        ({"0": {"logic": "OR", "0": {"title": "A"}, "1": {"title": "C"}}}, ["A", "C"]),
        ({"ufCrm_1106": "1"}, ["A"]),
        ({"ufCrm_1106": "Y"}, []),
        ({"ufCrm_1103": "110301"}, ["A"]),
        ({"contactIds": 901}, ["B"]),
        ({"stageSemanticId": "S"}, ["C"]),
    ],
    ids=str,
)
def test_lists_are_filtered(rest, wanted, found):
    rest.add(CONTACT, name="Ada")
    rest.add(DEAL, title="A", opportunity=10, ufCrm_1106="Y", ufCrm_1103=["110301", "110302"])
    rest.add(DEAL, title="B", opportunity=20, contactIds=[901])
    rest.add(DEAL, title="C", opportunity=30, stageId="WON")
    rows = rest.result("crm.item.list", entityTypeId=DEAL, filter=wanted)["items"]
    assert [row["title"] for row in rows] == found


def test_lists_come_in_pages_of_fifty(rest):
    for _ in range(51):
        rest.add(CONTACT, name="Ada")
    first = rest.call("crm.item.list", entityTypeId=CONTACT).json()
    assert (len(first["result"]["items"]), first["total"], first["next"]) == (50, 51, 50)
    second = rest.call("crm.item.list", entityTypeId=CONTACT, start=50).json()
    assert (len(second["result"]["items"]), "next" in second) == (1, False)
    uncounted = rest.call("crm.item.list", entityTypeId=CONTACT, start=-1).json()
    assert not uncounted.keys() & {"total", "next"}


# --- links, leads, history ---


def test_a_link_that_is_there_is_answered_with_false(rest):
    ada, firm = rest.add(CONTACT, name="Ada"), rest.add(COMPANY, title="Acme")
    asked = {"id": ada, "fields": {"COMPANY_ID": firm}}
    assert [rest.result("crm.contact.company.add", **asked) for _ in range(2)] == [True, False]
    assert rest.get(CONTACT, ada)["companyIds"] == [firm]


def test_a_deal_has_one_company(rest):
    first, second = (rest.add(COMPANY, title=title) for title in ("Acme", "Initech"))
    deal = rest.add(DEAL, title="Form", companyId=first)
    rest.result("crm.item.update", entityTypeId=DEAL, id=deal, fields={"companyId": second})
    assert rest.get(DEAL, deal)["companyId"] == second


@pytest.mark.parametrize(("leads", "mode", "deals"), [(True, 1, 0), (False, 2, 1)])
def test_without_leads_each_becomes_a_deal(start, leads, mode, deals):
    rest, _ = start(leads=leads)
    assert rest.result("crm.settings.mode.get") == mode
    rest.add(LEAD, title="Form")
    assert rest.simulator.store.count("deal") == deals


def test_a_comment_is_taken_for_whoever_is_named_and_trimmed(rest):
    fields = {"ENTITY_TYPE": "deal", "ENTITY_ID": 42, "COMMENT": " Hello \n"}
    id = rest.result("crm.timeline.comment.add", fields=fields)
    wanted = {"ENTITY_TYPE": "deal", "ENTITY_ID": 42}
    (row,) = rest.result("crm.timeline.comment.list", filter=wanted)
    assert (row["ID"], row["COMMENT"]) == (str(id), "Hello")


# --- limits ---


def test_two_calls_a_second_and_no_word_on_how_long_to_wait(start):
    rest, clock = start(rate_limit=2)
    responses = [rest.call("profile") for _ in range(3)]
    assert [response.status_code for response in responses] == [200, 200, 503]
    assert responses[2].json()["error"] == "QUERY_LIMIT_EXCEEDED"
    assert "Retry-After" not in responses[2].headers
    clock.sleep(1)
    assert rest.call("profile").status_code == 200


def test_a_method_that_ran_for_too_long_is_blocked_alone_and_for_a_while(start):
    rest, clock = start(operating_limit_s=1, command_s=0.5)
    answer = rest.batch("profile", "profile", "profile", "crm.currency.base.get")
    assert answer["result_error"]["c2"]["error"] == "OPERATION_TIME_LIMIT"
    assert set(answer["result"]) == {"c0", "c1", "c3"}
    assert rest.error("profile") == (429, "OPERATION_TIME_LIMIT")
    clock.at = answer["result_time"]["c1"]["operating_reset_at"]
    assert rest.call("profile").status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "media"),
    [
        (Fault(FaultKind.REFUSE), 400, "application/json"),
        (Fault(FaultKind.REFUSE, status=401), 401, "application/json"),
        (Fault(FaultKind.REFUSE, status=403), 403, "application/json"),
        (Fault(FaultKind.RATE_LIMIT), 503, "application/json"),
        (Fault(FaultKind.ERROR_AFTER), 500, "application/json"),
        (Fault(FaultKind.BLOCK), 403, "text/html; charset=utf-8"),
        (Fault(FaultKind.HTML_ERROR), 502, "text/html; charset=utf-8"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else None,
)
def test_faults_speak_bitrix24(rest, fault, status, media):
    rest.simulator.faults.add(fault)
    response = rest.call("profile")
    assert (response.status_code, response.headers["Content-Type"]) == (status, media)


def test_a_state_file_keeps_what_happened(start, tmp_path):
    rest, _ = start(state_file=tmp_path / "state")
    id = rest.add(CONTACT, name="Ada", fm=[PHONE])
    again, _ = start(state_file=tmp_path / "state")
    assert again.get(CONTACT, id)["name"] == "Ada"
