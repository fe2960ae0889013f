"""The public addresses. Whoever may post needs no session and gets no cookie."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.wrappers import Response as AnyResponse

from engine.deciding.form import FormConfig
from engine.delivery.configs import form_config
from engine.delivery.intake import NoSuchForm, accept_all, form_at
from engine.delivery.proofs import challenge, time_token
from engine.delivery.repeats import Repeats
from engine.storage import arrivals
from engine.storage.arrivals import FormRow
from engine.storage.base import now
from web.errors import wants_page
from web.instance import instance
from web.intake.destination import destination
from web.intake.handshakes import asks, confirmed, greeted, wished
from web.intake.page import corrections, with_destinations
from web.intake.posted import posted
from web.intake.rate import RateLimit

DEMO = "demo"
_PREFLIGHT_S = 600
_SCRIPT_AGE_S = 600  # a new version must reach every site soon

intake = Blueprint("intake", __name__)


@intake.post("/f/<form_key>", provide_automatic_options=False)
def submit(form_key: str) -> AnyResponse:
    """Take a submission: 200 and its id, or 303 when a person's browser navigates here.

    A list of submissions is answered with all their ids. Always 200, since many senders take 201, 202 and 204 for an error.
    """
    form = form_at(instance().database, form_key)
    config = g.form_config = form_config(form)
    rate: RateLimit = current_app.extensions["intake_rate"]
    rate.take(form_key, request.remote_addr or "", config.per_minute)
    repeats: Repeats = current_app.extensions["intake_repeats"]
    sent = posted()
    if answer := confirmed(form, sent):
        return answer
    for_person = wants_page()
    if for_person and (again := corrections(form, config, sent)):
        return again
    receipt, *others = accept_all(instance(), form, sent, repeats)
    if answer := wished(receipt.sender):
        return answer
    if receipt.id is None or not for_person:
        told: dict[str, object] = {"id": receipt.id, "status": receipt.status}
        if others:  # a list: its own answer first, as if it had come alone
            told["submissions"] = [
                {"id": one.id, "status": one.status} for one in (receipt, *others)
            ]
        return jsonify(told)
    thanks = url_for("intake.thanks", form_key=form_key)
    return redirect(destination(config, receipt.next, request.host, thanks), 303)


@intake.route("/f/<form_key>", methods=["OPTIONS"], provide_automatic_options=False)
def preflight(form_key: str) -> Response:
    """Tell a browser whether a page's script may post here. A switched-off form tells by its answer."""
    g.form_config = form_config(_form(form_key))
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = "POST"
    response.headers["Access-Control-Allow-Headers"] = (
        "Accept, Content-Type, Idempotency-Key, X-Requested-With"
    )
    response.headers["Access-Control-Max-Age"] = str(_PREFLIGHT_S)
    return response


@intake.route("/f/<form_key>", methods=["HEAD"], provide_automatic_options=False)
def probe(form_key: str) -> Response:
    """Some senders of webhooks look first whether there is anybody (SurveyMonkey's webhook page)."""
    g.form_config = form_config(_form(form_key))
    return Response()


@intake.get("/f/<form_key>", provide_automatic_options=False)
def handshake(form_key: str) -> Response:
    """Answer a sender that verifies the address. Everybody else is told that forms are posted."""
    if not asks():
        raise MethodNotAllowed(["HEAD", "OPTIONS", "POST"])
    form = _form(form_key)
    config = g.form_config = form_config(form)
    rate: RateLimit = current_app.extensions["intake_rate"]
    rate.take(f"{form_key} handshake", request.remote_addr or "", config.per_minute)
    return greeted(form)


@intake.get("/f/<form_key>/embed.js")
def embed(form_key: str) -> Response:
    """The script beside a form. The same for all of them: it learns its form from its own address."""
    response = current_app.send_static_file("embed.js")
    response.content_type = "text/javascript; charset=utf-8"
    response.cache_control.no_cache = None
    response.cache_control.public = True
    response.cache_control.max_age = _SCRIPT_AGE_S
    return response


@intake.get("/f/<form_key>/token")
def token(form_key: str) -> Response:
    """Sign when a page showed the form, and tell whether it must bring a proof of work."""
    form = form_at(instance().database, form_key)
    config = g.form_config = form_config(form)
    signed = time_token(instance().settings.secret_key, form_key, now())
    return _fresh(time=signed, proof="proof" in config.spam.demand)


@intake.get("/f/<form_key>/challenge")
def work(form_key: str) -> Response:
    """Work for a browser to do, as our script and the ALTCHA widget take it."""
    form = form_at(instance().database, form_key)
    config = g.form_config = form_config(form)
    rate: RateLimit = current_app.extensions["intake_rate"]
    rate.take(f"{form_key} challenge", request.remote_addr or "", config.per_minute)
    return _fresh(**challenge(instance().settings.secret_key, form_key, now()))


@intake.get("/f/<form_key>/thanks")
def thanks(form_key: str) -> Response:
    return _page(
        "public/thanks.html",
        form=(form := _form(form_key)),
        said=form_config(form).page.thanks,
        back=_page_before(),
    )


@intake.get("/demo")
def demo() -> Response:
    """A real form to try Formwire with; there is none unless a form called demo is there."""
    form = _form(DEMO)
    response = _page("public/demo.html", form=form)
    response.headers["Content-Security-Policy"] = with_destinations(form_config(form))
    return response


@intake.after_request
def share(response: Response) -> Response:
    """Let pages' scripts read the answer: those of the form's origins, or any if it lists none.

    Browsers enforce it. A post from elsewhere is still taken, since its header could be anything.
    """
    config: FormConfig | None = g.get("form_config")
    origin = request.headers.get("Origin", "")
    said = [
        ("Vary", "Origin"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("Access-Control-Expose-Headers", "Retry-After, X-Request-Id"),
    ]
    if config is None or not config.origins:
        said.append(("Access-Control-Allow-Origin", "*"))
    elif origin.lower() in config.origins:
        said.append(("Access-Control-Allow-Origin", origin))
    response.headers.extend(said)
    return response


def _form(key: str) -> FormRow:
    """The form, switched off or not. Raises NoSuchForm."""
    form = arrivals.form_at(instance().database.reader, key)
    if form is None:
        raise NoSuchForm
    return form


def _fresh(**content: object) -> Response:
    """JSON that nobody may keep."""
    response = jsonify(content)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(template: str, **context: object) -> Response:
    """A page that holds nothing personal, so that browsers may keep it for going back."""
    response = Response(render_template(template, **context))
    response.headers["Cache-Control"] = "no-cache"
    return response


def _page_before() -> str | None:
    """Where the visitor filled in the form, as far as the browser tells."""
    address = request.referrer or ""
    return address if urlsplit(address).scheme in ("http", "https") else None
