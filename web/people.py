"""Signing in: Flask-Security over our own tables, Argon2id, no registration."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, g, session
from flask_babel import lazy_gettext as _
from flask_login import user_logged_in
from flask_security import (
    RoleMixin,
    Security,
    SQLAlchemySessionUserDatastore,
    UserMixin,
)
from flask_wtf import CSRFProtect
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Mapped, joinedload, relationship

from engine.instance import Instance
from engine.storage.model_people import Person, Role, person_role
from engine.storage.people import ARGON2_MEMORY_KIB, ARGON2_ROUNDS, NORMAL_FORM, has_email
from engine.storage.web_sessions import IDLE
from web.database import db
from web.sessions import Sessions
from web.sign_in import SecondStepAsked, SignInForm

csrf = CSRFProtect()


class StudioRole(Role, RoleMixin):  # type: ignore[misc]  # the mixin allows no description
    """A role with what Flask-Security asks of its roles: the same table."""


class StudioPerson(Person, UserMixin):
    """A person with what Flask-Security asks of its users: the same table."""

    roles: Mapped[list[StudioRole]] = relationship(  # type: ignore[assignment]  # the same rows
        secondary=person_role, lazy="selectin", viewonly=True
    )


# Much asks for it, so it is put together once.
_SIGNED_IN = (
    select(StudioPerson)
    .options(joinedload(StudioPerson.roles))
    .where(StudioPerson.fs_uniquifier == bindparam("fs_uniquifier"))
)


class _People(SQLAlchemySessionUserDatastore):
    """Finds whose session it is, which pages have read with the session itself; and e-mails as we do."""

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> UserMixin | None:
        if wanted.keys() == {"fs_uniquifier"}:
            return _read_with_session(wanted["fs_uniquifier"]) or db.session.scalar(
                _SIGNED_IN, wanted
            )
        if wanted.keys() == {"email"}:
            return db.session.scalar(
                select(StudioPerson)
                .options(joinedload(StudioPerson.roles))
                .where(has_email(wanted["email"]))
            )
        return super().find_user(case_insensitive, **wanted)


def _read_with_session(uniquifier: str) -> UserMixin | None:
    person: StudioPerson | None = session.person  # type: ignore[attr-defined]  # it is a BrowserSession
    return person if person is not None and person.fs_uniquifier == uniquifier else None


def init_app(app: Flask) -> None:
    instance: Instance = app.extensions["instance"]
    app.config.update(_settings(secure=instance.settings.public_url.startswith("https://")))
    app.session_interface = Sessions(instance.database, StudioPerson)
    csrf.init_app(app)
    people = _People(db.session, StudioPerson, StudioRole)
    security = Security(app, people, login_form=SignInForm)
    security.two_factor_plugins = SecondStepAsked()
    user_logged_in.connect(_begin_session, app)
    _look_for_nobody_on_public_pages(app, security)


def _look_for_nobody_on_public_pages(app: Flask, security: Security) -> None:
    """Else each post of a website would be asked who has signed in: a tenth of what it costs."""
    asks = app.before_request_funcs[None]
    look = security.principal._on_before_request

    def look_where_people_sign_in() -> None:
        if session.has_room:  # type: ignore[attr-defined]  # it is a BrowserSession
            look()

    asks[asks.index(look)] = look_where_people_sign_in


def _settings(*, secure: bool) -> dict[str, object]:
    """``secure``: people come by https, so that browsers may be told never to send cookies else."""
    return {
        "SESSION_COOKIE_NAME": "__Host-formwire" if secure else "formwire",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": IDLE,
        "WTF_CSRF_CHECK_DEFAULT": False,  # websites post to the intake without a token
        "WTF_CSRF_TIME_LIMIT": None,  # a page may stay open as long as its session
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
            "argon2__type": "ID",
            "argon2__rounds": ARGON2_ROUNDS,
            "argon2__memory_cost": ARGON2_MEMORY_KIB,
            "argon2__parallelism": 1,
        },
        "SECURITY_PASSWORD_NORMALIZE_FORM": NORMAL_FORM,
        # hashes a password even for an unknown e-mail, so that both take equally long
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_MSG_GENERIC_AUTHN_FAILED": (_("The e-mail or the password is wrong."), "error"),
        "SECURITY_PASSWORD_SALT": "unused: argon2 salts every hash itself",
        "SECURITY_JOIN_USER_ROLES": True,  # one statement for both, on every page
        "SECURITY_FRESHNESS": timedelta(minutes=-1),  # no page asks for the password again, yet
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_CACHE_CONTROL": None,  # web.headers says it for every page
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_FLASH_MESSAGES": False,
        "SECURITY_POST_LOGOUT_VIEW": "/login",
        "SECURITY_LOGOUT_CSRF": True,
    }


def _begin_session(_app: Flask, **_: object) -> None:
    session.permanent = True
    session.renew()  # type: ignore[attr-defined]  # it is a BrowserSession
    g.pop("csrf_token", None)  # Flask-WTF remembers it here, too
