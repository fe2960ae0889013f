"""Commands for the keys with which secrets are kept."""

from __future__ import annotations

import os
import tempfile

import click

from engine.settings import PREFIX, Settings, kept_secret_file, new_secret_key
from engine.storage.audit import add_entry
from engine.storage.sealed import seal_anew
from web.cli.start import TROUBLE, begin, opened, operator, refuse


@click.group()
def keys() -> None:
    """The secret keys: to change them without losing what they sealed.

    1. a new key: `formwire keys new`, or name it in FORMWIRE_SECRET_KEY and the old one in
    FORMWIRE_OLD_SECRET_KEYS; 2. restart Formwire everywhere; 3. `formwire keys rotate`;
    4. remove the old key and restart again.
    """


@keys.command()
def new() -> None:
    """Put a new key before those in the data folder. It seals from the next start on."""
    settings = begin()
    file = kept_secret_file(settings.data_dir)
    kept = file.read_text().split() if file.exists() else []
    if kept[:1] != [settings.secret_key]:
        refuse(
            f"the key stands in {PREFIX}SECRET_KEY, not in {file}: name a new one there, and this "
            f"one in {PREFIX}OLD_SECRET_KEYS, for instance {new_secret_key()}"
        )
    _replace(settings, [new_secret_key(), *kept])
    click.echo(f"{file} begins with a new key. Restart Formwire, then run: formwire keys rotate")


@keys.command()
def rotate() -> None:
    """Seal every stored secret with the first key.

    Everything may go on meanwhile. It can be stopped, and run again, at any time.
    """
    instance = opened()
    lost = 0
    with instance.database.write() as session:
        add_entry(session, operator(), "rotate", "secret keys", "")
    for column in seal_anew(instance.database, instance.vault):
        click.echo(f"{column.column}: {column.anew} sealed anew, {column.already} were already")
        for id in column.unreadable:
            click.echo(f"{column.column}: no key opens that of row {id}", err=True)
            lost += 1
    if lost:
        refuse(
            f"{lost} secrets stay as they are: add the key that sealed them to "
            f"{PREFIX}OLD_SECRET_KEYS and run it again, or enter them anew in the studio",
            status=TROUBLE,
        )
    if len(instance.settings.secret_keys) > 1:
        click.echo("The old keys are of no use to secrets any more: remove them and restart.")


def _replace(settings: Settings, keys: list[str]) -> None:
    """At once or not at all: a half-written file would lock everybody out."""
    file = kept_secret_file(settings.data_dir)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False) as draft:  # mode 0600
        draft.write("\n".join(keys) + "\n")
        draft.flush()
        os.fsync(draft.fileno())
    os.replace(draft.name, file)
