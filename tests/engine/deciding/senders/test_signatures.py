"""Each sender's way to sign, written here a second time by its manual."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from engine.deciding.reading import Reading
from engine.deciding.senders import SENDERS
from engine.deciding.senders.signatures import (
    Signed,
    Signing,
    body_without_secrets,
    carried,
    headers_to_keep,
    technical_to_keep,
    verify,
)

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOW = int(AT.timestamp())
KEY = "the secret of the form"
WHSEC = "whsec_" + base64.b64encode(b"32 bytes that nobody else knows.").decode()
BODY = '{"name": "Ада"}'.encode()


def mac(content: bytes, key: str = KEY, hash: str = "sha256") -> bytes:
    return hmac.new(key.encode(), content, hash).digest()


def hexed(content: bytes, key: str = KEY) -> str:
    return mac(content, key).hex()


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def jwt(body: bytes, key: str = KEY, alg: str = "HS256", **claims: str) -> str:
    told = {"iss": "netlify", "sha256": hashlib.sha256(body).hexdigest()} | claims
    signed = f"{part({'alg': alg, 'typ': 'JWT'})}.{part(told)}"
    made = base64.urlsafe_b64encode(mac(signed.encode(), key)).decode().rstrip("=")
    return f"{signed}.{made}"


def webflow(body: bytes, key: str = KEY, at: int = NOW) -> dict[str, str]:
    stamp = str(at * 1000)
    return {
        "X-Webflow-Timestamp": stamp,
        "X-Webflow-Signature": hexed(stamp.encode() + b":" + body, key),
    }


def calendly(body: bytes, key: str = KEY, at: int = NOW) -> dict[str, str]:
    made = hexed(f"{at}.".encode() + body, key)
    return {"Calendly-Webhook-Signature": f"t={at},v1={made}"}


def standard(body: bytes, key: str = KEY, at: int = NOW) -> dict[str, str]:
    secret = base64.b64decode(WHSEC.removeprefix("whsec_")) if key == KEY else key.encode() * 4
    made = hmac.new(secret, f"msg_1.{at}.".encode() + body, "sha256").digest()
    signatures = f"v1,{b64(b'of an older secret')} v1,{b64(made)}"
    return {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(at),
        "Webhook-Signature": signatures,
    }


def framer(body: bytes, key: str = KEY) -> dict[str, str]:
    return {
        "Framer-Webhook-Submission-Id": "sub-1",
        "Framer-Signature": f"sha256={hexed(body + b'sub-1', key)}",
    }


Sign = Callable[[bytes, str], dict[str, str]]
SIGN: dict[str, Sign] = {
    "typeform": lambda body, key: {"Typeform-Signature": f"sha256={b64(mac(body, key))}"},
    "tally": lambda body, key: {"Tally-Signature": b64(mac(body, key))},
    "webflow": webflow,
    "meta": lambda body, key: {"X-Hub-Signature-256": f"sha256={hexed(body, key)}"},
    "framer": framer,
    "formbricks": standard,
    "netlify": lambda body, key: {"X-Webhook-Signature": jwt(body, key)},
    "opnform": lambda body, key: {"X-Webhook-Signature": f"sha256={hexed(body, key)}"},
    "formstack": lambda body, key: {"X-FS-Signature": hexed(body, key).upper()},
    "linkedin": lambda body, key: {"X-LI-Signature": hexed(b"hmacsha256=" + body, key)},
    "calendly": calendly,
    "surveymonkey": lambda body, key: {"Sm-Signature": b64(mac(body, key, "sha1"))},
}


def judged(headers: dict[str, str], *secrets: str, body: bytes = BODY, at: datetime = AT) -> str:
    return verify(Signed(body, headers, at, {}), secrets or (KEY, WHSEC)).signing


def test_every_sender_that_signs_is_tried_here() -> None:
    assert SIGN.keys() == {sender.key for sender in SENDERS if sender.signature}


@pytest.mark.parametrize("sender", SIGN)
def test_what_the_sender_signed_is_told_from_everything_else(sender: str) -> None:
    headers = SIGN[sender](BODY, KEY)
    assert judged(headers) == "good"
    assert judged({name.lower(): value for name, value in headers.items()}) == "good"
    assert judged(headers, "an old secret of the form", KEY, WHSEC) == "good", "while it changes"
    assert judged(headers, body=BODY.replace(b"name", b"mane")) == "bad"
    assert judged(headers, "another secret") == "bad"
    assert judged(SIGN[sender](BODY, "another secret")) == "bad"
    for name, value in headers.items():
        if name not in ("Webhook-Signature", "Framer-Webhook-Submission-Id"):
            assert judged({**headers, name: value[:-3]}) == "bad", f"{name} was cut"
            assert judged({**headers, name: f"{value}é"}) == "bad", f"{name} is no ASCII"


@pytest.mark.parametrize(
    ("sign", "limit_s", "words"),
    [(webflow, 300, "5"), (standard, 300, "5"), (calendly, 180, "3")],
)
def test_a_signature_counts_for_minutes(
    sign: Callable[..., dict[str, str]], limit_s: int, words: str
) -> None:
    for age_s in (limit_s, -limit_s):
        assert judged(sign(BODY, at=NOW - age_s)) == "good"
    old = verify(Signed(BODY, sign(BODY, at=NOW - limit_s - 20), AT, {}), [KEY, WHSEC])
    assert (old.signing, old.reason) == (
        Signing.BAD,
        f"Its signature was made {words} minutes before it came, which is too long.",
    )
    early = verify(Signed(BODY, sign(BODY, at=NOW + limit_s + 20), AT, {}), [KEY, WHSEC])
    assert early.reason.endswith("after it came: a clock is wrong.")
    other = verify(Signed(b"x", sign(BODY, at=NOW - limit_s - 20), AT, {}), [KEY, WHSEC])
    assert other.reason == "Its signature fits no secret of the form.", "age is no excuse"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Webhook-Signature": jwt(BODY, alg="none")},
        {"X-Webhook-Signature": jwt(BODY, alg="HS512")},
        {"X-Webhook-Signature": jwt(BODY, iss="somebody")},
        {"X-Webhook-Signature": f"{part({'alg': 'none'})}.{part({'iss': 'netlify'})}."},
        {"X-Webhook-Signature": "a.b.c"},
        {"X-Webhook-Signature": f"{part([1])}.{part('x')}.x"},
        {"Calendly-Webhook-Signature": "v1=00"},
        {"Webhook-Signature": "v1,"},
        {"X-Webflow-Signature": hexed(b":" + BODY)},
    ],
)
def test_what_is_not_written_as_it_should_be_is_bad(headers: dict[str, str]) -> None:
    assert judged(headers) == "bad"


@pytest.mark.parametrize("secret", ["", "whsec_", "!!!!", "whsec_AAAA", "пароль"])
def test_a_secret_that_is_none_of_standard_webhooks_makes_no_empty_key(secret: str) -> None:
    made = b64(hmac.new(b"", f"msg_1.{NOW}.".encode() + BODY, "sha256").digest())
    headers = standard(BODY) | {"Webhook-Signature": f"v1,{made}"}
    assert judged(headers, secret) == "bad"


@pytest.mark.parametrize("headers", [{}, {"Tally-Signature": " "}, {"User-Agent": "Tally"}])
def test_a_post_without_a_signature_says_so(headers: dict[str, str]) -> None:
    verdict = verify(Signed(BODY, headers, AT, {}), [KEY])
    assert verdict.signing is Signing.ABSENT
    assert verdict.reason == "It bears no signature, and the form has a secret."


READ = {
    "google_key": Reading(technical={"google_key": KEY, "lead_id": "1"}),
    "HandshakeKey": Reading(sender="wufoo", secret=KEY),
    "secret": Reading(sender="vk", secret=KEY),
}


@pytest.mark.parametrize("name", READ)
def test_a_secret_in_the_body_is_compared_and_not_kept(name: str) -> None:
    reading = READ[name]
    post = Signed(BODY, {}, AT, carried(reading))
    assert verify(post, ["old", KEY]).signing is Signing.GOOD
    assert verify(post, ["old"]).reason == f"Its {name} fits no secret of the form."
    assert KEY not in str(technical_to_keep(reading))
    assert technical_to_keep(reading).keys() == reading.technical.keys()


def test_an_answer_called_secret_is_none() -> None:
    assert carried(Reading(answers={"secret": KEY}, sender="tally")) == {}


def test_signatures_are_not_kept() -> None:
    headers = {"tally-signature": "x", "X-LI-Signature": "y", "User-Agent": "Tally"}
    kept = {"tally-signature": "•••", "X-LI-Signature": "•••", "User-Agent": "Tally"}
    assert headers_to_keep(headers) == kept


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ('{"google_key" : "a\\"b", "x": 1}', '{"google_key" : "•••", "x": 1}'),
        ('{"secret":12,"object":{"lead_id":1}}', '{"secret":•••,"object":{"lead_id":1}}'),
        ('{"google_key": "cut of', '{"google_key": "•••'),
        ("HandshakeKey=a%20b&Field1=Ada", "HandshakeKey=•••&Field1=Ada"),
        ("Field1=Ada&handshakekey=x", "Field1=Ada&handshakekey=•••"),
        (
            'form-data; name="HandshakeKey"\r\n\r\nhush\r\n--x',
            'form-data; name="HandshakeKey"\r\n\r\n•••\r\n--x',
        ),
        ("Field1=my secret", "Field1=my secret"),
        ('{"name": "secret", "token": "t"}', '{"name": "secret", "token": "t"}'),
    ],
)
def test_people_see_a_body_without_its_secrets(body: str, shown: str) -> None:
    assert body_without_secrets(body) == shown
