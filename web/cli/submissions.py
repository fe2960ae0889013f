"""Commands for submissions."""

from __future__ import annotations

import sys

import click

from engine.storage.forms import form_by_key
from engine.storage.submissions import Standing
from engine.storage.submissions_export import Wanted
from web.cli.start import opened, refuse
from web.csv_text import submissions_csv


@click.group()
def submissions() -> None:
    """Submissions: what websites sent."""


@submissions.command()
@click.option("--form", "form_key", help="Only of this form, by its key.")
@click.option("--state", type=click.Choice([one.value for one in Standing]), help="Only these.")
@click.option("--bom", is_flag=True, help="Begin with the mark by which Excel knows UTF-8.")
def export(form_key: str | None, state: str | None, bom: bool) -> None:
    """Write submissions as CSV, the latest first, a column for each answer.

    What a spreadsheet would take for a formula begins with an apostrophe.
    """
    database = opened().database
    form = None
    if form_key is not None:
        with database.read() as session:
            form = form_by_key(session, form_key)
        if form is None:
            refuse(f"there is no form {form_key!r}")
    wanted = Wanted(form.id if form else None, Standing(state) if state else None)
    for piece in submissions_csv(database, wanted, bom=bom):
        sys.stdout.buffer.write(piece.encode(errors="replace"))
