"""The page of settings, how long a form's submissions are kept, and one's own language and times."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from engine.deciding.keeping import Keeping
from engine.instance import Instance
from engine.storage.channels import add_mail
from engine.storage.forms import form_by_key, form_config
from tests.web.studio.conftest import SignIn, post

PAGE = "/settings/keeping/callback"
ENTERED = {"submissions": "90", "held": "14", "calls": "7", "addresses": "1"}


def keeping(instance: Instance) -> Keeping:
    with instance.database.read() as session:
        form = form_by_key(session, "callback")
        assert form
        return form_config(form).keep


def test_the_page_leads_to_every_setting(grace: FlaskClient, full: Instance) -> None:
    with full.database.write() as session:
        add_mail(session, "watch@example.org")
    page = grace.get("/settings").text
    assert "w…h@example.org" in page or "watch@example.org" in page
    for address in ("/notices/channels", "/people", "/tokens", "/privacy", "/audit", PAGE):
        assert f'href="{address}"' in page
    assert 'href="/account#looks"' in page


def test_how_long_a_form_is_kept_becomes_part_of_its_document(
    grace: FlaskClient, full: Instance
) -> None:
    answer = post(grace, PAGE, page=PAGE, **ENTERED)
    assert (answer.status_code, answer.location) == (303, "/settings")
    assert keeping(full) == Keeping(submissions=90, held=14, calls=7, addresses=1)
    assert '<td data-label="Submissions">90</td>' in grace.get("/settings").text


@pytest.mark.parametrize(
    ("entered", "told"),
    [("0", "greater than or equal to 1"), ("4000", "less than or equal to 3650"), ("", "Enter a")],
)
def test_an_impossible_time_is_told_beside_its_field(
    grace: FlaskClient, full: Instance, entered: str, told: str
) -> None:
    answer = post(grace, PAGE, page=PAGE, **{**ENTERED, "held": entered})
    assert answer.status_code == 422
    assert told in answer.text
    assert 'aria-describedby="held-error"' in answer.text
    assert keeping(full) == Keeping()


@pytest.mark.parametrize("role", ["viewer", "marketer"])
def test_only_administrators_see_settings(sign_in: SignIn, full: Instance, role: str) -> None:
    client = sign_in(role)
    assert 'href="/settings"' not in client.get("/").text
    assert client.get("/settings").status_code == 403
    assert client.get(PAGE).status_code == 403


def test_a_chosen_time_zone_comes_before_the_browsers(grace: FlaskClient, full: Instance) -> None:
    grace.set_cookie("zone", "Europe/Kyiv")
    post(grace, "/account/zone", page="/account", zone="Asia/Tokyo")
    page = grace.get("/account").text
    assert "<option selected>Asia/Tokyo</option>" in page
    post(grace, "/account/zone", page="/account", zone="Mars/Olympus")
    assert grace.get_cookie("own_zone") is None
