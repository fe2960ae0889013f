"""Text with macros → text.

The language is a small part of Jinja: names and filters with fixed arguments, nothing else. Jinja
only parses; we walk the few nodes we know ourselves, so that nothing is ever compiled or run, and an
answer that looks like a macro is a text like any other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, NamedTuple

from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.deciding.answers import Answers
from engine.deciding.dates import read_moment
from engine.deciding.filters import FILTERS, Filter, Value
from engine.deciding.locale import NOWHERE, Locale
from engine.deciding.names import told_once
from engine.deciding.placeholders import RESULTS, deferred, placeholder, without_placeholders
from engine.deciding.values import printable
from rules.references import member

MAX_SOURCE_BYTES = 4 * 1024
MAX_NODES = 300
MAX_OUTPUT_BYTES = 64 * 1024
ALL_FIELDS = "all_fields"

Roots = Mapping[str, Collection[str] | None]

ROOTS: Roots = {
    "field": None,
    "utm": None,
    "page": ("url", "title", "referrer", "landing_url"),
    "visitor": None,
    "form": ("key", "name"),
    "submission": ("id", "number", "date"),
    "module": ("key", "name"),
}
"""What a macro may begin with, and the names that may follow; None for any."""


def roots_after(*kinds: str) -> Roots:
    """`ROOTS` and the results of records of these ``kinds``, which are written before the text is used."""
    return {**ROOTS, **{kind: RESULTS[kind] for kind in kinds}}


class MacroError(ValueError):
    """The text cannot be rendered; the message lists its mistakes."""


class Rendered(NamedTuple):
    """``missing`` are references that are not in the submission, each once, in order.

    What a ``default`` stands in for is not missing. ``cut`` says that the text was longer than 64 kB.
    ``text`` may hold placeholders, which `engine.deciding.placeholders.fill` replaces.
    """

    text: str
    missing: tuple[str, ...] = ()
    cut: bool = False

    @property
    def deferred(self) -> tuple[str, ...]:
        """The references whose values ``text`` waits for, such as ``deal.id``."""
        return deferred(self.text)


def check_macro(source: str, known: Roots = ROOTS) -> list[str]:
    """Every mistake in ``source``, in words, with its line."""
    parsed = compiled(source)
    found = list(parsed.mistakes)
    for macro in parsed.macros():
        if mistake := _reference_mistake(macro.reference, known):
            found.append(f"line {macro.line}: {mistake}")
    return found


def unknown_fields(source: str, fields: Collection[str]) -> list[str]:
    """The macros of ``source`` that name none of the form's ``fields``, in words, with their lines.

    No mistakes: a form may send what it has not declared, and fields come and go.
    """
    folded = {field.casefold(): field for field in fields}
    found = []
    for macro in compiled(source).macros():
        root, _, name = (macro.reference or "").partition(".")
        if root != "field" or not name or name in fields:
            continue
        near = get_close_matches(name.casefold(), folded, n=1)
        found.append(
            f"line {macro.line}: the form has no field {name!r}; did you mean {folded[near[0]]!r}?"
            if near
            else f"line {macro.line}: the form has no field {name!r}"
        )
    return found


def references(source: str) -> list[str]:
    """What the macros of ``source`` name, such as ``field.email``, in order; as far as it can be read."""
    return compiled(source).references


def render(source: str, answers: Answers, locale: Locale = NOWHERE) -> Rendered:
    """Fill in the macros of ``source``, as `CompiledText.render` does. Raises MacroError."""
    return compiled(source).render(answers, locale)


def value_of(source: str, answers: Answers, locale: Locale = NOWHERE) -> Value:
    """What `render` gives; but a lone macro's list of answers stays a list. Raises MacroError."""
    return compiled(source).value(answers, locale)


@dataclass(frozen=True, slots=True)
class CompiledText:
    """A text made ready to be rendered again and again.

    ``constant`` is what a text without macros always renders to, ``lone`` the macro of a text that
    is nothing but one, blanks around it aside.
    """

    parts: tuple[str | _Macro, ...] = ()
    mistakes: tuple[str, ...] = ()
    constant: Rendered | None = None
    lone: _Macro | None = None

    @property
    def references(self) -> list[str]:
        """What the macros name, in order."""
        return [macro.reference for macro in self.macros() if macro.reference is not None]

    def macros(self) -> Iterator[_Macro]:
        return (part for part in self.parts if isinstance(part, _Macro))

    def render(self, answers: Answers, locale: Locale = NOWHERE) -> Rendered:
        """Fill in the macros. Lists are joined by commas; nothing is escaped.

        A result such as ``deal.id`` whose root is not among the ``answers`` yet leaves a placeholder.
        Raises MacroError when `check_macro` finds mistakes of form; an unknown name is just missing.
        """
        if self.constant is not None:
            return self.constant
        if self.mistakes:
            raise MacroError("; ".join(self.mistakes))
        missing: dict[str, None] = {}
        pieces, length = [], 0
        for part in self.parts:
            value = part if isinstance(part, str) else part.value(answers, locale, missing)
            piece = value if isinstance(value, str) else ", ".join(value)
            pieces.append(piece)
            length += len(piece)
            if length > MAX_OUTPUT_BYTES:
                break
        text = "".join(pieces)
        short = _shortened(text)
        return Rendered(short, tuple(missing), short is not text)

    def value(self, answers: Answers, locale: Locale = NOWHERE) -> Value:
        """What `render` gives; but a lone macro's list of answers stays a list. Raises MacroError."""
        if self.lone is not None:
            value = self.lone.value(answers, locale)
            if isinstance(value, list) or len(value) <= MAX_OUTPUT_BYTES // 4:
                return value
        return self.render(answers, locale).text


def _shortened(text: str) -> str:
    if len(text) <= MAX_OUTPUT_BYTES // 4:  # of which a character takes at most four
        return text
    encoded = text.encode()
    return (
        encoded[:MAX_OUTPUT_BYTES].decode(errors="ignore")
        if len(encoded) > MAX_OUTPUT_BYTES
        else text
    )


@dataclass(frozen=True, slots=True)
class _Macro:
    """``reference`` is None for a constant, whose text is ``text``.

    ``root`` and ``name`` are the reference's, ``sign`` what stands for a value that is only known
    later. ``filters`` are applied in order, each with its arguments.
    """

    line: int
    text: str = ""
    reference: str | None = None
    root: str = ""
    name: str = ""
    sign: str | None = None
    filters: tuple[tuple[Filter, tuple[Any, ...]], ...] = ()

    def value(
        self, answers: Answers, locale: Locale, missing: dict[str, None] | None = None
    ) -> Value:
        """What stands for it; the reference is added to ``missing`` when nothing does."""
        value = self.text if self.reference is None else self._found(answers, locale, missing)
        for filter, arguments in self.filters:
            value = filter.apply(value, locale, *arguments)
        return value

    def _found(self, answers: Answers, locale: Locale, missing: dict[str, None] | None) -> Value:
        reference = self.reference
        assert reference is not None
        if reference == ALL_FIELDS:
            return _typed(_all_fields(answers))
        value = member(answers.get(self.root), self.name)
        if value is None:
            if self.sign and self.root not in answers:
                return self.sign
            if missing is not None and all(filter is not _DEFAULT for filter, _ in self.filters):
                missing[reference] = None
            return ""
        if isinstance(value, list):
            return [_typed(str(item)) for item in value]
        text = str(value)
        return _local(text, locale) if reference == "submission.date" else _typed(text)


_DEFAULT = FILTERS["default"]


def _local(text: str, locale: Locale) -> str:
    moment = read_moment(text, region=locale.region, zone=locale.zone)
    return moment.isoformat(" ", timespec="seconds") if moment else text


def _typed(text: str) -> str:
    """``text`` from outside, without what only we may write."""
    return text if text.isprintable() else without_placeholders(printable(text))


def _joined(value: Value) -> str:
    return ", ".join(value) if isinstance(value, list) else value


def _all_fields(answers: Answers) -> str:
    """Every answer that is not empty, one a line."""
    lines = ((name, _joined(value)) for name, value in told_once(answers).items())
    return "\n".join(f"{name}: {text}" for name, text in lines if text.strip())


def _reference_mistake(reference: str | None, known: Roots) -> str | None:
    if reference is None or reference == ALL_FIELDS:
        return None
    root, _, name = reference.partition(".")
    if root not in known and root in RESULTS:
        return f"{root!r} is not known here: this text is used before the {root} is written"
    if root not in known and (near := get_close_matches(root.casefold(), known, n=1)):
        return f"{root!r} is not known; did you mean {near[0]!r}?"
    if root not in known:
        return f"{root!r} is not known; begin with {', '.join(known)} or {ALL_FIELDS}"
    if not name:
        return f"{root!r} needs a name, such as {root}.{next(iter(known[root] or ()), 'email')}"
    members = known[root]
    if members is not None and name not in members:
        return f"{root!r} has no {name!r}; it has {', '.join(members)}"
    return None


# Parsing

_ENVIRONMENT = ImmutableSandboxedEnvironment(keep_trailing_newline=True)
_ONLY_NAMES = (
    "only a name with filters may stand between {{ and }};"
    ' write a name with blanks or signs as field["first name"]'
)


@lru_cache(maxsize=1024)
def compiled(source: str) -> CompiledText:
    """``source`` made ready, with its mistakes, which rendering it raises as a MacroError."""
    if len(source.encode(errors="replace")) > MAX_SOURCE_BYTES:
        return CompiledText(mistakes=(f"the text is longer than {MAX_SOURCE_BYTES // 1024} kB",))
    try:
        template = _ENVIRONMENT.parse(source)
    except TemplateSyntaxError as error:
        return CompiledText(mistakes=(f"line {error.lineno}: {error.message}",))
    except RecursionError:
        return CompiledText(mistakes=("the text is nested too deeply",))
    if _has_too_many_nodes(template):
        return CompiledText(mistakes=(f"the text has more than {MAX_NODES} parts; shorten it",))
    mistakes: list[str] = []
    parts: list[str | _Macro] = []
    for block in template.body:
        for node in block.nodes if isinstance(block, nodes.Output) else [block]:
            try:
                parts.append(_part(node))
            except MacroError as error:
                mistakes.append(f"line {node.lineno}: {error}")
    if mistakes:
        return CompiledText(tuple(parts), tuple(mistakes))
    fixed = [part for part in parts if isinstance(part, str)]
    constant = Rendered("".join(fixed)) if len(fixed) == len(parts) else None
    return CompiledText(tuple(parts), constant=constant, lone=_lone(source, parts))


def _lone(source: str, parts: Sequence[str | _Macro]) -> _Macro | None:
    if (stripped := source.strip()) != source:
        return compiled(stripped).lone
    return parts[0] if len(parts) == 1 and isinstance(parts[0], _Macro) else None


def _has_too_many_nodes(template: nodes.Template) -> bool:
    waiting: list[nodes.Node] = [template]
    count = 0
    while waiting and count <= MAX_NODES:
        waiting.extend(waiting.pop().iter_child_nodes())
        count += 1
    return count > MAX_NODES


def _part(node: nodes.Node) -> str | _Macro:
    if isinstance(node, nodes.TemplateData):
        return _typed(node.data)
    if isinstance(node, nodes.Stmt):
        raise MacroError("{% … %} is not known here; use {{ … }} only")
    line, filters = node.lineno, []
    while isinstance(node, nodes.Filter) and node.node is not None:
        filters.append(_filter(node))
        node = node.node
    chain = tuple(reversed(filters))
    if isinstance(node, nodes.Const):
        return _Macro(line, _typed(str(node.value)), filters=chain)
    reference = _reference(node)
    root, _, name = reference.partition(".")
    return _Macro(line, "", reference, root, name, placeholder(reference), chain)


def _filter(node: nodes.Filter) -> tuple[Filter, tuple[Any, ...]]:
    known = FILTERS.get(node.name)
    if known is None:
        raise MacroError(f"there is no filter {node.name!r}; there are {', '.join(FILTERS)}")
    fixed = [argument.value for argument in node.args if isinstance(argument, nodes.Const)]
    if len(fixed) < len(node.args) or node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise MacroError(f'{node.name} takes fixed texts and numbers only, such as ("-")')
    arguments = tuple(_typed(value) if isinstance(value, str) else value for value in fixed)
    if mistake := known.mistake(arguments):
        raise MacroError(f"{node.name} {mistake}")
    return known, arguments


def _reference(node: nodes.Node) -> str:
    """``field.a.b`` and ``field["a.b"]`` both name the field "a.b"."""
    names: list[str] = []
    while True:
        match node:
            case nodes.Getattr(node=inner, attr=name):
                names.append(name)
            case nodes.Getitem(node=inner, arg=nodes.Const(value=str() | int() as name)):
                names.append(str(name))
            case nodes.Name(name=root):
                return ".".join([root, *reversed(names)])
            case _:
                raise MacroError(_ONLY_NAMES)
        node = inner
