"""The tables of people: who signs in, what they may do, and the tokens of their programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.schema import Column

from engine.storage.base import Base, Plain, now, public_id

person_role = Table(
    "person_role",
    Base.metadata,
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("role.id", ondelete="CASCADE"), primary_key=True),
)


class Role(Base):
    """Owner, administrator, marketer or viewer."""

    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Plain(80), unique=True)
    description: Mapped[str] = mapped_column(default="")
    permissions: Mapped[list[Any] | None]


class Person(Base):
    """Somebody who signs in to the studio. The columns prefixed ``fs_`` are Flask-Security's.

    ``language`` is the code of the one in which they read the studio, and mail; "" until they sign in.
    """

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Plain(20), unique=True, index=True, default=public_id)
    email: Mapped[str] = mapped_column(Plain(255), unique=True)
    name: Mapped[str] = mapped_column(default="")
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(Plain(16), default="")
    fs_uniquifier: Mapped[str] = mapped_column(Plain(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_sign_in_at: Mapped[datetime | None]
    roles: Mapped[list[Role]] = relationship(secondary=person_role, lazy="selectin")


class Invitation(Base):
    """Somebody who may make themself a person. ``digest`` is the SHA-256 of what the link holds.

    The row goes when the invitation is accepted, withdrawn or too old.
    """

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Plain(20), unique=True, default=public_id)
    email: Mapped[str] = mapped_column(Plain(255), unique=True)
    role: Mapped[str] = mapped_column(Plain(80))
    digest: Mapped[str] = mapped_column(Plain(64), unique=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    author: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class SecondStep(Base):
    """The secret that a person's authenticator app shares with us, encrypted.

    It is asked for at sign-in once ``confirmed_at`` says that the person's app knows it.
    ``used_step`` is the latest time step whose code was taken, so that no code serves twice.
    """

    __tablename__ = "second_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), unique=True)
    secret: Mapped[bytes]
    used_step: Mapped[int] = mapped_column(default=0)
    confirmed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class RecoveryCode(Base):
    """What serves once in place of an app's code. ``digest`` is its SHA-256; the row goes with its use."""

    __tablename__ = "recovery_code"

    digest: Mapped[str] = mapped_column(Plain(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)


class ApiToken(Base):
    """What a program shows to act for a person. ``digest`` is the SHA-256 of the whole token."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Plain(20), unique=True, default=public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(Plain(64))
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class WebSession(Base):
    """A browser that somebody signed in with. ``digest`` is the SHA-256 of what its cookie holds."""

    __tablename__ = "web_session"

    digest: Mapped[str] = mapped_column(Plain(64), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    content: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime] = mapped_column(default=now, index=True)


class SignInTry(Base):
    """A try to sign in that failed, or has not ended. ``account`` is a digest: people mistype."""

    __tablename__ = "sign_in_try"

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(Plain(64), index=True)
    address: Mapped[str] = mapped_column(Plain(64), index=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
