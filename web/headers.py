"""The headers that keep a page's content from becoming a program, and to whom it was shown."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Tabler draws ticks and arrows with data: images
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_YEAR_S = 365 * 24 * 3600

USUAL: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",  # answers hold personal data
}
"""What every answer says, unless its view says otherwise: what is public must say so."""


def protect(response: Response, *, secure: bool) -> Response:
    """Add the strict headers. ``secure``: people come by https, and are to come by nothing else."""
    said = {name.lower() for name, _ in response.headers}
    response.headers.extend([(name, USUAL[name]) for name in USUAL if name.lower() not in said])
    if secure:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={_YEAR_S}")
    return response
