"""How much a submission looks like spam: a table of checks, each with its points and its reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from engine.deciding.documents import Document

MOST = 100
"""The highest score."""
_LOOKED_AT = 200_000
"""Characters of the answers that are looked through for links: bounds the work."""


class SpamChecks(Document):
    """How a form is guarded. A score of ``hold_at`` or more holds a submission for a person.

    Sent sooner than ``fastest_s`` seconds after the page showed the form, or later than ``oldest_h``
    hours, it is suspicious; so it is with more than ``links`` links, and when one address sent the
    same more than ``repeats`` times within an hour. ``demand`` is what a submission must bring along.
    """

    hold_at: Annotated[int, Field(ge=1, le=MOST)] = 50
    fastest_s: Annotated[float, Field(ge=0, le=60)] = 2
    oldest_h: Annotated[int, Field(ge=1, le=720)] = 24
    links: Annotated[int, Field(ge=0, le=100)] = 5
    repeats: Annotated[int, Field(ge=1, le=1000)] = 3
    demand: tuple[Literal["time", "proof"], ...] = ()


class Shown(StrEnum):
    """What came of something that a visitor's browser shows us."""

    NOTHING = "nothing"
    GOOD = "good"
    BAD = "bad"  # forged, damaged, or another form's
    EXPIRED = "expired"
    SPENT = "spent"  # it counted for another submission


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the checks judge by.

    ``page_age_s`` is how long before the page had shown the form, known when ``time`` is good.
    ``repeats`` is how often the same came from this address within the last hour, this one included.
    """

    texts: Sequence[str] = ()
    honeypot: bool = False
    time: Shown = Shown.NOTHING
    page_age_s: float = 0.0
    proof: Shown = Shown.NOTHING
    repeats: int = 1


@dataclass(frozen=True, slots=True)
class Suspicion:
    """``score`` is 0 to 100. ``reasons`` are sentences for a person."""

    score: int = 0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """``reason`` gives the sentence when the check finds something, else ""."""

    name: str
    points: int
    reason: Callable[[Evidence, SpamChecks], str]


def judge(evidence: Evidence, checks: SpamChecks) -> Suspicion:
    """The points of all checks that find something, and why."""
    found = [(check.points, check.reason(evidence, checks)) for check in CHECKS]
    reasons = tuple(reason for _, reason in found if reason)
    return Suspicion(min(MOST, sum(points for points, reason in found if reason)), reasons)


def _honeypot(evidence: Evidence, _checks: SpamChecks) -> str:
    return "The input that people do not see was filled in." if evidence.honeypot else ""


def _too_fast(evidence: Evidence, checks: SpamChecks) -> str:
    if evidence.time is not Shown.GOOD or evidence.page_age_s >= checks.fastest_s:
        return ""
    return f"It was sent {evidence.page_age_s:.1f} s after the page had shown the form."


def _too_old(evidence: Evidence, checks: SpamChecks) -> str:
    hours = evidence.page_age_s / 3600
    if evidence.time is not Shown.GOOD or hours <= checks.oldest_h:
        return ""
    return f"The page had shown the form {hours:.0f} hours before it was sent."


def _forged_time(evidence: Evidence, _checks: SpamChecks) -> str:
    if evidence.time is not Shown.BAD:
        return ""
    return "When the page showed the form is forged, or told of another form."


def _no_time(evidence: Evidence, checks: SpamChecks) -> str:
    if evidence.time is not Shown.NOTHING or "time" not in checks.demand:
        return ""
    return "It does not tell when the page showed the form, and the form demands that."


def _proof(evidence: Evidence, checks: SpamChecks) -> str:
    return _PROOFS.get(evidence.proof, "") if "proof" in checks.demand else ""


_PROOFS = {
    Shown.NOTHING: "It brings no proof of work, and the form demands one.",
    Shown.BAD: "Its proof of work is forged, wrong, or made for another form.",
    Shown.EXPIRED: "Its proof of work has expired.",
    Shown.SPENT: "Its proof of work counted for another submission already.",
}


def _repeated(evidence: Evidence, checks: SpamChecks) -> str:
    if evidence.repeats <= checks.repeats:
        return ""
    return f"One address sent the same {evidence.repeats} times within an hour."


def _looked_at(evidence: Evidence) -> str:
    return "\n".join(evidence.texts)[:_LOOKED_AT]


_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
_MARKUP = re.compile(r"<a\s{1,9}[a-z-]{1,20}\s{0,9}=|\[(?:url|link)[=\]]", re.IGNORECASE)


def _links(evidence: Evidence, checks: SpamChecks) -> str:
    count = len(_LINK.findall(_looked_at(evidence)))
    return f"There are {count} links in the answers." if count > checks.links else ""


def _markup(evidence: Evidence, _checks: SpamChecks) -> str:
    if not _MARKUP.search(_looked_at(evidence)):
        return ""
    return "An answer has a link written as HTML or BBCode."


CHECKS: tuple[Check, ...] = (
    Check("honeypot", 100, _honeypot),
    Check("proof of work", 100, _proof),
    Check("forged time", 60, _forged_time),
    Check("too fast", 60, _too_fast),
    Check("no time", 50, _no_time),
    Check("repeated", 50, _repeated),
    Check("many links", 50, _links),
    Check("link markup", 50, _markup),
    Check("too old", 20, _too_old),
)
