"""What docs/connectors/webhook.md shows works as it stands."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Bundle, Draft
from connectors.webhook.spec import WEBHOOK
from tests.connectors.webhook.wire import SECRET, Wire

PAGE = (Path(__file__).parents[3] / "docs/connectors/webhook.md").read_text(encoding="utf-8")
PERSON = {"name": "Ada Lovelace", "phone": ["+14155550100"], "email": ["ada@example.org"]}
LEAD = Bundle(
    Draft(
        {"name": "Site form", "budget": "1500.5", "pipeline": "Sales", "stage": "New request"},
        tags=("website",),
        marker="d",
    ),
    Draft(PERSON, marker="c"),
    Draft({"name": "Analytical Engines"}, marker="f"),
)


def shown(mark: str) -> str:
    found = re.search(rf"<!-- {mark} -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    assert found, mark
    return found[1]


@pytest.fixture
def lead() -> Wire:
    wire = Wire()
    wire.connector().create_bundles([LEAD])
    return wire


def test_the_event_is_what_is_sent(lead: Wire) -> None:
    assert _numbered(json.dumps(lead.bodies[0])) == _numbered(shown("event"))


def _numbered(text: str) -> Any:
    """The event with the place of its deal, contact and company in place of their ids."""
    event = json.loads(text)
    ids = [event["data"][kind]["id"] for kind in ("deal", "contact", "company")]
    for number, id in enumerate(ids):
        text = text.replace(id, str(number))
    return json.loads(text)


@pytest.mark.parametrize(
    ("change", "genuine"),
    [
        ({}, True),
        ({"webhook-id": "other"}, False),
        ({"webhook-timestamp": "0"}, False),
        ({"webhook-timestamp": ""}, False),
        ({"webhook-signature": "v1,AAAA"}, False),
    ],
)
def test_the_receiver_tells_what_is_ours(
    lead: Wire, monkeypatch: pytest.MonkeyPatch, change: Mapping[str, str], genuine: bool
) -> None:
    known: dict[str, Any] = {}
    exec(shown("receiver"), known)
    (request,) = lead.requests
    monkeypatch.setattr(time, "time", lambda: 1_795_251_600 + 200.0)
    headers = {**request.headers, **change}
    assert known["is_genuine"](SECRET, headers, request.content) is genuine
    assert not known["is_genuine"](SECRET, headers, request.content + b" ")


def test_the_template_can_be_entered() -> None:
    wire = Wire()
    wire.connector(body=shown("template")).create_bundles([LEAD])
    lead = wire.bodies[0]["lead"]
    assert (lead["value"], lead["comment"]) == (1500.5, "Ada Lovelace of Analytical Engines")
    assert wire.bodies[0]["everything"]["stage"] == "New request"


def test_every_setting_is_told_of() -> None:
    told = PAGE.partition("3. Press")[0]
    assert [one.label for one in WEBHOOK.settings if one.label not in told] == []
