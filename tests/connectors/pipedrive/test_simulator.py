"""The simulated Pipedrive answers as Pipedrive's documentation says, and stricter where it is silent."""

import httpx
import pytest

from connectors.pipedrive.simulator import create_simulator
from connectors.pipedrive.simulator.fields import key_of
from connectors.simulation import Fault, FaultKind

TOPIC, PRODUCT = key_of("deals", "Topic"), key_of("deals", "Product line")

START = 1796000000.0


class Api:
    """A client that speaks bodies."""

    def __init__(self, token="demo-token", **options):
        self.at = START
        self.simulator = create_simulator(**{"rate_limit": 0, **options}, now=lambda: self.at)
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app=self.simulator),
            base_url="http://demo.pipedrive.test/api",
            headers={"x-api-token": token},
        )

    def call(self, method, path, body=None):
        return self.http.request(method, path, json=body)

    def get(self, path):
        response = self.call("GET", path)
        assert response.status_code == 200, response.text
        return response.json()["data"]

    def add(self, path, **body):
        response = self.call("POST", path, body)
        assert response.status_code == 200, response.text
        return response.json()["data"]

    def refused(self, method, path, body=None, status=400):
        response = self.call(method, path, body)
        assert response.status_code == status, response.text
        assert response.json()["success"] is False
        return response.json()["error"]


@pytest.fixture(scope="module")
def shared():
    return Api()


@pytest.fixture
def api(shared):
    shared.simulator.reset()
    shared.at = START
    return shared


@pytest.mark.parametrize("token", ["", "other"])
def test_nobody_comes_in_without_the_token(token):
    assert Api(token).refused("GET", "/v1/users/me", status=401) == "unauthorized access"


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("/v2/persons", {}, "name"),
        ("/v2/persons", {"name": "Ada", "user_id": 1}, "user_id"),
        ("/v2/persons", {"name": "Ada", "owner_id": "10001"}, "owner_id"),
        ("/v2/persons", {"name": "Ada", "owner_id": 7}, "owner_id"),
        ("/v2/persons", {"name": "Ada", "emails": ["a@b.test"]}, "emails"),
        ("/v2/persons", {"name": "Ada", "emails": [{"value": "ada"}]}, "emails"),
        ("/v2/persons", {"name": "Ada", "label_ids": [7]}, "label_ids"),
        ("/v2/organizations", {"name": "Firm", "address": "Main St"}, "address"),
        ("/v2/deals", {"title": ""}, "title"),
        ("/v2/deals", {"title": "Form", "value": "9"}, "value"),
        ("/v2/deals", {"title": "Form", "stage_id": 21, "pipeline_id": 1}, "stage_id"),
        ("/v2/deals", {"title": "Form", "lost_reason": "late"}, "lost_reason"),
        ("/v2/deals", {"title": "Form", "custom_fields": {TOPIC: 7}}, TOPIC),
        ("/v2/deals", {"title": "Form", "custom_fields": {PRODUCT: "1"}}, PRODUCT),
        ("/v2/deals", {"title": "Form", "custom_fields": {"0" * 40: "x"}}, "0" * 40),
        ("/v2/activities", {"subject": "Call", "type": "fax"}, "type"),
        ("/v2/activities", {"subject": "Call", "due_time": "9:00"}, "due_time"),
        ("/v2/activities", {"subject": "Call", "person_id": 901}, "person_id"),
        ("/v1/notes", {"content": "Asked"}, "deal_id"),
        ("/v2/dealFields/label_ids/options", [{"label": ""}], "label"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(api, path, body, named):
    assert named in api.refused("POST", path, body)


def test_a_link_to_nobody_is_refused_without_a_word_about_it(api):
    for id in (424242, api.add("/v2/persons", name="Ada")["id"]):
        api.call("DELETE", f"/v2/persons/{id}")
        said = api.refused("POST", "/v2/deals", {"title": "Form", "person_id": id})
        assert said == "Bad request"


def test_messengers_exist_with_contact_sync_only():
    api = Api(contact_sync=False)
    assert "im" not in api.add("/v2/persons", name="Ada")
    api.refused("POST", "/v2/persons", {"name": "Ada", "im": []}, status=403)
    assert "im" not in {one["field_code"] for one in api.get("/v2/personFields")}


def test_lists_are_replaced_and_other_fields_stay(api):
    phones = [{"value": "1", "label": "home"}, {"value": "2", "primary": True}]
    about = {key_of("persons", "Position"): "Analyst"}
    ada = api.add("/v2/persons", name="Ada Lovelace", phones=phones, custom_fields=about)
    assert (ada["first_name"], ada["last_name"]) == ("Ada", "Lovelace")
    assert [one["primary"] for one in ada["phones"]] == [False, True]
    changed = api.call("PATCH", f"/v2/persons/{ada['id']}", {"phones": [{"value": "3"}]}).json()
    assert changed["data"]["phones"] == [{"value": "3", "primary": True, "label": "work"}]
    assert about.items() <= changed["data"]["custom_fields"].items()


def test_a_deal_lands_in_the_first_stage_and_is_closed_by_its_status(api):
    deal = api.add("/v2/deals", title="Form")
    assert (deal["pipeline_id"], deal["stage_id"], deal["status"]) == (1, 11, "open")
    assert api.add("/v2/deals", title="Form", pipeline_id=2)["stage_id"] == 21
    won = api.call("PATCH", f"/v2/deals/{deal['id']}", {"status": "won"}).json()["data"]
    assert won["won_time"] == won["close_time"] == "2026-11-30T00:53:20Z"
    moved = api.call("PATCH", f"/v2/deals/{deal['id']}", {"stage_id": 22}).json()["data"]
    assert (moved["pipeline_id"], moved["stage_change_time"]) == (2, "2026-11-30T00:53:20Z")


def test_what_is_deleted_is_listed_no_more_but_can_still_be_read(api):
    ada = api.add("/v2/persons", name="Ada")
    path = f"/v2/persons/{ada['id']}"
    assert api.call("DELETE", path).status_code == 200
    assert api.get("/v2/persons") == []
    assert api.get(path)["is_deleted"]
    api.refused("PATCH", path, {"name": "Eve"}, status=404)


def test_pages_go_on_behind_the_last_record(api):
    for name in "abcde":
        api.at += 1
        api.add("/v2/persons", name=name)
    path, names, cursor = "/v2/persons?limit=2&sort_by=add_time&sort_direction=desc", [], ""
    while cursor is not None:
        body = api.call("GET", f"{path}{cursor and f'&cursor={cursor}'}").json()
        names += [one["name"] for one in body["data"]]
        cursor = body["additional_data"]["next_cursor"]
    assert names == ["e", "d", "c", "b", "a"]


@pytest.mark.parametrize(
    "query", ["limit=501", "limit=x", "colour=red", "cursor=x", "sort_by=name", "ids=1,x"]
)
def test_parameters_that_cannot_be_are_refused(api, query):
    api.refused("GET", f"/v2/persons?{query}")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("term=ADA@example.org&fields=email&exact_match=true", True),
        ("term=ada@example&fields=email&exact_match=true", False),
        ("term=ada@example&fields=email", True),
        ("term=ada@example&fields=name", False),
        ("term=9061234567&fields=phone", False),
        ("term=123-45&fields=phone", True),
        ("term=analyst&fields=custom_fields", True),
        ("term=phone&fields=custom_fields", False),
    ],
)
def test_searches_look_at_values_as_they_were_typed(api, query, found):
    fields = api.get("/v2/personFields")
    by_code = {one["field_code"]: one for one in fields}
    preferred = key_of("persons", "Preferred contact")
    api.add(
        "/v2/persons",
        name="Ada",
        emails=[{"value": "ada@example.org"}],
        phones=[{"value": "8 (906) 123-45-67"}],
        custom_fields={
            key_of("persons", "Position"): "Analyst",
            preferred: by_code[preferred]["options"][0]["id"],
        },
    )
    assert bool(api.get(f"/v2/persons/search?{query}")["items"]) == found


@pytest.mark.parametrize("query", ["term=a", "term=&exact_match=true", "term=ada&fields=shoe"])
def test_searches_that_cannot_be_are_refused(api, query):
    api.refused("GET", f"/v2/persons/search?{query}")


def test_a_new_record_is_unseen_by_searches_for_a_while():
    api = Api(search_lag_s=30)
    id = api.add("/v2/deals", title="Form")["id"]
    assert api.get("/v2/deals/search?term=form")["items"] == []
    assert [deal["id"] for deal in api.get("/v2/deals")] == [id]
    api.at += 30
    assert len(api.get("/v2/deals/search?term=form")["items"]) == 1


def test_an_activity_is_about_its_primary_participant(api):
    ada, eve = (api.add("/v2/persons", name=name)["id"] for name in ("Ada", "Eve"))
    people = [{"person_id": ada}, {"person_id": eve, "primary": True}]
    told = {"subject": "Call", "type": "call", "due_date": "2026-12-01", "due_time": "09:30"}
    made = api.add("/v2/activities", participants=people, **told)
    assert (made["person_id"], made["due_time"]) == (eve, "09:30:00")
    assert [one["id"] for one in api.get(f"/v2/activities?person_id={eve}")] == [made["id"]]
    assert api.get(f"/v2/activities?person_id={ada}") == []


def test_notes_are_cleaned_and_listed_in_the_way_of_the_first_version(api):
    ada = api.add("/v2/persons", name="Ada")["id"]
    assert api.get(f"/v1/notes?person_id={ada}") is None
    note = api.add("/v1/notes", content="a<br>b<script>x</script>", person_id=ada)
    assert (note["content"], note["add_time"]) == ("a<br />b", "2026-11-30 00:53:20")
    body = api.call("GET", "/v1/notes?sort=add_time DESC&limit=1").json()
    assert [one["id"] for one in body["data"]] == [note["id"]]
    assert body["additional_data"]["pagination"]["more_items_in_collection"] is False


def test_the_main_person_takes_part_and_nobody_twice(api):
    ada, eve = (api.add("/v2/persons", name=name)["id"] for name in ("Ada", "Eve"))
    path = f"/v1/deals/{api.add('/v2/deals', title='Form', person_id=ada)['id']}/participants"
    api.add(path, person_id=eve)
    assert [one["person_id"]["value"] for one in api.get(path)] == [ada, eve]
    api.refused("POST", path, {"person_id": ada})


def test_new_options_get_new_ids(api):
    path = "/v2/dealFields/label_ids"
    before = api.get(path)["options"]
    (new,) = api.call("POST", f"{path}/options", [{"label": "web"}]).json()["data"]
    assert api.get(path)["options"] == [*before, new]
    assert new["id"] not in {one["id"] for one in before}


# --- limits ---


def test_searches_have_a_limit_of_their_own():
    api = Api(rate_limit=1000)
    path = "/v2/persons/search?term=ada"
    assert [api.call("GET", path).status_code for _ in range(11)] == [200] * 10 + [429]
    assert api.call("GET", "/v2/persons").status_code == 200
    api.at += 2
    assert api.call("GET", path).status_code == 200


def test_who_goes_on_after_the_limit_is_shut_out_by_the_firewall():
    api = Api(rate_limit=2)
    answers = [api.call("GET", "/v2/stages") for _ in range(12)]
    assert [one.status_code for one in answers] == [200] * 2 + [429] * 9 + [403]
    assert answers[2].headers["x-ratelimit-reset"] == "1"
    assert answers[-1].headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("method", "path", "price"),
    [
        ("GET", "/v2/persons/901", 1),
        ("GET", "/v2/persons", 10),
        ("GET", "/v2/stages", 5),
        ("GET", "/v2/persons/search?term=ada", 20),
        ("POST", "/v2/persons", 5),
        ("POST", "/v1/notes", 10),
        ("GET", "/v1/users", 20),
        ("GET", "/v1/users/me", 2),
    ],
)
def test_a_call_has_its_price_in_tokens(method, path, price):
    api = Api(daily_tokens=100)
    left = api.call(method, path, {} if method == "POST" else None).headers
    assert left["x-daily-ratelimit-token-remaining"] == str(100 - price)


def test_when_the_tokens_are_used_up_nothing_answers_until_midnight():
    api = Api(daily_tokens=25)
    answers = [api.call("GET", "/v2/persons") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[-1].headers["x-daily-ratelimit-token-remaining"] == "0"
    api.at += 86400
    assert api.call("GET", "/v2/persons").status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [
        (Fault(FaultKind.REFUSE, status=401), 401, "unauthorized access"),
        (Fault(FaultKind.REFUSE, status=402), 402, "Company account is not open"),
        (Fault(FaultKind.ERROR_AFTER), 500, "Internal Server Error"),
    ],
)
def test_accidents_are_told_in_pipedrives_words(api, fault, status, error):
    api.simulator.faults.add(fault)
    assert api.refused("GET", "/v2/persons", status=status) == error


# --- pages ---


def test_people_see_the_board_and_every_record():
    api = Api()
    firm = api.add("/v2/organizations", name="Firm <1>", address={"value": "Main St 1"})
    ada = api.add("/v2/persons", name="Ada", org_id=firm["id"], phones=[{"value": "+14155550100"}])
    labels = api.get("/v2/dealFields/label_ids")["options"]
    deal = api.add(
        "/v2/deals",
        title="Site form",
        value=1500,
        person_id=ada["id"],
        label_ids=[labels[0]["id"]],
        custom_fields={TOPIC: "Chairs"},
    )
    api.add("/v1/notes", content="Asked<br>twice", deal_id=deal["id"])
    told = {"subject": "Call", "type": "call", "due_date": "2026-12-01"}
    task = api.add("/v2/activities", deal_id=deal["id"], **told)
    with api.simulator.test_client() as browser:
        overview = browser.get("/").text
        for said in ("Sales", "Negotiation", "Won", "Site form", "Firm &lt;1&gt;", "Asked", "Call"):
            assert said in overview
        sheet = browser.get(f"/deal/{deal['id']}").text
        for said in ("Chairs", "New request", "Hot", "Ada", "Asked"):
            assert said in sheet
        for path in (
            f"/person/{ada['id']}",
            f"/organization/{firm['id']}",
            f"/activity/{task['id']}",
        ):
            assert browser.get(path).status_code == 200
        assert browser.get("/deal/424242").status_code == 404


def test_a_restarted_simulator_knows_what_happened(tmp_path):
    state = tmp_path / "state.jsonl"
    made = Api(state_file=state).add("/v2/persons", name="Ada")
    assert Api(state_file=state).get(f"/v2/persons/{made['id']}") == made
