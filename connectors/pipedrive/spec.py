"""What may be known of Pipedrive without calling it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

import httpx

from connectors.base import ConnectorSpec, Rate, Setting
from connectors.errors import AuthError, SettingsError
from connectors.oauth import Asking, OAuth, Tokens

HOST = "pipedrive.com"

_SETTINGS = (
    Setting(
        key="company",
        label="Company address",
        help=f"The first part of the address you work at, such as acme in acme.{HOST}.",
        address=True,
    ),
    Setting(
        key="token",
        label="API token",
        help="Pipedrive → your picture → Personal preferences → API. It acts with your rights.",
        secret=True,
        required=False,
    ),
    Setting(
        key="client_id",
        label="Client ID",
        help="Instead of a token: of your private app in Pipedrive's Developer Hub.",
        required=False,
    ),
    Setting(
        key="client_secret",
        label="Client secret",
        help="Beside the client ID. With both, save, then connect by the button.",
        secret=True,
        required=False,
    ),
    Setting(
        key="marker_field",
        label="Marker field",
        help="A text field of deals, by label or key, where Formwire may keep its own key.",
        required=False,
        seldom=True,
    ),
    Setting(
        key="company_phone_field",
        label="Phone field of organizations",
        help="Pipedrive has none of its own: a phone or text field of yours, by label or key.",
        required=False,
    ),
    Setting(
        key="company_email_field",
        label="E-mail field of organizations",
        help="Pipedrive has none of its own: a text field of yours, by label or key.",
        required=False,
    ),
    Setting(
        key="base_url",
        label="Other server",
        help="Only for a simulator or a staging server: its address, instead of Pipedrive's.",
        required=False,
        seldom=True,
        address=True,
    ),
    Setting(
        key="calls_per_s",
        label="Calls per second",
        help="Only for a simulator: instead of 10 in two seconds, which is what searches are held to.",
        required=False,
        seldom=True,
    ),
)

_APART = "Pipedrive creates a deal and its people by a call each; Formwire does so step by step"
_NO_MERGING = "Pipedrive has no duplicate control that an enquiry could be left to"


def _nowhere_else(
    http: httpx.Client, oauth: OAuth, settings: Mapping[str, str], tokens: Tokens
) -> str:
    """Pipedrive tells where a company lives only when it gives the first tokens."""
    raise AuthError("the CRM does not tell whether the company's address has changed")


PIPEDRIVE = ConnectorSpec(
    key="pipedrive",
    label="Pipedrive",
    docs_url="https://developers.pipedrive.com/docs/api/v1",
    settings=_SETTINGS,
    # pipedrive.readme.io, Rate limiting: on every plan 10 searches in 2 seconds, and at least 20
    # calls of any kind. Who goes on after a refusal is shut out, so all calls keep to the lower one.
    rates=(Rate(calls=10, seconds=2.0),),
    # One search answers one question, and one call writes one record: there are no batches.
    find_bulk=1,
    write_bulk=1,
    # A lost creation is looked for in lists of the database, not in the search index; nobody
    # says how fresh either is.
    settle_s=60.0,
    # pipedrive.readme.io, OAuth authorization. It says nothing of PKCE (RFC 7636).
    oauth=OAuth(
        page=f"https://oauth.{HOST}/oauth/authorize",
        token_server=f"https://oauth.{HOST}",
        exchange_path="/oauth/token",
        asking=Asking.BASIC,
        server=lambda settings: base_url(settings),
        domains=(HOST,),
        account_parameter="",
        account_member="api_domain",
        account_setting="company",
        access_setting="token",
        idle=timedelta(days=60),
        whereabouts=_nowhere_else,
        pkce=False,
    ),
    gaps={
        "own writes are seen at once": (
            "Pipedrive does not say how long its search overlooks a new record; Formwire "
            "remembers those it has written itself"
        ),
        "a phone is found whatever its punctuation": (
            "somebody whose number was typed into Pipedrive with brackets, spaces or hyphens "
            "may not be found by it, and so be created again: match by e-mail too"
        ),
        "a person is found by messenger": "Pipedrive's search does not look through messengers",
        "a deal is found by a choice": (
            "Pipedrive's search does not look through options; a module can still compare those "
            "of a person's deals"
        ),
        **dict.fromkeys(
            (
                "a bundle creates everybody and links them",
                "people may be absent from a bundle",
                "many bundles keep their order",
                "a bad bundle is refused whole and alone",
                "a deal of a bundle is recognised",
                "a bundle ends with one of each",
            ),
            _APART,
        ),
        **dict.fromkeys(
            (
                "the catalog says that enquiries can be left to the crm",
                "an enquiry becomes an incoming lead with its people",
                "an enquiry of somebody unknown is not merged",
                "an enquiry with a duplicate is merged into it",
                "a second enquiry is merged into the first",
                "only enquiries are merged",
                "a bad enquiry is refused alone",
                "the deal that an enquiry was merged into is recognised",
                "an enquiry without a person is a lead all the same",
                "an enquiry ends with one deal and one person",
            ),
            _NO_MERGING,
        ),
    },
)

_COMPANY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_TOKEN = re.compile(r"[\x21-\x7e]+")


def base_url(settings: Mapping[str, str]) -> str:
    """Where the company's account lives, without a slash at the end. Raises SettingsError."""
    other = settings.get("base_url", "").strip().rstrip("/")
    if other:
        if not other.startswith(("https://", "http://")) or not _hostname(other):
            raise SettingsError("base_url: must be an http or https address")
        return other
    entered = settings.get("company", "").strip()
    name = _hostname(entered) if "//" in entered else entered.split("/")[0]
    company = name.lower().removesuffix(f".{HOST}")
    if not _COMPANY.fullmatch(company):
        raise SettingsError(f"company: must be a name such as acme, or acme.{HOST}")
    return f"https://{company}.{HOST}"


def _hostname(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def credentials(settings: Mapping[str, str]) -> dict[str, str]:
    """The header that lets us in. Raises SettingsError when there is no token, or it cannot be one.

    API tokens are hexadecimal digits; those of a consent are made of parts between colons.
    """
    entered = settings.get("token", "").strip()
    if not entered:
        raise SettingsError("token: connect the account, or enter an API token")
    if not _TOKEN.fullmatch(entered):
        raise SettingsError("token: must be one word of letters, digits and signs")
    return {"Authorization": f"Bearer {entered}"} if ":" in entered else {"x-api-token": entered}
