"""Answers, errors, limits and faults look as Kommo's do."""

from __future__ import annotations

import pytest

from connectors.simulation import Fault, FaultKind


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "detail"),
    [
        ("GET", "/leads", None, 204, None),
        ("GET", "/leads/1", None, 204, None),
        ("GET", "/tasks", None, 204, None),
        ("GET", "/leads/notes", None, 204, None),
        ("GET", "/contacts/tags", None, 204, None),
        ("GET", "/sources", None, 204, None),
        ("GET", "/nothing", None, 404, "Cannot GET /api/v4/nothing"),
        ("GET", "/notes", None, 404, "Cannot GET /api/v4/notes"),
        ("GET", "/leads/pipelines/1/statuses", None, 404, "Pipeline not found"),
        ("DELETE", "/leads/1", None, 405, "Cannot DELETE /api/v4/leads/1"),
        ("POST", "/leads", [], 400, "Request data can not be empty"),
        ("POST", "/leads", {"name": "x"}, 400, "Request data should be an array"),
        ("PATCH", "/leads/1", [{"name": "x"}], 400, "Request data should be an object"),
        ("PATCH", "/leads/1", {"name": "x"}, 404, "leads 1 not found"),
        ("POST", "/leads", [{}] * 251, 422, "Limit 250 per page"),
        ("POST", "/leads/complex", [{}] * 51, 422, "Limit 50 per page"),
        ("GET", "/users?limit=251", None, 422, "Limit 250 per page"),
        ("POST", "/leads/1/notes", [{}], 404, "leads 1 not found"),
        ("POST", "/leads/1/link", [{}], 404, "leads 1 not found"),
    ],
)
def test_a_call_is_answered_with(api, method, path, body, status, detail):
    response = api.call(method, path, body)
    assert response.status_code == status
    assert response.headers["X-Request-Id"]
    if detail is None:
        assert response.content == b""
    else:
        assert response.headers["Content-Type"] == "application/problem+json"
        assert (response.json()["status"], response.json()["detail"]) == (status, detail)


@pytest.mark.parametrize("header", ["Bearer wrong", "demo-token", "Basic demo-token", ""])
def test_a_wrong_token_is_refused_as_json(api, header):
    api.http.headers["Authorization"] = header
    response = api.call("GET", "/account")
    assert response.status_code == 401
    assert response.json()["title"] == "Unauthorized"


def test_a_success_is_hal_json(api):
    assert api.call("GET", "/account").headers["Content-Type"] == "application/hal+json"


def test_seven_calls_a_second_then_429_and_now_and_then_html(start, clock):
    api = start(rate_limit=7)
    responses = [api.call("GET", "/account") for _ in range(12)]
    assert [response.status_code for response in responses] == [200] * 7 + [429] * 5
    assert responses[7].json()["retry_after"] == 1
    assert responses[11].headers["Content-Type"].startswith("text/html")
    clock.sleep(1)
    assert api.call("GET", "/account").status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "media"),
    [
        (Fault(FaultKind.REFUSE), 400, "application/problem+json"),
        (Fault(FaultKind.REFUSE, status=401), 401, "application/problem+json"),
        (Fault(FaultKind.REFUSE, status=403), 403, "application/problem+json"),
        (Fault(FaultKind.RATE_LIMIT, seconds=300), 429, "application/problem+json"),
        (Fault(FaultKind.ERROR_AFTER), 500, "application/problem+json"),
        (Fault(FaultKind.BLOCK), 403, "text/html; charset=utf-8"),
        (Fault(FaultKind.HTML_ERROR), 502, "text/html; charset=utf-8"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else None,
)
def test_faults_speak_kommo(api, fault, status, media):
    api.simulator.faults.add(fault)
    response = api.call("GET", "/account")
    assert (response.status_code, response.headers["Content-Type"]) == (status, media)
