"""What may be known of Kommo without calling it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from connectors.base import ConnectorSpec, Rate, Setting
from connectors.errors import SettingsError
from connectors.kommo.renaming import whereabouts
from connectors.oauth import OAuth

KOMMO_HOST, AMOCRM_HOST = "kommo.com", "amocrm.ru"


def _settings(label: str, host: str) -> tuple[Setting, ...]:
    return (
        Setting(
            key="subdomain",
            label="Account address",
            help=f"The first part of the address you work at, such as acme in acme.{host}.",
            address=True,
        ),
        Setting(
            key="client_id",
            label="Integration ID",
            help=f"{label} → Settings → Integrations → your private integration → Keys and scopes.",
            required=False,
        ),
        Setting(
            key="client_secret",
            label="Secret key",
            help="Beside the integration ID. With both, save, then connect by the button.",
            secret=True,
            required=False,
        ),
        Setting(
            key="token",
            label="Long-lived token",
            help=f"Instead of ID and key: a token made on the same page of {label}.",
            secret=True,
            required=False,
        ),
        Setting(
            key="marker_field",
            label="Marker field",
            help="A text field of leads, by label or id, where Formwire may keep its own key.",
            required=False,
            seldom=True,
        ),
        Setting(
            key="price_decimals",
            label="Decimals of deal budgets",
            # GET /account says nothing about it (developers.kommo.com/reference/account-parameters)
            help="2 if budgets in this account have cents; empty if they are whole numbers.",
            required=False,
            seldom=True,
        ),
        Setting(
            key="source",
            label="Lead source",
            help=(
                f"The name under which {label} lists deals left to its own duplicate control; "
                "empty for Formwire."
            ),
            required=False,
            seldom=True,
        ),
        Setting(
            key="base_url",
            label="Other server",
            help=f"Only for a simulator or a staging server: its address, instead of {label}'s.",
            required=False,
            seldom=True,
            address=True,
        ),
        Setting(
            key="calls_per_s",
            label="Calls per second",
            help=f"Only for a simulator or by agreement with {label}: instead of 7.",
            required=False,
            seldom=True,
        ),
    )


def _spec(key: str, label: str, host: str, docs_url: str) -> ConnectorSpec:
    """One deployment of the API: what differs are hosts and names."""
    return ConnectorSpec(
        key=key,
        label=label,
        docs_url=docs_url,
        settings=_settings(label, host),
        # developers.kommo.com/docs/limitations: 7 calls per second; 250 records per call, of which
        # 50 are recommended; 50 leads per complex call.
        rates=(Rate(calls=7, seconds=1.0),),
        find_bulk=1,
        write_bulk=50,
        bundle_bulk=50,
        settle_s=45.0,
        # support.kommo.com, Duplicate control
        merge_help=(
            f"In {label} open Leads → Automate → Lead sources → Duplicate control → Set up rules, "
            "and switch the rules on for the source named in this connection (Formwire, if none "
            "is). Until then every enquiry makes a new deal."
        ),
        # developers.kommo.com/docs/oauth-20. It says nothing of PKCE (RFC 7636), and a server that
        # has forgotten a challenge may refuse the code for its verifier: the state must do.
        oauth=OAuth(
            page=f"https://www.{host}/oauth",
            page_options={"mode": "popup"},
            exchange_path="/oauth2/access_token",
            server=lambda settings: base_url(settings, host),
            domains=(host,),
            account_parameter="referer",
            account_setting="subdomain",
            access_setting="token",
            idle=timedelta(days=90),
            whereabouts=whereabouts,
            pkce=False,
        ),
        gaps={
            "own writes are seen at once": (
                f"{label} does not say how long its search overlooks a new record; Formwire "
                "remembers those it has written itself"
            ),
            "a phone is found whatever its punctuation": (
                f"somebody whose number was typed into {label} with brackets, spaces or hyphens "
                "may not be found by it, and so be created again: match by e-mail too"
            ),
        },
    )


KOMMO = _spec("kommo", "Kommo", KOMMO_HOST, "https://developers.kommo.com/reference")
AMOCRM = _spec("amocrm", "amoCRM", AMOCRM_HOST, "https://www.amocrm.ru/developers")

HOSTS: Mapping[str, str] = {KOMMO.key: KOMMO_HOST, AMOCRM.key: AMOCRM_HOST}
"""Connector key to the domain under which its accounts live."""

KOMMO_SOURCE = "Formwire"
LONGEST_SOURCE = 40

_SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_TOKEN = re.compile(r"[\x21-\x7e]+")


def base_url(settings: Mapping[str, str], host: str) -> str:
    """Where the account lives, without a slash at the end. Raises SettingsError."""
    other = settings.get("base_url", "").strip().rstrip("/")
    if other:
        if not other.startswith(("https://", "http://")) or not _hostname(other):
            raise SettingsError("base_url: must be an http or https address")
        return other
    entered = settings.get("subdomain", "").strip()
    name = _hostname(entered) if "//" in entered else entered.split("/")[0]
    subdomain = name.lower().removesuffix(f".{host}")
    if not _SUBDOMAIN.fullmatch(subdomain):
        raise SettingsError(f"subdomain: must be a name such as acme, or acme.{host}")
    return f"https://{subdomain}.{host}"


def _hostname(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def price_decimals(settings: Mapping[str, str]) -> int:
    """How many decimals deal budgets have. Raises SettingsError."""
    entered = settings.get("price_decimals", "").strip() or "0"
    if entered not in {"0", "1", "2", "3"}:
        raise SettingsError("price_decimals: must be 0, 1, 2 or 3")
    return int(entered)


def source_name(settings: Mapping[str, str]) -> str:
    """The lead source that enquiries come from. Raises SettingsError."""
    entered = settings.get("source", "").strip() or KOMMO_SOURCE
    if len(entered) > LONGEST_SOURCE or not entered.isprintable():
        raise SettingsError(f"source: must be one line of at most {LONGEST_SOURCE} characters")
    return entered


def token(settings: Mapping[str, str]) -> str:
    """The access token. Raises SettingsError when there is none, or it cannot be one."""
    entered = settings.get("token", "").strip()
    if not entered:
        raise SettingsError("token: connect the account, or enter a long-lived token")
    if not _TOKEN.fullmatch(entered):
        raise SettingsError("token: must be one word of letters, digits and signs")
    return entered
