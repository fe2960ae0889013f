"""What may be known of HubSpot without calling it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import SplitResult, urlsplit

from connectors.base import ConnectorSpec, Rate, Setting
from connectors.errors import SettingsError
from connectors.oauth import Asking, OAuth

API_URL, APP_URL = "https://api.hubapi.com", "https://app.hubspot.com"

# A new version comes every March and September and is supported for 18 months
# (developers.hubspot.com/changelog, date-based API versioning).
VERSION = "2026-09"

SCOPES = (
    "oauth",
    *(
        f"crm.objects.{kind}.{right}"
        for kind in ("contacts", "companies", "deals")
        for right in ("read", "write")
    ),
    *(f"crm.schemas.{kind}.read" for kind in ("contacts", "companies", "deals")),
    "crm.objects.owners.read",
)
"""What an app of the account must be allowed; its own list must be the same."""

_NO_BUNDLES = (
    "HubSpot creates contacts, companies and deals in calls of their own; Formwire does it in this "
    "order and links the deal as it is created"
)
_NO_ENQUIRIES = "HubSpot has no incoming leads that it merges by rules of its own"
_NO_MESSENGERS = (
    "HubSpot has no place for addresses in messengers; make a text property and fill it like any "
    "other field"
)

HUBSPOT = ConnectorSpec(
    key="hubspot",
    label="HubSpot",
    docs_url="https://developers.hubspot.com/docs",
    settings=(
        Setting(
            key="account",
            label="Account",
            help=(
                "The address you work at, such as https://app.hubspot.com/contacts/1234567, or the "
                "number in it alone (the Hub ID)."
            ),
            address=True,
        ),
        Setting(
            key="token",
            label="Service key",
            help=(
                "HubSpot → Settings → Integrations → Service keys. The token of a private app, "
                "which begins with pat-, will do as well."
            ),
            secret=True,
            required=False,
        ),
        Setting(
            key="client_id",
            label="Client ID",
            help="Instead of a service key: the Client ID of an app of yours, on its Auth page.",
            required=False,
        ),
        Setting(
            key="client_secret",
            label="Client secret",
            help="Beside the Client ID. With both, save, then connect by the button.",
            secret=True,
            required=False,
        ),
        Setting(
            key="marker_property",
            label="Marker property",
            help=(
                "The internal name of a text property with unique values, made alike for contacts, "
                "companies and deals, where Formwire may keep its own key: formwire_id."
            ),
            required=False,
        ),
        Setting(
            key="tags_property",
            label="Tags property",
            help=(
                "HubSpot has no tags. The internal name of a text property for contacts, companies "
                "and deals that may hold them: formwire_tags."
            ),
            required=False,
        ),
        Setting(
            key="base_url",
            label="Other server",
            help="Only for a simulator or a staging server: its address, instead of HubSpot's.",
            required=False,
            address=True,
        ),
        Setting(
            key="calls_per_s",
            label="Calls per second",
            help="Only for a simulator or by agreement with HubSpot: instead of 5.",
            required=False,
        ),
    ),
    # developers.hubspot.com, API usage guidelines and limits: 100 calls per 10 s for one key in the
    # smallest plans; searches at most 5 a second in the whole account. A connection
    # has one budget and half of its calls may be searches, so all of them keep to the narrower one.
    rates=(Rate(calls=5, seconds=1.0), Rate(calls=100, seconds=10.0)),
    parallel=4,
    # One search answers many questions (see finding.py); batches take 100 inputs
    # (developers.hubspot.com, CRM objects guide, Limits).
    find_bulk=50,
    write_bulk=100,
    bundle_bulk=0,
    # Search lags: "a few moments" (Search the CRM); others wait 30 s. What carries our marker or an
    # e-mail address is read by it, without search.
    settle_s=45.0,
    # developers.hubspot.com, OAuth quickstart: neither PKCE nor an end of refresh tokens is
    # documented; one and the same serves again and again.
    oauth=OAuth(
        page=f"{APP_URL}/oauth/authorize",
        page_options={"scope": " ".join(SCOPES)},
        exchange_path=f"/oauth/{VERSION}/token",
        server=lambda settings: base_url(settings, API_URL),
        domains=(),
        account_parameter="",
        account_setting="account",
        access_setting="token",
        idle=timedelta(days=180),
        whereabouts=None,
        pkce=False,
        asking=Asking.FORM,
    ),
    gaps={
        **dict.fromkeys(
            (
                "a bundle creates everybody and links them",
                "people may be absent from a bundle",
                "many bundles keep their order",
                "a bad bundle is refused whole and alone",
                "a deal of a bundle is recognised",
                "a bundle ends with one of each",
            ),
            _NO_BUNDLES,
        ),
        **dict.fromkeys(
            (
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
            ),
            _NO_ENQUIRIES,
        ),
        **dict.fromkeys(
            (
                "a person is found by messenger",
                "addresses in messengers are added and never replaced",
            ),
            _NO_MESSENGERS,
        ),
        "several matches come newest change first": (
            "HubSpot keeps one contact per e-mail address, so that several can only match by phone "
            "or name"
        ),
    },
)

_NUMBER = re.compile(r"[0-9]{1,15}")
_PROPERTY = re.compile(r"[a-z][a-z0-9_]{0,99}")
_TOKEN = re.compile(r"[\x21-\x7e]+")
_APP_HOST = re.compile(r"app(-[a-z0-9]+)?\.hubspot\.com")


def base_url(settings: Mapping[str, str], usual: str) -> str:
    """Where calls go, or pages are, without a slash at the end. Raises SettingsError."""
    other = settings.get("base_url", "").strip().rstrip("/")
    if not other:
        return usual
    if not other.startswith(("https://", "http://")) or not _parts(other).hostname:
        raise SettingsError("base_url: must be an http or https address")
    return other


def account(settings: Mapping[str, str]) -> tuple[str, str]:
    """The account's id, and the address at which people see it. Raises SettingsError."""
    entered = settings.get("account", "").strip()
    parts = _parts(entered)
    host, id = parts.hostname or "", entered
    if host:
        id = next((step for step in parts.path.split("/") if _NUMBER.fullmatch(step)), "")
    if not _NUMBER.fullmatch(id) or (host and not _APP_HOST.fullmatch(host)):
        raise SettingsError(
            "account: must be a number, or an address such as https://app.hubspot.com/contacts/1234567"
        )
    return id, base_url(settings, f"https://{host}" if host else APP_URL)


def token(settings: Mapping[str, str]) -> str:
    """The access token. Raises SettingsError when there is none, or it cannot be one."""
    entered = settings.get("token", "").strip()
    if not entered:
        raise SettingsError("token: connect the account, or enter a service key")
    if not _TOKEN.fullmatch(entered):
        raise SettingsError("token: must be one word of letters, digits and signs")
    return entered


def property_named(settings: Mapping[str, str], key: str) -> str | None:
    """The internal name that the setting ``key`` holds, None when it is empty. Raises SettingsError."""
    entered = settings.get(key, "").strip()
    if entered and not _PROPERTY.fullmatch(entered):
        raise SettingsError(f"{key}: must be an internal name of small letters, digits and _")
    return entered or None


def _parts(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        _ = parts.hostname
    except ValueError:
        return urlsplit("")
    return parts
