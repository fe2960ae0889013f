"""Configs of every shape, drawn by hypothesis; each is valid by the way it is made."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from engine.deciding.connection import ConnectionConfig
from engine.deciding.documents import load
from engine.deciding.form import FormConfig
from engine.deciding.module import ModuleConfig, load_module

Drawn = SearchStrategy[Any]

# What YAML, JSON and shells read as something else than text.
_ODD = (
    *(
        "yes No on ~ null 1 1.5 1e3 0x1F 2026-11-21 10:00 : - --- ... ? # | > & * ! % @ ` = <<"
    ).split(),
    *("${A} $${B_1} ${lower} {{ }} \\n '' \"").replace("{{ }} ", "").split(),
    *(
        "",
        " ",
        "a: b",
        "- a",
        " a\nb ",
        "a\n\n",
        "\ttab",
        "a\r\nb",
        "a\x85b\n",
        "a\u2028b",
        "\ufeff",
    ),
    "\x00",
    "Ім’я 😀",
)
_ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{"), max_size=12)
TEXT: Drawn = st.sampled_from(_ODD) | _ANY
NAMED: Drawn = TEXT.filter(bool)
FILLED: Drawn = TEXT.filter(str.strip)
KEY: Drawn = st.from_regex(r"[a-z0-9][a-z0-9-]{0,7}", fullmatch=True)
MACRO: Drawn = st.sampled_from(
    ["{{ field.a }}", '{{ utm.source | default("–") }}', "{{ form.name }}"]
)
SOURCE: Drawn = MACRO | TEXT | st.builds("{} {}".format, MACRO, _ANY)

_FIELD = st.sampled_from(["value", "tag", "text", "name", "phone", "10", "Product: line"]) | NAMED


def _with(required: Mapping[str, Drawn], /, **optional: Drawn) -> Drawn:
    """A mapping with the ``required`` entries and any of the ``optional`` ones."""
    return st.fixed_dictionaries(dict(required), optional=optional)


def _some(strategy: Drawn, most: int = 3) -> Drawn:
    return st.lists(strategy, max_size=most)


_VAR = st.builds(lambda name: {"var": f"field.{name}"}, st.sampled_from(["a", "b", "How many?"]))
_LEAF = st.one_of(
    st.builds(lambda var, value: {"==": [var, value]}, _VAR, TEXT | st.integers(-9, 9)),
    st.builds(lambda text, var: {"in": [text, var]}, FILLED, _VAR),
    st.builds(lambda var: {">": [var, 1.5]}, _VAR),
    st.just({"!!": [{"var": "utm.source"}]}),
)
RULE: Drawn = st.recursive(
    _LEAF,
    lambda inner: st.builds(
        lambda verb, rules: {verb: rules},
        st.sampled_from(["and", "or"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=4,
)

_CONVERSION = st.sampled_from(
    [
        "trim",
        "phone",
        "each",
        {"phone": "NO"},
        {"truncate": 5},
        {"join": ""},
        {"join": "; "},
        {"pick": "last"},
        {"pick": 2},
        {"number": ","},
        {"money": "UAH"},
        {"money": {"currency": "UAH", "decimal": ","}},
        {"date": "DD.MM.YYYY"},
        {"date": {"pattern": "YYYY-MM-DD HH:mm", "zone": "Europe/Kyiv"}},
        {"yes_no": {"yes": ["on"], "no": ["no", "null"]}},
    ]
)
_UNKNOWN = st.sampled_from(["skip", "note", "keep", {"value": "null"}])
_ROW = SOURCE | _with(
    {"value": SOURCE | _some(SOURCE)},
    write=st.sampled_from(["complete", "overwrite", "append", "leave", "untouched", "forward"]),
    empty=st.sampled_from(["keep", "erase"]),
    convert=_some(_CONVERSION),
    map=st.dictionaries(st.sampled_from(["", "big", "Ні", "1"]), TEXT),
    unknown=_UNKNOWN,
)
_WHEN = st.sampled_from(["created", "found", "always"])
_DUE = st.sampled_from([{}, {"days": 1}, {"hours": 3, "minutes": 5}, {"working_hours": 2}])
_TASK = _with({"text": SOURCE}, type=TEXT, due=_DUE, responsible=TEXT, when=_WHEN)
_PART = {
    "tags": _some(SOURCE | _with({"tag": SOURCE}, when=_WHEN)),
    "note": SOURCE | _with({"text": SOURCE}, when=_WHEN),
    "tasks": _some(_TASK, 2),
    "rest": st.just("note"),
    "on_match": st.sampled_from(["complete", "overwrite", "leave"]),
}
_FIELDS = st.dictionaries(_FIELD, _ROW, max_size=4)
_PERSON = {
    **_PART,
    "match_on": st.sampled_from(["any", "all"]),
    "several": st.sampled_from(["newest", "oldest", "all", "hold"]),
}


def _fields(known: str) -> Drawn:
    """Fields with a row for ``known`` among them."""
    return st.builds(lambda fields, row: {**fields, known: row}, _FIELDS, _ROW)


_CONTACT = _with(
    {"fields": _fields("email")},
    messenger=st.fixed_dictionaries({"type": NAMED, "value": SOURCE}),
    **_PERSON,
)
_COMPANY = _with(
    {"match": st.just(["name"]), "fields": _fields("name")},
    extra_phones=_some(SOURCE),
    **_PERSON,
)
_LOOK_IN = _with(
    {},
    pipelines=_some(TEXT),
    stages=_some(TEXT),
    where=st.dictionaries(_FIELD, SOURCE, max_size=2),
    younger_than=_with({}, days=st.integers(0, 9), hours=st.integers(0, 9)),
)
_DUPLICATES = _with(
    {"control": st.sampled_from(["none", "formwire"])},
    look_in=_LOOK_IN,
    found=st.sampled_from(["keep", "update", "move", "create"]),
    several=st.sampled_from(["newest", "all", "create", "hold"]),
    backwards=st.booleans(),
    task=_TASK,
) | st.just({"control": "crm"})
_DEAL = _with(
    {},
    fields=_FIELDS,
    pipeline=TEXT,
    stage=TEXT,
    name=SOURCE,
    budget=SOURCE,
    duplicates=_DUPLICATES,
    **_PART,
)
_RESPONSIBLE = NAMED | st.one_of(
    *(
        _with({way: chosen}, otherwise=NAMED)
        for way, chosen in {
            "user": NAMED,
            "in_turn": st.lists(NAMED, min_size=1, max_size=3),
            "weighted": st.dictionaries(NAMED, st.integers(1, 100), min_size=1, max_size=3),
            "rules": st.lists(_with({"when": RULE, "user": NAMED}), min_size=1, max_size=2),
            "like": st.sampled_from(["contact", "company"]),
        }.items()
    ),
    _with({"from_field": MACRO, "map": st.dictionaries(TEXT, NAMED, max_size=2)}),
)
_VERB_AND_RULE = st.builds(
    lambda verb, rule: {verb: rule}, st.sampled_from(["activate", "deactivate", "hold"]), RULE
)
_OFF = st.sampled_from([{}, {"enabled": False}])
_ACTIVE = _with(
    {}, enabled=st.booleans(), rules=_some(st.builds(operator.or_, _VERB_AND_RULE, _OFF))
)


def modules(form: str, module: str, connection: str) -> SearchStrategy[ModuleConfig]:
    named = {"form": form, "module": module, "connection": connection}
    return _with(
        {**{key: st.just(name) for key, name in named.items()}, "contact": _CONTACT},
        name=TEXT,
        active=_ACTIVE,
        responsible=_RESPONSIBLE,
        company=_COMPANY,
        deal=_DEAL,
    ).map(load_module)


_FORM_FIELD = _with(
    {"key": NAMED},
    label=TEXT,
    type=st.sampled_from(["text", "email", "select"]),
    required=st.booleans(),
    options=_some(TEXT),
)


def forms(form: str) -> SearchStrategy[FormConfig]:
    return _with(
        {"form": st.just(form), "name": NAMED},
        enabled=st.booleans(),
        region=st.sampled_from(["UA", "NO"]),
        zone=st.sampled_from(["UTC", "Europe/Kyiv"]),
        calendar=_with({}, mon=_some(st.just("10:00-12:30"), 1), holidays=st.just(["12-25"])),
        fields=st.lists(_FORM_FIELD, max_size=3, unique_by=lambda field: field["key"]),
        origins=_some(st.just("https://Example.org")),
        redirect=st.just("https://example.org/thanks?a=1#b"),
        redirects=_some(TEXT),
        per_minute=st.integers(1, 9),
    ).map(lambda document: load(FormConfig, document))


def connections(connection: str) -> SearchStrategy[ConnectionConfig]:
    settings = _with({"subdomain": FILLED, "token": FILLED}, base_url=TEXT, marker_field=TEXT)
    return _with(
        {"connection": st.just(connection), "connector": st.just("kommo"), "settings": settings},
        name=TEXT,
    ).map(lambda document: load(ConnectionConfig, document))
