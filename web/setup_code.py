"""The code that lets whoever operates a new Formwire, and nobody else, make its first owner.

It is not kept: it follows from the secret key, so that every process of every host knows it and
`formwire people setup-code` can tell it again. Once there is a person it opens nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from sqlalchemy.exc import SQLAlchemyError

from engine.settings import Settings
from engine.storage.database import Database
from engine.storage.people import anybody

_BYTES = 10  # 80 bits, 16 signs of base32
_BETWEEN = re.compile(r"[\s-]+")


def setup_code(settings: Settings) -> str:
    """In groups of four, for people to type."""
    mac = hmac.digest(settings.secret_keys[0].encode(), b"formwire set-up code", hashlib.sha256)
    signs = base64.b32encode(mac[:_BYTES]).decode()
    return "-".join(signs[at : at + 4] for at in range(0, len(signs), 4))


def is_setup_code(settings: Settings, text: str) -> bool:
    given, right = (_BETWEEN.sub("", one).upper() for one in (text, setup_code(settings)))
    return hmac.compare_digest(given.encode(errors="replace"), right.encode())


def lines_at_start(settings: Settings) -> list[str]:
    """`setup_lines` when there is nobody yet; a start that cannot look says so and goes on."""
    database = Database(settings.database_url)
    try:
        with database.read() as session:
            return [] if anybody(session) else setup_lines(settings)
    except SQLAlchemyError:
        return ["No database yet: whether anybody can sign in tells formwire people setup-code"]
    finally:
        database.close()


def setup_lines(settings: Settings) -> list[str]:
    """What an operator is told while nobody can sign in."""
    return [
        f"First owner      {settings.public_url}/setup",
        f"Set-up code      {setup_code(settings)}",
    ]
