"""The two forms of the examples, brought to a Formwire that runs and filled in as a browser does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.stack import Formwire, SimulatedCrm, http
from tests.acceptance.conftest import Runs, needs_proc
from tests.behaviours.world import CONTACTED

FILES = sorted((Path(__file__).parents[2] / "docs" / "examples" / "two-forms").glob("*.yaml"))


@needs_proc
def test_the_second_form_moves_the_deal_of_the_first(
    formwire: Formwire, crm: SimulatedCrm, runs: Runs
) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "web.cli", "apply", *map(str, FILES)],
        env={
            **os.environ,
            "FORMWIRE_DATA_DIR": str(formwire.settings.data_dir),
            "FORMWIRE_DATABASE_URL": formwire.settings.database_url,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert "module brief/next-stage" in told.stdout
    before = {deal["id"] for deal in deals(crm)}
    for form, answers in (
        ("request", {"name": "Ada", "email": "ada@two-forms.test", "topic": "Engines"}),
        ("brief", {"email": "ada@two-forms.test", "budget": "900"}),
    ):
        sent = http().post(f"{formwire.url}/f/{form}", data=answers)
        assert sent.status_code in (200, 303)
        runs.await_ends()
    (deal,) = [deal for deal in deals(crm) if deal["id"] not in before]
    assert (deal["name"], deal["status_id"], deal["price"]) == ("Ada: Engines", CONTACTED, 900)


def deals(crm: SimulatedCrm) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = crm.http.get("/records/leads").raise_for_status().json()
    return found
