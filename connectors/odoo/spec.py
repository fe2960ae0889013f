"""What may be known of Odoo without calling it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from connectors.base import ConnectorSpec, Rate, Setting
from connectors.errors import SettingsError

_NO_BUNDLES = (
    "Odoo has no call that makes a deal and its people; Formwire makes one after the other"
)
_NO_MERGING = "Odoo merges no incoming leads by itself; Formwire looks for duplicates instead"
_NO_MESSENGERS = "Odoo keeps no addresses in messengers; write them into a text field of your own"

ODOO = ConnectorSpec(
    key="odoo",
    label="Odoo",
    docs_url="https://www.odoo.com/documentation/19.0/developer/reference/external_api.html",
    settings=(
        Setting(
            key="address",
            label="Address",
            help="Where you work, such as acme.odoo.com or https://odoo.acme.com.",
            address=True,
        ),
        Setting(
            key="api_key",
            label="API key",
            help="Odoo → your picture → My Preferences → Security → Add API Key.",
            secret=True,
        ),
        Setting(
            key="login",
            label="Login",
            help="Only for Odoo 14 to 18: the login of the user whose key it is. Empty for 19 and later.",
            required=False,
        ),
        Setting(
            key="database",
            label="Database",
            help="For Odoo 14 to 18, and where one server has several: the database's name.",
            required=False,
        ),
        Setting(
            key="base_url",
            label="Other server",
            help="Only for a simulator or a staging server: its address, instead of the one above.",
            required=False,
            seldom=True,
            address=True,
        ),
        Setting(
            key="calls_per_s",
            label="Calls per second",
            help="On a server of your own, for instance 20; empty for Odoo Online.",
            required=False,
            seldom=True,
        ),
    ),
    # Odoo Online means about one call a second and none side by side (github.com/odoo/documentation,
    # pull requests 3647 and 3800); that is an average, so a submission's calls may follow one another.
    rates=(Rate(calls=20, seconds=20.0),),
    parallel=1,
    # A domain takes any number of alternatives, and load any number of rows; one refused row costs
    # a further call, so batches stay small.
    find_bulk=50,
    write_bulk=50,
    # Searches see a write at once; a call may still be running 25 seconds after we gave it up.
    settle_s=45.0,
    gaps={
        "deals are found by their people": (
            "a deal has one customer in Odoo, so all deals of a contact are those of the contact's company"
        ),
        "a person is found by messenger": _NO_MESSENGERS,
        "addresses in messengers are added and never replaced": _NO_MESSENGERS,
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

_WORD = re.compile(r"[\x21-\x7e]+")


def base_url(settings: Mapping[str, str]) -> str:
    """Where the database answers, without a slash at the end. Raises SettingsError."""
    other = settings.get("base_url", "").strip().rstrip("/")
    if other:
        if not other.startswith(("https://", "http://")) or not _hostname(other):
            raise SettingsError("base_url: must be an http or https address")
        return other
    entered = settings.get("address", "").strip()
    address = entered if "://" in entered else f"https://{entered}"
    host = _hostname(address)
    if not address.startswith("https://") or "." not in host or "@" in entered:
        raise SettingsError("address: must be one such as acme.odoo.com or https://odoo.acme.com")
    port = urlsplit(address).port
    return f"https://{host}:{port}" if port else f"https://{host}"


def _hostname(address: str) -> str:
    try:
        parts = urlsplit(address)
        _ = parts.port  # read, because only then it is looked into
        return parts.hostname or ""
    except ValueError:
        return ""


def api_key(settings: Mapping[str, str]) -> str:
    """The secret. Raises SettingsError when it cannot be one."""
    entered = settings.get("api_key", "").strip()
    if not _WORD.fullmatch(entered):
        raise SettingsError("api_key: must be one word of letters, digits and signs")
    return entered


def database(settings: Mapping[str, str]) -> str:
    """The database's name, empty when the server is to choose. Raises SettingsError."""
    entered = settings.get("database", "").strip()
    if entered and not _WORD.fullmatch(entered):
        raise SettingsError("database: must be one word of letters, digits and signs")
    if not entered and login(settings):
        raise SettingsError("database: enter its name, which Odoo 14 to 18 need beside the login")
    return entered


def login(settings: Mapping[str, str]) -> str:
    """The login for JSON-RPC; empty when the JSON-2 API is meant."""
    return settings.get("login", "").strip()
