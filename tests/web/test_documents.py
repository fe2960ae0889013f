"""Files say all there is: exported, applied and exported again they are the same, byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.deciding.connection import ConnectionConfig
from engine.deciding.documents import Document
from engine.instance import Instance
from engine.storage.models import Revision
from tests import generated
from web.documents import Read, apply, export, read_documents, secret_name
from web.yaml_text import TextMistakes

CONNECTION = "connection: {key}\nconnector: kommo\nsettings: {{subdomain: {subdomain}, token: t}}\n"


@st.composite
def everything(draw: st.DrawFn) -> list[Document]:
    """Connections, forms, and modules between them."""
    keys = st.lists(generated.KEY, min_size=1, max_size=2, unique=True)
    connections, forms, modules = draw(keys), draw(keys), draw(keys)
    chosen = st.sampled_from(connections)
    return [
        *(draw(generated.connections(key)) for key in connections),
        *(draw(generated.forms(key)) for key in forms),
        *(draw(generated.modules(form, key, draw(chosen))) for form in forms for key in modules),
    ]


# Shrinking whole configs takes minutes; as they are drawn they are small enough to read.
@settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(everything())
def test_what_is_exported_applies_to_the_same(instance: Instance, configs: list[Document]):
    environ = {
        secret_name(config.connection, "token"): config.settings["token"]
        for config in configs
        if isinstance(config, ConnectionConfig)
    }
    told = exported(instance, [Read(config, 1) for config in configs])
    read = read_documents(told, environ)
    known = [each.config for each in read]
    assert all(config in known for config in configs if not isinstance(config, ConnectionConfig))
    assert exported(instance, read) == told


def exported(instance: Instance, documents: list[Read]) -> str:
    """What a Formwire tells that only ``documents`` were applied to; applying them twice adds nothing."""
    with Session(instance.database.writer) as session:
        apply(session, instance.vault, documents)
        told = export(session, instance.vault)
        count = len(session.scalars(select(Revision)).all())
        apply(session, instance.vault, documents)
        assert export(session, instance.vault) == told
        assert len(session.scalars(select(Revision)).all()) == count
        session.rollback()
    return told


def subdomain(written: str, **environ: str) -> str:
    (read,) = read_documents(CONNECTION.format(key="main", subdomain=written), environ)
    assert isinstance(read.config, ConnectionConfig)
    return read.config.settings["subdomain"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("${NAME}", "acme"),
        ("a-${NAME}-b", "a-acme-b"),
        ("$${NAME}", "${NAME}"),
        ("$$${OTHER}", "$${OTHER}"),
        ("${name}", "${name}"),
        ("$NAME", "$NAME"),
    ],
)
def test_one_dollar_takes_from_the_environment_and_two_stand_for_one(written: str, meant: str):
    assert subdomain(f"'{written}'", NAME="acme") == meant


def test_what_the_environment_lacks_is_told_with_its_line():
    with pytest.raises(TextMistakes) as told:
        subdomain("'${NAME} $${OTHER}'")
    assert [mistake.message for mistake in told.value.mistakes] == [
        "the environment has no NAME; set it"
    ]


@pytest.mark.parametrize(
    ("connection", "name"),
    [("main-kommo", "MAIN_KOMMO_TOKEN"), ("1st", "_1ST_TOKEN")],
)
def test_a_secret_has_a_name_that_shells_can_set(connection: str, name: str):
    assert secret_name(connection, "token") == name


def test_a_file_may_end_in_dashes_that_part_nothing():
    (read,) = read_documents("form: a\nname: a---")
    assert read.config.model_dump()["name"] == "a---"
