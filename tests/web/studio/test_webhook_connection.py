"""What is wrong with a connection's settings is said at its field, before it is saved."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from connectors.webhook.simulator import DEMO_SETTINGS
from engine.instance import Instance
from engine.storage.connections import connection_by_key, settings_of
from tests.web.studio.conftest import post

NEW = "/connections/_new/webhook"
FORM = {"key": "office", "name": "Office"} | {
    f"setting-{key}": value for key, value in DEMO_SETTINGS.items()
}


def stored(instance: Instance) -> dict[str, str] | None:
    with instance.database.read() as session:
        connection = connection_by_key(session, "office")
        return settings_of(connection, instance.vault) if connection else None


def test_lists_and_bodies_keep_their_lines(grace: FlaskClient, instance: Instance) -> None:
    assert post(grace, NEW, **FORM).status_code == 303
    assert stored(instance) == DEMO_SETTINGS
    page = grace.get("/connections/office").text
    assert "deal.Topic\ndeal.UTM_SOURCE" in page.replace("\r\n", "\n")
    assert DEMO_SETTINGS["secret"] not in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"body": '{"a": }'}, "line 1, column 7: this is not JSON"),
        ({"fields": "topic"}, "line 1: write the kind and a name"),
        ({"secret": "whsec_short"}, "must be whsec_ and then 24 to 64 bytes"),
    ],
)
def test_a_mistake_is_not_saved(grace: FlaskClient, instance: Instance, wrong, said) -> None:
    entered = {f"setting-{key}": value for key, value in wrong.items()}
    answer = post(grace, NEW, **{**FORM, **entered})
    assert answer.status_code == 422
    assert said in answer.text
    assert stored(instance) is None


def test_a_change_is_checked_with_the_secrets_that_are_kept(
    grace: FlaskClient, instance: Instance
) -> None:
    post(grace, NEW, **FORM)
    secrets = {"setting-secret": "", "setting-header_value": ""}
    page = "/connections/office"
    wrong = post(grace, page, **{**FORM, **secrets, "setting-body": "{{"})
    assert (wrong.status_code, stored(instance)) == (422, DEMO_SETTINGS)
    assert post(grace, page, **{**FORM, **secrets, "name": "New"}).status_code == 303
    assert stored(instance) == DEMO_SETTINGS
