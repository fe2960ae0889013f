"""Whether a post was made by somebody who knows a secret of the form: the schemes of its senders.

Signatures stand in a header and cover the bytes as they came. Some senders carry the secret itself
in the body. Schemes are those of the senders' manuals and source code, read 2026-11-21.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from connectors.masking import MASK
from connectors.standard_webhooks import SECRET_PREFIX, is_secret
from connectors.standard_webhooks import signature as standard_signature
from engine.deciding.reading import Answer, Reading
from engine.deciding.senders.sender import Scheme, Signature
from engine.deciding.senders.table import SENDERS, sender_by_key

_WRONG = "Its signature fits no secret of the form."


class Signing(StrEnum):
    """What came of a post's signature."""

    UNASKED = "unasked"  # the form has no secret
    GOOD = "good"
    BAD = "bad"
    ABSENT = "absent"
    UNKNOWN = "unknown"  # we cannot tell; the fault is ours


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reason`` is a sentence for a person, empty when there is nothing to doubt."""

    signing: Signing
    reason: str = ""

    @property
    def is_doubtful(self) -> bool:
        return self.signing not in (Signing.UNASKED, Signing.GOOD)


UNASKED, GOOD = Verdict(Signing.UNASKED), Verdict(Signing.GOOD)
_ABSENT = Verdict(Signing.ABSENT, "It bears no signature, and the form has a secret.")


@dataclass(frozen=True, slots=True)
class Signed:
    """A post as it came. ``carried`` are the secrets in its body by their names there."""

    raw: bytes
    headers: Mapping[str, str]
    at: datetime
    carried: Mapping[str, str]

    def header(self, name: str) -> str:
        wanted = name.lower()
        found = (value for key, value in self.headers.items() if key.lower() == wanted)
        return next(found, "").strip()


_Check: TypeAlias = Callable[[Signed, Sequence[str], str], str]
"""A post, the texts of the scheme's headers and a secret to a sentence on what is wrong; "" when
they fit together."""


def verify(post: Signed, secrets: Sequence[str]) -> Verdict:
    """Hold ``post`` against each of ``secrets``; one that fits is enough.

    Of several signatures the first in the table counts, so that nobody makes us compute more.
    """
    way = next((way for way in _WAYS if _signature(post, way)), None)
    if way is None and not post.carried:
        return _ABSENT
    if any(is_one_of(value, secrets) for value in post.carried.values()):
        return GOOD
    if way is None:
        name = next(iter(post.carried))
        return Verdict(Signing.BAD, f"Its {name} fits no secret of the form.")
    texts = [post.header(name) for name in way.headers]
    problems = [_CHECKS[way.scheme](post, texts, secret) for secret in secrets]
    if "" in problems:
        return GOOD
    return Verdict(Signing.BAD, next((one for one in problems if one != _WRONG), _WRONG))


def _signature(post: Signed, way: Signature) -> str:
    """The post's signature in one of the ways, "" when it has none."""
    text = post.header(way.headers[0])
    return text if way.scheme is not Scheme.NETLIFY or _JWT.fullmatch(text) else ""


def is_one_of(given: str, secrets: Sequence[str]) -> bool:
    """Whether a secret that came in the open is the form's; how long it takes tells nothing of it."""
    return any(_same(given, secret) for secret in secrets)


# What bodies carry

_CARRIED = frozenset(sender.secret.lower() for sender in SENDERS if sender.secret)


def carried(reading: Reading) -> Mapping[str, str]:
    """The secrets that the body itself holds, by their names there."""
    known = sender_by_key(reading.sender)
    found = {known.secret: reading.secret} if known and reading.secret else {}
    return found | {
        name: value
        for name, value in reading.technical.items()
        if isinstance(value, str) and value and name.lower() in _CARRIED
    }


def technical_to_keep(reading: Reading) -> dict[str, Answer]:
    """The technical values, with the secrets among them masked."""
    return {
        name: MASK if name.lower() in _CARRIED else value
        for name, value in reading.technical.items()
    }


def headers_to_keep(headers: Mapping[str, str]) -> dict[str, str]:
    """``headers`` with signatures masked: each would let its post be sent again by others."""
    return {name: MASK if name.lower() in _SIGNATURES else value for name, value in headers.items()}


_NAMES = "|".join(sorted(_CARRIED))
_IN_BODIES = (
    re.compile(rf'("(?:{_NAMES})"\s*:\s*")(?:[^"\\]|\\.)*', re.IGNORECASE),
    re.compile(rf'("(?:{_NAMES})"\s*:\s*)[^\s"{{}}\[\],]+', re.IGNORECASE),
    re.compile(rf"((?:^|&)(?:{_NAMES})=)[^&]*", re.IGNORECASE),
    re.compile(rf'(;\s*name="(?:{_NAMES})"[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)[^\r\n]*', re.I),
)


def body_without_secrets(text: str) -> str:
    """A body for people to read, whatever its format, with what is named as a secret masked."""
    for pattern in _IN_BODIES:
        text = pattern.sub(rf"\1{MASK}", text)
    return text


# The schemes

_HEX, _BASE64 = "hex", "base64"


def _digest(secret: str, *parts: bytes, hash: str = "sha256", written: str = _HEX) -> str:
    made = hmac.new(secret.encode(), digestmod=hash)
    for part in parts:
        made.update(part)
    return made.hexdigest() if written == _HEX else base64.b64encode(made.digest()).decode()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))


def _compared(given: str, made: str) -> str:
    return "" if _same(given, made) else _WRONG


def _over_body(
    *, prefix: str = "", before: bytes = b"", hash: str = "sha256", written: str = _HEX
) -> _Check:
    """An HMAC of ``before`` and the body, after ``prefix``."""

    def check(post: Signed, texts: Sequence[str], secret: str) -> str:
        given = texts[0].removeprefix(prefix)
        made = _digest(secret, before, post.raw, hash=hash, written=written)
        return _compared(given.lower() if written == _HEX else given, made)

    return check


def _webflow(post: Signed, texts: Sequence[str], secret: str) -> str:
    given, stamp = texts
    wrong = _compared(given.lower(), _digest(secret, f"{stamp}:".encode(), post.raw))
    return wrong or _age(stamp, post.at, timedelta(minutes=5), per_second=1000)


def _framer(post: Signed, texts: Sequence[str], secret: str) -> str:
    given, id = texts
    made = _digest(secret, post.raw, id.encode())
    return _compared(given.removeprefix("sha256=").lower(), made)


def _standard(post: Signed, texts: Sequence[str], secret: str) -> str:
    """The header lists signatures: one for each secret that the sender has."""
    given, id, stamp = texts
    secret = f"{SECRET_PREFIX}{secret.removeprefix(SECRET_PREFIX)}"
    if not is_secret(secret):
        return _WRONG
    made = standard_signature(secret, id, stamp, post.raw)
    wrong = "" if any(_same(one, made) for one in given.split()) else _WRONG
    return wrong or _age(stamp, post.at, timedelta(minutes=5))


_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


def _netlify(post: Signed, texts: Sequence[str], secret: str) -> str:
    """A JWT whose only algorithm is HS256, whatever its head says."""
    signed, _, signature = texts[0].rpartition(".")
    made = hmac.digest(secret.encode(), signed.encode(), hashlib.sha256)
    if not _same(signature, base64.urlsafe_b64encode(made).decode().rstrip("=")):
        return _WRONG
    head, claims = (_json_of(part) for part in signed.split("."))
    if head.get("alg") != "HS256" or claims.get("iss") != "netlify":
        return _WRONG
    return _compared(str(claims.get("sha256")), hashlib.sha256(post.raw).hexdigest())


def _json_of(part: str) -> Mapping[str, Any]:
    """A segment of a JWT; nothing when it is no JSON object."""
    try:
        content = json.loads(base64.urlsafe_b64decode(f"{part}{'=' * (-len(part) % 4)}"))
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


_CALENDLY = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


def _calendly(post: Signed, texts: Sequence[str], secret: str) -> str:
    parts = _CALENDLY.fullmatch(texts[0])
    if parts is None:
        return _WRONG
    stamp, given = parts.groups()
    wrong = _compared(given, _digest(secret, f"{stamp}.".encode(), post.raw))
    return wrong or _age(stamp, post.at, timedelta(minutes=3))


def _age(stamp: str, at: datetime, most: timedelta, per_second: int = 1) -> str:
    """What is wrong with the time of a signature that fits; ``stamp`` counts from 1970."""
    if not re.fullmatch(r"\d{1,15}", stamp, re.ASCII):
        return "Its signature does not tell when it was made."
    minutes = (at.timestamp() - int(stamp) / per_second) / 60
    if abs(minutes) <= most.total_seconds() / 60:
        return ""
    if minutes < 0:
        return f"Its signature was made {-minutes:.0f} minutes after it came: a clock is wrong."
    return f"Its signature was made {minutes:.0f} minutes before it came, which is too long."


_CHECKS: Mapping[Scheme, _Check] = {
    Scheme.TYPEFORM: _over_body(prefix="sha256=", written=_BASE64),
    Scheme.TALLY: _over_body(written=_BASE64),
    Scheme.WEBFLOW: _webflow,
    Scheme.HUB: _over_body(prefix="sha256="),
    Scheme.FRAMER: _framer,
    Scheme.STANDARD_WEBHOOKS: _standard,
    Scheme.NETLIFY: _netlify,
    Scheme.FORMSTACK: _over_body(prefix="sha256="),  # some of its pages write it without
    Scheme.LINKEDIN: _over_body(before=b"hmacsha256="),
    Scheme.CALENDLY: _calendly,
    Scheme.SURVEYMONKEY: _over_body(hash="sha1", written=_BASE64),
}
# Netlify first: it shares its header, and is the one to be told by how it writes it.
_WAYS: Sequence[Signature] = sorted(
    {sender.signature: None for sender in SENDERS if sender.signature},
    key=lambda way: way.scheme is not Scheme.NETLIFY,
)
_SIGNATURES = frozenset(way.headers[0].lower() for way in _WAYS)
