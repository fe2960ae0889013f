"""The command that lays out a new connector."""

from __future__ import annotations

from pathlib import Path

import click

from web.blank_connector import REGISTRY, LayoutError, lay_out
from web.cli.start import refuse

NEXT = """
What to do next; each step is told in docs/connectors/writing-one.md:

  1. simulator   connectors/{name}/simulator: the account, then call after call
  2. spec        connectors/{name}/spec.py: settings, limits, sizes
  3. connector   python -m pytest tests/conformance/test_{name}.py -x  says what comes next:
                 check, catalog, create and find, update, link, find_created and effect, bundles
  4. gaps        what the vendor cannot do, in the spec, in words that help
  5. tables      tests/connectors/{name}: mapping, field types, errors, the simulator's quirks
  6. page        docs/connectors/{name}.md, and the table of all connectors:
                 python -m tests.docs.connectors > docs/connectors/README.md
  7. whole       python -m bench.calls {name}; formwire up --demo --crm {name}; make check test"""


@click.command(name="new-connector")
@click.argument("name")
@click.option("--label", default="", help="What people call the CRM; NAME in capitals if left out.")
def new_connector(name: str, label: str) -> None:
    """Lay out a connector called NAME in a checkout of the source, to be built.

    Its conformance tests run and fail, each with what is to be built next. Run it in the source's
    topmost folder. It overwrites nothing.
    """
    try:
        laid_out = lay_out(Path.cwd(), name, label)
    except LayoutError as error:
        refuse(str(error))
    for path in laid_out:
        click.echo(f"new      {path}")
    click.echo(f"changed  {REGISTRY}")
    click.echo(NEXT.format(name=name))
