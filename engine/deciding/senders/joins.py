"""Answers of form builders whose parts are in several places of the document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from engine.deciding.bodies import Object, Tree
from engine.deciding.senders.layouts import by_question, flat
from engine.deciding.senders.sender import Asked
from engine.deciding.senders.trees import (
    at,
    joined,
    many,
    objects_at,
    opened,
    pairs_at,
    text_at,
    texts_of,
)

# Typeform: a value stands under the name that its type tells, its question in the definition.

_RECALLED = re.compile(r"\{\{[^{}]*\}\}")


def typeform(tree: Tree) -> Iterator[Asked]:
    """Questions that repeat other answers have ``{{field:…}}`` in their titles, which become dots."""
    fields = _typeform_fields(objects_at(tree, "form_response/definition/fields"))
    asked = {text_at(field, "id"): field for field in fields}
    answers = {
        text_at(answer, "field/id"): answer for answer in objects_at(tree, "form_response/answers")
    }
    # Those that were not asked count, too: whether a title is one of two must not depend on answers.
    every = [
        Asked(
            text_at(one, "ref") or text_at(one, "id"),
            _typeform_value(answers.get(id)),
            _RECALLED.sub("…", text_at(one, "title")),
        )
        for id, one in asked.items()
    ]
    every += [
        Asked(text_at(answer, "field/ref") or id, _typeform_value(answer))
        for id, answer in answers.items()
        if id not in asked
    ]
    yield from (one for one in by_question(every) if one.value is not None)
    yield from flat(at(tree, "form_response/hidden"))


def _typeform_fields(fields: list[Object]) -> Iterator[Object]:
    """With those inside groups."""
    for field in fields:
        yield field
        yield from objects_at(field, "properties/fields")


def _typeform_value(answer: Tree) -> Tree:
    """None when there is no answer."""
    kind = text_at(answer, "type")
    match kind:
        case "choice":
            return text_at(answer, "choice/label") or text_at(answer, "choice/other")
        case "choices":
            other = text_at(answer, "choices/other")
            return many([*texts_of(at(answer, "choices/labels")), *([other] if other else [])])
        case "":
            return None
    return at(answer, kind)


# Tally: choices are ids of options, and each box of a question comes again by itself.

_TALLY_MANY = frozenset({"CHECKBOXES", "MULTI_SELECT", "RANKING"})


def tally(tree: Tree) -> list[Asked]:
    fields = objects_at(tree, "data/fields")
    with_options = {text_at(one, "key") for one in fields if at(one, "options") is not None}
    return by_question(
        Asked(text_at(one, "key"), _tally_value(one), text_at(one, "label"))
        for one in fields
        if text_at(one, "key").rpartition("_")[0] not in with_options
    )


def _tally_value(field: Object) -> Tree:
    value = at(field, "value")
    if isinstance(value, Object):  # a matrix: the columns that were chosen in each row
        rows, columns = _named_options(field, "rows"), _named_options(field, "columns")
        return Object(
            tuple((rows.get(row, row), _resolved(chosen, columns)) for row, chosen in value.pairs)
        )
    if options := _named_options(field, "options"):
        chosen = _resolved(value, options)
        return many(texts_of(chosen)) if text_at(field, "type") in _TALLY_MANY else chosen
    return value


def _named_options(tree: Tree, path: str, text: str = "text") -> Mapping[str, str]:
    """Texts of options by their ids."""
    return {text_at(one, "id"): text_at(one, text) for one in objects_at(tree, path)}


def _resolved(value: Tree, options: Mapping[str, str]) -> Tree:
    """``value`` with the texts of options in the place of their ids; a text of one's own stays."""
    if isinstance(value, list):
        return [_resolved(item, options) for item in value]
    return (options.get(value) or value) if isinstance(value, str) else value


# HeyForm: like it, and questions are rich text.


def heyform(tree: Tree) -> list[Asked]:
    options = {
        text_at(field, "id"): _named_options(field, "properties/choices", "label")
        for field in objects_at(tree, "fields")
    }
    return by_question(
        Asked(
            text_at(answer, "id"),
            _heyform_value(at(answer, "value"), options.get(text_at(answer, "id"), {})),
            re.sub(r"<[^<>]*>", "", joined(at(answer, "title"))).strip(),
        )
        for answer in objects_at(tree, "answers")
    )


def _heyform_value(value: Tree, options: Mapping[str, str]) -> Tree:
    if isinstance(value, Object) and at(value, "value") is not None:  # choices, with one's own text
        other = text_at(value, "other")
        chosen = [*texts_of(_resolved(at(value, "value"), options)), *([other] if other else [])]
        return many(chosen)
    if isinstance(value, list) and options:
        return many(texts_of(_resolved(value, options)))
    return _resolved(value, options)


# Jotform: names have the number of the question before them.

_JOTFORM_NAME = re.compile(r"q\d+_(.+)", re.DOTALL)


def jotform(tree: Tree) -> Iterator[Asked]:
    """Files are lists of addresses under a bare name; what else has no number is technical."""
    for key, value in pairs_at(tree, "rawRequest"):
        if numbered := _JOTFORM_NAME.fullmatch(key):
            yield Asked(numbered[1], value)
        elif isinstance(value, list) and value and all(map(_is_address, value)):
            yield Asked(key, value)


def _is_address(value: Tree) -> bool:
    return isinstance(value, str) and value.startswith(("https://", "http://"))


# Wufoo: what the numbered fields are is told beside them, if its owner wants.


def wufoo(tree: Tree) -> Iterator[Asked]:
    labels: dict[str, str] = {}
    boxes: dict[str, list[str]] = {}
    for field in objects_at(tree, "FieldStructure/Fields"):
        id, title = text_at(field, "ID"), text_at(field, "Title")
        labels[id] = title
        parts = objects_at(field, "SubFields")
        if text_at(field, "Type") == "checkbox":
            boxes[id] = [text_at(part, "ID") for part in parts]
        else:
            labels |= {
                text_at(part, "ID"): f"{title}: {text_at(part, 'Label')}".removesuffix(": ")
                for part in parts
            }
    answers = dict(pairs_at(tree))
    ticked = {box for ids in boxes.values() for box in ids}
    for name, value in answers.items():
        if name in boxes:
            texts = [text for box in boxes[name] for text in texts_of(answers.get(box))]
            yield Asked(name, many(texts), labels[name])
        elif name not in ticked and name != "FieldStructure":
            yield Asked(name, value, labels.get(name, ""))


# Formstack: names and addresses are lines of a text, or objects.

_FORMSTACK_LINE = re.compile(
    r"(prefix|first|middle|initial|last|suffix|address2?|city|state|zip|country) = (.*)"
)


def formstack(tree: Tree) -> Iterator[Asked]:
    for name, value in pairs_at(tree):
        if isinstance(value, Object) and at(value, "field_type") is not None:
            yield Asked(name, at(value, "value"))
        else:
            yield Asked(name, _lines_apart(value) if isinstance(value, str) else value)


def _lines_apart(text: str) -> Tree:
    lines = [_FORMSTACK_LINE.fullmatch(line.strip()) for line in text.strip().splitlines()]
    found = [line for line in lines if line]
    if not found or len(found) < len(lines):
        return text
    return Object(tuple((line[1], line[2]) for line in found))


# Others


def tilda(tree: Tree) -> Iterator[Asked]:
    """An order is JSON text among the answers, unless the owner chose names with brackets."""
    for name, value in pairs_at(tree):
        yield Asked(name, opened(value) if name == "payment" else value)


def opnform(tree: Tree) -> list[Asked]:
    return by_question(
        Asked(id, at(value, "value"), text_at(value, "name"))
        for id, value in pairs_at(tree, "data")
        if isinstance(value, Object)
    )


def marquiz(tree: Tree) -> Iterator[Asked]:
    """The person's texts stand at the top or among the contacts, the quiz in a list."""
    for name, value in (*pairs_at(tree), *pairs_at(tree, "contacts")):
        if isinstance(value, str):
            yield Asked(name, value)
    for one in objects_at(tree, "answers"):
        yield Asked(text_at(one, "q"), at(one, "a"))


def netlify(tree: Tree) -> Iterator[Asked]:
    """Titles of the inputs are in a list, which leaves out some of them."""
    titles = {
        text_at(one, "name"): text_at(one, "title")
        for one in objects_at(tree, "ordered_human_fields")
    }
    around = ("ip", "user_agent", "referrer")
    for name, value in pairs_at(tree, "data"):
        if name not in around:
            yield Asked(name, value, titles.get(name, ""))


def unbounce(tree: Tree) -> Iterator[Asked]:
    """Every answer is a list, be it of one."""
    around = ("page_uuid", "page_name", "page_url", "variant", "ip_address")
    for name, value in pairs_at(tree, "data.json"):
        if name not in around and name not in ("time_submitted", "date_submitted"):
            yield Asked(name, value)
