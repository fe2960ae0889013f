"""The two ways to one database: JSON-2 (Odoo 19 and later) and JSON-RPC (14 to 18).

Both carry the same calls: a model, a method and its arguments by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Protocol

import httpx

from connectors.base import Json
from connectors.errors import (
    AuthError,
    ConnectorError,
    OutcomeUnknownError,
    SettingsError,
    UnavailableError,
)
from connectors.http import Answer, call
from connectors.odoo.errors import exception_in, meaning

Named = Mapping[str, Json]

POSITIONAL: Mapping[str, tuple[str, ...]] = {"get_external_id": ("ids",)}
"""Methods on records, whose ids JSON-RPC wants first and without a name."""


class Transport(Protocol):
    def call(self, model: str, method: str, named: Named, *, writes: bool) -> Json:
        """Return what the method returns. Raises ConnectorError."""

    def user_id(self) -> int:
        """Whose API key it is. Raises ConnectorError."""


class Json2:
    """odoo.com/documentation/19.0/developer/reference/external_api.html, read November 2026."""

    def __init__(self, http: httpx.Client, base_url: str, api_key: str, database: str) -> None:
        self._http = http
        self._root = f"{base_url}/json/2"
        self._headers = {"Authorization": f"bearer {api_key}"}
        if database:
            self._headers["X-Odoo-Database"] = database
        self._uid: int | None = None

    def call(self, model: str, method: str, named: Named, *, writes: bool) -> Json:
        place, lost = f"{model}/{method}", _lost(writes)

        def refine(answer: Answer) -> ConnectorError | None:
            return _refined(answer, place, lost)

        url = f"{self._root}/{place}"
        headers, body = self._headers, dict(named)
        return call(
            self._http, "POST", url, writes=writes, refine=refine, headers=headers, json=body
        )

    def user_id(self) -> int:
        if self._uid is None:
            context = self.call("res.users", "context_get", {}, writes=False)
            uid = context.get("uid") if isinstance(context, dict) else None
            if not isinstance(uid, int):
                raise UnavailableError("res.users/context_get: the answer names no user")
            self._uid = uid
        return self._uid


def _refined(
    answer: Answer, place: str, lost: type[OutcomeUnknownError] | type[UnavailableError]
) -> ConnectorError | None:
    if answer.status == 429:
        return None
    try:
        told = exception_in(answer.json())
    except ValueError:
        told = None
    if told:
        return meaning(*told, place, lost)
    # Odoo writes a page of HTML when no database answers, and a server without this API does so.
    return _nobody_there(place) if answer.status == 404 else None


def _nobody_there(place: str) -> SettingsError:
    return SettingsError(
        f"{place}: no Odoo database answers there; check address and database, "
        "and that a login is entered for Odoo 14 to 18 and none for later ones"
    )


class JsonRpc:
    """odoo.com/documentation/18.0/developer/reference/external_api.html, read November 2026."""

    def __init__(
        self, http: httpx.Client, base_url: str, api_key: str, database: str, login: str
    ) -> None:
        self._http = http
        self._url = f"{base_url}/jsonrpc"
        self._database, self._login, self._secret = database, login, api_key
        self._lock = Lock()
        self._uid: int | None = None

    def call(self, model: str, method: str, named: Named, *, writes: bool) -> Json:
        keywords = dict(named)
        positional = [keywords.pop(name) for name in POSITIONAL.get(method, ())]
        who = [self._database, self.user_id(), self._secret]
        arguments = [*who, model, method, positional, keywords]
        return self._ask("object", "execute_kw", arguments, f"{model}/{method}", writes=writes)

    def user_id(self) -> int:
        with self._lock:
            if self._uid is None:
                arguments = [self._database, self._login, self._secret, {}]
                uid = self._ask("common", "authenticate", arguments, "authenticate", writes=False)
                if not isinstance(uid, int) or isinstance(uid, bool):
                    raise AuthError("authenticate: login or API key are not accepted")
                self._uid = uid
            return self._uid

    def _ask(
        self, service: str, method: str, arguments: list[Json], place: str, *, writes: bool
    ) -> Json:
        params = {"service": service, "method": method, "args": arguments}
        body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}
        lost = _lost(writes)

        def refine(answer: Answer) -> ConnectorError | None:
            return _nobody_there(place) if answer.status == 404 else None

        answer = call(self._http, "POST", self._url, writes=writes, refine=refine, json=body)
        if not isinstance(answer, dict):
            raise lost(f"{place}: the answer is no JSON-RPC")
        if "error" in answer:
            error = answer["error"]
            told = exception_in(error.get("data")) if isinstance(error, dict) else None
            raise meaning(*told, place, lost) if told else lost(f"{place}: the CRM fails")
        if "result" not in answer:
            raise lost(f"{place}: the answer has no result")
        return answer["result"]


def _lost(writes: bool) -> type[OutcomeUnknownError] | type[UnavailableError]:
    return OutcomeUnknownError if writes else UnavailableError
