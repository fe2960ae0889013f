"""What the account offers: itself, users, pipelines, custom fields, tags, sources, loss reasons.

Source: developers.kommo.com, Account, Users, Pipelines, Custom fields, Tags, Sources.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, request
from werkzeug import Response

from connectors.kommo.simulator.account import (
    ACCOUNT_ID,
    CURRENCY,
    NAME,
    OPENED_AT,
    OWNER,
    ZONE,
)
from connectors.kommo.simulator.crm import Crm, asked_with, crm, links_to
from connectors.kommo.simulator.dialect import answer, no_content, refuse
from connectors.kommo.simulator.element import Element, read_elements, read_whole, settle
from connectors.kommo.simulator.fields import CHOICE_TYPES, field
from connectors.kommo.simulator.links import ENTITY
from connectors.kommo.simulator.lists import is_one_of, keep, nested, page_of
from connectors.kommo.simulator.tags import tag_of
from connectors.kommo.simulator.values import READERS
from connectors.simulation import Record

TEXT_TYPES = frozenset({"text", "textarea", "url", "streetaddress", "tracking_data"})
TAG_FILTERS = {
    "id": is_one_of(lambda tag: tag["id"]),
    "name": is_one_of(lambda tag: tag["name"]),
}

metadata = Blueprint("metadata", __name__)


@metadata.get("/account")
def show_account() -> Response:
    account = {
        "id": ACCOUNT_ID,
        "name": NAME,
        "subdomain": crm().subdomain(),
        "created_at": OPENED_AT,
        "created_by": 0,
        "updated_at": OPENED_AT,
        "updated_by": 0,
        "current_user_id": OWNER,
        "country": "UA",
        "currency": CURRENCY,
        "currency_symbol": "₴",
        "customers_mode": "disabled",
        "is_unsorted_on": True,
        "is_loss_reason_enabled": True,
        "is_technical_account": False,
        "contact_name_display_order": 1,
    }
    wanted = asked_with()
    extras, embedded = _account_extras(crm())
    account |= {key: value for key, value in extras.items() if key in wanted}
    shown = {key: value for key, value in embedded.items() if key in wanted}
    return answer({**account, **links_to("account"), **({"_embedded": shown} if shown else {})})


@metadata.get("/users")
def show_users() -> Response:
    users = crm().store.all("users")
    return page_of("users", users, lambda user: user, _total_items=len(users))


@metadata.get("/users/<int:id>")
def show_user(id: int) -> Response:
    user = crm().store.get("users", id)
    return answer({**user, **links_to(f"users/{id}")}) if user else no_content()


@metadata.get("/leads/pipelines")
def show_pipelines() -> Response:
    pipelines = [_show_pipeline(pipeline) for pipeline in crm().store.all("leads/pipelines")]
    links = links_to("leads/pipelines")
    embedded = {"pipelines": pipelines}
    return answer({"_total_items": len(pipelines), **links, "_embedded": embedded})


@metadata.get("/leads/pipelines/<int:id>")
def show_pipeline(id: int) -> Response:
    return answer(_show_pipeline(_pipeline(id)))


@metadata.get("/leads/pipelines/<int:id>/statuses")
def show_statuses(id: int) -> Response:
    statuses = _pipeline(id)["statuses"]
    links = links_to(f"leads/pipelines/{id}/statuses")
    embedded = {"statuses": statuses}
    return answer({"_total_items": len(statuses), **links, "_embedded": embedded})


@metadata.get("/leads/pipelines/<int:id>/statuses/<int:status_id>")
def show_status(id: int, status_id: int) -> Response:
    found = [status for status in _pipeline(id)["statuses"] if status["id"] == status_id]
    return answer(found[0]) if found else no_content()


@metadata.get("/leads/loss_reasons")
def show_loss_reasons() -> Response:
    return page_of("loss_reasons", crm().store.all("leads/loss_reasons"), lambda reason: reason)


@metadata.get(f"/{ENTITY}/custom_fields")
def show_fields(entity: str) -> Response:
    fields = crm().store.all(f"{entity}/custom_fields")
    return page_of("custom_fields", fields, _show_field, _total_items=len(fields))


@metadata.get(f"/{ENTITY}/custom_fields/<int:id>")
def show_field(entity: str, id: int) -> Response:
    found = crm().field(entity, id)
    return answer(_show_field(found)) if found else no_content()


@metadata.post(f"/{ENTITY}/custom_fields")
def create_fields(entity: str) -> Response:
    elements = read_elements()
    for element in elements:
        element.require("name", "type")
        if str(element.body.get("type")) not in READERS.keys() | TEXT_TYPES:
            element.refuse("NotSupportedChoice", "type")
        for option in _options(element):
            option.require("value")
    settle(elements)
    fields = [_create_field(crm(), entity, element) for element in elements]
    links = links_to(f"{entity}/custom_fields")
    rows = [
        {**_show_field(one), "request_id": element.request_id}
        for one, element in zip(fields, elements, strict=True)
    ]
    return answer({"_total_items": len(rows), **links, "_embedded": {"custom_fields": rows}})


@metadata.get(f"/{ENTITY}/tags")
def show_tags(entity: str) -> Response:
    query = request.args.get("query", "").casefold()
    tags = [tag for tag in crm().store.all(f"{entity}/tags") if query in tag["name"].casefold()]
    found = keep(tags, nested(request.args).get("filter"), TAG_FILTERS)
    return page_of("tags", found, lambda tag: tag)


@metadata.post(f"/{ENTITY}/tags")
def create_tags(entity: str) -> Response:
    elements = read_elements()
    for element in elements:
        element.require("name")
    settle(elements)
    rows = [
        {**tag_of(crm(), entity, {"name": str(one.body["name"])}), "request_id": one.request_id}
        for one in elements
    ]
    links = links_to(f"{entity}/tags")
    return answer({"_total_items": len(rows), **links, "_embedded": {"tags": rows}})


@metadata.get("/sources")
def show_sources() -> Response:
    sources = crm().store.all("sources")
    return page_of("sources", sources, _show_source, _total_items=len(sources))


@metadata.get("/sources/<int:id>")
def show_source(id: int) -> Response:
    source = crm().store.get("sources", id)
    return answer(_show_source(source)) if source else no_content()


@metadata.post("/sources")
def create_sources() -> Response:
    account, elements = crm(), read_elements()
    pipelines = [_source_pipeline(account, element) for element in elements]
    settle(elements)
    rows = []
    for element, pipeline_id in zip(elements, pipelines, strict=True):
        source = account.store.add(
            "sources",
            {
                "name": element.body["name"],
                "external_id": element.body["external_id"],
                "pipeline_id": pipeline_id,
                "default": element.body.get("default", False),
                "origin_code": element.body.get("origin_code"),
                "services": element.body.get("services", []),
            },
        )
        rows.append({**_show_source(source), "request_id": element.request_id})
    return answer(
        {"_total_items": len(rows), **links_to("sources"), "_embedded": {"sources": rows}}
    )


@metadata.delete("/sources/<int:id>")
def delete_source(id: int) -> Response:
    if crm().store.get("sources", id) is None:
        refuse(404, f"sources {id} not found")
    crm().store.delete("sources", id)
    return no_content()


def _account_extras(crm: Crm) -> tuple[dict[str, Any], dict[str, Any]]:
    offset = datetime.fromtimestamp(crm.now(), ZONE).isoformat()[-6:]
    extras = {
        "amojo_id": "5f0a2b5e-0000-4000-8000-000031000001",
        "uuid": "7c1d9a52-0000-4000-8000-000031000001",
        "version": 16,
        "drive_url": "https://drive.kommo.test",
        "is_api_filter_enabled": True,
        "entity_names": {"leads": {"en": {"plural_form": {"default": "leads"}}}},
    }
    embedded = {
        "amojo_rights": {"can_direct": True, "can_create_groups": True},
        "users_groups": [{"id": 0, "name": "Sales department", "uuid": None}],
        "task_types": crm.store.all("task_types"),
        "datetime_settings": {
            "date_pattern": "d.m.Y H:i",
            "short_date_pattern": "d.m.Y",
            "short_time_pattern": "H:i",
            "date_format": "d.m.Y",
            "time_format": "H:i:s",
            "timezone": ZONE.key,
            "timezone_offset": offset,
        },
        "invoices_settings": {"lang": "en", "currency": CURRENCY},
    }
    return extras, embedded


def _pipeline(id: int) -> Record:
    pipeline = crm().pipeline(id)
    if pipeline is None:
        refuse(404, "Pipeline not found")
    return pipeline


def _show_pipeline(pipeline: Record) -> dict[str, Any]:
    shown = {key: value for key, value in pipeline.items() if key != "statuses"}
    embedded = {"statuses": pipeline["statuses"]}
    return {**shown, **links_to(f"leads/pipelines/{pipeline['id']}"), "_embedded": embedded}


def _show_field(found: Record) -> dict[str, Any]:
    here = links_to(f"{found['entity_type']}/custom_fields/{found['id']}")
    return {**found, "account_id": ACCOUNT_ID, **here}


def _show_source(source: Record) -> dict[str, Any]:
    return {**source, **links_to(f"sources/{source['id']}")}


def _create_field(crm: Crm, entity: str, element: Element) -> Record:
    body, kind = element.body, f"{entity}/custom_fields"
    options = [str(option.body["value"]) for option in _options(element)]
    id = crm.store.next_id(kind)
    made = field(
        entity,
        id,
        str(body["name"]),
        body["type"],
        code=body.get("code"),
        options=options if body["type"] in CHOICE_TYPES else (),
        currency=CURRENCY if body["type"] == "monetary" else None,
    )
    return crm.store.add(kind, {**made, "is_predefined": False, "is_deletable": True})


def _options(element: Element) -> list[Element]:
    options = element.body.get("enums")
    return element.children("enums", options) if options is not None else []


def _source_pipeline(crm: Crm, element: Element) -> int:
    element.require("name", "external_id")
    id = read_whole(crm, element, "pipeline_id") if "pipeline_id" in element.body else None
    if id is not None and crm.pipeline(id) is None:
        element.refuse("NotSupportedChoice", "pipeline_id")
    return id or int(crm.main_pipeline()["id"])
