"""What a visitor's browser shows us: when its page showed the form, and work that it did.

Work is an ALTCHA challenge of the second version (PBKDF2/SHA-256, to be derived as often as the
server alone knows). Each counts once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import altcha
from sqlalchemy.orm import Session

from engine.deciding.spam import Shown
from engine.delivery.signing import Forged, sign, signed
from engine.storage.proofs import spend

_TIME = "time of a form"
WORK_COUNTS_FOR = timedelta(hours=2)
_ROUNDS = 5_000
_TRIES = range(100, 300)  # about a second's work for a desktop, a few for a phone
_MOST_CHARACTERS = 4_000


def time_token(secret_key: str, form_key: str, at: datetime) -> str:
    """Says that a page showed the form at ``at``."""
    return sign(secret_key, _TIME, [form_key, round(at.timestamp() * 1000)])


def read_time(
    secret_keys: Sequence[str], form_key: str, token: str, at: datetime
) -> tuple[Shown, float]:
    """What came of a time token, and if it is good how many seconds before ``at`` it was given."""
    if not token:
        return Shown.NOTHING, 0.0
    try:
        whose, given_ms = signed(secret_keys, _TIME, token)
    except (Forged, ValueError):
        return Shown.BAD, 0.0
    if whose != form_key:
        return Shown.BAD, 0.0
    return Shown.GOOD, max(0.0, at.timestamp() - given_ms / 1000)


def challenge(secret_key: str, form_key: str, at: datetime) -> dict[str, Any]:
    """Work for a browser to do before it sends the form, as the ALTCHA widget takes it."""
    keys = _Keys.of(secret_key, form_key)
    made = altcha.create_challenge(
        "PBKDF2/SHA-256",
        _ROUNDS,
        counter=secrets.choice(_TRIES),
        expires_at=at + WORK_COUNTS_FOR,
        hmac_secret=keys.challenge,
        hmac_key_secret=keys.solution,
    )
    return made.to_dict()


@dataclass(frozen=True, slots=True)
class Work:
    """What came of a proof of work. A good one has a ``digest``, by which it counts only once."""

    shown: Shown
    digest: str = ""
    expires_at: datetime | None = None

    def spent(self, session: Session) -> Shown:
        """Let a good proof count, here and never again."""
        if self.shown is not Shown.GOOD or self.expires_at is None:
            return self.shown
        return Shown.GOOD if spend(session, self.digest, self.expires_at) else Shown.SPENT


def read_work(secret_keys: Sequence[str], form_key: str, proof: str) -> Work:
    """Check a proof of work as the ALTCHA widget sends it."""
    if not proof:
        return Work(Shown.NOTHING)
    if len(proof) > _MOST_CHARACTERS:
        return Work(Shown.BAD)
    works = (_read_work(_Keys.of(key, form_key), proof) for key in secret_keys)
    return next((work for work in works if work.shown is not Shown.BAD), Work(Shown.BAD))


def _read_work(keys: _Keys, proof: str) -> Work:
    result = altcha.verify_solution(proof, keys.challenge, hmac_key_secret=keys.solution)
    if result.expired:
        return Work(Shown.EXPIRED)
    if not result.verified:
        return Work(Shown.BAD)
    made: Mapping[str, Any] = json.loads(base64.b64decode(proof))["challenge"]
    return Work(
        Shown.GOOD,
        hashlib.sha256(made["signature"].encode()).hexdigest(),
        datetime.fromtimestamp(made["parameters"]["expiresAt"], UTC),
    )


@dataclass(frozen=True, slots=True)
class _Keys:
    """A form's own keys, so that work for one form is none for another."""

    challenge: bytes
    solution: bytes

    @classmethod
    def of(cls, secret_key: str, form_key: str) -> _Keys:
        def key(purpose: str) -> bytes:
            label = f"formwire proof of work: {purpose}: {form_key}"
            return hmac.digest(secret_key.encode(), label.encode(), "sha256")

        return cls(key("challenge"), key("solution"))
