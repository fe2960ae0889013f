"""Between the right password and the code: who is half-way in, for some minutes.

It stands in the signed cookie of whoever has not signed in. It opens nothing without a code, and is
worth nothing once the person's password changes.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from flask import redirect, session, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine.storage.base import now
from engine.storage.model_people import Person
from engine.storage.people import person_by_public_id
from web.instance import instance

PATIENCE = timedelta(minutes=10)
_NAME = "half_way"


def ask_for_code(person: Person, next: str | None) -> Response:
    """Lead somebody whose password is right to where the code is asked for."""
    session[_NAME] = {
        "person": person.public_id,
        "seal": _seal(person),
        "at": now().isoformat(),
        "next": next or "",
    }
    return redirect(url_for("entrance.second_step.show"), 303)


def who_is_half_way(database: Session) -> Person | None:
    """Whose password this browser has shown a short time ago."""
    kept = session.get(_NAME)
    if kept is None or datetime.fromisoformat(kept["at"]) < now() - PATIENCE:
        return None
    person = person_by_public_id(database, kept["person"])
    if person is None or not person.active:
        return None
    return person if hmac.compare_digest(kept["seal"], _seal(person)) else None


def end_half_way() -> str:
    """Forget it; the address that was asked for before."""
    kept = session.pop(_NAME, {})
    return str(kept.get("next", ""))


def _seal(person: Person) -> str:
    """What changes with the password, and tells nothing of it."""
    key = instance().settings.secret_keys[0].encode()
    told = f"half-way:{person.password or ''}"
    return hmac.digest(key, told.encode(), hashlib.sha256).hex()
