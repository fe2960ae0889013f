"""Whose word on a visitor's address counts."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.settings import Settings
from engine.storage.models import Form, Submission
from web import create_app

FORGED = "203.0.113.66, 198.51.100.7"


@pytest.mark.parametrize(
    ("proxies", "address"), [(0, "127.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.66")]
)
def test_forwarded_addresses_count_as_far_as_proxies_are_ours(
    settings: Settings, form: Form, proxies: int, address: str
) -> None:
    app = create_app(settings.model_copy(update={"trusted_proxies": proxies}))
    answer = app.test_client().post(
        f"/f/{form.key}", data={"email": "ada@example.org"}, headers={"X-Forwarded-For": FORGED}
    )
    assert answer.status_code == 200
    with app.extensions["database"].read() as session:
        submission = session.scalars(select(Submission)).one()
    app.extensions["database"].close()
    assert submission.source_ip == address
