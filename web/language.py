"""Languages, time zones and numbers, as the person at the browser expects them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import available_timezones

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, request
from flask_babel import Babel, Domain, get_locale
from markupsafe import Markup
from werkzeug.wrappers import Response

LANGUAGES: Mapping[str, str] = {
    "en": "English",
    "uk": "Українська",
    "ru": "Русский",
    "es": "Español",
}
"""The languages whose catalogs are complete, each by its own name. The first is what the code is written in."""

CATALOGS = Path(__file__).parent / "translations"
LANGUAGE_COOKIE = "language"
ZONE_COOKIE = "zone"
OWN_ZONE_COOKIE = "own_zone"
_RENAMED = {
    "America/Godthab": "America/Nuuk",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "Asia/Saigon": "Asia/Ho_Chi_Minh",
    "Atlantic/Faeroe": "Atlantic/Faroe",
    "Europe/Kiev": "Europe/Kyiv",
}
"""Zones that browsers go on calling by an old name."""
YEAR = timedelta(days=365)


class _Catalogs(Domain):
    """The catalogs as people translate them: read when a language is first asked for, so that nothing
    has to be compiled beforehand."""

    def get_translations(self) -> NullTranslations:
        locale = get_locale()
        return catalog(locale.language) if locale else NullTranslations()


class _Babel(Babel):
    domain_instance = _Catalogs()


def init_app(app: Flask) -> None:
    _Babel(app, locale_selector=_language, timezone_selector=_zone)


def later(text: str) -> str:
    """Mark ``text`` as one to be translated where the language is known."""
    return text


def speech() -> Callable[..., Markup]:
    """What templates call ``_`` while one page is drawn.

    It says what Flask-Babel's says, with the language looked up once and not for each text.
    """
    spoken = catalog(get_locale().language)

    def said(message: str, **values: object) -> Markup:
        text = Markup(spoken.gettext(message))  # noqa: S704 - our own words; values are escaped
        return text % values if "%" in text else text

    return said


@cache
def catalog(language: str) -> NullTranslations:
    """What people have translated into ``language``; nothing for the language of the code."""
    file = CATALOGS / language / "LC_MESSAGES" / "messages.po"
    if not file.exists():
        return NullTranslations()
    compiled = BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return Translations(compiled)


def _language() -> str:
    """What somebody chose in this browser, else what the browser wishes."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES) or next(iter(LANGUAGES))


def spoken() -> str:
    """The language of the page that is asked for."""
    return _language()


def keep_language(own: str, answer: Response) -> None:
    """Let a browser in which no language was chosen speak that of whoever has just signed in there."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen not in LANGUAGES and own in LANGUAGES and own != _language():
        set_language(own, answer)


def set_language(chosen: str, answer: Response) -> None:
    answer.set_cookie(
        LANGUAGE_COOKIE, chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure
    )


_zones = cache(available_timezones)  # it walks through folders


def zones() -> list[str]:
    """All time zones that somebody may choose."""
    return sorted(_zones())


def own_zone() -> str:
    """The zone that somebody chose in this browser; empty when none was."""
    return _cookie_zone(OWN_ZONE_COOKIE)


def known_zone() -> str:
    """The chosen zone, else the browser's, as its script told us with a cookie; else empty."""
    return own_zone() or _cookie_zone(ZONE_COOKIE)


def _cookie_zone(cookie: str) -> str:
    zone = request.cookies.get(cookie, "")
    return next((name for name in (_RENAMED.get(zone, ""), zone) if name in _zones()), "")


def _zone() -> str:
    return known_zone() or "UTC"
