"""What speaks for a submission being spam, gathered for `engine.deciding.spam` to judge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from engine.deciding.answers import honeypot_filled
from engine.deciding.form import FormConfig
from engine.deciding.reading import Reading
from engine.deciding.spam import Evidence, Suspicion, judge
from engine.delivery.proofs import read_time, read_work

_TIME = "_fw_time"
_PROOFS = ("_fw_proof", "altcha")
"""Where our script and the ALTCHA widget put a proof of work."""


def suspect(
    session: Session,
    form: FormConfig,
    reading: Reading,
    *,
    secret_keys: Sequence[str],
    at: datetime,
    times: int,
) -> Suspicion:
    """Judge a submission that is new, and came ``times`` times from one address within an hour.

    A good proof of work is spent; its form's row must be locked. Nothing speaks against what nobody
    could read.
    """
    if reading.problem is not None:
        return Suspicion()
    time, page_age_s = read_time(secret_keys, form.form, _text(reading, _TIME), at)
    proof = next((text for name in _PROOFS if (text := _text(reading, name))), "")
    evidence = Evidence(
        texts=_texts(reading),
        honeypot=honeypot_filled(reading),
        time=time,
        page_age_s=page_age_s,
        proof=read_work(secret_keys, form.form, proof).spent(session),
        repeats=times,
    )
    return judge(evidence, form.spam)


def _text(reading: Reading, name: str) -> str:
    """A technical value that came once."""
    value = reading.technical.get(name, "")
    return value if isinstance(value, str) else ""


def _texts(reading: Reading) -> list[str]:
    answers = reading.answers.values()
    return [text for value in answers for text in ([value] if isinstance(value, str) else value)]
