"""The page on which a person says how a form is guarded, and what is seen of a held submission."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.delivery.intake import Posted, accept
from engine.instance import Instance
from engine.storage.forms import form_by_key, form_config, save_form
from engine.storage.models import Form, Submission
from tests.builders import form_config as built
from tests.builders import multipart
from tests.web.studio.conftest import post

PAGE = "/forms/callback/guard"
ENTERED = {
    "spam__hold_at": "70",
    "spam__fastest_s": "3.5",
    "spam__oldest_h": "12",
    "spam__links": "0",
    "spam__repeats": "2",
    "proof": "y",
    "uploads__files": "2",
    "uploads__size_mb": "4",
    "uploads__total_mb": "8",
    "uploads__link_days": "7",
    "uploads__types": "pdf, .PNG\njpg",
}
PDF = b"%PDF-1.7"


def config(instance: Instance) -> Any:
    with instance.database.read() as session:
        form = form_by_key(session, "callback")
        assert form
        return form_config(form)


@pytest.mark.usefixtures("form")
def test_what_is_entered_becomes_part_of_the_document(
    grace: FlaskClient, instance: Instance
) -> None:
    before = config(instance)
    answer = post(grace, PAGE, page=PAGE, **ENTERED)
    assert (answer.status_code, answer.location) == (303, PAGE)
    saved = config(instance)
    assert saved.spam.model_dump() == {
        "hold_at": 70,
        "fastest_s": 3.5,
        "oldest_h": 12,
        "links": 0,
        "repeats": 2,
        "demand": ("proof",),
    }
    assert saved.uploads.model_dump() == {
        "files": 2,
        "size_mb": 4,
        "total_mb": 8,
        "types": ("pdf", "png", "jpg"),
        "link_days": 7,
    }
    assert saved.model_copy(update={"spam": before.spam, "uploads": before.uploads}) == before
    assert 'value="70"' in grace.get(PAGE).text


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize(
    ("entered", "words"),
    [
        ({"spam__hold_at": "0"}, "greater than or equal to 1"),
        ({"spam__hold_at": ""}, "Enter a number."),
        ({"spam__links": "many"}, "Not a valid integer"),
        ({"spam__fastest_s": "nan"}, "nan"),
        ({"uploads__types": "p/df"}, "is no file extension"),
        ({"uploads__types": ""}, "at least one extension"),
        ({"uploads__size_mb": "99"}, "less than or equal to 10"),
    ],
)
def test_a_mistake_stands_at_its_field_and_nothing_is_saved(
    grace: FlaskClient, instance: Instance, entered: dict[str, str], words: str
) -> None:
    before = config(instance)
    answer = post(grace, PAGE, page=PAGE, **(ENTERED | entered))
    assert answer.status_code == 422
    assert words in answer.text
    assert f'id="{next(iter(entered))}-error"' in answer.text
    assert config(instance) == before


def sent(instance: Instance, **uploads: Any) -> str:
    """The address of a held submission with a file."""
    with instance.database.write() as session:
        form = save_form(session, built(uploads=uploads))
    raw = multipart(("name", "Ada"), ("_gotcha", "x"), ("cv", "ada.pdf", PDF))
    id = accept(instance, form, Posted(raw, "multipart/form-data; boundary=Ada")).id
    return f"/submissions/{id}"


@pytest.mark.usefixtures("form", "rings")
def test_a_held_submission_says_why_and_hands_over_its_file(
    grace: FlaskClient, instance: Instance
) -> None:
    address = sent(instance, files=1)
    page = grace.get(address).text
    assert "100 of 100, held from 50" in page
    assert "The input that people do not see was filled in." in page
    assert f'href="{address}/files/0"' in page
    response = grace.get(f"{address}/files/0")
    assert response.data == PDF
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert grace.get(f"{address}/files/1").status_code == 404


@pytest.mark.usefixtures("form", "rings")
def test_a_file_that_was_not_taken_can_be_had_once_its_form_takes_such(
    grace: FlaskClient, instance: Instance
) -> None:
    address = sent(instance)
    assert "no link: the form takes no files" in grace.get(address).text
    assert grace.get(f"{address}/files/0").status_code == 404
    with instance.database.write() as session:
        save_form(session, built(uploads={"files": 1}))
    assert f'href="{address}/files/0"' in grace.get(address).text
    assert grace.get(f"{address}/files/0").data == PDF


@pytest.mark.usefixtures("rings")
def test_strangers_get_no_file_without_its_link(
    client: FlaskClient, instance: Instance, form: Form
) -> None:
    address = sent(instance, files=1)
    assert client.get(f"{address}/files/0").status_code == 302
    with instance.database.read() as session:
        assert session.scalars(select(Submission.state)).one() == "held"


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize(("kind", "warned"), [("html", True), ("script", False)])
def test_snippets_without_the_script_warn_when_the_form_demands_it(
    grace: FlaskClient, instance: Instance, kind: str, warned: bool
) -> None:
    address = f"/forms/callback/snippets?sender={kind}"
    assert "only the script sends" not in grace.get(address).text
    with instance.database.write() as session:
        save_form(session, built(spam={"demand": ["proof"]}))
    assert ("only the script sends" in grace.get(address).text) is warned
