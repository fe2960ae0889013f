"""What the API tells and does, noun by noun. Who may ask is `test_routes`'s."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from connectors.base import Account
from engine.instance import Instance
from engine.storage.connections import connection_by_key
from engine.storage.models import RunState
from tests.builders import module_document
from tests.web.studio.world import REFUSAL, SECRET

V1 = "/api/v1"


def mistakes(answer: Any) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {each["pointer"]: each["detail"] for each in answer.get_json(force=True)["errors"]}


def put_form(client: FlaskClient, key: str = "callback", **changes: Any):
    return client.put(f"{V1}/forms/{key}", json={"form": key, "name": "Call me"} | changes)


def put_module(client: FlaskClient, query: str = "", **changes: Any):
    return client.put(f"{V1}/modules/callback/sales{query}", json=module_document(**changes))


def test_forms_are_listed_with_their_modules(grace: FlaskClient):
    (form,) = grace.get(f"{V1}/forms").json["items"]
    assert (form["form"], form["modules"], form["enabled"]) == ("callback", ["sales"], True)
    assert "config" not in form


def test_a_form_is_made_and_then_replaced(grace: FlaskClient):
    made = put_form(grace, "new", zone="Europe/Kyiv")
    assert (made.status_code, made.json["config"]["zone"]) == (201, "Europe/Kyiv")
    replaced = put_form(grace, "new", enabled=False)
    assert (replaced.status_code, replaced.json["config"]["zone"]) == (200, "UTC")
    assert grace.get(f"{V1}/forms/new").json == replaced.json
    assert grace.post("/f/new", data={"a": "b"}).status_code == 410


def test_every_mistake_of_a_form_is_told_with_its_place(grace: FlaskClient):
    answer = put_form(grace, zone="Mars", per_minute=0, colour="red")
    assert mistakes(answer).keys() == {"/zone", "/per_minute", "/colour"}
    assert grace.get(f"{V1}/forms/callback").json["name"] == "Callback"


def test_a_document_cannot_be_saved_at_another_address(grace: FlaskClient):
    assert mistakes(put_form(grace, form="other")) == {
        "/form": "must be callback, as in the address"
    }
    assert mistakes(put_module(grace, module="other")).keys() == {"/module"}


UNREADABLE = [
    (b"{", "application/json", 400, "line 1, column 2"),
    (b"[]", "application/json", 400, "no JSON object"),
    (b'{"a": 1, "a": 2}', "application/json", 400, "stands twice"),
    (b'{"per_minute": NaN}', "application/json", 400, "NaN"),
    (b'{"name": "\xff"}', "application/json", 400, "not UTF-8"),
    (b'{"name": "\\ud800"}', "application/json", 400, "half a character"),
    (b'{"a": {"\\u0000": 1}}', "application/json", 400, "U+0000"),
    (b"[" * 200_000, "application/json", 400, "nested too deep"),
    (b'{"a": ' + b"9" * 5_000 + b"}", "application/json", 400, "digits"),
    (b" " * 300_000, "application/json", 413, "262144 bytes"),
    (b"form=callback", "application/x-www-form-urlencoded", 415, "urlencoded"),
    (b"{}", "", 415, "nothing"),
]


def test_a_body_that_cannot_be_read_is_refused(grace: FlaskClient):
    for raw, label, status, detail in UNREADABLE:
        answer = grace.put(f"{V1}/forms/callback", data=raw, content_type=label)
        assert answer.status_code == status, raw[:40]
        assert detail in answer.get_json(force=True)["detail"]


def test_fields_are_those_declared_and_those_seen(grace: FlaskClient):
    fields = [{"key": "email", "label": "E-mail"}, {"key": "topic", "type": "select"}]
    put_form(grace, fields=fields)
    items = grace.get(f"{V1}/forms/callback/fields").json["items"]
    declared = {item["key"]: item["declared"] for item in items}
    assert list(declared)[:2] == ["email", "topic"]
    assert (declared["email"], declared["budget"]) == (True, False)
    email, topic = items[:2]
    assert (email["label"], email["seen"]) == ("E-mail", 9)
    assert (topic["type"], topic["seen"], topic["last_seen_at"]) == ("select", 0, None)


def test_modules_are_listed_for_all_forms_or_one(grace: FlaskClient):
    (module,) = grace.get(f"{V1}/modules").json["items"]
    assert (module["module"], module["revision"], module["connection"]) == ("sales", 2, "main")
    assert grace.get(f"{V1}/modules?form=callback").json["items"] == [module]
    assert grace.get(f"{V1}/modules?form=other").json["items"] == []


def test_a_changed_module_is_a_revision_and_an_equal_one_is_not(grace: FlaskClient):
    saved = put_module(grace, name="Sales")
    assert (saved.status_code, saved.json["revision"], saved.json["name"]) == (200, 3, "Sales")
    assert put_module(grace, name="Sales").json["revision"] == 3
    newest, *_ = grace.get(f"{V1}/modules/callback/sales/revisions").json["items"]
    assert newest["number"] == 3
    assert newest["author"] == "owner@example.org, by the token “nightly”"
    first = grace.get(f"{V1}/modules/callback/sales/revisions/1").json
    assert first["document"]["name"] == "Kommo · Sales"


def test_a_saved_document_can_be_sent_back_as_it_is(grace: FlaskClient):
    document = grace.get(f"{V1}/modules/callback/sales").json["document"]
    answer = grace.put(f"{V1}/modules/callback/sales", json=document)
    assert (answer.status_code, answer.json["revision"]) == (200, 2)


def test_a_module_is_made_where_none_was(grace: FlaskClient):
    document = module_document(module="second")
    answer = grace.put(f"{V1}/modules/callback/second", json=document)
    assert (answer.status_code, answer.json["revision"]) == (201, 1)


@pytest.mark.parametrize(("revision", "status"), [(2, 200), (1, 409), (7, 409)])
def test_nobody_saves_over_what_somebody_else_saved(grace: FlaskClient, revision: int, status: int):
    assert put_module(grace, f"?if_revision={revision}").status_code == status


def test_every_mistake_of_a_module_is_told_with_its_place(grace: FlaskClient):
    contact = {"fields": {"phone": "{{ nonsense.x }}"}, "tags": ["{{ unknown.y }}"]}
    active = {"rules": [{"activate": {"foo": 1}}]}
    told = mistakes(put_module(grace, contact=contact, active=active))
    assert {"/contact/tags/0", "/active/rules/0/activate"} <= told.keys()
    assert any(place.startswith("/contact/fields/phone") for place in told)


def test_a_module_needs_a_connection_that_is_there(grace: FlaskClient):
    told = mistakes(put_module(grace, connection="nowhere"))
    assert told == {"/connection": "there is no connection 'nowhere'"}


def test_submissions_come_slice_by_slice_and_each_once(grace: FlaskClient):
    seen, after = [], ""
    while True:
        page = grace.get(f"{V1}/submissions?limit=4{after}").json
        seen += [item["submission"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    everything = grace.get(f"{V1}/submissions?limit=200").json["items"]
    assert seen == [item["submission"] for item in everything]
    assert len(set(seen)) == len(RunState) + 2


FOUND_SUBMISSIONS = [
    ("form=callback", 10),
    ("form=other", 0),
    ("module=sales", 8),
    ("module=other", 0),
    ("connection=main&form=callback", 8),
    ("connection=second", 0),
    ("module=sales&run_state=failed", 1),
    ("state=unreadable", 1),
    ("state=accepted", 9),
    ("run_state=failed", 1),
    ("run_state=failed&state=unreadable", 0),
    ("received_from=2001-01-01T00:00:00Z", 10),
    ("received_before=2001-01-01T00:00:00%2B02:00", 0),
    ("limit=3", 3),
]


def test_submissions_are_filtered(grace: FlaskClient):
    for query, count in FOUND_SUBMISSIONS:
        items = grace.get(f"{V1}/submissions?{query}").json["items"]
        assert len(items) == count, query


MISTAKEN_QUERIES = [
    ("state=nonsense", "/state"),
    ("state=", "/state"),
    ("limit=0", "/limit"),
    ("limit=201", "/limit"),
    ("after=" + "2" * 20, "/after"),
    ("after=%00", "/after"),
    ("received_from=2026-01-01T00:00:00", "/received_from"),
    ("received_from=9999-12-31T23:59:59-12:00", "/received_from"),
    ("stat=held", "/stat"),
    ("form=a&form=b", "/form"),
]


def test_a_query_with_a_mistake_is_refused_with_its_place(grace: FlaskClient):
    for query, place in MISTAKEN_QUERIES:
        assert mistakes(grace.get(f"{V1}/submissions?{query}")).keys() == {place}, query


def test_a_submission_tells_what_was_sent_and_its_runs(grace: FlaskClient):
    (item,) = grace.get(f"{V1}/submissions?run_state=failed").json["items"]
    told = grace.get(f"{V1}/submissions/{item['submission']}").json
    assert told["answers"]["field"]["email"] == "ada@example.org"
    (run,) = told["runs"]
    assert (run["module"], run["state"], run["reason"]) == ("sales", "failed", REFUSAL)


FOUND_RUNS = [
    ("", 8),
    ("state=failed", 1),
    ("form=callback&module=sales&connection=main", 8),
    ("form=other", 0),
    ("module=other", 0),
    ("connection=second", 0),
]


def test_runs_are_filtered(grace: FlaskClient):
    for query, count in FOUND_RUNS:
        assert len(grace.get(f"{V1}/runs?{query}").json["items"]) == count, query


def test_a_run_tells_its_plan_its_steps_and_what_happened(
    grace: FlaskClient, run_ids: dict[RunState, str]
):
    run = grace.get(f"{V1}/runs/{run_ids[RunState.FAILED]}").json
    assert run["plan"]["steps"][0]["kind"] == "contact"
    assert [step["state"] for step in run["steps"]] == ["done", "failed", "planned"]
    assert run["remedy"].startswith("Choose another option")
    assert [event["type"] for event in run["events"]] == ["received", "failed"]


@pytest.mark.parametrize("state", RunState)
def test_runs_that_wait_failed_or_ask_for_a_choice_are_tried_again_at_once(
    grace: FlaskClient, run_ids: dict[RunState, str], rings: list[int], state: RunState
):
    answer = grace.post(f"{V1}/runs/{run_ids[state]}/retry")
    # The held one has no plan: a person chooses in the CRM, then it is decided anew.
    if state in (RunState.WAITING, RunState.FAILED, RunState.HELD):
        assert (answer.status_code, answer.json["state"]) == (202, "queued")
        assert len(rings) == 1
    else:
        assert answer.status_code == 409
        assert rings == []


def test_a_connection_tells_its_settings_but_no_secret(grace: FlaskClient):
    answer = grace.get(f"{V1}/connections/main")
    assert answer.json["settings"] == {"subdomain": "acme"}
    assert answer.json["secrets"] == ["token"]
    assert SECRET not in answer.text
    assert {item["state"] for item in grace.get(f"{V1}/connections").json["items"]} == {
        "ok",
        "blocked",
    }


def test_settings_that_cannot_be_read_are_a_problem_that_is_told(
    grace: FlaskClient, full: Instance
):
    with full.database.write() as session:
        connection = connection_by_key(session, "main")
        assert connection
        connection.settings = b"sealed with another key"
    told = grace.get(f"{V1}/connections/main").json
    assert (told["settings"], told["secrets"]) == ({}, [])
    assert "FORMWIRE_SECRET_KEY" in told["problem"]
    test = grace.post(f"{V1}/connections/main/test").json
    assert test["works"] is False
    assert "FORMWIRE_SECRET_KEY" in test["problem"]


def test_testing_a_connection_tells_whose_account_it_is(
    grace: FlaskClient, monkeypatch: pytest.MonkeyPatch
):
    account = Account(id="1", label="Acme Ltd")
    monkeypatch.setattr("web.api.connections.test_account", lambda _instance, _id: account)
    answer = grace.post(f"{V1}/connections/main/test")
    assert answer.json == {"works": True, "account": "Acme Ltd", "problem": ""}


def test_a_catalog_is_told_once_it_was_read(grace: FlaskClient):
    catalog = grace.get(f"{V1}/connections/main/catalog").json["catalog"]
    assert catalog["pipelines"][0]["label"] == "Sales"
    assert catalog["fields"]["deal"][0]["label"] == "Product line"
    answer = grace.get(f"{V1}/connections/second/catalog")
    assert answer.status_code == 404
    assert "test the connection" in answer.get_json(force=True)["detail"]


def test_notices_are_told_with_what_they_are_about_and_put_away(grace: FlaskClient):
    (notice,) = grace.get(f"{V1}/notices").json["items"]
    assert (notice["count"], notice["form"], notice["connection"]) == (3, "callback", "main")
    assert grace.post(f"{V1}/notices/clear").json == {"cleared": 1}
    assert grace.get(f"{V1}/notices").json == {"items": []}


ALLOWED = {
    "replay": {RunState.DELIVERED, RunState.SKIPPED, RunState.FAILED, RunState.DISCARDED},
    "approve": {RunState.HELD},
    "discard": {RunState.HELD, RunState.FAILED, RunState.WAITING, RunState.QUEUED},
}


@pytest.mark.parametrize("verb", ALLOWED)
@pytest.mark.parametrize("state", RunState)
def test_what_may_be_decided_about_a_run_depends_on_its_state(
    grace: FlaskClient,
    run_ids: dict[RunState, str],
    rings: list[int],
    verb: str,
    state: RunState,
):
    answer = grace.post(f"{V1}/runs/{run_ids[state]}/{verb}")
    if state not in ALLOWED[verb]:
        assert answer.status_code == 409
        assert answer.get_json(force=True)["detail"].startswith(("the run is", "run "))
        assert rings == []
        return
    told = answer.json
    after = {"replay": "queued", "approve": "queued", "discard": "discarded"}[verb]
    assert (answer.status_code, told["state"]) == (200 if verb == "discard" else 202, after)
    assert (told["run"] == run_ids[state]) is (verb != "replay")
    assert len(rings) == (verb != "discard")
    now = grace.get(f"{V1}/runs/{run_ids[state]}").json
    assert now["state"] == (state if verb == "replay" else after)


def test_what_a_broken_body_probably_says_is_told_and_taken_on_demand(
    grace: FlaskClient, ready: Callable[[str], dict[str, str]], rings: list[int]
):
    address = f"{V1}/submissions/{ready('mend_submission')['submission']}"
    told = grace.get(f"{address}/probable").json
    assert told["answers"]["field"]["name"] == 'Ada "The Enchantress" King'
    assert rings == []
    taken = grace.post(f"{address}/mend").json
    assert (taken["state"], len(rings)) == ("accepted", 1)
    assert grace.get(address).json["answers"] == told["answers"]
    for again in (grace.get(f"{address}/probable"), grace.post(f"{address}/mend")):
        assert again.status_code == 409
        detail = again.get_json(force=True)["detail"]
        assert detail == "the submission is accepted, not unreadable"


def test_a_person_is_erased_and_what_remains_is_told(
    grace: FlaskClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("web.api.erasures.REQUEST_PATIENCE_S", 0)  # one is being carried out
    answer = grace.post(f"{V1}/erasures", json={"person": "ada@example.org"})
    assert answer.status_code == 200
    assert answer.json["submissions"] > 0
    assert {one["connection"] for one in answer.json["remaining"]} == {"main"}
    again = grace.post(f"{V1}/erasures", json={"person": "ada@example.org"})
    assert (again.json["submissions"], again.json["remaining"]) == (0, [])
    refused = grace.post(f"{V1}/erasures", json={"person": "Ada"})
    assert refused.status_code == 422
    assert "neither an e-mail address" in refused.get_json(force=True)["detail"]


def test_a_saved_module_tells_what_its_writer_hardly_meant(grace: FlaskClient):
    contact = {"fields": {"name": "{{ field.frst_name }}", "email": "{{ field.email }}"}}
    saved = put_module(grace, contact=contact).json
    assert [one["pointer"] for one in saved["warnings"]] == ["/contact/fields/name"]
    assert "did you mean 'first_name'?" in saved["warnings"][0]["detail"]
    assert grace.get(f"{V1}/modules/callback/sales").json["warnings"] == saved["warnings"]
