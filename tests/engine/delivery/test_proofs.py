from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import altcha
import pytest
from hypothesis import given
from hypothesis import strategies as some

from engine.deciding.spam import Shown
from engine.delivery import proofs
from engine.delivery.proofs import challenge, read_time, read_work, time_token
from engine.storage.base import now
from engine.storage.database import Database
from engine.storage.model_privacy import SpentProof

KEY = "only for tests " * 3
NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _light_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "_ROUNDS", 1)
    monkeypatch.setattr(proofs, "_TRIES", range(3, 5))


def solved(given: dict[str, Any]) -> dict[str, Any]:
    solution = altcha.solve_challenge(altcha.Challenge.from_dict(given))
    assert solution
    return {"challenge": given, "solution": solution.to_dict()}


def text(document: Any) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()


@pytest.mark.parametrize(
    ("token", "shown", "age_s"),
    [
        (time_token(KEY, "callback", NOON), Shown.GOOD, 5.5),
        (time_token(KEY, "other", NOON), Shown.BAD, 0.0),
        (time_token("another key " * 3, "callback", NOON), Shown.BAD, 0.0),
        (time_token(KEY, "callback", NOON + timedelta(hours=1)), Shown.GOOD, 0.0),
        (time_token(KEY, "callback", NOON)[:-1], Shown.BAD, 0.0),
        ("", Shown.NOTHING, 0.0),
        ("1700000000", Shown.BAD, 0.0),
        ("\ud800.é", Shown.BAD, 0.0),
    ],
)
def test_a_page_shows_when_it_showed_the_form(token: str, shown: Shown, age_s: float) -> None:
    at = NOON + timedelta(seconds=5.5)
    assert read_time([KEY], "callback", token, at) == (shown, age_s)


def test_work_that_was_done_is_a_good_proof(database: Database) -> None:
    work = read_work(
        ["a newer key", KEY], "callback", text(solved(challenge(KEY, "callback", now())))
    )
    assert work.shown is Shown.GOOD
    with database.write() as session:
        assert work.spent(session) is Shown.GOOD
    with database.write() as session:
        assert work.spent(session) is Shown.SPENT


def test_a_spent_proof_is_remembered_until_it_expires(database: Database) -> None:
    with database.write() as session:
        session.add(SpentProof(digest="old", expires_at=now() - timedelta(seconds=1)))
        session.add(SpentProof(digest="young", expires_at=now() + timedelta(hours=1)))
    work = read_work(
        ["a newer key", KEY], "callback", text(solved(challenge(KEY, "callback", now())))
    )
    with database.write() as session:
        work.spent(session)
    with database.read() as session:
        kept = {row.digest for row in session.query(SpentProof)}
    assert kept == {"young", work.digest}


def test_the_same_proof_written_otherwise_is_spent_too() -> None:
    proof = solved(challenge(KEY, "callback", now()))
    one = read_work(["a newer key", KEY], "callback", text(proof))
    other = read_work(["a newer key", KEY], "callback", text({"more": 1, **proof}))
    assert other.shown is Shown.GOOD
    assert one.digest == other.digest


def changed(**changes: Any) -> dict[str, Any]:
    proof = solved(challenge(KEY, "callback", now()))
    parameters = {**proof["challenge"]["parameters"], **changes}
    return {**proof, "challenge": {**proof["challenge"], "parameters": parameters}}


BAD = {
    "easier": lambda: changed(keyPrefix="", cost=1),
    "longer": lambda: changed(expiresAt=4_000_000_000),
    "unsigned": lambda: {
        **(proof := solved(challenge(KEY, "callback", now()))),
        "challenge": {"parameters": proof["challenge"]["parameters"]},
    },
    "unsolved": lambda: {
        "challenge": challenge(KEY, "callback", now()),
        "solution": {"counter": 1, "derivedKey": "00" * 32},
    },
    "another form's": lambda: solved(challenge(KEY, "other", now())),
    "another key's": lambda: solved(challenge("another key " * 3, "callback", now())),
    "no object": lambda: [1],
    "hollow": lambda: {"challenge": {"parameters": {}}, "solution": {}},
    "too long": lambda: "x" * 5_000,
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD.keys())
def test_other_work_is_no_proof(make: Any) -> None:
    assert read_work(["a newer key", KEY], "callback", text(make())).shown is Shown.BAD


def test_work_of_long_ago_has_expired() -> None:
    old = solved(challenge(KEY, "callback", now() - timedelta(hours=3)))
    assert read_work(["a newer key", KEY], "callback", text(old)).shown is Shown.EXPIRED


_json = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=6),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(
            some.sampled_from(["challenge", "solution", "parameters", "signature", "expiresAt"]),
            inner,
        )
    ),
    max_leaves=8,
)


@given(some.text(max_size=40) | _json.map(text))
def test_no_proof_raises(proof: str) -> None:
    assert read_work(["a newer key", KEY], "callback", proof).shown in (
        Shown.BAD,
        Shown.EXPIRED,
        Shown.NOTHING,
    )
