from __future__ import annotations

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from engine.instance import Instance
from engine.storage.people import create_person
from tests.web.api.conftest import PASSWORD
from web.cli import main

Environ = dict[str, str]


@pytest.fixture
def grace(instance: Instance) -> str:
    with instance.database.write() as session:
        create_person(session, "grace@example.org", PASSWORD, role="owner")
    return "grace@example.org"


def tokens(environ: Environ, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["tokens", *arguments], env=environ)


def create(environ: Environ, person: str, *more: str) -> Result:
    return tokens(environ, "create", "--person", person, "--name", "nightly", *more)


def scopes(client: FlaskClient, secret: str) -> list[str]:
    answer = client.get("/api/v1/token", headers={"Authorization": f"Bearer {secret}"})
    return answer.json["scopes"] if answer.status_code == 200 else []


def test_a_new_token_only_reads_unless_told_otherwise(
    environ: Environ, client: FlaskClient, grace: str
):
    result = create(environ, grace)
    assert result.exit_code == 0
    granted = scopes(client, result.stdout.strip())
    assert "forms:read" in granted
    assert all(scope.endswith(":read") for scope in granted)


def test_a_token_gets_the_scopes_that_are_named(environ: Environ, client: FlaskClient, grace: str):
    result = create(environ, "GRACE@example.org", "--scope", "runs:write", "--days", "1")
    assert scopes(client, result.stdout.strip()) == ["runs:write"]


def test_a_token_is_listed_without_its_secret_and_revoked_by_its_id(
    environ: Environ, client: FlaskClient, grace: str
):
    secret = create(environ, grace, "--scope", "runs:read").stdout.strip()
    id = secret.split("_")[1]
    listed = tokens(environ, "list").stdout
    assert all(word in listed for word in (id, "expires", "never used", grace, "runs:read"))
    assert secret not in listed
    assert tokens(environ, "revoke", id).stdout == "nightly: revoked\n"
    assert scopes(client, secret) == []
    assert "revoked" in tokens(environ, "list").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["create", "--person", "mallory@example.org", "--name", "x"], "nobody signs in as"),
        (["create", "--person", "x", "--name", "x", "--scope", "all"], "'all' is not one of"),
        (["revoke", "nothing"], "there is no token nothing"),
    ],
)
def test_what_cannot_be_done_is_said(environ: Environ, arguments: list[str], message: str):
    result = tokens(environ, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
