"""A form's own page, for people without a website. It posts where every website does."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, render_template, request

from engine.deciding.form import FormConfig
from engine.deciding.reading import Reading, read_body
from engine.delivery.arrival import Posted
from engine.delivery.configs import form_config
from engine.delivery.intake import NoSuchForm, form_at
from engine.delivery.proofs import time_token
from engine.storage.arrivals import StoredForm
from engine.storage.base import now
from web.headers import CONTENT_SECURITY_POLICY
from web.instance import instance
from web.intake.hosted import MARK, HostedForm
from web.intake.rate import RateLimit

page = Blueprint("page", __name__)


@page.get("/p/<form_key>")
def show(form_key: str) -> Response:
    """The page; there is none unless its owner wants one, and a form that is off says so."""
    form = form_at(instance().database, form_key)
    config = form_config(form)
    if not config.page.enabled:
        raise NoSuchForm
    rate: RateLimit = current_app.extensions["intake_rate"]
    rate.take(f"{form_key} page", request.remote_addr or "", config.per_minute)
    return _drawn(form, config, HostedForm(config))


def corrections(form: StoredForm, config: FormConfig, sent: Posted) -> Response | None:
    """The page again with what was typed, when a person must mend it; None when it may be accepted.

    Only what the page itself sends is judged: a website's submission is never refused for its
    answers. Raises LimitExceeded.
    """
    if not config.page.enabled or MARK.encode() not in sent.raw:
        return None
    reading = read_body(sent.raw, sent.content_type, sent.headers)
    if MARK not in reading.technical:
        return None
    filled = HostedForm(config, reading)
    if filled.is_complete():
        return None
    response = _drawn(form, config, filled, reading)
    response.status_code = 422
    return response


def _drawn(
    form: StoredForm, config: FormConfig, hosted: HostedForm, sent: Reading | None = None
) -> Response:
    shown = sent.technical.get("_fw_time") if sent else None
    time = shown if isinstance(shown, str) else None
    response = Response(
        render_template(
            "public/form.html",
            form=form,
            page=config.page,
            hosted=hosted,
            mark=MARK,
            has_files=any(field.type == "file" for field in config.fields),
            time=time or time_token(instance().settings.secret_key, form.key, now()),
            given=request.args if sent is None else {},
            visit=_visit(sent),
        )
    )
    response.headers["Content-Security-Policy"] = with_destinations(config)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _visit(sent: Reading | None) -> dict[str, str]:
    """Which page it was that is shown again now, at the address to which it had been sent."""
    page = sent.context.get("page", {}) if sent else {}
    return {name: page[name] for name in ("url", "title") if name in page}


def with_destinations(config: FormConfig) -> str:
    """The usual policy, which lets sending the form lead where its owner wants."""
    places = " ".join(["form-action 'self'", *_destinations(config)])
    return CONTENT_SECURITY_POLICY.replace("form-action 'self'", places)


def _destinations(config: FormConfig) -> list[str]:
    """Where sending the form may lead: browsers hold redirects against form-action too."""
    found = []
    if config.redirect:
        parts = urlsplit(config.redirect)
        found.append(f"{parts.scheme}://{parts.netloc}")
    return [*found, *(f"https://{host}" for host in config.redirects)]
