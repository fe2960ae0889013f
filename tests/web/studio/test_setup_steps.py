"""Every sender can be set up by following steps, or it says why not and what helps."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from engine.deciding.reading import read_body
from engine.deciding.senders import SENDERS, Sender
from engine.instance import Instance
from engine.storage.forms import save_form
from tests.builders import form_config
from tests.web.studio.world import submission
from web.studio.places import GROUPS, PLACES, place_of
from web.studio.setup_steps import Place, expected
from web.studio.snippets import SNIPPETS, snippet


@pytest.mark.parametrize("sender", SENDERS, ids=lambda sender: sender.key)
def test_every_sender_has_its_steps_or_says_why_not(sender: Sender) -> None:
    place = place_of(sender.key)
    assert place.sender == sender.key
    assert place.cannot if place.instead else place.steps


@pytest.mark.parametrize("sender", SENDERS, ids=lambda sender: sender.key)
def test_who_posts_no_answers_is_not_set_up_as_if_it_did(sender: Sender) -> None:
    posts_none = bool(sender.posts) and all(post.problem for post in sender.posts)
    assert bool(place_of(sender.key).instead) or not posts_none


@pytest.mark.parametrize("place", PLACES.values(), ids=lambda place: place.key)
def test_a_place_is_complete(place: Place) -> None:
    assert place.sender in {sender.key for sender in SENDERS}
    assert not place.snippet or place.snippet in SNIPPETS
    assert not place.instead or PLACES[place.instead].steps
    assert place.instead or 1 <= len(place.steps) <= 5  # the first filling-in comes after them


def test_each_place_stands_once() -> None:
    assert len(PLACES) == sum(len(group.places) for group in GROUPS)


def test_what_to_expect_is_told_by_the_table() -> None:
    assert "no lead" in str(*expected(PLACES["tilda"]))
    assert [*expected(PLACES["html"])] == []


@pytest.mark.parametrize("sender", SENDERS, ids=lambda sender: sender.key)
def test_who_proves_its_posts_tells_where_the_secret_is(sender: Sender) -> None:
    assert bool(place_of(sender.key).secret) == bool(sender.signature or sender.secret)


@pytest.fixture
def form(instance: Instance) -> Instance:
    with instance.database.write() as session:
        save_form(session, form_config())
    return instance


@pytest.mark.usefixtures("form")
def test_each_place_has_an_address_of_its_own_that_needs_no_script(grace: FlaskClient) -> None:
    for place in PLACES.values():
        page = unescape(grace.get(f"/forms/callback/snippets?sender={place.key}").text)
        assert f'aria-current="page">{place.name}</a>' in page
        assert all(str(text) in page for text in (*place.steps, *place.cannot)), place.key
        assert ("/f/callback" in page) is not bool(place.instead), place.key


def shown(page: str) -> str:
    (name,) = re.findall(r'id="place-name"[^>]*>([^<]+)<', page)
    return name


@pytest.mark.parametrize(
    ("sender", "place"),
    [("typeform", "Typeform"), ("wordpress", "Another plugin"), ("", "Plain HTML")],
)
def test_what_posted_last_is_shown_first(
    grace: FlaskClient, form: Instance, sender: str, place: str
) -> None:
    with form.database.write() as session:
        submission(session, save_form(session, form_config()), 1).sender = sender
    assert shown(grace.get("/forms/callback/snippets").text) == place
    assert shown(grace.get("/forms/callback/snippets?sender=tally").text) == "Tally"
    assert shown(grace.get("/forms/callback/snippets?sender=none").text) == place


def test_the_script_for_google_forms_posts_what_is_read_as_its() -> None:
    (part,) = snippet("googleforms", form_config(), "https://forms.example.org")
    assert 'UrlFetchApp.fetch("https://forms.example.org/f/callback"' in part.code
    sent = {
        "form": {"id": "f", "title": "T"},
        "response": {"id": "r1", "payload": {"What is your name?": "Ada", "email": "a@b.c"}},
    }
    reading = read_body(json.dumps(sent).encode(), "application/json")
    assert (reading.sender, reading.id) == ("googleforms", "r1")
    assert reading.answers == {"What is your name?": "Ada", "email": "a@b.c"}
