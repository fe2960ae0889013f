"""Commands for the tokens of the API."""

from __future__ import annotations

from datetime import timedelta

import click

from engine.storage.audit import add_entry
from engine.storage.base import now
from engine.storage.model_people import ApiToken
from engine.storage.people import person_by_email
from engine.storage.tokens import Scope, all_tokens, create_token, revoke_token
from web.cli.start import opened, operator, refuse


@click.group()
def tokens() -> None:
    """Tokens by which programs use the API."""


@tokens.command()
@click.option("--person", required=True, metavar="EMAIL", help="In whose name it acts.")
@click.option("--name", required=True, help="What it is for, such as “nightly backup”.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    default=[scope.value for scope in Scope if scope.changes_nothing],
    help="What it may do, once for each; all that only reads when left out.",
)
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True)
def create(person: str, name: str, scopes: tuple[str, ...], days: int) -> None:
    """Make a token and print it, once: it cannot be read again.

    It may never do more than the role of its person allows.
    """
    instance = opened()
    with instance.database.write() as session:
        found = person_by_email(session, person)
        if found is None:
            refuse(f"nobody signs in as {person}")
        token, secret = create_token(session, found, name, map(Scope, scopes), timedelta(days=days))
        details = {"name": name, "person": found.email, "scopes": token.scopes}
        add_entry(session, operator(), "create", "token", token.public_id, details)
    click.echo(secret)
    click.echo(f"Its id is {token.public_id}; it expires on {token.expires_at:%Y-%m-%d}.", err=True)


@tokens.command(name="list")
def list_() -> None:
    """List every token, the newest first."""
    instance = opened()
    with instance.database.read() as session:
        for token in all_tokens(session):
            click.echo(
                f"{token.public_id}  {_state(token)}  {_last_use(token)}  "
                f"{token.person.email}  {token.name}  {' '.join(token.scopes)}"
            )


@tokens.command()
@click.argument("id")
def revoke(id: str) -> None:
    """Make the token called ID useless, at once."""
    instance = opened()
    with instance.database.write() as session:
        token = revoke_token(session, id)
        if token is not None:
            details = {"name": token.name, "person": token.person.email}
            add_entry(session, operator(), "revoke", "token", id, details)
    if token is None:
        refuse(f"there is no token {id}; see: formwire tokens list")
    click.echo(f"{token.name}: revoked")


def _state(token: ApiToken) -> str:
    if token.revoked_at is not None:
        return f"revoked {token.revoked_at:%Y-%m-%d}"
    expired = token.expires_at <= now()
    return f"{'expired' if expired else 'expires'} {token.expires_at:%Y-%m-%d}"


def _last_use(token: ApiToken) -> str:
    return f"used {token.last_used_at:%Y-%m-%d}" if token.last_used_at else "never used"
