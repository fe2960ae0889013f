"""Calls reach checked addresses only, by their name, and end in time."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors import guarded
from connectors.addresses import Targets
from connectors.errors import OutcomeUnknownError, SettingsError, UnavailableError
from connectors.guarded import GuardedTransport
from connectors.http import LARGEST_ANSWER_BYTES, call, new_client
from tests.wires import Names, Serve, certificate_for, head_of, served

LOOPBACK = Targets.parse("127.0.0.1")
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def client(targets: Targets = LOOPBACK, deadline_s: float = 25.0) -> Iterator[httpx.Client]:
    with new_client(transport=GuardedTransport(targets, deadline_s=deadline_s)) as http:
        yield http


def ask(url: str, targets: Targets = LOOPBACK, *, writes: bool = True, **options: Any) -> Any:
    with client(targets, **options) as http:
        return call(http, "POST", url, writes=writes)


def never(_wire: socket.socket) -> None:
    raise AssertionError("nobody may come here")


def answering(answer: bytes, heads: list[str]) -> Serve:
    def serve(wire: socket.socket) -> None:
        heads.append(head_of(wire))
        wire.sendall(answer)

    return serve


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "ada@127.0.0.1",
        "crm.example:80@127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0.0.0.0",
        "[::]",
        "localhost",
        "LOCALHOST",
        "①②⑦.⓪.⓪.①",
    ],
)
def test_loopback_is_refused_however_it_is_spelt(host: str) -> None:
    with served(never) as port, pytest.raises(SettingsError) as caught:
        ask(f"http://{host}:{port}/", Targets())
    assert "FORMWIRE_PRIVATE_TARGETS" in str(caught.value) or "no address" in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        f"http://{'a' * 64}.example/",
        "http://crm..example/",
        "http://crm.example:port/",
        "http://xn--a/",
        "http://[::1/",
    ],
)
def test_an_address_that_cannot_be_one_is_a_mistake_of_the_settings(
    url: str,
) -> None:
    with pytest.raises(SettingsError, match=r"no address|no name"):
        ask(url, Targets())


@pytest.mark.parametrize("addresses", ["10.0.0.5", "8.8.8.8 10.0.0.5", "10.0.0.5 2606:4700::1111"])
def test_one_private_address_of_a_host_is_enough_to_refuse_it(
    addresses: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Names(monkeypatch, {"kommo.example": [addresses]})
    with pytest.raises(SettingsError) as caught:
        ask("https://kommo.example/api/v4/leads?query=ada")
    assert str(caught.value) == (
        "kommo.example resolves to 10.0.0.5, a private address; "
        "an operator may allow it with FORMWIRE_PRIVATE_TARGETS"
    )


def test_a_zone_does_not_hide_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    Names(monkeypatch, {"zone.example": ["fe80::1%eth0"]})
    with pytest.raises(SettingsError, match=r"zone\.example resolves to fe80::1, a link-local"):
        ask("http://zone.example/")


def test_a_name_in_punycode_is_judged_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch, {"xn--80akhbyknj4f.example": ["192.168.0.7"]})
    with pytest.raises(SettingsError, match=r"192\.168\.0\.7"):
        ask("http://испытание.example/")
    assert names.asked == ["xn--80akhbyknj4f.example"]


def test_a_name_that_changes_its_mind_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[str] = []
    names = Names(monkeypatch, {"rebind.example": ["127.0.0.1", "127.0.0.2"]})
    with served(answering(OK, heads)) as port:
        assert ask(f"http://rebind.example:{port}/") == {}
    assert names.asked == ["rebind.example"]


def test_every_new_connection_is_judged_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[str] = []
    Names(monkeypatch, {"rebind.example": ["127.0.0.1", "127.0.0.2"]})
    with served(answering(OK, heads)) as port, client() as http:
        call(http, "GET", f"http://rebind.example:{port}/", writes=False)
        with pytest.raises(SettingsError, match=r"127\.0\.0\.2"):
            call(http, "GET", f"http://rebind.example:{port}/", writes=False)
    assert len(heads) == 1


def test_the_next_address_is_tried_when_one_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    Names(monkeypatch, {"crm.example": ["127.0.0.1 ::1", "::1 127.0.0.1"]})
    targets = Targets.parse("127.0.0.1, ::1")
    with served(answering(OK, [])) as port:
        assert ask(f"http://crm.example:{port}/", targets) == {}
        assert ask(f"http://crm.example:{port}/", targets) == {}


def test_host_sni_and_certificate_go_by_the_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown, trusting = certificate_for("crm.example", tmp_path)
    asked_for: list[str] = []
    shown.sni_callback = lambda _wire, name, _context: asked_for.append(name)
    monkeypatch.setattr(guarded, "_tls", lambda: trusting)
    Names(monkeypatch, {"crm.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]})
    heads: list[str] = []
    with served(answering(OK, heads), tls=shown) as port:
        assert ask(f"https://crm.example:{port}/leads") == {}
        with pytest.raises(UnavailableError, match="certificate cannot be trusted"):
            ask(f"https://other.example:{port}/leads")
    assert asked_for == ["crm.example", "other.example"]
    assert f"\r\nHost: crm.example:{port}\r\n" in heads[0]
    assert len(heads) == 1


def test_a_redirect_is_not_followed() -> None:
    moved = b"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    heads: list[str] = []
    with served(answering(moved, heads)) as port, pytest.raises(SettingsError, match="another"):
        ask(f"http://127.0.0.1:{port}/")
    assert len(heads) == 1


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(never) as proxy, served(answering(OK, [])) as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy}")
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy}")
        assert ask(f"http://127.0.0.1:{port}/") == {}


class Drip:
    """Sends ``head`` and then one byte of ``endless`` after the other, until nobody listens."""

    def __init__(self, head: bytes, endless: bytes) -> None:
        self._head, self._endless = head, endless
        self._given_up = threading.Event()

    def __call__(self, wire: socket.socket) -> None:
        head_of(wire)
        wire.sendall(self._head)
        while not self._given_up.wait(0.02):
            wire.sendall(self._endless)


@pytest.mark.parametrize("writes", [True, False])
@pytest.mark.parametrize(
    ("head", "endless"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-Drip: drip\r\n"),
        (b"", b"H"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ],
    ids=["headers", "status line", "continues", "body", "chunks"],
)
def test_a_dripping_server_is_left_at_the_deadline(
    head: bytes, endless: bytes, writes: bool
) -> None:
    kind = OutcomeUnknownError if writes else UnavailableError
    with served(Drip(head, endless)) as port, pytest.raises(kind):
        ask(f"http://127.0.0.1:{port}/", writes=writes, deadline_s=0.3)


def test_a_server_that_takes_a_request_slowly_is_left_at_the_deadline() -> None:
    done = threading.Event()

    def sip(wire: socket.socket) -> None:
        while not done.wait(0.02):
            wire.recv(1024)

    with served(sip) as port, client(deadline_s=0.3) as http:
        try:
            with pytest.raises(OutcomeUnknownError, match="did not take the request in time"):
                call(
                    http, "POST", f"http://127.0.0.1:{port}/", writes=True, content=b"x" * 8_000_000
                )
        finally:
            done.set()


def test_a_resolver_that_does_not_answer_is_left_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(20) and [])
    with pytest.raises(UnavailableError, match="not sent"):
        ask("http://slow.example/", deadline_s=0.2)
    answered.set()


def test_the_deadline_counts_anew_for_each_request_of_a_connection() -> None:
    def serve(wire: socket.socket) -> None:
        for _ in range(4):
            head_of(wire)
            threading.Event().wait(0.2)
            wire.sendall(OK)

    with served(serve) as port, client(deadline_s=0.6) as http:
        for _ in range(4):
            assert call(http, "GET", f"http://127.0.0.1:{port}/", writes=False) == {}


def test_an_endless_body_is_given_up() -> None:
    def flood(wire: socket.socket) -> None:
        head_of(wire)
        wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n")
        while True:
            wire.sendall(b" " * 1_000_000)

    with served(flood) as port, pytest.raises(OutcomeUnknownError, match="too large"):
        ask(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(("times", "words"), [(1, "too large"), (2, "cannot be unpacked")])
def test_a_packed_bomb_is_given_up_before_it_fills_the_memory(times: int, words: str) -> None:
    body = b" " * (LARGEST_ANSWER_BYTES + 1)
    for _ in range(times):
        body = gzip.compress(body)
    packed = ", ".join(["gzip"] * times).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n"
    with (
        served(answering(head % (packed, len(body)) + body, [])) as port,
        pytest.raises(OutcomeUnknownError, match=words),
    ):
        ask(f"http://127.0.0.1:{port}/")
