"""The HTML of a page of a person's website, for its forms to be read. One look, by the guarded road."""

from __future__ import annotations

import httpx

from connectors.addresses import Targets
from connectors.errors import ConnectorError
from connectors.guarded import GuardedTransport
from connectors.http import Answer, exchange, new_client
from engine.deciding.field_finding import MAX_CHARACTERS, NothingFound

DEADLINE_S = 10.0
_KINDS = ("text/html", "application/xhtml+xml")
_INSTEAD = "open the page, copy its source and paste it instead"


def page_source(url: str, targets: Targets = Targets()) -> str:  # noqa: B008 - frozen
    """The HTML at ``url``. Follows no redirect, and sends nothing that tells who asks.

    Raises NothingFound when there is none to be had, with a way out.
    """
    host = _host(url)
    headers = {"accept": "text/html", "user-agent": "Formwire"}
    try:
        with new_client(transport=GuardedTransport(targets, deadline_s=DEADLINE_S)) as http:
            answer = exchange(http, "GET", url, writes=False, place=host, headers=headers)
    except ConnectorError as error:
        raise NothingFound(f"The page could not be read ({error}); {_INSTEAD}.") from error
    return _html(answer, host)


def _host(url: str) -> str:
    try:
        parsed = httpx.URL(url)
        host = parsed.host
    except (httpx.InvalidURL, UnicodeError) as error:
        raise NothingFound(_NO_ADDRESS) from error
    if parsed.scheme not in ("http", "https") or not host:
        raise NothingFound(_NO_ADDRESS)
    if parsed.userinfo:
        raise NothingFound("Take the name and password out of the address.")
    return host


_NO_ADDRESS = "That is no full address of a page; it begins with https:// or http://."


def _html(answer: Answer, host: str) -> str:
    if answer.status in (301, 302, 303, 307, 308):
        raise NothingFound(_moved(answer.headers.get("location", ""), host))
    if not answer.is_success:
        raise NothingFound(f"{host} answers with status {answer.status}; {_INSTEAD}.")
    kind, _, options = answer.headers.get("content-type", "").partition(";")
    if kind.strip().lower() not in _KINDS:
        raise NothingFound(f"{host} answers with no HTML; enter the address of a page with a form.")
    if len(answer.body) > 2 * MAX_CHARACTERS:
        raise NothingFound(f"The page is larger than {2 * MAX_CHARACTERS // 10**6} MB; {_INSTEAD}.")
    charset = options.partition("charset=")[2].strip(' "') or "utf-8"
    try:
        return answer.body.decode(charset, errors="replace")
    except (LookupError, UnicodeError):
        return answer.body.decode(errors="replace")


def _moved(location: str, host: str) -> str:
    if location.startswith(("https://", "http://")) and len(location) < 500:
        return f"The page has moved; enter its new address: {location}"
    return f"{host} sends visitors on to another page; enter the address where they end."
