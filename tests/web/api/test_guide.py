"""The guide's examples, run one after the other as a reader would, and its tables."""

from __future__ import annotations

import json
import re
import shlex
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.instance import Instance
from engine.storage.connections import save_connection
from engine.storage.people import create_person, person_by_email
from engine.storage.tokens import Scope, create_token
from tests.web.api.conftest import PASSWORD
from web.api.authorization import NEEDED, PER_MINUTE
from web.api.problems import OUR_MISTAKE, TROUBLES
from web.studio.rights import RIGHTS

GUIDE = (Path(__file__).parents[3] / "docs/guide/api.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"```sh\n(.+?)```\s+```json\n(.+?)```", re.DOTALL)


@pytest.fixture
def secret(instance: Instance, rings: list[int]) -> str:
    with instance.database.write() as session:
        create_person(session, "grace@example.org", PASSWORD, role="owner")
        save_connection(
            session,
            instance.vault,
            key="main-kommo",
            name="Kommo",
            connector="kommo",
            settings={"subdomain": "acme", "token": "a secret"},
        )
        grace = person_by_email(session, "grace@example.org")
        assert grace
        _, secret = create_token(session, grace, "deploy", Scope, timedelta(days=1))
    return secret


def curl(client: FlaskClient, command: str, variables: dict[str, str]) -> TestResponse:
    """Send what the shell's curl would."""
    for name, value in variables.items():
        command = command.replace(f"${name}", value)
    method, headers, data, address = None, {}, None, ""
    words = iter(shlex.split(command.replace("\\\n", " "))[1:])
    for word in words:
        match word:
            case "-X":
                method = next(words)
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "--json":
                data, headers["Content-Type"] = next(words), "application/json"
            case _:
                address = word
    return client.open(
        address, method=method or ("POST" if data else "GET"), headers=headers, data=data
    )


def assert_shows(told: Any, shown: Any, place: str = "") -> None:
    """``told`` has at least what the guide shows of it."""
    match shown:
        case dict():
            for key, value in shown.items():
                assert key in told, f"{place}/{key}"
                assert_shows(told[key], value, f"{place}/{key}")
        case list() if shown:
            for number, value in enumerate(shown):
                assert_shows(told[number], value, f"{place}/{number}")
        case _:
            assert told == shown, place


def test_every_example_answers_as_the_guide_shows(client: FlaskClient, secret: str):
    examples = EXAMPLE.findall(GUIDE)
    assert len(examples) == GUIDE.count("```sh") >= 10
    variables = {"FORMWIRE": "", "TOKEN": secret}
    for command, shown in examples:
        answer = curl(client, command, variables)
        told, expected = answer.get_json(force=True), json.loads(shown)
        assert answer.status_code == expected.get("status") or answer.status_code < 300, answer.text
        assert_shows(told, expected, command)
        for item in told.get("items", []):
            variables |= {"RUN": item["run"]} if "run" in item else {}


@pytest.mark.parametrize("scope", Scope)
def test_the_guide_names_the_least_role_of_every_scope(scope: Scope):
    least = next(role for role, rights in RIGHTS.items() if NEEDED[scope] in rights)
    assert re.search(rf"^\| `{scope}` \| .+ \| {least} \|$", GUIDE, re.MULTILINE)


def test_the_guide_names_every_problem():
    told = set(re.findall(r"^\| (\d+) \| `(\w+)` \|", GUIDE, re.MULTILINE))
    assert told == {
        (str(trouble.status), trouble.code)
        for trouble in TROUBLES.values()
        if trouble is not OUR_MISTAKE
    }


def test_the_guide_names_the_rate():
    assert f"{PER_MINUTE} requests a minute" in GUIDE
