"""Telling channels what is new: gathered, one message for many notices, tried again."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage

import httpx
from sqlalchemy.orm import Session

from connectors.errors import ConnectorError, OutcomeUnknownError, SettingsError
from engine.delivery import mail, messages, webhook
from engine.delivery.retry import seconds_to_wait
from engine.delivery.speech import Speeches
from engine.instance import Instance
from engine.storage import channels
from engine.storage.base import now
from engine.storage.channels import has_unfinished, news_for, told_at
from engine.storage.model_channels import Channel, ChannelKind, Message, MessageState
from engine.storage.notices import give_notice
from engine.storage.people import language_of
from engine.storage.secrets import SecretsUnreadable

GATHER = timedelta(minutes=1)
PAUSE = timedelta(minutes=15)
_MEND = "What it told stands here. Mend the channel, then send it a test."
_SWITCHED_OFF = "It is switched off. Switch it on when its receiver wants messages again."
_log = logging.getLogger(__name__)


class Telling:
    """Looks for news and sends what is due. Several at once do no harm."""

    def __init__(
        self, instance: Instance, speeches: Speeches, *, clock: Callable[[], datetime] = now
    ) -> None:
        self._instance = instance
        self._speeches = speeches
        self._clock = clock
        self._news_since: dict[int, datetime] = {}  # channel id to when its news was first seen

    def look(self) -> None:
        """Raises SQLAlchemyError."""
        with self._instance.database.read() as session:
            enabled = [one for one in channels.channels(session) if one.enabled]
            ripe = [channel for channel in enabled if self._is_ripe(session, channel)]
        for channel in ripe:
            self._tell(channel)
        while self._send_one():
            pass

    def _is_ripe(self, session: Session, channel: Channel) -> bool:
        """Whether its news is gathered, and its last message long enough ago."""
        at = self._clock()
        if news_for(session, channel, most=0) is None:
            self._news_since.pop(channel.id, None)
            return False
        since = self._news_since.setdefault(channel.id, at)
        last_at = told_at(session, channel.id)
        rested = last_at is None or at - last_at >= PAUSE
        return at - since >= GATHER and rested and not has_unfinished(session, channel.id)

    def _tell(self, channel: Channel) -> None:
        at = self._clock()
        with self._instance.database.write() as session:
            news = news_for(session, channel, messages.MOST_TOLD)
            if news is not None:
                event = messages.raised(news, self._instance.settings.public_url, at)
                channels.add_message(session, channel, event.model_dump(mode="json"), news, at)
        self._news_since.pop(channel.id, None)

    def _send_one(self) -> bool:
        """Send the message that is most due; whether there was one."""
        at = self._clock()
        with self._instance.database.read() as session:
            due = channels.due_message(session, at)
        if due is None:
            return False
        channel, message = due
        with self._instance.database.write() as session:
            mine = channels.claim(session, message, at)
            if mine and channel.kind == ChannelKind.MAIL and message.state == MessageState.SENDING:
                error = "perhaps sent: Formwire ended meanwhile; it is not sent again"
                _give_up(session, channel, message, error)
                return True
        if mine:
            deliver(self._instance, self._speeches, channel, message, at)
        return True


def send_test(instance: Instance, speeches: Speeches, channel: Channel, at: datetime) -> None:
    """Send a test message now. Raises ConnectorError when it does not arrive."""
    event = messages.trial(instance.settings.public_url, at)
    with instance.database.write() as session:
        message = channels.add_test(session, channel, event.model_dump(mode="json"), at)
    try:
        _send(instance, speeches, channel, message, at)
    except ConnectorError as error:
        with instance.database.write() as session:
            channels.note_failed(session, message.id, str(error))
        raise
    with instance.database.write() as session:
        channels.note_sent(session, message.id, now())
        channels.hurry(session, channel.id, now())


def deliver(
    instance: Instance, speeches: Speeches, channel: Channel, message: Message, at: datetime
) -> None:
    """Send ``message``, as it was before it was claimed, and note what became of it."""
    try:
        _send(instance, speeches, channel, message, at)
    except webhook.ReceiverGone as error:
        with instance.database.write() as session:
            found = session.get(Channel, channel.id)
            if found is not None:  # removed meanwhile
                channels.switch(session, found, enabled=False, at=at)
                _give_up(session, found, message, str(error), remedy=_SWITCHED_OFF)
    except ConnectorError as error:
        with instance.database.write() as session:
            _note_trouble(session, channel, message, error, at)
    else:
        with instance.database.write() as session:
            channels.note_sent(session, message.id, at)


def _send(
    instance: Instance, speeches: Speeches, channel: Channel, message: Message, at: datetime
) -> None:
    settings = instance.settings
    if channel.kind == ChannelKind.MAIL:
        if settings.mail_server is None:
            raise SettingsError("no mail can be sent: an operator must set FORMWIRE_SMTP_URL")
        mail.send_mail(settings.mail_server, _letter(instance, speeches, channel, message))
        return
    try:
        secret = channels.secret_of(channel, instance.vault)
    except SecretsUnreadable as error:
        raise SettingsError(str(error)) from error
    webhook.post(channel.address, secret, message.public_id, message.content, at, settings.targets)


def _letter(
    instance: Instance, speeches: Speeches, channel: Channel, message: Message
) -> EmailMessage:
    """The mail, in the language of the person whose address it is."""
    with instance.database.read() as session:
        speech = speeches(language_of(session, channel.address))
    return messages.as_mail(
        messages.Event.model_validate(message.content),
        speech,
        sender=instance.settings.mail_from,
        to=channel.address,
        id=message.public_id,
    )


def _note_trouble(
    session: Session, channel: Channel, message: Message, error: ConnectorError, at: datetime
) -> None:
    _log.warning("channel %s: %s", channel.public_id, error)
    if channel.kind == ChannelKind.MAIL and isinstance(error, OutcomeUnknownError):
        _give_up(session, channel, message, f"perhaps sent, so not sent again: {error}")
        return
    wait_s = seconds_to_wait(
        error,
        message.attempt + 1,  # as it was before this try
        tried_for=at - message.created_at,
        jitter=random.random(),  # noqa: S311 - spreads load, guards nothing
    )
    if wait_s is None:
        _give_up(session, channel, message, str(error))
    else:
        channels.note_waiting(session, message.id, str(error), at + timedelta(seconds=wait_s))


def _give_up(
    session: Session, channel: Channel, message: Message, error: str, *, remedy: str = _MEND
) -> None:
    channels.note_failed(session, message.id, error)
    give_notice(
        session,
        channels.channel_cause(channel),
        f"A message to {name_of(channel)} did not arrive: {error}",
        remedy=remedy,
    )


def name_of(channel: Channel) -> str:
    """What people call the channel; the rest of a webhook's address may be a secret."""
    return channel.address if channel.kind == ChannelKind.MAIL else httpx.URL(channel.address).host
