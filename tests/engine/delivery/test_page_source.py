"""A page is read by the guarded road only, and what cannot be read says what to do."""

from __future__ import annotations

import socket

import pytest

from connectors.addresses import Targets
from engine.deciding.field_finding import NothingFound
from engine.delivery.page_source import page_source
from tests.wires import Serve, head_of, served

LOOPBACK = Targets.parse("127.0.0.1")


def answering(head: str, body: bytes = b"") -> Serve:
    def serve(wire: socket.socket) -> None:
        head_of(wire)
        wire.sendall(f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    return serve


def read(serve: Serve, targets: Targets = LOOPBACK) -> str:
    with served(serve) as port:
        return page_source(f"http://127.0.0.1:{port}/contact", targets)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html", "Ім’я".encode()),
        ("text/html; charset=windows-1251", "Ім’я".encode("cp1251")),
        ('application/xhtml+xml; charset="utf-8"', "Ім’я".encode()),
        ("text/html; charset=nonsense", "Ім’я".encode()),
    ],
)
def test_a_page_is_read_in_its_charset(kind: str, body: bytes):
    assert read(answering(f"200 OK\r\nContent-Type: {kind}", body)) == "Ім’я"


@pytest.mark.parametrize(
    ("head", "body", "told"),
    [
        ("302 Found\r\nLocation: https://a.example/b", b"", "https://a.example/b"),
        ("301 Moved\r\nLocation: /elsewhere", b"", "where they end"),
        ("404 Not Found\r\nContent-Type: text/html", b"no", "status 404"),
        ("200 OK\r\nContent-Type: application/pdf", b"%PDF", "no HTML"),
        ("200 OK\r\nContent-Type: text/html", b"a" * 2_000_001, "larger than 2 MB"),
    ],
)
def test_what_is_no_page_is_told_with_a_way_out(head: str, body: bytes, told: str):
    with pytest.raises(NothingFound, match=told):
        read(answering(head, body))


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://127.0.0.1/", "loopback"),
        ("http://169.254.169.254/latest", "metadata"),
        ("http://[::1]/", "loopback"),
        ("file:///etc/passwd", "full address"),
        ("example.org/contact", "full address"),
        ("https://", "full address"),
        ("http://ada:secret@example.org/", "password"),
        ("https://xn--\udfff/", "full address"),
    ],
)
def test_other_addresses_are_never_called(url: str, told: str):
    with pytest.raises(NothingFound, match=told):
        page_source(url)
