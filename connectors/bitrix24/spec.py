"""What may be known of Bitrix24 without calling it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn
from urllib.parse import urlsplit

import httpx

from connectors.base import ConnectorSpec, Kind, Rate, Setting
from connectors.errors import AuthError, SettingsError
from connectors.oauth import Asking, OAuth, Tokens

_NOT_AT_ONCE = (
    "Bitrix24 creates one record after another and takes none back when the next one fails, so "
    "Formwire creates people first and then deals, each for the whole queue at once"
)
_NO_CONTROL = (
    "Bitrix24 merges nothing that comes through its API: Formwire looks for duplicates itself"
)

_BUNDLES = (
    "a bundle creates everybody and links them",
    "people may be absent from a bundle",
    "many bundles keep their order",
    "a bad bundle is refused whole and alone",
    "a deal of a bundle is recognised",
    "a bundle ends with one of each",
)
_ENQUIRIES = (
    "the catalog says that enquiries can be left to the crm",
    "an enquiry becomes an incoming lead with its people",
    "an enquiry of somebody unknown is not merged",
    "an enquiry with a duplicate is merged into it",
    "a closed deal is no duplicate",
    "a second enquiry is merged into the first",
    "only enquiries are merged",
    "a bad enquiry is refused alone",
    "the deal that an enquiry was merged into is recognised",
    "an enquiry without a person is a lead all the same",
    "an enquiry ends with one deal and one person",
)

# bitrix24.com, the clouds of the world: portals under other names are on servers of their owners'.
CLOUDS = tuple(
    f"bitrix24.{top}"
    for top in (
        "com net eu de fr it es pl ru by kz ua uk in cn jp vn id tw site com.br com.tr"
    ).split()
)


def _untold(
    http: httpx.Client, oauth: OAuth, settings: Mapping[str, str], tokens: Tokens
) -> NoReturn:
    """Tokens are given wherever a portal is; a call to its old address is answered with the new one."""
    raise AuthError("Bitrix24 does not tell where a portal is")


BITRIX24 = ConnectorSpec(
    key="bitrix24",
    label="Bitrix24",
    docs_url="https://apidocs.bitrix24.com/",
    settings=(
        Setting(
            key="portal",
            label="Portal address",
            help="The address you work at, such as acme.bitrix24.com.",
            address=True,
        ),
        Setting(
            key="token",
            label="Inbound webhook",
            help=(
                "Bitrix24 → Developer resources → Other → Inbound webhook, with the rights crm and "
                "user. Of its address enter what follows /rest/: the number and the code, such as "
                "1/abc123def456."
            ),
            secret=True,
            required=False,
        ),
        Setting(
            key="client_id",
            label="Application ID",
            help=(
                "Instead of a webhook: Bitrix24 → Developer resources → Other → Local application, "
                "server, with the rights crm and user."
            ),
            required=False,
        ),
        Setting(
            key="client_secret",
            label="Application key",
            help="Beside the application ID. With both, save, then connect by the button.",
            secret=True,
            required=False,
        ),
        Setting(
            key="deals_as",
            label="Deals as",
            help=(
                "Empty to create deals. Enter leads if your sales people accept leads first; the "
                "portal's CRM must then work with leads."
            ),
            required=False,
        ),
        Setting(
            key="tags_field",
            label="Field for tags",
            help=(
                "Bitrix24 has no tags. A text field of several values, by label or code, in which "
                "Formwire keeps them; contacts, companies and deals each need one of that name."
            ),
            required=False,
        ),
        Setting(
            key="base_url",
            label="Other server",
            help="Only for a simulator or a staging server: its address, instead of the portal's.",
            required=False,
            address=True,
        ),
        Setting(
            key="calls_per_s",
            label="Calls per second",
            help="Instead of 2: 5 in the Enterprise plan, or as a simulator allows.",
            required=False,
        ),
    ),
    # apidocs.bitrix24.com, Limits: 50 calls at once, and 2 more every second (5 and 250 for
    # Enterprise), shared by all who call from one address. A batch of 50 commands counts as 1.
    rates=(Rate(calls=2, seconds=1.0),),
    find_bulk=50,
    # Creating takes up to a second for each record where robots run, and we wait 25 for an answer:
    # of a full batch too many answers would be lost.
    write_bulk=25,
    settle_s=45.0,
    # apidocs.bitrix24.com, OAuth 2.0. Nothing is said of PKCE (RFC 7636), and of a refresh token's
    # life two things: 180 days and 28.
    oauth=OAuth(
        page="/oauth/authorize/",
        exchange_path="/oauth/token/",
        token_server="https://oauth.bitrix.info",  # noqa: S106
        server=lambda settings: base_url(settings),
        domains=CLOUDS,
        account_parameter="domain",
        account_setting="portal",
        access_setting="token",
        idle=timedelta(days=28),
        whereabouts=_untold,
        pkce=False,
        asking=Asking.QUERY,
        token_parameter="auth",  # noqa: S106
    ),
    gaps={
        **dict.fromkeys(_BUNDLES, _NOT_AT_ONCE),
        **dict.fromkeys(_ENQUIRIES, _NO_CONTROL),
        "own writes are seen at once": (
            "Bitrix24 does not say how long its search for phones and e-mails overlooks a new "
            "record; Formwire remembers those it has written itself"
        ),
    },
)


@dataclass(frozen=True, slots=True)
class Entity:
    """What Bitrix24 calls a kind of record, by number and by name."""

    type_id: int
    name: str


CONTACT, COMPANY = Entity(3, "contact"), Entity(4, "company")
DEAL, LEAD = Entity(2, "deal"), Entity(1, "lead")

Entities = Mapping[Kind, Entity]
WITH_DEALS: Entities = {Kind.CONTACT: CONTACT, Kind.COMPANY: COMPANY, Kind.DEAL: DEAL}
WITH_LEADS: Entities = {**WITH_DEALS, Kind.DEAL: LEAD}

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}(?::[0-9]{1,5})?")
_WEBHOOK = re.compile(r"[0-9]{1,10}/[A-Za-z0-9_-]{1,128}")
_ACCESS_TOKEN = re.compile(r"[A-Za-z0-9_.-]{40,2048}")


def base_url(settings: Mapping[str, str]) -> str:
    """Where the portal is, without a slash at the end. Raises SettingsError."""
    other = settings.get("base_url", "").strip().rstrip("/")
    if other:
        if not other.startswith(("https://", "http://")) or not _parts(other)[0]:
            raise SettingsError("base_url: must be an http or https address")
        return other
    entered = settings.get("portal", "").strip().lower()
    host, path = _parts(entered if "//" in entered else f"https://{entered}")
    if path.startswith("/rest"):
        raise SettingsError("portal: enter the portal's name only, and the webhook beside it")
    if not _HOST.fullmatch(host) or entered.startswith("http://"):
        raise SettingsError("portal: must be the portal's address, such as acme.bitrix24.com")
    return f"https://{host}"


def _parts(address: str) -> tuple[str, str]:
    """Host with port, and path; both empty when it is no address."""
    try:
        parts = urlsplit(address)
        _ = parts.port  # read, because only then it is looked at
    except ValueError:
        return "", ""
    return (parts.netloc, parts.path) if parts.hostname else ("", "")


def webhook(settings: Mapping[str, str]) -> str:
    """The secret part of the webhook's address; empty when an application was let in instead.

    Raises SettingsError.
    """
    entered = settings.get("token", "").strip().strip("/")
    if not entered:
        raise SettingsError("token: connect the portal, or enter an inbound webhook")
    if _ACCESS_TOKEN.fullmatch(entered):
        return ""
    if "//" in entered:
        raise SettingsError("token: enter only what follows /rest/ in the webhook's address")
    if not _WEBHOOK.fullmatch(entered):
        raise SettingsError("token: must be a number, a slash and a code, such as 1/abc123def456")
    return entered


def entities(settings: Mapping[str, str]) -> Entities:
    """What stands for our kinds in this portal. Raises SettingsError."""
    entered = settings.get("deals_as", "").strip().lower()
    if entered not in ("", "deals", "leads"):
        raise SettingsError("deals_as: must be deals or leads")
    return WITH_LEADS if entered == "leads" else WITH_DEALS


def has_leads(entities: Entities) -> bool:
    """Whether leads stand for deals."""
    return entities[Kind.DEAL] is LEAD
