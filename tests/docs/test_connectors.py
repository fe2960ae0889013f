"""The page that compares the connectors says what they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.calls import KEPT, SITUATIONS, count, kept
from connectors.registry import CONNECTORS
from connectors.simulators import folder_of
from tests.docs.connectors import page

PAGES = Path(__file__).parents[2] / "docs" / "connectors"
COUNTED = sorted({folder_of(key).rpartition(".")[2] for key in CONNECTORS if kept(key).counted})


def test_the_page_is_up_to_date() -> None:
    there = (PAGES / "README.md").read_text(encoding="utf-8")
    made_by = "python -m tests.docs.connectors > docs/connectors/README.md"
    assert there == page(), f"make it anew: {made_by}"


@pytest.mark.parametrize("key", CONNECTORS)
def test_every_connector_has_a_page(key: str) -> None:
    assert (PAGES / f"{key}.md").is_file()


@pytest.mark.parametrize("crm", COUNTED)
def test_a_submission_costs_as_many_calls_as_we_say(crm: str) -> None:
    alone = [name for name, (size, _) in SITUATIONS.items() if size == 1]
    counted = {name: calls.total() for name, calls in count(crm, alone).items()}
    told = {name: kept(crm).counted[name] for name in alone}
    assert counted == told, f"count anew: python -m bench.calls {crm} --write"


@pytest.mark.parametrize("crm", sorted(file.stem for file in KEPT.glob("*.yaml")))
def test_nothing_costs_less_than_the_least(crm: str) -> None:
    found = kept(crm)
    assert found.counted.keys() == SITUATIONS.keys()
    if found.least:
        assert found.why
        assert all(found.least[name] <= found.counted[name] for name in SITUATIONS)
