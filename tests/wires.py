"""Servers on loopback that do as a test says, and names that resolve to what it says."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Serve = Callable[[socket.socket], None]


@contextmanager
def served(serve: Serve, *, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a server that gives every connection to ``serve`` and then closes it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_accept, args=(listening, serve, tls))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _accept(listening: socket.socket, serve: Serve, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            wire, _ = listening.accept()
        except OSError:
            return
        with wire, suppress(OSError):  # whoever called may go away, or not trust us
            if tls is None:
                serve(wire)
            else:
                with tls.wrap_socket(wire, server_side=True) as secured:
                    serve(secured)


def head_of(wire: socket.socket) -> str:
    """The head of the request that comes."""
    head = b""
    while b"\r\n\r\n" not in head:
        more = wire.recv(65536)
        if not more:
            raise ConnectionResetError
        head += more
    return head.decode()


class Names:
    """A resolver: each time a name is asked for, its next answer; the last one for ever after."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, answers: Mapping[str, Sequence[Any]]
    ) -> None:
        self.asked: list[str] = []
        self._answers = {name: list(rounds) for name, rounds in answers.items()}
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def _look_up(self, host: str, port: int, *rest: Any, **named: Any) -> Any:
        if host not in self._answers:
            return self._real(host, port, *rest, **named)
        self.asked.append(host)
        rounds = self._answers[host]
        addresses = rounds.pop(0) if len(rounds) > 1 else rounds[0]
        return [_entry(text, port) for text in addresses.split()]


def _entry(text: str, port: int) -> tuple[Any, ...]:
    if ip_address(text).version == 4:
        return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port))
    return (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (text, port, 0, 0))


def certificate_for(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server called ``name`` shows, and what a client needs to trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(secret + pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=pem.decode())
