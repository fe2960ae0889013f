"""What leads from every page to all others. The links are kept as text: each page draws them again."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from flask import request, url_for
from flask_babel import LazyString, get_locale
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from web.studio.drawn import icon
from web.studio.rights import Right, rights_here


class Place(NamedTuple):
    """A page by its endpoint. ``rooms`` are the blueprints whose pages lie below it."""

    endpoint: str
    label: LazyString
    rooms: tuple[str, ...]


class Entry(NamedTuple):
    """A line of the menu, for those who have the right to its page."""

    endpoint: str
    label: LazyString
    icon: str
    right: Right


MAIN = (
    Place("studio.home.index", _("Home"), ("studio.home",)),
    Place(
        "studio.forms.index",
        _("Forms"),
        (
            "studio.forms",
            "studio.fields",
            "studio.pages",
            "studio.signatures",
            "studio.modules",
            "studio.editor",
            "studio.extras",
            "studio.copying",
            "studio.drafts",
            "studio.logic",
            "studio.previews",
        ),
    ),
    Place("studio.switchboard.index", _("Switchboard"), ("studio.switchboard",)),
    Place(
        "studio.submissions.index",
        _("Submissions"),
        ("studio.submissions", "studio.runs", "studio.bulk"),
    ),
    Place(
        "studio.connections.index",
        _("Connections"),
        ("studio.connections", "studio.connecting", "studio.load"),
    ),
    Place("studio.notices.index", _("Notices"), ("studio.notices", "studio.channels")),
)
MENU = (
    Entry("studio.people.index", _("People"), "users", Right.PEOPLE),
    Entry("studio.tokens.index", _("API tokens"), "key", Right.PEOPLE),
    Entry("studio.privacy.index", _("Privacy"), "shield-lock", Right.CONNECT),
    Entry("studio.audit.index", _("Audit log"), "history", Right.AUDIT),
)


def main_links() -> Markup:
    is_place = (request.endpoint or "").endswith(".index")
    language = get_locale().language
    return _main_links(request.script_root, language, request.blueprint or "", is_place)


def menu_links() -> Markup:
    return _menu_links(request.script_root, get_locale().language, rights_here())


@lru_cache(maxsize=1024)
def _main_links(_root: str, _language: str, room: str, is_place: bool) -> Markup:
    """``is_place``: the page is that of a place itself, and does not only lie below one."""
    current = Markup(' aria-current="{}"').format("page" if is_place else "true")
    link = Markup('<a href="{}"{}>{}</a>')
    return Markup("\n        ").join(
        link.format(url_for(one.endpoint), current if room in one.rooms else "", one.label)
        for one in MAIN
    )


@lru_cache(maxsize=128)
def _menu_links(_root: str, _language: str, rights: frozenset[Right]) -> Markup:
    link = Markup('<a class="menu-item" href="{}">{}{}</a>')
    return Markup("\n            ").join(
        link.format(url_for(one.endpoint), icon(one.icon), one.label)
        for one in MENU
        if one.right in rights
    )
