"""Answering senders that ask whether an address is theirs. None of it is a submission."""

from __future__ import annotations

from flask import Response, jsonify, request

from engine.deciding.senders import sender_by_key
from engine.deciding.senders.handshakes import is_meta, linkedin_answer, meta_answer, vk_confirms
from engine.deciding.senders.signatures import is_one_of
from engine.delivery.arrival import Posted
from engine.delivery.verifying import HandshakeRefused, secrets_for_handshake
from engine.storage.arrivals import StoredForm
from web.instance import instance

_LINKEDIN = "challengeCode"
_HOOK_SECRET = "X-Hook-Secret"  # noqa: S105 - a header's name
_LONGEST_ECHO = 200


def asks() -> bool:
    """Whether the present request, which gets the form's address, is a sender's handshake."""
    return is_meta(request.args) or _LINKEDIN in request.args


def greeted(form: StoredForm) -> Response:
    """The answer that Meta or LinkedIn expects. Raises HandshakeRefused."""
    secrets = secrets_for_handshake(instance(), form).all
    if is_meta(request.args):
        challenge = meta_answer(request.args, secrets)
        if challenge is None:
            raise HandshakeRefused
        return _text(challenge)
    answer = linkedin_answer(request.args[_LINKEDIN], secrets[0]) if secrets else None
    if answer is None:
        raise HandshakeRefused
    return jsonify(answer)


def confirmed(form: StoredForm, sent: Posted) -> Response | None:
    """The answer to a post that is none; None for any other. Raises HandshakeRefused."""
    if not sent.raw:
        return _hooked(sent)
    asked = vk_confirms(sent.raw)
    if asked is None:
        return None
    kept = secrets_for_handshake(instance(), form)
    wrong = "secret" in asked and kept.all and not is_one_of(asked["secret"], kept.all)
    if not kept.confirmation or wrong:
        raise HandshakeRefused
    return _text(kept.confirmation)


def _hooked(sent: Posted) -> Response | None:
    """Formspree's REST hook gives a secret to be repeated; its build hook comes without anything.

    A browser that sends an empty form names the type of nothing: its owner is to hear of it.
    """
    hook = request.headers.get(_HOOK_SECRET, "")
    if not hook and (sent.content_type or sent.header("Origin")):
        return None
    response = jsonify(id=None, status="ping")
    if hook:
        response.headers[_HOOK_SECRET] = hook[:_LONGEST_ECHO]
    return response


def wished(sender: str) -> Response | None:
    """What the sender wants to hear for a submission; None when status 200 will do."""
    known = sender_by_key(sender)
    return _text(known.answer) if known and known.answer else None


def _text(text: str) -> Response:
    """What others send back must never be taken for a page."""
    return Response(text, content_type="text/plain; charset=utf-8")
