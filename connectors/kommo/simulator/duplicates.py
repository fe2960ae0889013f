"""Kommo's duplicate control: its rules, and the control API that stands in for their page in Kommo.

Kommo's API neither shows nor sets them. Source: support.kommo.com, Duplicate control.

GET     /_simulator/duplicates    the rules
POST    /_simulator/duplicates    switch a DuplicateRule on, in place of that of the same source and pipeline
DELETE  /_simulator/duplicates    switch all of them off
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass
from werkzeug.exceptions import BadRequest

from connectors.kommo.simulator.crm import crm
from connectors.simulation import Store, refuse_other_sites

RULES = "duplicate_rules"


@checked_dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class DuplicateRule:
    """What a person sets up for one source, in one pipeline or, with None, in all.

    Leads are the same when one of the chosen comparisons says so: ``email``, ``phone``, or a lead
    field of ``fields``. Only leads in ``pipelines`` and ``statuses`` are looked at; empty means all
    pipelines, and all statuses that are not closed. With a ``task`` text every merge makes one.
    """

    source: str
    pipeline: int | None = None
    email: bool = True
    phone: bool = True
    fields: tuple[int, ...] = ()
    pipelines: tuple[int, ...] = ()
    statuses: tuple[int, ...] = ()
    conflict: Literal["update", "keep"] = "update"
    several: Literal["all", "newest", "create"] = "newest"
    task: str = ""
    task_type: int = 1
    task_due_s: Annotated[int, Field(ge=0)] = 86_400
    task_user: int | None = None


RULE = TypeAdapter(DuplicateRule)

duplicates = Blueprint("duplicates", __name__, url_prefix="/_simulator/duplicates")
duplicates.before_request(refuse_other_sites)


def switch_on(store: Store, rule: DuplicateRule) -> None:
    """Let ``rule`` apply from now on."""
    with store.lock:
        for old in store.all(RULES):
            if (old["source"], old["pipeline"]) == (rule.source, rule.pipeline):
                store.delete(RULES, old["id"])
        store.add(RULES, asdict(rule))


def switch_off(store: Store) -> None:
    """Let no rule apply any more."""
    for rule in store.all(RULES):
        store.delete(RULES, rule["id"])


def rule_for(store: Store, source: str, pipeline: int) -> DuplicateRule | None:
    """The rule for leads from ``source`` into ``pipeline``; one of that very pipeline comes first."""
    rules = [_rule(record) for record in store.all(RULES) if record["source"] == source]
    own = [rule for rule in rules if rule.pipeline == pipeline]
    return next(iter([*own, *(rule for rule in rules if rule.pipeline is None)]), None)


@duplicates.get("")
def show_rules() -> Response:
    return jsonify(crm().store.all(RULES))


@duplicates.post("")
def add_rule() -> ResponseReturnValue:
    try:
        rule = RULE.validate_python(request.get_json(force=True))
    except ValidationError as error:
        wrong = Response(error.json(), 400, mimetype="application/json")
        raise BadRequest(response=wrong) from error
    switch_on(crm().store, rule)
    return show_rules(), 201


@duplicates.delete("")
def clear_rules() -> ResponseReturnValue:
    switch_off(crm().store)
    return "", 204


def _rule(record: Any) -> DuplicateRule:
    return RULE.validate_python({key: value for key, value in record.items() if key != "id"})
