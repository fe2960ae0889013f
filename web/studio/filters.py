"""What a list is narrowed down to: what it is about, and days, as the address says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import request
from flask_babel import LazyString, format_date, get_timezone
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from engine.storage.setup_keys import connection_names, form_names, module_names
from web.database import db
from web.studio.finding import day

_LABELS: Mapping[str, LazyString] = {
    "form": _l("Form"),
    "module": _l("Module"),
    "connection": _l("Connection"),
    "noun": _l("What"),
    "since": _l("Received from"),
    "until": _l("Until, included"),
}
_DAYS = ("since", "until")
_MOST_SHOWN = 60
"""Characters of what was not understood."""


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a list.

    ``said`` is what was sent under each name, as links repeat it; ``choices`` are the names of what
    can be chosen, by filter and key; ``mistakes`` say what cannot be meant, by filter. As long as
    there are some nothing should be listed: a list of more than was asked for misleads.
    """

    said: Mapping[str, str]
    choices: Mapping[str, Mapping[str, str]]
    mistakes: Mapping[str, str]
    since: datetime | None
    until: datetime | None

    @property
    def values(self) -> dict[str, Any]:
        """By the names that `Wanted` and `Choice` have for them."""
        keys = {name: self.said.get(name) for name in self.choices}
        return {**keys, "since": self.since, "until": self.until}

    @property
    def chips(self) -> list[tuple[str, LazyString, str]]:
        """Name, label and value of each that is said and understood."""
        return [
            (name, _LABELS[name], self._told(name, text))
            for name, text in self.said.items()
            if name not in self.mistakes
        ]

    def label(self, name: str) -> LazyString:
        return _LABELS[name]

    def day(self, name: str) -> str:
        """What is said, as a field for days takes it; "" when it is no day."""
        found = self.since if name == "since" else self.until
        return date.fromisoformat(self.said[name]).isoformat() if found else ""

    @property
    def zone(self) -> str:
        """In which days begin and end."""
        return str(get_timezone())

    def _told(self, name: str, text: str) -> str:
        if name in _DAYS:
            return format_date(date.fromisoformat(text), "medium")
        return self.choices[name][text]


def filters() -> Filters:
    """The filters of submissions and runs that the address or the form sent here has."""
    session = db.session()
    return filters_among(
        form=form_names(session),
        module=module_names(session),
        connection=connection_names(session),
    )


def filters_among(**choices: Mapping[str, str]) -> Filters:
    """What the address or the form sent here says of days, and of what can be chosen, by filter."""
    names = (*choices, *_DAYS)
    said = {name: text for name in names if (text := request.values.get(name, "").strip())}
    since, until = day("since"), day("until", end=True)
    mistakes = {
        name: _no_such(name, said[name]) for name in choices if _unknown(name, said, choices)
    }
    for name, found in zip(_DAYS, (since, until), strict=True):
        if name in said and found is None:
            mistakes[name] = _(
                "“%(text)s” is no day. Choose one, or write it like 2026-11-22.",
                text=said[name][:_MOST_SHOWN],
            )
    if since and until and until <= since:
        mistakes["until"] = _("The last day is before the first.")
    return Filters(said, choices, mistakes, since, until)


def _unknown(name: str, said: Mapping[str, str], choices: Mapping[str, Mapping[str, str]]) -> bool:
    return name in said and said[name] not in choices[name]


def _no_such(name: str, text: str) -> str:
    text = text[:_MOST_SHOWN]
    if name == "form":
        return _("There is no form “%(key)s”. Choose one of the list.", key=text)
    if name == "module":
        return _("There is no module “%(key)s”. Choose one of the list.", key=text)
    if name == "noun":
        return _("Nothing is called “%(key)s” here. Choose one of the list.", key=text)
    return _("There is no connection “%(key)s”. Choose one of the list.", key=text)
