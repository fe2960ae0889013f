"""What may be known of a receiver without calling it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from connectors.base import ConnectorSpec, Json, Rate, Setting
from connectors.catalog import Catalog
from connectors.errors import SettingsError
from connectors.standard_webhooks import is_secret
from connectors.webhook.catalog import catalog_of
from connectors.webhook.events import names
from connectors.webhook.template import TemplateError, parse

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # a token of RFC 9110
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_OURS = frozenset(
    "accept-encoding connection content-encoding content-length content-type expect host te trailer "
    "transfer-encoding upgrade user-agent webhook-id webhook-signature webhook-timestamp".split()
)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where events go, how they are signed, and what they and the account look like.

    ``template`` is None for events in the usual form.
    """

    url: str
    secret: str = field(repr=False)
    header: Mapping[str, str] = field(repr=False)
    template: Json
    catalog: Catalog

    @property
    def host(self) -> str:
        return httpx.URL(self.url).host


def receiver_of(settings: Mapping[str, str]) -> Receiver:
    """What the settings mean. Raises SettingsError, led by the key of the setting."""
    secret = settings.get("secret", "").strip()
    if not is_secret(secret):
        raise SettingsError("secret: must be whsec_ and then 24 to 64 bytes in base64")
    catalog = catalog_of(settings)
    return Receiver(
        url=_url(settings),
        secret=secret,
        header=_header(settings),
        template=_template(settings, catalog),
        catalog=catalog,
    )


def _url(settings: Mapping[str, str]) -> str:
    url = _checked("url", settings.get("url", ""))
    if not settings.get("base_url", "").strip():
        return url
    other, path = _checked("base_url", settings["base_url"]).rstrip("/"), urlsplit(url)
    return f"{other}{path.path}?{path.query}" if path.query else f"{other}{path.path}"


def _checked(key: str, text: str) -> str:
    """The address as it can be called; it may be a secret, so that no message repeats it."""
    try:
        url = httpx.URL(text.strip())
        host = url.host  # read, because httpx only then looks into a name in punycode
    except (httpx.InvalidURL, UnicodeError):
        host = ""
    if not host or url.scheme not in ("http", "https"):
        raise SettingsError(f"{key}: must be an http or https address")
    if url.userinfo:
        raise SettingsError(f"{key}: must be without name and password; use the further header")
    return str(url.copy_with(fragment=None))


def _header(settings: Mapping[str, str]) -> Mapping[str, str]:
    name = settings.get("header_name", "").strip()
    value = settings.get("header_value", "").strip()
    if not name and not value:
        return {}
    if not _HEADER_NAME.fullmatch(name):
        raise SettingsError("header_name: must be the name of a header, such as Authorization")
    if name.lower() in _OURS:
        raise SettingsError(f"header_name: {name.lower()} is a header that Formwire sets itself")
    if not _HEADER_VALUE.fullmatch(value):
        raise SettingsError("header_value: must be one line of letters, digits and signs")
    return {name: value}


def _template(settings: Mapping[str, str], catalog: Catalog) -> Json:
    text = settings.get("body", "").strip()
    try:
        return parse(text, names(catalog)) if text else None
    except TemplateError as error:
        raise SettingsError(f"body: {error}") from error


WEBHOOK = ConnectorSpec(
    key="webhook",
    label="Webhook",
    docs_url="https://www.standardwebhooks.com",
    settings=(
        Setting(
            key="url",
            label="Address",
            help="Where the events are posted, such as https://crm.example.com/hooks/formwire.",
            address=True,
        ),
        Setting(
            key="secret",
            label="Signing secret",
            help=(
                "Begins with whsec_. The receiver checks with it that an event is ours: make it "
                "there, or write whsec_ and then what the command “openssl rand -base64 32” says."
            ),
            secret=True,
        ),
        Setting(
            key="fields",
            label="Further fields",
            help=(
                "Fields that modules may fill beside name, phone, e-mail and budget, one in a line, "
                "such as deal.topic or contact.birthday: date."
            ),
            required=False,
            long=True,
        ),
        Setting(
            key="pipelines",
            label="Pipelines",
            help=(
                "One in a line with its stages, those of closed deals in brackets: "
                "Sales: New request, Contacted, (Won), (Lost). Empty for one with these."
            ),
            required=False,
            long=True,
        ),
        Setting(
            key="users",
            label="People",
            help="Who can be responsible, one in a line, such as Anna <anna@acme.example>.",
            required=False,
            long=True,
        ),
        Setting(
            key="body",
            label="Body",
            help=(
                'JSON with macros, such as {"mail": "{{ contact.email }}"}, in place of the usual '
                "form of an event."
            ),
            required=False,
            long=True,
        ),
        Setting(
            key="header_name",
            label="Further header",
            help="If the receiver asks for one, such as Authorization.",
            required=False,
        ),
        Setting(
            key="header_value",
            label="Its value",
            secret=True,
            required=False,
        ),
        Setting(
            key="base_url",
            label="Other server",
            help="Only for a simulator or a staging server: its address, with the path from above.",
            required=False,
            address=True,
        ),
        Setting(
            key="calls_per_s",
            label="Events per second",
            help="At most so many, instead of 20.",
            required=False,
        ),
    ),
    rates=(Rate(calls=20, seconds=1.0),),
    parallel=8,
    find_bulk=50,  # they cost no call
    write_bulk=1,  # an event is a message of its own
    bundle_bulk=1,
    # A repeated event comes to no harm; this is only how long the first may be in the works there.
    settle_s=10.0,
    reads=False,
    check=receiver_of,
)
