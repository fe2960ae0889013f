from __future__ import annotations

from typing import Any

import pytest

from engine.deciding.spam import CHECKS, MOST, Evidence, Shown, SpamChecks, judge

DEMANDING = SpamChecks(demand=("time", "proof"))
CLEAN = {"time": Shown.GOOD, "page_age_s": 30.0, "proof": Shown.GOOD}
LINK = "see https://shop.example/a "


def evidence(**changes: Any) -> Evidence:
    return Evidence(**{**CLEAN, **changes})


@pytest.mark.parametrize(
    ("found", "score", "words"),
    [
        ({}, 0, ""),
        ({"honeypot": True}, 100, "do not see"),
        ({"page_age_s": 0.4}, 60, "sent 0.4 s after"),
        ({"page_age_s": 1.99}, 60, "2.0 s"),
        ({"page_age_s": 2.0}, 0, ""),
        ({"page_age_s": 24 * 3600.0}, 0, ""),
        ({"page_age_s": 30 * 3600.0}, 20, "30 hours"),
        ({"time": Shown.BAD, "page_age_s": 0.0}, 60, "forged"),
        ({"time": Shown.NOTHING, "page_age_s": 0.0}, 50, "does not tell when"),
        ({"proof": Shown.NOTHING}, 100, "brings no proof"),
        ({"proof": Shown.BAD}, 100, "forged, wrong"),
        ({"proof": Shown.EXPIRED}, 100, "expired"),
        ({"proof": Shown.SPENT}, 100, "another submission"),
        ({"repeats": 3}, 0, ""),
        ({"repeats": 4}, 50, "same 4 times"),
        ({"texts": [LINK * 5]}, 0, ""),
        ({"texts": [LINK * 3, "HTTP://x.example", LINK, "www.y.example"]}, 50, "6 links"),
        ({"texts": ["awww.x"] * 9}, 0, ""),
        ({"texts": ["<a  HREF='x'>"]}, 50, "HTML or BBCode"),
        ({"texts": ["[url=x]y[/url]"]}, 50, "HTML or BBCode"),
        ({"texts": ["a < b and [urlaub]"]}, 0, ""),
        ({"repeats": 9, "texts": [LINK * 9]}, 100, "9 links"),
        ({"honeypot": True, "proof": Shown.BAD}, 100, "do not see"),
    ],
)
def test_each_check_has_its_points_and_says_why(
    found: dict[str, Any], score: int, words: str
) -> None:
    suspicion = judge(evidence(**found), DEMANDING)
    assert suspicion.score == score
    assert words in " ".join(suspicion.reasons)
    assert bool(suspicion.reasons) == bool(score)


@pytest.mark.parametrize("missing", [{"time": Shown.NOTHING}, {"proof": Shown.NOTHING}])
def test_what_a_form_does_not_demand_may_be_missing(missing: dict[str, Any]) -> None:
    assert judge(evidence(**missing), SpamChecks()).score == 0


def test_a_bad_proof_that_nobody_asked_for_says_nothing() -> None:
    assert judge(evidence(proof=Shown.BAD), SpamChecks()).score == 0


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"fastest_s": 10}, {"page_age_s": 9.0}),
        ({"oldest_h": 1}, {"page_age_s": 3700.0}),
        ({"links": 0}, {"texts": [LINK]}),
        ({"repeats": 1}, {"repeats": 2}),
    ],
)
def test_a_form_has_limits_of_its_own(settings: dict[str, Any], found: dict[str, Any]) -> None:
    assert judge(evidence(**found), SpamChecks()).score == 0
    assert judge(evidence(**found), SpamChecks(**settings)).score > 0


def test_all_checks_together_make_no_more_than_the_most() -> None:
    worst = Evidence([LINK * 9, "<a href="], True, Shown.BAD, 0.0, Shown.BAD, 99)
    suspicion = judge(worst, DEMANDING)
    assert suspicion.score == MOST
    assert len(suspicion.reasons) == 6
    assert len({check.name for check in CHECKS}) == len(CHECKS)
