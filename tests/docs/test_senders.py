"""The page of senders says what their table says."""

from __future__ import annotations

from pathlib import Path

from tests.docs.senders import page


def test_the_page_is_up_to_date() -> None:
    there = (Path(__file__).parents[2] / "docs" / "senders.md").read_text(encoding="utf-8")
    assert there == page(), "make it anew: python -m tests.docs.senders > docs/senders.md"
