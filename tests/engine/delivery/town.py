"""A Formwire with two channels and a clock of its own, and a webhook's receiver."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from engine.delivery.telling import GATHER, Telling
from engine.instance import Instance
from engine.storage import channels
from engine.storage.base import now
from engine.storage.channels import LEASE
from engine.storage.model_channels import Channel, Message
from engine.storage.models import Notice
from engine.storage.notices import give_notice
from tests.wires import head_of
from web.sentences import speech_of


@dataclass
class Receiver:
    """A webhook that keeps what it gets and answers with the next status, then with 200."""

    statuses: list[bytes] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    def __call__(self, wire: socket.socket) -> None:
        head, _, rest = head_of(wire).partition("\r\n\r\n")
        lines = head.split("\r\n")[1:]
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
        }
        body = rest.encode()
        while len(body) < int(headers["content-length"]):
            body += wire.recv(65536)
        self.got.append((headers, body))
        status = self.statuses.pop(0) if self.statuses else b"200 OK\r\n"
        wire.sendall(b"HTTP/1.1 " + status + b"Connection: close\r\nContent-Length: 2\r\n\r\nok")

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@dataclass
class Town:
    """A Formwire with a mail channel and a webhook, and a clock of its own."""

    instance: Instance
    mail: Channel
    webhook: Channel
    secret: str
    at: datetime = field(default_factory=now)

    def __post_init__(self) -> None:
        self.telling = Telling(self.instance, speech_of, clock=lambda: self.at)

    def restart(self) -> None:
        """A new schedule after the old one died, when its messages are taken for lost."""
        self.telling = Telling(self.instance, speech_of, clock=lambda: self.at)
        self.after(LEASE)

    def after(self, wait: timedelta) -> None:
        self.at += wait
        self.telling.look()

    def gather(self) -> None:
        """See the news, and let it ripen."""
        self.telling.look()
        self.after(GATHER)

    def notice(self, cause: str = "auth:main", message: str = "Main refuses our access") -> None:
        with self.instance.database.write() as session:
            give_notice(session, cause, message, remedy="Renew its settings.")
        self.stamp(cause)

    def stamp(self, cause: str) -> None:
        """Let notices be of this town's time."""
        with self.instance.database.write() as session:
            stamp = update(Notice).where(Notice.cause.like(cause)).values(last_at=self.at)
            session.execute(stamp)

    def messages(self, channel: Channel) -> list[Message]:
        with self.instance.database.read() as session:
            found = select(Message).where(Message.channel_id == channel.id).order_by(Message.id)
            return list(session.scalars(found))

    def states(self, channel: Channel) -> list[str]:
        return [str(message.state) for message in self.messages(channel)]

    def channel(self, channel: Channel) -> Channel:
        with self.instance.database.read() as session:
            return session.get_one(Channel, channel.id)

    def notices(self) -> list[Notice]:
        with self.instance.database.read() as session:
            return list(session.scalars(select(Notice).order_by(Notice.id)))

    def switch(self, channel: Channel, *, enabled: bool) -> None:
        with self.instance.database.write() as session:
            found = session.get_one(Channel, channel.id)
            channels.switch(session, found, enabled=enabled, at=self.at)
