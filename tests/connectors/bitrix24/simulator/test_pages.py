"""What a person sees in the browser."""

from __future__ import annotations

import pytest


@pytest.fixture
def filled(rest):
    phone = {"typeId": "PHONE", "valueType": "WORK", "value": "+1 415"}
    ada = rest.add(3, name="Ada", lastName="Lovelace", fm=[phone])
    firm = rest.add(4, title="Acme", industry="IT")
    rest.add(
        2,
        title="<b>Form</b>",
        opportunity=1500,
        contactIds=[ada],
        companyId=firm,
        stageId="EXECUTING",
        ufCrm_1101="110101",
        ufCrm_1102="Demo",
        ufCrm_1104="2026-12-01",
        ufCrm_1109=["web"],
    )
    rest.add(1, title="A lead")
    due = "2026-12-01T10:30:00+02:00"
    rest.result(
        "crm.activity.todo.add", ownerTypeId=2, ownerId=5001, deadline=due, description="Call"
    )
    comment = {"ENTITY_TYPE": "deal", "ENTITY_ID": 5001, "COMMENT": "Asked on the site"}
    rest.result("crm.timeline.comment.add", fields=comment)
    return rest


def test_people_see_the_board_and_every_record(filled):
    overview = filled.http.get("/").text
    sheet = filled.http.get("/crm/deal/details/5001").text
    for page in (overview, sheet):
        assert "&lt;b&gt;Form&lt;/b&gt;" in page
        assert "Asked on the site" in page
    for seen in ("Sales", "Service", "Leads", "Negotiation", "1,500 UAH", "Ada Lovelace", "new"):
        assert seen in overview
    for seen in (
        "Topic",
        "Demo",
        "Software",
        "01.12.2026",
        "web",
        "Pipeline",
        "Sales",
        "1,500",
        "Grace",
    ):
        assert seen in sheet


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/crm/contact/details/901", "Ada Lovelace"),
        ("/crm/company/details/77", "Acme"),
        ("/crm/deal/details/5001", "&lt;b&gt;Form&lt;/b&gt;"),
        ("/crm/lead/details/7001", "A lead"),
        ("/activity/301", "Call"),
        ("/comment/601", "Asked on the site"),
    ],
)
def test_a_record_has_a_page(filled, path, title):
    page = filled.http.get(path)
    assert page.status_code == 200
    assert f"<h1>{title}</h1>" in page.text


@pytest.mark.parametrize("path", ["/crm/deal/details/42", "/users/1"])
def test_what_is_not_there_has_none(rest, path):
    assert rest.http.get(path).status_code == 404
