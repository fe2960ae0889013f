"""What changed in an account, and which places of a module it concerns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.base import Kind
from connectors.catalog import Catalog, FieldType, Option, Pipeline, Stage, User
from connectors.memory.account import CATALOG
from engine.deciding.compiling import CompiledModule
from engine.deciding.drift import Verb, drifts, hits, with_former_names
from engine.deciding.module import load_module
from engine.deciding.wanting import ModuleOutdated
from tests.engine.deciding.accounts import (
    Change,
    after,
    field,
    new_field,
    pipeline,
    stages,
    task_types,
    user,
)
from tests.engine.deciding.test_planning import AT, FORM, answers, module

SOFTWARE = Option("software", "Software")
TOLD: list[tuple[Change, list[tuple[Verb, str]]]] = [
    (
        field(Kind.DEAL, "topic"),
        [(Verb.REMOVED, "the deal's field “Topic” is gone")],
    ),
    (
        field(Kind.DEAL, "topic", label="Subject"),
        [(Verb.RENAMED, "the deal's field “Topic” is called “Subject” now")],
    ),
    (
        field(Kind.DEAL, "utm_source", code="SOURCE"),
        [(Verb.RENAMED, "the deal's field “UTM_SOURCE” is called “SOURCE” now")],
    ),
    (
        field(Kind.DEAL, "topic", type=FieldType.LONG_TEXT, read_only=True),
        [(Verb.RETYPED, "the deal's field “Topic” holds long text, read only now")],
    ),
    (
        new_field(Kind.CONTACT, "age", "Age"),
        [(Verb.ADDED, "the contact's field “Age” is new")],
    ),
    (
        field(Kind.DEAL, "product", options=(Option("software", "Apps"), Option("x", "X"))),
        [
            (
                Verb.RENAMED,
                "the option “Software” of the deal's field “Product line” is called “Apps” now",
            ),
            (
                Verb.REMOVED,
                "the option “Hardware” of the deal's field “Product line” is gone",
            ),
            (Verb.ADDED, "the option “X” of the deal's field “Product line” is new"),
        ],
    ),
    (pipeline("service"), [(Verb.REMOVED, "the pipeline “Service” is gone")]),
    (
        stages(incoming="Incoming", new="Fresh", talking="Talking", won="Won", lost="Lost"),
        [
            (
                Verb.RENAMED,
                "the stage “New request” of the pipeline “Sales” is called “Fresh” now",
            )
        ],
    ),
    (user("anna", active=False), [(Verb.DEACTIVATED, "the user “Anna” is deactivated")]),
    (user("boris", active=True), []),
    (
        user("anna", email="anna@new.test"),
        [(Verb.RENAMED, "the user “anna@acme.test” is called “anna@new.test” now")],
    ),
    (user("anna"), [(Verb.REMOVED, "the user “Anna” is gone")]),
    (
        task_types(call="Call", visit="Visit"),
        [
            (Verb.REMOVED, "the task type “Meeting” is gone"),
            (Verb.ADDED, "the task type “Visit” is new"),
        ],
    ),
    (lambda catalog: catalog, []),
]


@pytest.mark.parametrize(("change", "told"), TOLD)
def test_every_change_of_an_account_is_told(change: Change, told: list[tuple[Verb, str]]) -> None:
    assert [(drift.verb, str(drift)) for drift in drifts(CATALOG, after(change))] == told


def test_a_new_pipeline_is_told_without_its_stages() -> None:
    def more(catalog: Catalog) -> Catalog:
        new = Pipeline("b2b", "B2B", (Stage("a", "A"), Stage("b", "B")))
        return replace(catalog, pipelines=(*catalog.pipelines, new))

    assert [str(drift) for drift in drifts(CATALOG, after(more))] == ["the pipeline “B2B” is new"]


RENAMED: list[tuple[Change, Callable[[Catalog], Any]]] = [
    (field(Kind.DEAL, "topic", label="Subject"), lambda c: c.field(Kind.DEAL, "TOPIC").id),
    (field(Kind.DEAL, "utm_source", code="S"), lambda c: c.field(Kind.DEAL, "UTM_SOURCE").id),
    (
        field(Kind.DEAL, "product", options=(Option("software", "Apps"),)),
        lambda c: c.field(Kind.DEAL, "product").option("software").id,
    ),
    (pipeline("sales", label="Leads"), lambda c: c.pipeline("Sales").id),
    (stages(new="Fresh"), lambda c: c.pipeline("Sales").stage("New request").id),
    (user("anna", label="Ann"), lambda c: c.user("Anna").id),
    (user("anna", email="ann@acme.test"), lambda c: c.user("Anna@acme.test").id),
    (task_types(call="Ring"), lambda c: c.task_type("call").id),
]


@pytest.mark.parametrize(("change", "look_up"), RENAMED)
def test_what_was_renamed_is_found_by_its_old_name(
    change: Change, look_up: Callable[[Catalog], Any]
) -> None:
    first = after(change)
    assert look_up(first) == look_up(CATALOG)
    later = with_former_names(first, change(CATALOG))  # read again: nothing is new
    assert later == first
    assert drifts(first, later) == ()


def test_a_thing_renamed_twice_is_found_by_every_name_it_had() -> None:
    first = after(pipeline("sales", label="Leads"))
    second = after(pipeline("sales", label="Deals"), before=first)
    assert second.pipelines[0].former == ("Sales", "Leads")
    assert {second.pipeline(name).id for name in ("sales", "LEADS", "Deals")} == {"sales"}  # type: ignore[union-attr]


def test_a_name_that_another_thing_bears_now_is_the_others() -> None:
    changed = after(stages(new="Fresh", other="New request"))
    found = changed.pipelines[0].stage("New request")
    assert found is not None
    assert found.id == "other"


def test_a_name_that_comes_back_is_no_former_one() -> None:
    there = after(user("anna", label="Ann"))
    back = after(user("anna", label="Anna"), before=there)
    assert next(one for one in back.users if one.id == "anna").former == ("Ann",)


HITS: list[tuple[dict[str, Any], Change, dict[str, str], bool]] = [
    # the module's changes, the account's, what is told where, whether it stops
    (
        {},
        field(Kind.DEAL, "topic"),
        {"/deal/fields/Topic": "the deal's field “Topic” is gone"},
        True,
    ),
    (
        {},
        field(Kind.DEAL, "topic", label="Subject"),
        {"/deal/fields/Topic": "the deal's field “Topic” is called “Subject” now"},
        False,
    ),
    (
        {"deal__fields": {"topic": "{{ field.topic }}"}},
        field(Kind.DEAL, "topic", label="Subject"),
        {},  # named by id
        False,
    ),
    ({}, field(Kind.DEAL, "seats"), {}, False),
    (
        {},
        field(Kind.DEAL, "topic", type=FieldType.NUMBER),
        {"/deal/fields/Topic": "the deal's field “Topic” holds number now"},
        False,
    ),
    (
        {"deal__fields": {"a/b": "x", "Topic": "y"}},
        field(Kind.DEAL, "topic"),
        {"/deal/fields/Topic": "the deal's field “Topic” is gone"},
        True,
    ),
    (
        {},
        field(Kind.DEAL, "product", options=(SOFTWARE,)),
        {
            "/deal/fields/Product line": (
                "the option “Hardware” of the deal's field “Product line” is gone"
            )
        },
        False,
    ),
    (
        {"deal__fields": {"product": "Software"}},
        field(Kind.DEAL, "product", options=(Option("software", "Apps"),)),
        {
            "/deal/fields/product": (
                "the option “Software” of the deal's field “Product line” is called “Apps” now"
            )
        },
        False,
    ),
    (
        {
            "deal__fields": {
                "product": {
                    "value": "{{ field.product }}",
                    "map": {"big": "Hardware", "small": "Software"},
                    "unknown": {"value": "Hardware"},
                }
            }
        },
        field(Kind.DEAL, "product", options=(SOFTWARE,)),
        dict.fromkeys(
            ("/deal/fields/product/map/big", "/deal/fields/product/unknown/value"),
            "the option “Hardware” of the deal's field “Product line” is gone",
        ),
        False,
    ),
    (
        {},
        field(Kind.DEAL, "product"),
        {"/deal/fields/Product line": "the deal's field “Product line” is gone"},
        True,
    ),
    (
        {},
        stages(new="Fresh"),
        {"/deal/stage": "the stage “New request” of the pipeline “Sales” is called “Fresh” now"},
        False,
    ),
    (
        {},
        stages(new="Fresh", other="New request"),
        {
            "/deal/stage": (
                "the stage “New request” of the pipeline “Sales” is called “Fresh” now, "
                "and “New request” means another"
            )
        },
        False,
    ),
    (
        {"deal__pipeline": None, "deal__stage": "Talking"},
        stages(new="New request"),
        {"/deal/stage": "the stage “Talking” of the pipeline “Sales” is gone"},
        True,
    ),
    (
        {
            "deal__duplicates": {
                "control": "formwire",
                "look_in": {
                    "pipelines": ["Service"],
                    "stages": ["Asked"],
                    "where": {"Topic": "looms"},
                },
                "task": {"text": "x", "type": "Meeting"},
            }
        },
        lambda catalog: task_types(call="Call")(
            pipeline("service")(field(Kind.DEAL, "topic", label="Subject")(catalog))
        ),
        {
            "/deal/fields/Topic": "the deal's field “Topic” is called “Subject” now",
            "/deal/duplicates/look_in/pipelines/0": "the pipeline “Service” is gone",
            "/deal/duplicates/look_in/stages/0": (
                "the stage “Asked” of the pipeline “Service” is gone"
            ),
            "/deal/duplicates/look_in/where/Topic": (
                "the deal's field “Topic” is called “Subject” now"
            ),
            "/deal/duplicates/task/type": "the task type “Meeting” is gone",
        },
        True,
    ),
    (
        {},
        user("anna", active=False),
        {"/responsible/user": "the user “Anna” is deactivated"},
        False,
    ),
    (
        {"responsible": {"in_turn": ["grace", "Anna"], "otherwise": "grace"}},
        user("anna"),
        {"/responsible/in_turn/1": "the user “Anna” is gone"},
        True,
    ),
    (
        {"responsible": {"weighted": {"Anna": 2}}},
        user("anna"),
        {"/responsible/weighted/Anna": "the user “Anna” is gone"},
        True,
    ),
    (
        {"responsible": {"from_field": "{{ field.x }}", "map": {"a": "Anna"}}},
        user("anna"),
        {"/responsible/map/a": "the user “Anna” is gone"},
        True,
    ),
    (
        {"responsible": {"rules": [{"when": True, "user": "Anna"}]}},
        user("anna"),
        {"/responsible/rules/0/user": "the user “Anna” is gone"},
        True,
    ),
    (
        {"deal__tasks": [{"text": "x", "type": "Call", "responsible": "Anna"}], "responsible": "1"},
        lambda catalog: user("anna")(task_types(call="Ring")(catalog)),
        {
            "/deal/tasks/0/type": "the task type “Call” is called “Ring” now",
            "/deal/tasks/0/responsible": "the user “Anna” is gone",
        },
        True,
    ),
    (
        {"contact__messenger": {"type": "Viber", "value": "{{ field.viber }}"}},
        field(Kind.CONTACT, "messenger", options=(Option("telegram", "Telegram"),)),
        {
            "/contact/messenger/type": (
                "the option “Viber” of the contact's field “Messenger” is gone"
            )
        },
        True,
    ),
    (
        {"company__match": ["name", "phone"]},
        field(Kind.COMPANY, "phone"),
        {"/company/match/1": "the company's field “Phone” is gone"},
        True,
    ),
]


@pytest.mark.parametrize(("changes", "change", "told", "stops"), HITS)
def test_a_module_is_told_its_places_that_changed(
    changes: dict[str, Any], change: Change, told: dict[str, str], stops: bool
) -> None:
    found = hits(load_module(module(**changes)), CATALOG, after(change))
    assert {hit.path: hit.message for hit in found} == told
    assert any(hit.stops for hit in found) is stops


@pytest.mark.parametrize(("changes", "change", "told", "stops"), HITS)
def test_only_what_is_told_to_stop_cannot_be_planned(
    changes: dict[str, Any], change: Change, told: dict[str, str], stops: bool
) -> None:
    config = load_module(module(**changes))

    def problems(catalog: Catalog) -> set[str]:
        try:
            CompiledModule(config, FORM, catalog).want(answers(viber="ada"), AT)
        except ModuleOutdated as error:
            return set(error.problems)
        return set()

    assert bool(problems(after(change)) - problems(CATALOG)) is stops


def test_a_user_is_found_by_id_whatever_the_others_are_called() -> None:
    catalog = replace(CATALOG, users=(User("1", "2", former=("2",)), User("2", "Anna")))
    found = catalog.user("2")
    assert found is not None
    assert found.label == "Anna"


def test_another_main_pipeline_is_another_stage_of_that_name() -> None:
    def with_main(main: str) -> Catalog:
        both = [Pipeline(id, id, (Stage(f"{id}-1", "New"),), id == main) for id in ("a", "b")]
        return replace(CATALOG, pipelines=tuple(both))

    config = load_module(module(deal__pipeline=None, deal__stage="New"))
    (hit,) = hits(config, with_main("a"), with_main("b"))
    assert (hit.path, hit.message) == ("/deal/stage", "“New” means another now")
