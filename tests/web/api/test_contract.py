"""The API keeps what its OpenAPI document says, whatever it is sent."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from engine.instance import Instance
from engine.storage.tokens import Scope
from tests.web.api.conftest import MakeToken

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 4
"""Per operation, kind of address and kind of request."""

quick = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def schema(app: Flask, monkeypatch: pytest.MonkeyPatch) -> BaseSchema:
    monkeypatch.setattr("web.api.authorization.PER_MINUTE", 1_000_000)
    return schemathesis.openapi.from_wsgi("/api/openapi.json", app)


def test_the_document_is_valid_and_describes_everything(schema: BaseSchema):
    schema.validate()
    for methods in schema.raw_schema["paths"].values():
        for told in methods.values():
            assert told["summary"], told["operationId"]
            assert all(part["description"] for part in told["parameters"] if part["in"] == "query")


@pytest.mark.parametrize("mode", GenerationMode)
def test_no_request_breaks_the_promise(
    schema: BaseSchema, full: Instance, make_token: MakeToken, mode: GenerationMode
):
    headers = {"Authorization": f"Bearer {make_token(*Scope)}"}
    for result in schema.get_all_operations():
        keep_asking(result.ok().as_strategy(mode), headers)


@pytest.mark.parametrize("mode", GenerationMode)
def test_no_request_for_what_is_there_breaks_the_promise(
    schema: BaseSchema, known: dict[str, str], make_token: MakeToken, mode: GenerationMode
):
    headers = {"Authorization": f"Bearer {make_token(*Scope)}"}
    for result in schema.get_all_operations():
        operation = result.ok()
        path = {part.name: known[part.name] for part in operation.path_parameters}
        fixed = {} if mode.is_negative else known
        keep_asking(operation.as_strategy(mode, path_parameters=path), headers, fixed)


def keep_asking(
    cases: SearchStrategy[Case], headers: dict[str, str], fixed: Mapping[str, str] = {}
) -> None:
    """Send what is drawn of ``cases``; documents name what ``fixed`` does, not just anything."""

    @quick
    @given(case=cases)
    def ask(case: Case) -> None:
        if isinstance(case.body, dict):
            case.body |= {name: fixed[name] for name in fixed.keys() & case.body.keys()}
        case.call_and_validate(headers=headers, checks=CHECKS)

    ask()
