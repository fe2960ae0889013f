"""Sessions: of people who are signed in they stand in the database, of all others in their browser.

Before somebody signs in there is nothing to protect but the sign-in form's token, which a signed
cookie holds, so that strangers cannot fill the database. Whoever signs in gets a new random id, and
everything else stays here, where it can be ended. Pages for which nobody signs in, such as a form's
address, neither read a session nor set a cookie.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import partial
from typing import Any

from flask import Flask, Request, Response, has_app_context
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from engine.storage.audit import Actor, add_entry
from engine.storage.base import now
from engine.storage.database import Database
from engine.storage.digests import digest_of
from engine.storage.model_people import Person
from engine.storage.web_sessions import (
    USED_EVERY,
    begin_session,
    end_session,
    keep_session,
    live_session,
    note_session_use,
)
from web.database import SAFE_METHODS, db
from web.language import keep_language, spoken

_PERSON = "_user_id"  # Flask-Login's name for it
_CSRF_TOKEN = "csrf_token"  # noqa: S105 - Flask-WTF's
_ROOMS = ("studio", "security", "entrance")
"""The blueprints with pages that people sign in for."""
_SECRET = re.compile(r"[\w-]{43}", re.ASCII)  # a signed cookie holds dots
_log = logging.getLogger(__name__)


class BrowserSession(SessionMixin):
    """One browser's session, read when it is first looked at.

    ``secret`` is what its cookie holds, None while nobody has signed in with it. ``person`` is whose
    it is, where the request's own database session has read it.
    """

    modified = False

    def __init__(self, request: Request, read: Callable[[BrowserSession], dict[str, Any]]) -> None:
        self._request, self._read = request, read
        self._content: dict[str, Any] | None = None
        self.secret: str | None = None
        self.used_at: datetime | None = None
        self.person: Person | None = None
        self.renewed = False

    @property
    def digest(self) -> str | None:
        """The key of its row, once it was read."""
        return digest_of(self.secret) if self.secret else None

    @property
    def has_room(self) -> bool:
        """Whether the page that is asked for is one of those that people sign in for."""
        return (self._request.blueprint or "").partition(".")[0] in _ROOMS

    @property
    def content(self) -> dict[str, Any]:
        if self._content is None:
            self._content = {}  # and stays so when reading fails: an error's page needs none
            if self.has_room:
                self._content = self._read(self)
        return self._content

    def renew(self) -> None:
        """Give the browser another id and token: those from before the sign-in may be known."""
        self.pop(_CSRF_TOKEN, None)
        self.renewed = True

    def __getitem__(self, name: str) -> Any:
        return self.content[name]

    def __setitem__(self, name: str, value: Any) -> None:
        if not self.has_room:
            raise RuntimeError(f"{self._request.path} is a public page: it has no session")
        self.content[name] = value
        self.modified = True

    def __delitem__(self, name: str) -> None:
        del self.content[name]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def __len__(self) -> int:
        return len(self.content)


class Sessions(SecureCookieSessionInterface):
    """Reads and stores sessions, as Flask asks for it when a request begins and ends."""

    def __init__(self, database: Database, people: type[Person]) -> None:
        """``people`` is what those who are signed in are made of."""
        self._database, self._people = database, people

    def open_session(self, app: Flask, request: Request) -> BrowserSession:  # type: ignore[override]
        return BrowserSession(request, partial(self._read, app, request))

    def _read(self, app: Flask, request: Request, session: BrowserSession) -> dict[str, Any]:
        """What the request's cookie stands for; nothing when it has ended or was made up."""
        cookie = request.cookies.get(self.get_cookie_name(app), "")
        if not _SECRET.fullmatch(cookie):
            content = dict(super().open_session(app, request) or {})
            return {} if _PERSON in content else content  # nobody signs in by a signature alone
        # A request that only reads asks its own database session; else one apart from what will write.
        own = has_app_context() and request.method in SAFE_METHODS
        with nullcontext(db.session()) if own else self._database.read() as database:
            found = live_session(database, cookie, now(), self._people)
        if found is None:
            session.modified = True  # so that the useless cookie is taken away
            return {}
        session.secret, session.used_at = cookie, found.used_at
        session.person = found.person if own else None
        return dict(self.serializer.loads(json.dumps(found.content)))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, BrowserSession)
        if not session.has_room:
            return
        if _PERSON in session:
            self._keep(app, session, response)
            return
        if session.secret is not None:  # somebody signed out
            with self._write() as database:
                end_session(database, digest_of(session.secret))
        super().save_session(app, session, response)

    def _keep(self, app: Flask, session: BrowserSession, response: Response) -> None:
        response.vary.add("Cookie")
        if session.secret is None or session.renewed:
            person = self._begin(session)
            keep_language(person.language, response)
        elif session.modified:
            with self._write() as database:
                keep_session(database, digest_of(session.secret), self._plain(session))
        elif session.used_at and session.used_at <= now() - USED_EVERY:
            self._note_use(session.secret)
        else:
            return
        response.set_cookie(
            self.get_cookie_name(app),
            session.secret or "",
            expires=self.get_expiration_time(app, session),
            httponly=self.get_cookie_httponly(app),
            path=self.get_cookie_path(app),
            secure=self.get_cookie_secure(app),
            samesite=self.get_cookie_samesite(app),
        )

    def _begin(self, session: BrowserSession) -> Person:
        with self._write() as database:
            if session.secret is not None:
                end_session(database, digest_of(session.secret))
            session.secret, person = begin_session(database, session[_PERSON], self._plain(session))
            person.language = person.language or spoken()  # until they choose another
            add_entry(database, Actor(person.email, "studio"), "sign in", "person", person.email)
        return person

    def _note_use(self, secret: str) -> None:
        try:
            with self._write() as database:
                note_session_use(database, digest_of(secret))
        except OperationalError as error:  # a full disk must not keep anybody from reading
            _log.warning("the use of a session is not noted: %r", error.orig)

    def _write(self) -> AbstractContextManager[Session]:
        db.session.close()  # the page is made; its transaction may hold SQLite's only write lock
        return self._database.write()

    def _plain(self, session: BrowserSession) -> dict[str, Any]:
        """The content as JSON can hold it, with Flask's tags for what JSON has no word for."""
        plain: dict[str, Any] = json.loads(self.serializer.dumps(dict(session)))
        return plain
