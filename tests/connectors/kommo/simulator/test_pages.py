"""What a person sees in the browser."""

from __future__ import annotations

import pytest

from tests.connectors.kommo.simulator.api import (
    FORM,
    TOPIC,
    WANTED_DATE,
    custom,
    note,
    person,
    task,
)


def test_people_see_the_board_and_every_record(family):
    family.post(
        "/leads/complex",
        [
            {
                "name": "<b>Form</b>",
                "price": 1500,
                "custom_fields_values": [custom(TOPIC, "Demo"), custom(WANTED_DATE, 1_800_000_000)],
                "_embedded": {
                    "contacts": [person("Ada", "+1 415")],
                    "tags": [{"name": "web"}],
                    "metadata": FORM,
                },
            }
        ],
    )
    family.post("/tasks", [task(entity_id=5002)])
    family.post("/leads/5002/notes", [note()])
    overview = family.http.get("http://demo.kommo.test/").text
    sheet = family.http.get("http://demo.kommo.test/leads/detail/5002").text
    for page in (overview, sheet):
        assert "&lt;b&gt;Form&lt;/b&gt;" in page
        assert "Asked on the site" in page
    for seen in ("Incoming leads", "Negotiation", "1,500 UAH", "Service", "new"):
        assert seen in overview
    for seen in ("Topic", "Demo", "Wanted date", "web", "Ada", "form_page: https://site.example/p"):
        assert seen in sheet


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/contacts/901", "Ada"),
        ("/contacts/detail/901", "Ada"),
        ("/companies/detail/77", "Acme"),
        ("/leads/5001", "Form"),
        ("/leads/detail/5001", "Form"),
        ("/tasks/301", "Call"),
        ("/notes/601", "Asked on the site"),
    ],
)
def test_a_record_has_a_page(family, path, title):
    family.post("/tasks", [task()])
    family.post("/leads/5001/notes", [note()])
    page = family.http.get(f"http://demo.kommo.test{path}")
    assert page.status_code == 200
    assert f"<h1>{title}</h1>" in page.text
