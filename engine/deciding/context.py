"""Where a visitor came from: the names that are facts about a visit, not answers.

Roots and members: ``utm`` (source, medium, …), ``page`` (url, title, referrer, landing_url) and
``visitor`` (click ids, counters' client ids, first and last touch).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from engine.deciding.bodies import Object, parse_json

MAX_VALUE = 255
MAX_URL = 2_000

Context: TypeAlias = dict[str, dict[str, str]]
Pairs: TypeAlias = Iterable[tuple[str, str]]

_UTM = ("source", "medium", "campaign", "term", "content", "id", "referrer")
_PLACES: dict[str, tuple[str, str]] = {
    **{f"utm_{member}": ("utm", member) for member in _UTM},
    "page_url": ("page", "url"),
    "page_title": ("page", "title"),
    "referrer": ("page", "referrer"),
    "page_referrer": ("page", "referrer"),
    "landing_url": ("page", "landing_url"),
    "page_landing_url": ("page", "landing_url"),
    "gclid": ("visitor", "gclid"),
    "gbraid": ("visitor", "gbraid"),
    "wbraid": ("visitor", "wbraid"),
    "yclid": ("visitor", "yclid"),
    "fbclid": ("visitor", "fbclid"),
    "fbc": ("visitor", "fbc"),
    "_fbc": ("visitor", "fbc"),
    "fbp": ("visitor", "fbp"),
    "_fbp": ("visitor", "fbp"),
    "ga_client_id": ("visitor", "ga_client_id"),
    "gclientid": ("visitor", "ga_client_id"),
    "_ga": ("visitor", "ga_client_id"),
    "ym_client_id": ("visitor", "ym_client_id"),
    "_ym_uid": ("visitor", "ym_client_id"),
    "ym_counter": ("visitor", "ym_counter"),
    "_ym_counter": ("visitor", "ym_counter"),
    "roistat": ("visitor", "roistat_visit"),
    "roistat_visit": ("visitor", "roistat_visit"),
    "calltouch_session_id": ("visitor", "calltouch_session_id"),
    "_ct_session_id": ("visitor", "calltouch_session_id"),
    "openstat": ("visitor", "openstat"),
    "_openstat": ("visitor", "openstat"),
}
_TOUCHES = ("first_touch", "last_touch")
_URLS = frozenset({"url", "referrer", "landing_url"})

# The client id is the last two numbers of the cookie; old and new session cookies hold a session id
# and a session number (Google's cookie page; the second form since May 2025).
_GA_CLIENT = re.compile(r"(?:^|\.)(\d+\.\d+)$")
_GA_SESSION_NAME = re.compile(r"_ga_[a-z0-9]+")
_GA_SESSION = re.compile(
    r"GS\d\.\d+\.(?:s(?P<id2>\d+)\$.*?o(?P<no2>\d+)|(?P<id1>\d+)\.(?P<no1>\d+))"
)


@lru_cache(maxsize=1024)  # a form sends the same names each time
def is_context(name: str) -> bool:
    """Whether a value of this name is about the visit."""
    plain = _plain(name)
    return plain in _PLACES or plain in _TOUCHES or _is_ga_session(plain)


def context_of(sent: list[tuple[str, str]], cookies: str = "") -> Context:
    """What is known of the visit. ``sent`` are name and value, ``cookies`` a Cookie header's text.

    Of a repeated name the first value that is not blank wins. What the form sent comes before what
    the page's address, the cookies and the last touch say. UTM values are taken from one of these
    only, so that two campaigns never mix.
    """
    context: Context = {"utm": {}, "page": {}, "visitor": {}}
    _take(context, sent, ("utm", "page", "visitor"))
    touches = [(_plain(name), value) for name, value in sent if _plain(name) in _TOUCHES]
    last_touch = []
    for name, text in touches:
        for member, value in _touch(text):
            if value := value.strip()[:MAX_URL]:
                context["visitor"].setdefault(f"{name}_{member}", value)
                last_touch += [(member, value)] if name == "last_touch" else []
    for source in (_query(context["page"].get("url", "")), _cookies(cookies), last_touch):
        roots = ("visitor",) if context["utm"] else ("utm", "visitor")
        _take(context, source, roots)
    return context


def _plain(name: str) -> str:
    return name.lower().removeprefix("_fw_").replace(".", "_")


def _is_ga_session(plain: str) -> bool:
    return plain.startswith("_ga_") and _GA_SESSION_NAME.fullmatch(plain) is not None


def _take(context: Context, pairs: Pairs, roots: Collection[str]) -> None:
    for name, value in pairs:
        for root, member, text in _placed(_plain(name), value.strip()):
            if root in roots and text:
                limit = MAX_URL if member in _URLS else MAX_VALUE
                context[root].setdefault(member, text[:limit])


def _placed(name: str, value: str) -> Iterator[tuple[str, str, str]]:
    """(root, member, value): where a fact belongs and what of it is kept."""
    if name in _PLACES:
        root, member = _PLACES[name]
        if member == "ga_client_id":
            found = _GA_CLIENT.search(value[-MAX_VALUE:])
            value = found[1] if found else ""
        yield root, member, value
    elif _is_ga_session(name) and (session := _GA_SESSION.match(value[:MAX_VALUE])):
        yield "visitor", "ga_session_id", session["id2"] or session["id1"]
        yield "visitor", "ga_session_number", session["no2"] or session["no1"]


def _touch(text: str) -> Iterator[tuple[str, str]]:
    """The members of a first or last touch as our embed script writes it: one JSON object of texts."""
    try:
        touch = parse_json(text)
    except ValueError:  # a visitor's browser mangled it; the answers are worth more than the touch
        return
    if isinstance(touch, Object):
        yield from ((name, value) for name, value in touch.pairs if isinstance(value, str))


def _query(url: str) -> Pairs:
    try:
        return parse_qsl(urlsplit(url).query, max_num_fields=200)
    except ValueError:  # no address, or no query of a real page
        return []


def _cookies(header: str) -> Iterator[tuple[str, str]]:
    """A Cookie header's pairs; the ones inside Tilda's TILDAUTM come as if they were cookies.

    TILDAUTM is percent-encoded and joins its pairs by three bars (Tilda's webhook help page).
    """
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name.upper() == "TILDAUTM":
            for pair in unquote(value).split("|||"):
                inner, _, text = pair.partition("=")
                yield inner, text
        else:
            yield name, unquote(value)
