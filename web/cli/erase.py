"""The command that erases a person."""

from __future__ import annotations

import click

from engine.deciding.mentions import NobodySought, sought
from engine.delivery.privacy import Report, erase_person, find_person
from web.cli.start import opened, operator, refuse

UNFINISHED = 1


@click.command()
@click.argument("identity")
@click.option("--yes", is_flag=True, help="Do not ask first.")
def erase(identity: str, yes: bool) -> None:
    """Erase a person, by e-mail address or by phone number such as +380671234567.

    Everything that forms sent about them is emptied, for good, with all that was made of it, and
    the address is blacked out wherever else it is kept. CRMs are left alone: the report names what
    is there. Ends with 1 when something was being carried out all the time.
    """
    instance = opened()
    try:
        person = sought(identity)
    except NobodySought as error:
        refuse(str(error))
    found = find_person(instance.database, person)
    if not yes:
        click.confirm(f"{len(found)} submissions: erase them for good?", abort=True, err=True)
    report = erase_person(instance, person, operator())
    for line in report_lines(report):
        click.echo(line)
    if report.under_way:
        raise SystemExit(UNFINISHED)


def report_lines(report: Report) -> list[str]:
    """The report for people, a line each."""
    lines = [
        f"erased: {report.submissions} submissions, {report.runs} runs, {report.calls} calls",
        *(f"blacked out: {rows} in {table}" for table, rows in report.redacted.items()),
        *(f"stays: {table} speaks of it, which is settings" for table in report.settings),
    ]
    if report.under_way:
        lines.append(f"not erased: {report.under_way} submissions are being carried out; try again")
    for one in report.remaining:
        lines.append(f"remains in {one.connection}: {one.kind} {one.id} {one.url or ''}".rstrip())
    return lines
