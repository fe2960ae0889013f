"""Enquiries in Kommo's form: what turns a complex lead into an incoming one."""

from __future__ import annotations

from connectors.base import Enquiry, Json


def incoming(entity: dict[str, Json], enquiry: Enquiry, source: str) -> dict[str, Json]:
    """A new deal as an incoming lead of ``source`` (developers.kommo.com/reference/complex-leads).

    Kommo puts it into the incoming stage of its pipeline, whatever stage it names.
    """
    placed = {key: value for key, value in entity.items() if key != "status_id"}
    embedded = {
        **entity["_embedded"],
        "metadata": _metadata(enquiry),
        "source": {"type": "widget", "external_id": source},
    }
    return {**placed, "_embedded": embedded}


def _metadata(enquiry: Enquiry) -> dict[str, Json]:
    required = {
        "category": "forms",
        "form_id": enquiry.form_key,
        "form_name": enquiry.form_name,
        # Kommo wants a page; an answer that came through the API is on none.
        "form_page": enquiry.page_url or enquiry.form_name,
        "form_sent_at": int(enquiry.sent_at.timestamp()),
    }
    known = {"ip": enquiry.ip, "referer": enquiry.referrer}
    return {**required, **{key: value for key, value in known.items() if value}}
