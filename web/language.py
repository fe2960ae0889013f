"""Languages, time zones and numbers, as the person at the browser expects them."""

from __future__ import annotations

from zoneinfo import available_timezones

from flask import Flask, request
from flask_babel import Babel

LANGUAGES = ("en",)
ZONE_COOKIE = "zone"


def init_app(app: Flask) -> None:
    Babel(app, locale_selector=_language, timezone_selector=_zone)


def _language() -> str:
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def _zone() -> str:
    """The browser's zone, as its script told us with a cookie."""
    zone = request.cookies.get(ZONE_COOKIE, "")
    return zone if zone in available_timezones() else "UTC"
