"""The rules by which a responsible person is chosen, in the rows that the Logic tab has, too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from flask_babel import gettext as _

from connectors.catalog import Catalog
from engine.deciding.advice import shapes_of
from engine.deciding.documents import DocumentMistakes, load
from engine.deciding.module import ModuleConfig
from rules.checking import Issue
from rules.choices import check_choices, sentence_of_choices
from web.sentences import say, translated
from web.studio.editor.scene import Scene
from web.studio.findings import Findings, Truth, answers_of, placed, truths
from web.studio.logic_form import form_of
from web.studio.outline import Outline, choices_of, nameless, rule_spans, unfinished
from web.studio.rule_lines import groups_for, lines_of
from web.yaml_text import Mistake


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rules as a person has them before them, after the button ``act``. ``at`` is the part to go on
    with. ``strict``: what is not said yet is told as an error, too."""

    parts: Outline
    found: Findings
    act: str = ""
    at: int | None = None
    strict: bool = False

    @property
    def errors(self) -> Mapping[int, list[Issue]]:
        return self.found.errors if self.strict or not self.found.unfinished else {}

    def mistakes(self) -> Iterator[Mistake]:
        """What keeps the rules from being saved, each by the number of its rule."""
        heads = [positions.start for positions in rule_spans(self.parts)]
        if not heads:
            yield Mistake("", None, _("Add a rule, or let people be chosen in another way."))
        for at, issues in sorted(self.found.errors.items()):
            number = sum(head <= at for head in heads)
            for issue in issues:
                told = translated(issue.message)
                message = _("Rule %(number)s: %(problem)s", number=number, problem=told)
                yield Mistake("", None, message)


def sheet_of(parts: Outline, scene: Scene, otherwise: str) -> Sheet:
    """The rules with what is wrong with them, and how they read; ``otherwise`` is left for the rest."""
    return Sheet(parts, _findings(parts, scene, otherwise))


def _findings(parts: Outline, scene: Scene, otherwise: str) -> Findings:
    open_parts = defaultdict(list)
    for missing in chain(unfinished(parts), nameless(parts)):
        open_parts[missing.position].append(Issue("", str(missing)))
    if open_parts:
        return Findings(None, unfinished=True, errors=open_parts)
    choices = choices_of(parts)
    if errors := placed(parts, choices, check_choices(choices)):
        return Findings(None, errors=errors)
    shapes = shapes_of(scene.form, scene.seen.keys())
    warnings = placed(parts, choices, check_choices(choices, fields=shapes)) if shapes else {}
    for head, told in _passed_over(parts, scene.catalog):
        warnings.setdefault(head, []).append(Issue("", told, "warning"))
    named = [(called(one["user"], scene.catalog), one["when"]) for one in choices]
    rest = _rest(otherwise, scene.catalog)
    return Findings(
        choices, sentence_of_choices(named, rest, say) if named else "", warnings=warnings
    )


def called(name: str, catalog: Catalog | None) -> str:
    """What people call somebody whom a document names."""
    user = catalog.user(name) if catalog else None
    return user.label if user else name


def drawn_with(sheet: Sheet, scene: Scene, otherwise: str) -> dict[str, Any]:
    """What the rules' part of the page is drawn with."""
    groups = groups_for(scene.module)  # how other modules came out is not waited for here
    found = _truths(sheet.parts, scene)
    return {
        "sheet": sheet,
        "errors": sheet.errors,
        "entered": form_of(sheet.parts),
        "groups": groups,
        "lines": lines_of(sheet.parts, groups),
        "spans": {positions.start: positions for positions in rule_spans(sheet.parts)},
        "truths": found,
        "chosen": _chosen(sheet.parts, found, otherwise, scene.catalog) if found else "",
    }


def _truths(parts: Outline, scene: Scene) -> list[Truth | None]:
    """What each part comes to for the chosen submission; nothing without one, or for a draft of a time
    when documents were others."""
    if scene.sample is None or not parts:
        return []
    try:
        config = load(ModuleConfig, scene.document)
    except DocumentMistakes:
        return []
    return list(truths(parts, answers_of(scene.sample, scene.module, config, parts)))


def _chosen(
    parts: Outline, found: Sequence[Truth | None], otherwise: str, catalog: Catalog | None
) -> str:
    """Whom the rules choose for the sample; empty while that cannot be told."""
    rest, why = _rest(otherwise, catalog), _("no rule is true")
    for number, positions in enumerate(rule_spans(parts), start=1):
        truth, name = found[positions.start], parts[positions.start].user
        if truth is None or truth.value is None or not name:
            return ""
        if not truth.value:
            continue
        user = catalog.user(name) if catalog else None
        if user is None or user.active:
            return _("%(person)s, by rule %(number)s", person=called(name, catalog), number=number)
        why = _("whom rule %(number)s names is passed over", number=number)
        break
    return _("%(person)s: %(why)s", person=rest, why=why)


def _rest(otherwise: str, catalog: Catalog | None) -> str:
    return called(otherwise, catalog) if otherwise else _("whom the CRM chooses")


def _passed_over(parts: Outline, catalog: Catalog | None) -> Iterator[tuple[int, str]]:
    """Rules that choose somebody whom the account lacks, or has deactivated."""
    if catalog is None:
        return
    for positions in rule_spans(parts):
        name = parts[positions.start].user
        user = catalog.user(name)
        if user is None:
            yield positions.start, _("There is no user %(name)s in the CRM.", name=name)
        elif not user.active:
            told = _("%(name)s is deactivated in the CRM and is passed over.", name=user.label)
            yield positions.start, told
