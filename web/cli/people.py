"""Commands for people: who may sign in, and as what."""

from __future__ import annotations

import click
from sqlalchemy.orm import Session

from engine.storage.audit import add_entry
from engine.storage.base import now
from engine.storage.model_people import Person
from engine.storage.people import (
    ROLES,
    all_people,
    create_person,
    person_by_email,
    set_active,
    set_password,
    set_role,
)
from engine.storage.web_sessions import end_sessions_of, sessions_of
from web.cli.start import opened, operator, refuse

FEWEST_CHARACTERS = 12

_EMAIL = click.argument("email")
_ROLE = click.Choice(list(ROLES))
_PASSWORD = click.option(
    "--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for, if not."
)


@click.group()
def people() -> None:
    """People who sign in. Whatever changes about somebody ends their sessions."""


@people.command()
@_EMAIL
@click.option("--role", type=_ROLE, default="viewer", show_default=True)
@click.option("--name", default="", help="What others see of them.")
@_PASSWORD
def add(email: str, role: str, name: str, password: str) -> None:
    """Let the person with EMAIL sign in."""
    _long_enough(password)
    instance = opened()
    with instance.database.write() as session:
        if person_by_email(session, email) is not None:
            refuse(f"{email} can sign in already; see: formwire people list")
        create_person(session, email, password, role=role, name=name)
        add_entry(session, operator(), "add", "person", email, {"role": role})
    click.echo(f"{email} can sign in as {role}")


@people.command(name="list")
def list_() -> None:
    """List everybody."""
    instance = opened()
    with instance.database.read() as session:
        for person in all_people(session):
            roles = ", ".join(role.name for role in person.roles)
            browsers = len(sessions_of(session, person.id, now()))
            state = f"signed in in {browsers} browsers" if person.active else "switched off"
            click.echo(f"{person.email}  {roles}  {state}  {person.name}".rstrip())


@people.command()
@_EMAIL
@click.argument("role", type=_ROLE)
def role(email: str, role: str) -> None:
    """Let the person with EMAIL do what ROLE allows, and nothing else."""
    instance = opened()
    with instance.database.write() as session:
        set_role(session, _person(session, email), role)
        add_entry(session, operator(), "change role", "person", email, {"role": role})
    click.echo(f"{email} is {role} from the next sign-in on")


@people.command()
@_EMAIL
@_PASSWORD
def password(email: str, password: str) -> None:
    """Change the password of the person with EMAIL."""
    _long_enough(password)
    instance = opened()
    with instance.database.write() as session:
        set_password(session, _person(session, email), password)
        add_entry(session, operator(), "change password", "person", email)
    click.echo(f"{email} has a new password, and is signed out everywhere")


@people.command()
@_EMAIL
def disable(email: str) -> None:
    """Keep the person with EMAIL outside, and make their tokens useless."""
    _switch(email, active=False)


@people.command()
@_EMAIL
def enable(email: str) -> None:
    """Let the person with EMAIL in again."""
    _switch(email, active=True)


@people.command(name="sign-out")
@_EMAIL
def sign_out(email: str) -> None:
    """End every session of the person with EMAIL."""
    instance = opened()
    with instance.database.write() as session:
        end_sessions_of(session, _person(session, email).id)
        add_entry(session, operator(), "sign out everywhere", "person", email)
    click.echo(f"{email} is signed out everywhere")


def _switch(email: str, *, active: bool) -> None:
    instance = opened()
    with instance.database.write() as session:
        set_active(session, _person(session, email), active)
        add_entry(session, operator(), "enable" if active else "disable", "person", email)
    click.echo(f"{email} {'can sign in again' if active else 'stays outside'}")


def _person(session: Session, email: str) -> Person:
    person = person_by_email(session, email)
    if person is None:
        refuse(f"nobody signs in as {email}; see: formwire people list")
    return person


def _long_enough(password: str) -> None:
    if len(password) < FEWEST_CHARACTERS:
        refuse(f"{len(password)} characters are too few for a password: use {FEWEST_CHARACTERS}")
