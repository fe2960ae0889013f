"""What `formwire up --demo` sets up, once: an owner, a simulated CRM's connection, a form, its module."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from importlib.resources import files

from engine.instance import Instance
from engine.settings import Settings, local_url
from engine.storage.forms import form_by_key
from engine.storage.people import create_person, person_by_email
from web.documents import apply, read_documents

EMAIL = "owner@formwire.test"
SIMULATOR_TOKEN = "demo-token"  # noqa: S105 - what the simulated CRM takes from everybody


@dataclass(frozen=True, slots=True)
class Demo:
    """The owner's sign-in."""

    email: str
    password: str


def prepare(settings: Settings) -> Demo:
    """Set up what is missing of the demo; what people changed since stays as it is."""
    instance = Instance.open(settings)
    try:
        password = _password(settings)
        with instance.database.write() as session:
            if person_by_email(session, EMAIL) is None:
                create_person(session, EMAIL, password, role="owner", name="Demo owner")
            if form_by_key(session, "demo") is None:
                environ = {
                    "FORMWIRE_DEMO_TOKEN": SIMULATOR_TOKEN,
                    "FORMWIRE_DEMO_KOMMO": local_url("127.0.0.1", settings.simulator_port),
                }
                text = files("web").joinpath("demo.yaml").read_text(encoding="utf-8")
                apply(session, instance.vault, read_documents(text, environ), author="demo")
        return Demo(EMAIL, password)
    finally:
        instance.database.close()


def _password(settings: Settings) -> str:
    """Made at the first start and kept beside the data, so that every start can tell it."""
    file = settings.data_dir / "demo_password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(9))
    return file.read_text().strip()
