"""Odoo's domains: prefix logic over comparisons of fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.odoo.simulator.failures import no_field, value_error
from connectors.odoo.simulator.transaction import Transaction
from connectors.simulation import Record

Test = Callable[[Record], bool]

# addons/phone_validation/models/mail_thread_phone.py: what does not count when numbers are searched.
_PUNCTUATION = re.compile(r"[\s\\./\(\)\-]")
_FEWEST = 3


def search(tr: Transaction, model: str, domain: Any) -> list[Record]:
    """The records that the domain describes, without archived ones unless it asks for them."""
    tr.may_read(model)
    fields = tr.fields(model)
    if not isinstance(domain, list):
        raise value_error(f"Domain() invalid item in domain: {domain!r}")
    test = _parsed(tr, model, domain)
    asked = any(isinstance(leaf, list | tuple) and leaf and leaf[0] == "active" for leaf in domain)
    if "active" in fields and not asked and tr.context.get("active_test", True):
        return [one for one in _visible(tr, model, domain) if one.get("active", True) and test(one)]
    return [one for one in _visible(tr, model, domain) if test(one)]


def _visible(tr: Transaction, model: str, domain: list[Any]) -> list[Record]:
    """Without what a lagging replica does not show yet, unless somebody asks for ids."""
    by_id = any(isinstance(leaf, list | tuple) and leaf and leaf[0] == "id" for leaf in domain)
    if by_id or not tr.store.search_lag_s:
        return tr.all(model)
    return [
        one
        for one in tr.all(model)
        if tr.store.get(model, one["id"]) is None or tr.store.settled(model, one["id"])
    ]


def _parsed(tr: Transaction, model: str, domain: Sequence[Any]) -> Test:
    stack: list[Test] = []
    for item in reversed(domain):
        if item in ("&", "|"):
            if len(stack) < 2:
                raise value_error(f"Domain() malformed: {domain!r}")
            stack.append(_both(item, stack.pop(), stack.pop()))
        elif item == "!":
            stack.append(_not(stack.pop()))
        elif isinstance(item, list | tuple) and len(item) == 3:
            stack.append(_leaf(tr, model, str(item[0]), str(item[1]), item[2]))
        else:
            raise value_error(f"Domain() invalid item in domain: {item!r}")
    tests = tuple(stack)
    return lambda record: all(test(record) for test in tests)


def _both(operator: str, one: Test, other: Test) -> Test:
    if operator == "&":
        return lambda record: one(record) and other(record)
    return lambda record: one(record) or other(record)


def _not(test: Test) -> Test:
    return lambda record: not test(record)


def _leaf(tr: Transaction, model: str, path: str, operator: str, value: Any) -> Test:
    name, _, rest = path.partition(".")
    field = tr.field(model, name)
    if field is None:
        raise no_field(name, model)
    if rest:
        if not field.relation:
            raise value_error(f"Invalid path {path!r} in {model!r}")
        inner = _leaf(tr, field.relation, rest, operator, value)
        return lambda record: any(inner(one) for one in _related(tr, field.relation, record, name))
    if name == "phone_mobile_search":
        return _number_test(tr, model, operator, value)
    if operator not in _OPERATORS:
        raise value_error(f"Domain() invalid operator: {operator!r}")
    compare = _OPERATORS[operator]
    if operator in ("in", "not in"):
        value = set(value) if isinstance(value, list | tuple) else {value}
    return lambda record: compare(record.get(name, False), value)


def _related(tr: Transaction, relation: str, record: Record, name: str) -> list[Record]:
    value = record.get(name) or []
    ids = value if isinstance(value, list) else [value]
    return [one for id in ids if (one := tr.get(relation, id))]


def _number_test(tr: Transaction, model: str, operator: str, value: Any) -> Test:
    text = str(value).strip()
    if len(text) < _FEWEST:
        raise value_error(
            "Please enter at least 3 characters when searching a Phone/Mobile number."
        )
    places = [place for place in ("phone", "mobile") if place in tr.fields(model)]
    wanted = _PUNCTUATION.sub("", text)
    starts: tuple[str, ...] = ()
    if text.startswith(("+", "00")):
        bare = _PUNCTUATION.sub("", text[1 if text.startswith("+") else 2 :])
        starts = (f"00{bare}", f"+{bare}")

    def holds(number: str) -> bool:
        if starts:
            return number in starts if operator == "=" else number.startswith(starts)
        return number == wanted if operator == "=" else wanted in number

    return lambda record: any(
        holds(_PUNCTUATION.sub("", str(record[place]))) for place in places if record.get(place)
    )


def _equal(there: Any, value: Any) -> bool:
    if value in (False, None):
        return not there
    if isinstance(there, list):
        return value in there
    return bool(there == value)


def _within(there: Any, values: Any) -> bool:
    if isinstance(there, list):
        return bool(set(there) & values)
    return there in values or (not there and False in values)


def _like(there: Any, value: Any) -> bool:
    return isinstance(there, str) and str(value) in there


def _ilike(there: Any, value: Any) -> bool:
    return isinstance(there, str) and str(value).lower() in there.lower()


def _exactly_ilike(there: Any, value: Any) -> bool:
    pattern = re.escape(str(value)).replace("%", ".*").replace("_", ".")
    return isinstance(there, str) and bool(re.fullmatch(pattern, there, re.IGNORECASE | re.DOTALL))


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda there, value: there not in (False, None) and compare(there, value)


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": _equal,
    "!=": lambda there, value: not _equal(there, value),
    "in": _within,
    "not in": lambda there, value: not _within(there, value),
    "like": _like,
    "ilike": _ilike,
    "=ilike": _exactly_ilike,
    "<": _ordered(lambda there, value: bool(there < value)),
    ">": _ordered(lambda there, value: bool(there > value)),
    "<=": _ordered(lambda there, value: bool(there <= value)),
    ">=": _ordered(lambda there, value: bool(there >= value)),
}
