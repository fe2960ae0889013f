"""Commands for the audit log: to read it, and to check that nobody has changed it."""

from __future__ import annotations

import json
import sys
from datetime import datetime

import click

from engine.storage.audit import Wanted, entries_slice
from engine.storage.audit import verify as verify_chain
from engine.storage.model_audit import AuditEntry
from web.cli.choosing import Instant
from web.cli.start import opened

BROKEN = 2


@click.group()
def audit() -> None:
    """The audit log: what people did."""


@audit.command(name="list")
@click.option("--actor", default="", help="Only whose actor holds this text.")
@click.option("--noun", default="", help="Only about this noun, such as run.")
@click.option("--target", default="", help="Only whose target holds this text.")
@click.option("--since", type=Instant(), help="Done since: 90m, 24h, 7d or an instant.")
@click.option("--until", type=Instant(), help="Done before.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
def list_(
    actor: str,
    noun: str,
    target: str,
    since: datetime | None,
    until: datetime | None,
    limit: int,
) -> None:
    """List what people did, the latest first."""
    instance = opened()
    with instance.database.read() as session:
        rows, _ = entries_slice(session, Wanted(actor, noun, target, since, until), limit=limit)
    for entry in rows:
        click.echo(_line(entry))


@audit.command()
@click.option("--holds", default="", help="A digest told earlier, which an entry must still have.")
def verify(holds: str) -> None:
    """Seal every entry anew and compare. Ends with 2 when one was changed, removed or slipped in.

    Note the digest that it tells somewhere else: whoever wrote the whole log anew, or cut off its
    end, could not keep that one.
    """
    instance = opened()
    with instance.database.read() as session:
        verdict = verify_chain(session, holds=holds)
    if verdict.bad is not None:
        click.echo(
            f"Entry {verdict.bad.id} does not fit what is before it: it was changed, or one before "
            f"it was removed or slipped in. {verdict.entries} entries before it are whole.",
            err=True,
        )
        click.echo(_line(verdict.bad), err=True)
        sys.exit(BROKEN)
    if not verdict.holds:
        click.echo(f"No entry has the digest {holds}: the log was cut or written anew.", err=True)
        sys.exit(BROKEN)
    click.echo(f"{verdict.entries} entries, all whole; the latest digest is {verdict.head or '-'}")


def _line(entry: AuditEntry) -> str:
    details = json.dumps(entry.details, ensure_ascii=False) if entry.details else ""
    return (
        f"{entry.id}  {entry.at:%Y-%m-%d %H:%M:%S}  {entry.source:6}  {entry.actor}  "
        f"{entry.act} {entry.noun} {entry.target}  {details}"
    ).rstrip()
