"""What a bare script reaches: the calls that Formwire makes for new people, and nothing around them.

No journal, no retries, no rules, no look before a repeat: the floor that a delivery is measured by.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

Lead = dict[str, str]
Call = Callable[[], None]

PIPELINE, STAGE, MARKER = 3177727, 32392159, 1109  # of the simulated account
FOLLOW_UP = 1


class BareScript:
    """Delivers leads in bulks of ``bulk``, with ``parallel`` calls at a time."""

    def __init__(self, url: str, *, parallel: int, bulk: int) -> None:
        self._http = httpx.Client(
            base_url=f"{url}/api/v4",
            headers={"Authorization": "Bearer demo-token"},
            timeout=30,
            trust_env=False,
        )
        self._parallel = parallel
        self._bulk = bulk

    def deliver(self, leads: Sequence[Lead]) -> float:
        """Look everybody up and create what is new; the seconds it took."""
        started = time.monotonic()
        with self._http, ThreadPoolExecutor(self._parallel) as pool:
            for start in range(0, len(leads), self._bulk):
                some = leads[start : start + self._bulk]
                list(pool.map(self._look_up, [ask for lead in some for ask in _questions(lead)]))
                deals = self._create_deals(some)
                writes: list[tuple[str, Any]] = [
                    ("/tasks", [_task(lead, id) for lead, id in zip(some, deals, strict=True)]),
                    (
                        "/leads/notes",
                        [_note(lead, id) for lead, id in zip(some, deals, strict=True)],
                    ),
                ]
                list(pool.map(lambda write: self._write(*write), writes))
        return time.monotonic() - started

    def _look_up(self, question: tuple[str, str]) -> None:
        path, text = question
        response = self._http.get(path, params={"query": text, "limit": 250, "with": "leads"})
        response.raise_for_status()

    def _create_deals(self, leads: Sequence[Lead]) -> list[int]:
        created = self._write("/leads/complex", [_deal(lead) for lead in leads])
        return [deal["id"] for deal in created]

    def _write(self, path: str, body: Any) -> Any:
        return self._http.post(path, json=body).raise_for_status().json()


def _questions(lead: Lead) -> list[tuple[str, str]]:
    return [
        ("/companies", lead["company"]),
        ("/contacts", lead["phone"].removeprefix("+38")),
        ("/contacts", lead["email"]),
    ]


def _deal(lead: Lead) -> dict[str, Any]:
    tags = {"tags": [{"name": "website"}]}
    contact = {
        "first_name": lead["first_name"],
        "custom_fields_values": [
            {"field_code": "PHONE", "values": [{"value": lead["phone"], "enum_code": "WORK"}]},
            {"field_code": "EMAIL", "values": [{"value": lead["email"], "enum_code": "WORK"}]},
        ],
        "_embedded": tags,
    }
    return {
        "name": f"Demo request: {lead['first_name']}",
        "price": 1501,
        "pipeline_id": PIPELINE,
        "status_id": STAGE,
        "custom_fields_values": [{"field_id": MARKER, "values": [{"value": lead["email"]}]}],
        "_embedded": {
            **tags,
            "contacts": [contact],
            "companies": [{"name": lead["company"], "_embedded": tags}],
        },
    }


def _task(lead: Lead, deal: int) -> dict[str, Any]:
    return {
        "text": f"Call {lead['first_name']}",
        "complete_till": int(time.time()) + 7200,
        "entity_id": deal,
        "entity_type": "leads",
        "task_type_id": FOLLOW_UP,
    }


def _note(lead: Lead, deal: int) -> dict[str, Any]:
    text = "\n".join(f"{name}: {value}" for name, value in lead.items())
    return {"entity_id": deal, "note_type": "common", "params": {"text": text}}
