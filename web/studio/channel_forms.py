"""The forms in which an administrator names where notices go."""

from __future__ import annotations

from typing import Any

import httpx
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from connectors.addresses import Targets, address
from engine.mail_server import mail_address
from web.instance import instance
from web.sentences import translated


def _stripped(text: Any) -> Any:
    return text.strip() if isinstance(text, str) else text


class MailChannelForm(FlaskForm):
    """A mail address."""

    address = StringField(
        _("Mail address"),
        [InputRequired(), Length(max=254)],
        filters=[_stripped],
        render_kw={"type": "email", "autocomplete": "off"},
    )

    def validate_address(self, field: Field) -> None:
        if instance().settings.mail_server is None:
            raise ValidationError(gettext("No mail can be sent yet."))
        try:
            field.data = mail_address(field.data)
        except ValueError:
            raise ValidationError(
                gettext("Enter one mail address, such as team@example.org.")
            ) from None


class WebhookChannelForm(FlaskForm):
    """A webhook's address."""

    address = StringField(
        _("Webhook address"),
        [InputRequired(), Length(max=2000)],
        filters=[_stripped],
        description=_("Each message is posted there as JSON, signed by Standard Webhooks."),
        render_kw={"type": "url", "autocomplete": "off", "placeholder": "https://"},
    )

    def validate_address(self, field: Field) -> None:
        problem = _why_no_webhook(field.data, instance().settings.targets)
        if problem:
            raise ValidationError(translated(problem))


def _why_no_webhook(text: str, targets: Targets) -> str | None:
    try:
        url = httpx.URL(text)
        host = url.host
    except (httpx.InvalidURL, UnicodeError):
        host = ""
    if not host or url.scheme not in ("http", "https"):
        return gettext("Enter a whole address, such as https://hooks.example.org/formwire.")
    if url.userinfo or url.fragment:
        return gettext("Leave out user, password and what follows a #.")
    if url.scheme == "http" and not _is_allowed(host, targets):
        return gettext(
            "Use https://: others could read along. http:// is for hosts that an operator allows "
            "with FORMWIRE_PRIVATE_TARGETS."
        )
    return None


def _is_allowed(host: str, targets: Targets) -> bool:
    try:
        return targets.allow(host, address(host))
    except ValueError:  # a name, not an address
        return targets.allow_name(host)
