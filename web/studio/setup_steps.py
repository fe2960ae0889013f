"""How a form is connected, wherever it is: steps in the words of the product that has it.

Menus in “…” are those of the product's own documentation or of its source; where neither was seen the
steps say what to look for. `setup_sites` and `setup_services` have the places, one literal each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from engine.deciding.senders import Ping, sender_by_key


@dataclass(frozen=True, slots=True)
class Place:
    """Where a form may be. ``sender`` is the key of what posts from there.

    ``steps`` say what to do there; the address to paste stands above them, and the first filling-in
    comes after them. ``cannot`` tells what does not work. ``snippet`` names what there is to copy.
    ``instead``: it cannot post answers here by itself, as ``cannot`` tells, and this place can.
    ``secret`` says what there proves that a post is from there, where anything does.
    """

    key: str
    name: str | LazyString
    sender: str
    steps: tuple[LazyString, ...] = ()
    cannot: tuple[LazyString, ...] = ()
    snippet: str = ""
    instead: str = ""
    secret: LazyString | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Places of one sort, the most used first."""

    label: LazyString
    places: tuple[Place, ...]


FIND_WEBHOOKS = _("Open the form’s settings or integrations there, and find its webhooks.")
PASTE = _("Add one with the address from above, by POST and as JSON if it lets you choose. Save.")
PUBLISH = _("Publish the page.")
HTTPS_ONLY = _("It posts to addresses that begin with https:// only.")
NOT_REPEATED = _("A post that found nobody is not repeated: look into its log after an outage.")
BROKEN_BY_QUOTES = _(
    "Leave the body as it is: one of your own breaks as soon as a visitor types a quotation mark."
)


SIGNING_SECRET = _("the signing secret of its webhook")


def webhook(key: str, name: str, *cannot: LazyString, secret: LazyString | None = None) -> Place:
    """A place whose menus nobody has seen: what to look for."""
    return Place(key, name, key, (FIND_WEBHOOKS, PASTE), cannot, secret=secret)


def not_by_itself(key: str, name: str, why: LazyString, secret: LazyString | None = None) -> Place:
    """A sender that a go-between must help."""
    return Place(key, name, key, cannot=(why,), instead="zapier", secret=secret)


_PINGS: Mapping[Ping, LazyString] = {
    Ping.TEST_IS_TEST: _("When you save it there, it tries the address. That is no lead."),
    Ping.TEST_EVENT: _("When you save it there, it tries the address. That is no lead."),
    Ping.SAMPLE: _(
        "What its button for a test sends has made-up answers, and is marked as a test."
    ),
    Ping.CONFIRMATION: _(
        "It asks the address for a text of its own first: enter that beside the secret, and then let it"
        " confirm."
    ),
    Ping.HOOK_SECRET: _("When you save it there, it tries the address. That is no lead."),
    Ping.EMPTY: _("Its empty posts are no leads."),
}


def expected(place: Place) -> Iterator[LazyString]:
    """What arrives besides leads."""
    sender = sender_by_key(place.sender)
    pings = sender.pings if sender else ()
    yield from dict.fromkeys(_PINGS[ping] for ping in pings if ping in _PINGS)
