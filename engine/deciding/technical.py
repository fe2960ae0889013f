"""What is never an answer, whoever sends it."""

from __future__ import annotations

_TECHNICAL = frozenset(
    {
        "_gotcha", "_next", "cookies", "tranid", "formid", "formname", "form_id", "form_name",
        "form-spec-comments", "_wp_http_referer", "_wpnonce", "__fluent_form_embded_post_id",
        "g-recaptcha-response", "h-captcha-response", "cf-turnstile-response", "altcha",
        "csrf_token", "_csrf", "_token", "_charset_", "google_key", "handshakekey",
    }
)  # fmt: skip
_TECHNICAL_PREFIXES = ("_fw_", "tildaspec-", "_fluentform_")


def is_technical(name: str, value: str | list[str] = "") -> bool:
    """Whether an input of this name is never an answer.

    ``test`` is Tilda's ping, but only with that very value; else it is somebody's field.
    """
    plain = name.lower()
    return (
        plain in _TECHNICAL
        or plain.startswith(_TECHNICAL_PREFIXES)
        or (plain == "test" and value == "test")
    )
