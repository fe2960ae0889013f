"""Posts as Tilda, Elementor, Typeform and Webflow make them, sent twice, and what Kommo has then."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bench.stack import Formwire, SimulatedCrm, http
from engine.instance import Instance
from tests.acceptance.conftest import Runs
from web.documents import apply, read_documents

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
DOCUMENTS = """
form: senders
name: Every sender
region: UA
fields:
  - {key: name, aliases: [Name, Your name, "What is your name?", Full Name]}
  - {key: phone, type: tel, aliases: [Phone, Your phone, "Which number may we call?", Phone number]}
  - {key: topics, type: checkboxes, aliases: [Topics, "What is it about?"]}
---
form: senders
module: kommo
connection: demo-kommo
name: Kommo
contact:
  match: [phone]
  fields: {name: "{{ field.name }}", phone: "{{ field.phone }}"}
deal:
  pipeline: Sales
  stage: New request
  name: "A lead of {{ field.name }}"
  tags: ["{{ utm.source }}"]
  tasks:
    - {text: "Call {{ field.name }}", due: {hours: 2}}
  note: "{{ field.topics | join(' + ') }}"
"""


@dataclass(frozen=True)
class Post:
    """``campaign`` is where the visit came from, ``topics`` what its note says."""

    name: str
    phone: str  # as Kommo has it
    body: str
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
    campaign: str = ""
    topics: str = ""

    @property
    def deal(self) -> str:
        return f"A lead of {self.name}"


def _typeform(name: str, phone: str) -> dict[str, Any]:
    asked = [
        {"id": "a", "ref": "r-a", "type": "short_text", "title": "What is your name?"},
        {"id": "b", "ref": "r-b", "type": "phone_number", "title": "Which number may we call?"},
        {"id": "c", "ref": "r-c", "type": "multiple_choice", "title": "What is it about?"},
    ]
    told = [
        {"type": "text", "text": name, "field": {"id": "a", "ref": "r-a"}},
        {"type": "phone_number", "phone_number": phone, "field": {"id": "b", "ref": "r-b"}},
        {"type": "choices", "choices": {"labels": ["Prices", "Demo"]}, "field": {"id": "c"}},
    ]
    response = {
        "form_id": "lT4Z3j",
        "token": "a3a12ec67a1365927098a606107fac15",
        "hidden": {"utm_source": "newsletter"},
        "definition": {"id": "lT4Z3j", "title": "Leads", "fields": asked},
        "answers": told,
    }
    return {"event_id": "LtWXD3", "event_type": "form_response", "form_response": response}


def _elementor(name: str, phone: str, topics: str) -> dict[str, str]:
    """As its webhook writes fields with “Advanced Data” on: with their ids and titles."""
    body = {"form[id]": "ab12", "form[name]": "Leads"}
    fields = {
        "field_1": ("text", "Your name", name),
        "field_2": ("tel", "Your phone", phone),
        "field_3": ("checkbox", "Topics", topics),
    }
    for id, (type, title, value) in fields.items():
        members = {"id": id, "type": type, "title": title, "value": value, "raw_value": value}
        body |= {f"fields[{id}][{key}]": text for key, text in members.items()}
    return body


POSTS = (
    Post(
        "Tilda Ada",
        "+380679000001",
        urlencode(
            {"Name": "Tilda Ada", "Phone": "+380 67 900 00 01", "Topics": "Prices"}
            | {"utm_source": "google", "tranid": "7001:42", "formid": "form99", "formname": "Leads"}
        ),
        FORM,
        campaign="google",
        topics="Prices",
    ),
    Post(
        "Elementor Ada",
        "+380679000002",
        urlencode(_elementor("Elementor Ada", "067 900 00 02", "Prices, Demo")),
        FORM,
        headers={"User-Agent": "WordPress/6.8; https://site.example"},
        topics="Prices + Demo",
    ),
    Post(
        "Typeform Ada",
        "+380679000003",
        json.dumps(_typeform("Typeform Ada", "+380679000003")),
        JSON,
        campaign="newsletter",
        topics="Prices + Demo",
    ),
    Post(
        "Webflow Ada",
        "+380679000004",
        '{"triggerType": "form_submission", "payload": {"name": "Contact Form", "siteId": "65", "data":'
        ' {"Full Name": "Webflow Ada", "Phone number": 380679000004}, "schema": [],'
        ' "submittedAt": "2026-11-20T10:00:00.000Z", "id": "6321ca84df3949bfc6752327", "formId": "65f"}}',
        JSON,
    ),
)


def test_each_becomes_a_contact_a_deal_and_a_task_and_a_repeat_nothing(
    formwire: Formwire, crm: SimulatedCrm, runs: Runs
) -> None:
    instance = Instance.open(formwire.settings)
    with instance.database.write() as session:
        apply(session, instance.vault, read_documents(DOCUMENTS, {}))
    instance.database.close()
    before = len(crm.http.get("/truth").json())
    if time.time() % 30 > 25:  # equal posts without an id are one within the same half minute
        time.sleep(6)
    for post in POSTS:
        assert send(formwire, post) == send(formwire, post), post.name
    runs.await_ends()
    made = created(crm, before)
    deals = {deal["id"]: deal for deal in made["leads"]}
    people = [(one["name"], one["custom_fields_values"][0]["values"]) for one in made["contacts"]]
    tasks = [(deals[one["entity_id"]]["name"], one["text"]) for one in made["tasks"]]
    notes = {deals[one["entity_id"]]["name"]: one["params"]["text"] for one in made["notes"]}
    tags = {deal["name"]: [tag["name"] for tag in deal["tags"]] for deal in deals.values()}
    assert {name: phones[0]["value"] for name, phones in people} == {
        post.name: post.phone for post in POSTS
    }
    assert tags == {post.deal: [post.campaign] if post.campaign else [] for post in POSTS}
    assert sorted(tasks) == sorted((post.deal, f"Call {post.name}") for post in POSTS)
    assert notes == {post.deal: post.topics for post in POSTS if post.topics}
    assert len(people) == len(deals) == len(POSTS)


def created(crm: SimulatedCrm, since: int) -> dict[str, list[dict[str, Any]]]:
    """What Kommo wrote down as new since then, by entity."""
    made: dict[str, list[dict[str, Any]]] = {}
    for event in crm.http.get("/truth", params={"after": since}).json():
        if event["action"] == "create":
            made.setdefault(event["entity"], []).append(event["body"])
    return made


def send(formwire: Formwire, post: Post) -> str:
    headers = {"Content-Type": post.content_type, "Accept": "*/*", **post.headers}
    url = f"{formwire.url}/f/senders"
    answer = http().post(url, content=post.body, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])
