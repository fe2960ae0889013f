"""Channels: how notices reach people who are not in the studio."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from connectors.errors import ConnectorError
from engine.delivery.telling import name_of, send_test
from engine.storage.base import now
from engine.storage.channels import (
    add_mail,
    add_webhook,
    channel_at,
    channel_by_public_id,
    channels,
    latest_messages,
    remove,
    switch,
)
from engine.storage.model_channels import Channel, ChannelKind
from web.acting import note
from web.database import db
from web.instance import instance
from web.sentences import speech_of, translated
from web.studio.channel_forms import MailChannelForm, WebhookChannelForm
from web.studio.finding import found

blueprint = Blueprint("channels", __name__, url_prefix="/notices/channels")


@blueprint.get("")
def index() -> str:
    return _page(MailChannelForm(prefix="mail"), WebhookChannelForm(prefix="webhook"))


@blueprint.post("/mail")
def create_mail() -> Any:
    form = MailChannelForm(prefix="mail")
    if not form.validate_on_submit() or _is_taken(form, ChannelKind.MAIL):
        return _page(form, WebhookChannelForm(formdata=None, prefix="webhook")), 422
    channel = add_mail(db.session(), form.address.data)
    note("add", "channel", channel.public_id, kind=channel.kind)
    db.session.commit()
    flash(_("Added. Send it a test, to see whether mail arrives there."), "good")
    return redirect(url_for(".index"), 303)


@blueprint.post("/webhook")
def create_webhook() -> Any:
    form = WebhookChannelForm(prefix="webhook")
    if not form.validate_on_submit() or _is_taken(form, ChannelKind.WEBHOOK):
        return _page(MailChannelForm(formdata=None, prefix="mail"), form), 422
    channel, secret = add_webhook(db.session(), instance().vault, form.address.data)
    note("add", "channel", channel.public_id, kind=channel.kind)
    db.session.commit()
    # In this answer only: a message after a redirect would keep the secret in a cookie.
    page = render_template(
        "studio/channel_secret.html", channel=channel, name=name_of(channel), secret=secret
    )
    return page, 201


@blueprint.post("/<public_id>/switch")
def toggle(public_id: str) -> Response:
    on = request.form.get("on") == "yes"
    switch(db.session(), _channel(public_id), enabled=on, at=now())
    note("switch on" if on else "switch off", "channel", public_id)
    db.session.commit()
    return redirect(url_for(".index"), 303)


@blueprint.post("/<public_id>/test")
def test(public_id: str) -> Response:
    channel = _channel(public_id)
    db.session.commit()  # no transaction may stay open while others are waited for
    try:
        send_test(instance(), speech_of, channel, now())
    except ConnectorError as error:
        flash(_("The test did not arrive: %(problem)s", problem=translated(error)), "bad")
    else:
        told = (
            _("The mail server has taken the test to %(name)s: see whether it arrives.")
            if channel.kind == ChannelKind.MAIL
            else _("%(name)s has taken the test.")
        )
        flash(told % {"name": name_of(channel)}, "good")
    note("test", "channel", public_id)
    db.session.commit()
    return redirect(url_for(".index"), 303)


@blueprint.get("/<public_id>/remove")
def confirm(public_id: str) -> str:
    channel = _channel(public_id)
    return render_template("studio/channel_remove.html", channel=channel, name=name_of(channel))


@blueprint.post("/<public_id>/remove")
def drop(public_id: str) -> Response:
    channel = _channel(public_id)
    remove(db.session(), channel)
    note("remove", "channel", public_id)
    db.session.commit()
    flash(_("%(name)s is told nothing any more.", name=name_of(channel)), "good")
    return redirect(url_for(".index"), 303)


def _channel(public_id: str) -> Channel:
    return found(channel_by_public_id(db.session(), public_id))


def _is_taken(form: MailChannelForm | WebhookChannelForm, kind: ChannelKind) -> bool:
    taken = channel_at(db.session(), kind, form.address.data) is not None
    if taken:
        form.address.errors = [_("It is told already.")]
    return taken


def _page(mail: MailChannelForm, webhook: WebhookChannelForm) -> str:
    known = channels(db.session())
    last = latest_messages(db.session())
    settings = instance().settings
    mail.address.description = _("It comes from %(sender)s.", sender=settings.mail_from)
    return render_template(
        "studio/channels.html",
        rows=[(channel, name_of(channel), last.get(channel.id)) for channel in known],
        mail=mail,
        webhook=webhook,
        has_mail_server=settings.mail_server is not None,
    )
