"""What `formwire up --demo` sets up, once: an owner, a simulated CRM's connection, a form, its module."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml

from connectors.registry import CONNECTORS
from connectors.simulators import simulation_of
from engine.instance import Instance
from engine.settings import PREFIX, Settings, local_url
from engine.storage.connections import connection_by_key
from engine.storage.forms import form_by_key
from engine.storage.people import create_person, person_by_email
from web.documents import apply, read_documents

EMAIL = "owner@formwire.test"


class AnotherDemoError(LookupError):
    """The data folder's demo is with another CRM; the message names the remedy."""


@dataclass(frozen=True, slots=True)
class Demo:
    """The owner's sign-in."""

    email: str
    password: str


def prepare(settings: Settings, crm: str) -> Demo:
    """Set up what is missing of the demo with ``crm``; what people changed since stays as it is.

    Raises AnotherDemoError.
    """
    instance = Instance.open(settings)
    try:
        password = _password(settings)
        with instance.database.write() as session:
            if person_by_email(session, EMAIL) is None:
                create_person(session, EMAIL, password, role="owner", name="Demo owner")
            if form_by_key(session, "demo") is None:
                url = local_url("127.0.0.1", settings.simulator_port)
                text = yaml.safe_dump_all(documents(crm, url), allow_unicode=True)
                apply(session, instance.vault, read_documents(text, {}), author="demo")
            elif connection_by_key(session, f"demo-{crm}") is None:
                raise AnotherDemoError(
                    f"the demo in {settings.data_dir} is with another CRM: "
                    f"choose another {PREFIX}DATA_DIR for one with {CONNECTORS[crm][0].label}"
                )
        return Demo(EMAIL, password)
    finally:
        instance.database.close()


def documents(crm: str, url: str) -> list[dict[str, Any]]:
    """The connection to the simulated ``crm`` at ``url``, the form and its module, as `apply` reads them.

    Nothing but names tells one CRM's from another's.
    """
    form, module = yaml.safe_load_all(
        files("web").joinpath("demo.yaml").read_text(encoding="utf-8")
    )
    label = CONNECTORS[crm][0].label
    connection = {
        "connection": f"demo-{crm}",
        "connector": crm,
        "name": f"Demo {label} (simulated)",
        "settings": {**simulation_of(crm).DEMO_SETTINGS, "base_url": url},
    }
    named = {"module": f"{crm}-sales", "connection": f"demo-{crm}", "name": f"{label} · Sales"}
    return [connection, form, {**module, **named}]


def _password(settings: Settings) -> str:
    """Made at the first start and kept beside the data, so that every start can tell it."""
    file = settings.data_dir / "demo_password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(9))
    return file.read_text().strip()
