"""Commands for people: who may sign in, and as what."""

from __future__ import annotations

import click
from sqlalchemy.orm import Session

from engine.storage.audit import add_entry
from engine.storage.base import now
from engine.storage.model_people import Person
from engine.storage.people import (
    FEWEST_CHARACTERS,
    ROLES,
    LastOwner,
    all_people,
    anybody,
    create_person,
    person_by_email,
    set_active,
    set_password,
    set_role,
)
from engine.storage.second_step import end_second_step, is_on
from engine.storage.web_sessions import end_sessions_of, sessions_of
from web.cli.start import opened, operator, refuse
from web.setup_code import setup_lines

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
            second = "second step on" if is_on(session, person.id) else "second step off"
            click.echo(f"{person.email}  {roles}  {state}  {second}  {person.name}".rstrip())


@people.command(name="setup-code")
def setup_code() -> None:
    """Tell the code by which the first owner is made in the studio."""
    instance = opened()
    with instance.database.read() as session:
        if anybody(session):
            refuse("there are people already, so that nobody sets up any more: formwire people add")
    click.echo("\n".join(setup_lines(instance.settings)))


@people.command()
@_EMAIL
@click.argument("role", type=_ROLE)
def role(email: str, role: str) -> None:
    """Let the person with EMAIL do what ROLE allows, and nothing else."""
    instance = opened()
    with instance.database.write() as session:
        try:
            set_role(session, _person(session, email), role)
        except LastOwner:
            refuse(f"{email} is the only owner who may sign in: make another one first")
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


@people.command(name="reset-second-step")
@_EMAIL
def reset_second_step(email: str) -> None:
    """Ask the person with EMAIL for no code any more, who has lost both app and recovery codes."""
    instance = opened()
    with instance.database.write() as session:
        person = _person(session, email)
        if not end_second_step(session, person.id):
            refuse(f"{email} signs in with the password only")
        end_sessions_of(session, person.id)
        add_entry(session, operator(), "reset second step", "person", email)
    click.echo(f"{email} signs in with the password only, and is signed out everywhere")


def _switch(email: str, *, active: bool) -> None:
    instance = opened()
    with instance.database.write() as session:
        try:
            set_active(session, _person(session, email), active)
        except LastOwner:
            refuse(f"{email} is the only owner who may sign in: make another one first")
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
